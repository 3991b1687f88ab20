//! What the reader of Markdown lists makes of lists as people write them.

use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::markdown::{Imported, InitialStatus, STEPS_MAX, import};
use checklist_workflow::template::{Action, Origin, SOURCE_BYTES_MAX, StepKind};

fn imported(source: &str) -> Imported {
    import("docs/my list.md", source).unwrap_or_else(|found| panic!("refused:\n{found}"))
}

fn refused(source: &str) -> Diagnostics {
    import("docs/my list.md", source).expect_err("a mistake")
}

fn titles(imported: &Imported) -> Vec<&str> {
    imported.template.steps.iter().map(|step| step.title.as_str()).collect()
}

fn ids(imported: &Imported) -> Vec<&str> {
    imported.template.steps.iter().map(|step| step.id.as_str()).collect()
}

fn sections(imported: &Imported) -> Vec<&str> {
    imported.template.steps.iter().map(|step| step.section.as_deref().unwrap_or("-")).collect()
}

fn parents(imported: &Imported) -> Vec<&str> {
    imported.template.steps.iter().map(|step| step.parent.as_deref().unwrap_or("-")).collect()
}

fn description(imported: &Imported, step: usize) -> &str {
    imported.template.steps[step].description.as_deref().unwrap_or_default()
}

fn scripts(imported: &Imported, step: usize) -> Vec<&str> {
    let commands = imported.template.steps[step].commands.iter();
    commands
        .filter_map(|command| match &command.action {
            Action::Bash { run } => Some(run.as_str()),
            Action::Agent { .. } => None,
        })
        .collect()
}

fn notes(imported: &Imported) -> Vec<(usize, &str)> {
    imported.notes().iter().map(|note| (note.line, note.message.as_str())).collect()
}

#[test]
fn the_example_of_this_repository() {
    let list =
        import("examples/onboarding.md", include_str!("../../../../examples/onboarding.md")).expect("fine");
    assert_eq!((list.template.id.as_str(), list.template.title.as_str()), ("onboarding", "First week"));
    assert_eq!((list.boxes, list.fenced_boxes, list.from_list_items), (15, 0, false));
    assert_eq!(list.template.origin, Origin::Markdown);
    assert!(
        list.template.description.as_deref().is_some_and(|text| text.starts_with("What a new colleague"))
    );
    assert_eq!(list.statuses.iter().filter(|status| **status == InitialStatus::ClaimedDone).count(), 1);
    assert_eq!(
        list.template.step("source-code").and_then(|step| step.parent.as_deref()),
        Some("create-the-accounts")
    );
    assert_eq!(
        list.template.step("pair-on-a-small-change").and_then(|s| s.section.as_deref()),
        Some("With the team")
    );
    assert_eq!(
        notes(&list),
        [(22, "this code became a command of the item above, which runs only when it is approved")]
    );
    for step in &list.template.steps {
        assert_eq!(step.kind, StepKind::Task);
        assert!(step.needs.is_empty(), "items do not block each other");
    }
}

#[test]
fn every_marker_and_every_box() {
    let list =
        imported("- [ ] a\n* [x] b\n+ [X] c\n1. [-] d\n22) [~] e\n- [N/A] f\n\t- [/] g\n- [ ]\n- [ ]h\n");
    use InitialStatus::{ClaimedDone, Current, Skipped, Todo};
    assert_eq!(
        list.statuses,
        [Todo, ClaimedDone, ClaimedDone, Skipped, Skipped, Skipped, Current, Todo, Todo]
    );
    assert_eq!(titles(&list), ["a", "b", "c", "d", "e", "f", "g", "(no text)", "h"]);
    assert_eq!(parents(&list)[6], "f");
    assert_eq!(list.boxes, 9);
}

#[test]
fn links_and_prose_are_no_boxes() {
    let list = imported(
        "- [ ] a\n- [x](http://a)\n- [x][ref]\n- [-]: b\n- [y] c\n-[ ] d\n- a [ ] b\ntext [ ]\n\n[x]: http://b\n",
    );
    assert_eq!(titles(&list), ["a"]);
    assert!(notes(&list).contains(&(6, "this looks like a check box and is none")), "{:?}", notes(&list));
}

