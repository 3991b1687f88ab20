//! Reports: what is in them, that they are whole by themselves, and that nothing in them acts on who reads them.

use crate::support::Project;

const NASTY: &str = "checklist: 1\nid: nasty\ntitle: \"Ship <script>alert(1)</script> & \\\"more\\\"\"\nsteps:\n  \
                     - { id: a, title: \"A <img src=x onerror=alert(1)>\", killer: true }\n  \
                     - { id: b, title: B, description: \"<b>bold</b>\", skippable: true }\n  \
                     - { id: c, title: C, type: auto, commands: [{ id: sh, kind: bash, run: \"echo '<i>' && true\" }] }\n  \
                     - { id: d, title: D }\n";

fn nasty() -> Project {
    let project = Project::with(NASTY);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "a", "--claim", "</details><script>x</script>"]).ok();
    project.run(&["skip", "b", "--reason", "~~no~~ <need>"]).ok();
    project.run(&["run"]).code(10);
    project
}

#[test]
fn the_markdown_is_a_task_list_that_says_on_whose_word() {
    let project = nasty();
    let text = project.run(&["export", "--md"]).ok().out;
    assert!(text.starts_with("# Ship &lt;script>alert(1)&lt;/script> &amp; \"more\"\n"), "{text}");
    assert!(
        text.contains("- [x] A &lt;img src=x onerror=alert(1)> **KILLER** (claimed: &lt;/details>"),
        "{text}"
    );
    assert!(text.contains("- [x] ~~B~~ (skipped: ~~no~~ &lt;need>)"), "{text}");
    assert!(text.contains("- [x] C (verified"), "{text}");
    assert!(text.contains("- [ ] D\n") && text.contains("- Only claimed, nothing checked it: `a`"), "{text}");
    assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
    // What was exported can be imported: as many boxes, and those that are ticked are claimed.
    project.write("report.md", &text);
    let back = project.run(&["import", "report.md", "--dry-run", "--json"]).ok().json();
    let markers: Vec<&str> =
        back["steps"].as_array().unwrap().iter().map(|step| step["marker"].as_str().unwrap()).collect();
    assert_eq!(markers, ["[x]", "[x]", "[x]", "[ ]"]);
}

#[test]
fn the_page_needs_nothing_else_and_escapes_everything() {
    let project = nasty();
    project.run(&["export", "--html", "--output", "report.html"]).ok().says("Wrote report.html");
    let page = String::from_utf8(project.read("report.html")).unwrap();
    for whole in
        ["<!doctype html>", "default-src 'none'", "prefers-color-scheme: dark", "@media print", "</html>"]
    {
        assert!(page.contains(whole), "{whole}");
    }
    for outside in
        ["<script", "<img", "<link", "http://", "https://", "url(", "@import", " onerror=alert(1)>"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    for inside in [
        "Ship &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;",
        "&lt;/details&gt;&lt;script&gt;",
        "echo &#39;&lt;i&gt;&#39; &amp;&amp; true",
        "<dt>Killer steps</dt>",
        "Only claimed: nothing checked it",
        "<b>exit 0</b>",
        "<h2>History</h2>",
    ] {
        assert!(page.contains(inside), "{inside}");
    }
    // Tags are closed as they are opened.
    for tag in ["div", "li", "ol", "ul", "dl", "p", "details", "table", "pre", "main", "span", "code"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    project.run(&["export", "-o", ".checklist/state.yaml"]).code(2).says("kept by checklist alone");
    project.run(&["export", "-o", "no/such/folder.md"]).code(2);
    project.run(&["export", "--md", "--html"]).code(2);
}

#[test]
fn the_json_holds_steps_and_history() {
    let project = nasty();
    let whole = project.run(&["export", "--json"]).ok().json();
    assert_eq!(whole["schema"], "checklist.export/1");
    assert_eq!(
        (whole["steps"].as_array().unwrap().len(), whole["history"].as_array().unwrap().len()),
        (4, 6)
    );
    assert_eq!(whole["steps"][0]["evidence"], "claimed");
    let page = project.run(&["export", "--html", "--json"]).ok().json();
    assert!(page["content"].as_str().unwrap().starts_with("<!doctype html>"));
    let written = project.run(&["export", "--json", "--output", "run.json"]).ok().json();
    assert!(written["output"].as_str().unwrap().ends_with("/run.json"));
    let file: serde_json::Value = serde_json::from_slice(&project.read("run.json")).unwrap();
    assert_eq!((&file["steps"], &file["history"]), (&whole["steps"], &whole["history"]));
}