#[test]
fn what_only_looks_like_a_box_is_noted() {
    let list = imported(
        "- [ ] a\n\n> - [ ] quoted\n\n| [ ] | table |\n\n[ ] bare\n\n- [] none\n- [!] mark\n- - [ ] two\n",
    );
    let lines: Vec<_> = notes(&list).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 5, 7, 9, 10, 11]);
    assert_eq!(list.boxes, 1);
}

#[test]
fn headings_bold_lines_and_plain_items_are_sections() {
    let list = imported(
        "# Title\n\n- [ ] a\n\n## One ##\n- [ ] b\n\n1. **Name:**\n   - [ ] c\n\n- [ ] d\n\nTwo\n---\n- [ ] e\n\n\
         **Bold**:\n\n- [ ] f\n- group:\n  - [ ] g\n- [ ] h\n",
    );
    assert_eq!(list.template.title, "Title");
    assert_eq!(sections(&list), ["-", "One", "Name", "Name", "Two", "Bold", "group", "Bold"]);
}

#[test]
fn the_title_is_the_front_matter_the_heading_or_the_file() {
    let title = |source: &str| imported(source).template.title;
    assert_eq!(title("# A\n- [ ] x\n"), "A");
    assert_eq!(title("A\n===\n- [ ] x\n"), "A");
    assert_eq!(title("## A\n- [ ] x\n### B\n- [ ] y\n"), "A");
    assert_eq!(title("## A\n- [ ] x\n## B\n- [ ] y\n"), "my list");
    assert_eq!(title("- [ ] x\n"), "my list");
    let github =
        "---\nname: Release\nabout: \"Before: all\"\ntitle: 'vX'\nlabels: a\n---\n\n# Head\n- [ ] x\n";
    let list = imported(github);
    assert_eq!(
        (list.template.title.as_str(), list.template.description.as_deref()),
        ("Release", Some("Before: all"))
    );
    assert_eq!(list.template.id, "my-list");
    assert_eq!(titles(&list), ["x"]);
    // A block with a box in it is a list between two rules, and its box is kept.
    assert_eq!(titles(&imported("---\nname: x\n- [ ] a\n---\n- [ ] b\n")), ["a", "b"]);
    assert_eq!(titles(&imported("---\n- [ ] a\n")), ["a"]);
}

#[test]
fn nesting_makes_parents() {
    let list = imported(
        "- [ ] a\n  - [ ] b\n    - [ ] c\n  - [ ] d\n - [ ] e\n- plain\n  - [ ] f\n- [ ] g\n  - note\n    - [ ] h\n\ntext\n\n  - [ ] i\n",
    );
    assert_eq!(parents(&list), ["-", "a", "b", "a", "-", "-", "-", "g", "-"]);
    assert_eq!(description(&list, 6), "- note");
}

#[test]
fn text_under_an_item_is_its_description() {
    let list = imported(
        "- [ ] first line\n  goes on\n\n  a paragraph\n  of two lines\n\n  - bullet\n\n  another\n\nfree text\n- [ ] b\nlazy\n",
    );
    assert_eq!(titles(&list), ["first line goes on", "b lazy"]);
    assert_eq!(description(&list, 0), "a paragraph\nof two lines\n- bullet\n\nanother");
    let long = "word ".repeat(60);
    let cut = imported(&format!("- [ ] {long}\n\n  more\n"));
    assert!(cut.template.steps[0].title.len() <= 163 && cut.template.steps[0].title.ends_with("word..."));
    assert_eq!(description(&cut, 0), format!("{}\n\nmore", long.trim()));
}

#[test]
fn boxes_in_code_are_counted_and_left() {
    let list = imported(
        "- [ ] a\n  ```sh\n  - [ ] not\n    echo\n  ```\n- [ ] b\n\n~~~~\n- [x] not\n~~~\n- [x] not\n~~~~~\n- [ ] c\n",
    );
    assert_eq!(titles(&list), ["a", "b", "c"]);
    assert_eq!(list.fenced_boxes, 3);
    assert_eq!(description(&list, 0), "");
    assert_eq!(scripts(&list, 0), ["- [ ] not\n  echo"]);
    assert_eq!(
        notes(&list),
        [(2, "this code became a command of the item above, which runs only when it is approved")]
    );
    // In a list: the fence stands behind a marker.
    assert_eq!(titles(&imported("1. ```\n   - [ ] not\n   ```\n2. [ ] a\n")), ["a"]);
}

#[test]
fn a_fence_or_comment_that_is_never_closed_hides_nothing() {
    let list = imported("- [ ] a\n```\n- [ ] b\n~~~\n- [ ] c\n~~~\n- [ ] d\n<!-- open\n- [ ] e\n");
    assert_eq!(titles(&list), ["a", "b", "d", "e"]);
    let closed: Vec<_> = notes(&list).into_iter().filter(|(_, text)| text.contains("never closed")).collect();
    assert_eq!(closed.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 8]);
    assert_eq!(list.fenced_boxes, 1);
}

#[test]
fn comments_are_left_out() {
    let list = imported(
        "<!-- one line - [ ] x -->\n- [ ] a <!-- why --> b\n<!--\n- [ ] not\n--> - [ ] not\n- [ ] c <!-- more\n- [ ] not\n-->\n\
         - [ ] the `<!--` mark\n- [ ] d\n<!-- checklist: needs=a-b killer -->\n",
    );
    assert_eq!(titles(&list), ["a  b", "c", "the `<!--` mark", "d"]);
    assert_eq!((list.boxes, list.comment_boxes), (4, 2));
    let last = &list.template.steps[3];
    assert_eq!((last.needs.as_slice(), last.killer), (&["a-b".to_owned()][..], true));
}

#[test]
fn prompts_belong_to_the_next_item() {
    let list = imported(
        "[[LLM: first\n\n- [ ] an example\nuse [[this]] form]]\n\n[[LLM: second]]\n- [ ] a\n- [ ] b\n\n[[LLM: last ]]\n",
    );
    let prompts = |step: usize| {
        let of = |command: &checklist_workflow::template::Command| match &command.action {
            Action::Agent { prompt } => (command.id.clone(), prompt.clone()),
            Action::Bash { .. } => panic!("this list has no bash commands"),
        };
        list.template.steps[step].commands.iter().map(of).collect::<Vec<_>>()
    };
    let first = "first\n\n- [ ] an example\nuse [[this]] form".to_owned();
    assert_eq!(prompts(0), [("1".to_owned(), first), ("2".to_owned(), "second".to_owned())]);
    assert_eq!(prompts(1), [("1".to_owned(), "last".to_owned())]);
    assert_eq!((list.boxes, list.prompt_boxes), (2, 1));
    let lines: Vec<_> = notes(&list).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 10]);
    let code = imported("[[LLM: use\n```\n- [ ] example\n```\n]]\n- [ ] a\n");
    assert_eq!((code.boxes, code.prompt_boxes, code.fenced_boxes), (1, 0, 1));
    let open = imported("- [ ] a\n[[LLM: open\n- [ ] b\n");
    assert_eq!(titles(&open), ["a", "b"]);
    assert_eq!(notes(&open), [(2, "this `[[LLM:` block is never closed")]);
}

#[test]
fn ids_come_from_the_text() {
    let list = imported(
        "- [ ] All functional requirements, specified!\n- [ ] Same\n- [ ] same\n- [ ] Same 2\n- [ ] same\n- [ ] См. [docs](http://x)\n\
         - [ ] 完成\n- [ ] 完成\n- [ ] ${danger} `rm`\n",
    );
    let found = ids(&list);
    assert_eq!(
        found[..6],
        ["all-functional-requirements-specified", "same", "same-2", "same-2-2", "same-3", "docs"]
    );
    assert!(found[6].starts_with("step-") && found[6].len() == 13);
    assert_eq!(found[7], format!("{}-2", found[6]));
    let long = imported(&format!("- [ ] {0}\n- [ ] {0}\n", "x".repeat(80)));
    assert!(ids(&long).iter().all(|id| id.len() == 40));
    assert_eq!(ids(&list), ids(&imported(&"- [ ] All functional requirements, specified!\n- [ ] Same\n- [ ] same\n- [ ] Same 2\n- [ ] same\n- [ ] См. [docs](http://x)\n- [ ] 完成\n- [ ] 完成\n- [ ] ${danger} `rm`\n".replace('\n', "\r\n"))));
    // Nothing in a Markdown list is expanded.
    let title = list.template.steps[8].title.as_str();
    assert_eq!(list.template.expand(title, |_| None).as_deref(), Ok("${danger} `rm`"));
}

#[test]
fn a_list_without_boxes_offers_its_items() {
    let list = imported("# Release\n\n* one\n  of two lines\n    * part\n* two\n\n  ```\n  * code\n  ```\n");
    assert!(list.from_list_items);
    assert_eq!(titles(&list), ["one of two lines", "part", "two"]);
    assert_eq!(parents(&list), ["-", "one-of-two-lines", "-"]);
    assert_eq!(list.boxes, 0);
    assert!(notes(&list)[0].1.starts_with("no check box in this file: its 3 list items became the steps"));
}

#[test]
fn files_without_a_list() {
    for source in [
        "",
        "\n\n",
        "# Title\n\ntext\n",
        "```\n- [ ] a\n```\n",
        "<!--\n- [ ] a\n-->\n",
        "* * *\n",
        "[[LLM: x]]\n",
    ] {
        let found = refused(source);
        assert_eq!(found.error_count(), 1, "{source:?}");
        assert!(
            found.to_string().contains("there is no check box and no list in this file"),
            "{source:?}: {found}"
        );
    }
    assert!(refused(&"x".repeat(SOURCE_BYTES_MAX + 1)).to_string().contains("8 MiB"));
    assert!(refused(&"- [ ] a\n".repeat(STEPS_MAX + 1)).to_string().contains("a list may have"));
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let unix = imported("# T\n\n- [ ] a\n  text\n- [x] b\n");
    let dos = imported("\u{feff}# T\r\n\r\n- [ ] a\r\n  text\r\n- [x] b\r\n");
    assert_eq!((titles(&unix), &unix.statuses), (titles(&dos), &dos.statuses));
    assert_eq!(dos.template.title, "T");
}

#[test]
fn shell_code_under_an_item_is_its_command() {
    let list = imported(
        "- [ ] tag\n\n  ```console\n  $ git tag v1\n  tagged\n  ```\n\n  then\n\n  ```bash\n  git push\n  ```\n- [ ] look\n  ```yaml\n  a: b\n  ```\n\n```sh\nfree\n```\n",
    );
    assert_eq!(scripts(&list, 0), ["git tag v1", "git push"]);
    let ids: Vec<&str> = list.template.steps[0].commands.iter().map(|command| command.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(description(&list, 0), "```console\n$ git tag v1\ntagged\n```\n\nthen");
    assert!(scripts(&list, 1).is_empty() && description(&list, 1).contains("a: b"));
    assert_eq!(list.template.commands().len(), 2, "all of them are shown before they are approved");
}

#[test]
fn attributes_are_followed_or_the_list_is_refused() {
    let list = imported(
        "- [ ] Make it <!-- checklist: id=make assignee=ana -->\n- [ ] Ship it\n  <!-- checklist: needs=make killer -->\n\
         - [ ] Tell them <!-- checklist: needs=ship-it skippable -->\n- [ ] Count <!-- checklist: auto -->\n  ```sh\n  wc -l\n  ```\n",
    );
    let steps = &list.template.steps;
    assert_eq!((steps[0].id.as_str(), steps[0].assignee.as_deref()), ("make", Some("ana")));
    assert!(steps[1].killer && steps[1].needs == ["make"]);
    assert_eq!((steps[2].skippable, steps[2].needs.as_slice()), (Some(true), &["ship-it".to_owned()][..]));
    assert_eq!(steps[3].kind, StepKind::Auto);
    for (source, line, message) in [
        ("- [ ] a\n- [ ] b <!-- checklist: neds=a -->\n", 2, "unknown attribute `neds`"),
        ("- [ ] a <!-- checklist: needs=c -->\n- [ ] b\n", 1, "`a` needs `c`, which does not exist"),
        (
            "- [ ] a <!-- checklist: needs=b -->\n- [ ] b <!-- checklist: needs=a -->\n",
            2,
            "nobody could begin",
        ),
        ("- [ ] a\n  - [ ] b <!-- checklist: needs=a -->\n", 2, "nobody could begin"),
        (
            "- [ ] a <!-- checklist: id=x -->\n- [ ] b <!-- checklist: id=x -->\n",
            2,
            "two items have the id `x`",
        ),
        ("- [ ] a <!-- checklist: auto -->\n", 1, "`a` is `auto` and has no command"),
        ("<!-- checklist: killer -->\n- [ ] a\n", 1, "this comment stands above all items"),
    ] {
        let found = refused(source);
        let told: Vec<_> = found.iter().map(|error| (error.line, error.message.clone())).collect();
        assert!(
            told.iter().any(|(at, text)| *at == line && text.starts_with(message)),
            "{source:?}: {told:?}"
        );
    }
}
