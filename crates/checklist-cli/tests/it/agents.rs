//! The lines for agents in AGENTS.md: put in and taken out, whatever is in the way.

use crate::support::Project;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

const OWN: &str = "# Agents\n\nUse the house style.\n";

fn with_own() -> Project {
    let project = Project::begun();
    project.write("AGENTS.md", OWN);
    project
}

fn text(project: &Project, name: &str) -> String {
    String::from_utf8(project.read(name)).unwrap()
}

#[test]
fn init_and_a_run_write_no_file_for_agents() {
    let project = Project::begun();
    let files = fs::read_dir(&project.root).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(files.collect::<Vec<_>>(), [".checklist"]);
}

#[test]
fn it_is_put_in_once_and_taken_out_as_if_it_had_never_been() {
    for (name, own) in
        [("AGENTS.md", OWN), ("CLAUDE.md", "no line end"), ("sub.md", "a\r\nb\r\n"), ("empty.md", "")]
    {
        let project = Project::begun();
        project.write(name, own);
        let path = project.root.join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        project.run(&["agents", "install", "--file", name]).ok().says("got the lines for agents");
        let with = text(&project, name);
        assert!(with.starts_with(own) && with.contains("checklist prime"), "{with:?}");
        assert_eq!(
            with.matches('\n').count() == with.matches("\r\n").count(),
            own.contains('\r'),
            "{with:?}"
        );
        let again = project.run(&["agents", "install", "--file", name, "--json"]).ok().json();
        assert_eq!((&again["changed"], &again["action"]), (&false.into(), &"none".into()));
        assert_eq!(text(&project, name), with);
        project.run(&["agents", "uninstall", "--file", name]).ok();
        assert_eq!(text(&project, name), own);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        project.run(&["agents", "uninstall", "--file", name]).ok().says("Nothing changed.");
    }
}

#[test]
fn a_file_that_was_made_for_it_goes_with_it_and_no_other() {
    let project = Project::begun();
    project.run(&["agents", "install"]).ok().says("AGENTS.md: made");
    project.run(&["agents", "uninstall"]).ok().says("AGENTS.md: removed");
    assert!(!project.root.join("AGENTS.md").exists());
    project.run(&["agents", "install"]).ok();
    let with = text(&project, "AGENTS.md");
    project.write("AGENTS.md", &format!("{with}\nMine.\n"));
    project.run(&["agents", "uninstall"]).ok();
    assert_eq!(text(&project, "AGENTS.md"), "\nMine.\n");
}

#[test]
fn a_dry_run_shows_what_patch_would_take_and_writes_nothing() {
    let project = with_own();
    let modified = || fs::metadata(project.root.join("AGENTS.md")).unwrap().modified().unwrap();
    let before = modified();
    let shown = project.run(&["agents", "install", "--dry-run", "--json"]).ok().json();
    assert_eq!(
        (&shown["changed"], &shown["action"], &shown["dry_run"]),
        (&false.into(), &"added".into(), &true.into())
    );
    let diff = shown["diff"].as_str().unwrap();
    assert!(diff.starts_with("--- a/AGENTS.md\n+++ b/AGENTS.md\n@@ -1,3 +1,"), "{diff}");
    assert_eq!((text(&project, "AGENTS.md").as_str(), modified()), (OWN, before));
    project
        .run(&["agents", "install", "--dry-run"])
        .ok()
        .says("+<!-- checklist: begin -->")
        .says("Nothing was changed.");
    // It is what is written.
    project.run(&["agents", "install"]).ok();
    let added: String = diff
        .lines()
        .skip(3)
        .filter_map(|line| line.strip_prefix('+'))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(text(&project, "AGENTS.md"), format!("{OWN}{added}"));
    let gone = project.run(&["agents", "uninstall", "--dry-run", "--json"]).ok().json();
    assert_eq!(gone["action"], "removed");
    assert!(text(&project, "AGENTS.md").contains("checklist prime"));
}

#[test]
fn an_older_block_is_brought_up_to_date_where_it_is() {
    let project = Project::begun();
    project.write("AGENTS.md", "before\n<!-- checklist: begin -->\nold\n<!-- checklist: end -->\nbehind");
    let updated = project.run(&["agents", "install", "--json"]).ok().json();
    assert_eq!(updated["action"], "updated");
    let now = text(&project, "AGENTS.md");
    assert!(now.starts_with("before\n<!-- checklist: begin -->\n## Checklists\n"), "{now}");
    assert!(now.ends_with("<!-- checklist: end -->\nbehind") && !now.contains("old\n"), "{now}");
}

#[test]
fn damaged_markers_are_shown_and_nothing_is_changed() {
    let project = Project::begun();
    let twice = "<!-- checklist: begin -->\n<!-- checklist: end -->\n";
    for (text, place) in [
        (
            "# A\n<!-- checklist: begin -->\nb\n".to_owned(),
            "AGENTS.md:2:1: a block begins here and does not end",
        ),
        (format!("{twice}\n{twice}"), "AGENTS.md:4:1: a second block begins here; the first is in line 1"),
    ] {
        project.write("AGENTS.md", &text);
        for verb in ["install", "uninstall"] {
            let refused = project
                .run(&["agents", verb])
                .code(12)
                .says(place)
                .says("^^^^^^^^^^")
                .says("Nothing was changed.");
            refused.says(&format!("then: checklist agents {verb}"));
            let error = project.run(&["agents", verb, "--json"]).code(12).json();
            assert_eq!(
                (&error["saved"], &error["detail"]["file"]),
                (&"not_saved".into(), &"AGENTS.md".into())
            );
            assert_eq!(project.read("AGENTS.md"), text.as_bytes());
        }
    }
}

#[test]
fn what_is_no_file_for_it_is_told_apart() {
    let project = Project::begun();
    fs::create_dir(project.root.join("folder.md")).unwrap();
    fs::write(project.root.join("latin.md"), b"one\ntwo \xe9\n").unwrap();
    project.write("fast.md", OWN);
    fs::set_permissions(project.root.join("fast.md"), fs::Permissions::from_mode(0o444)).unwrap();
    symlink("../elsewhere.md", project.root.join("out.md")).unwrap();
    symlink("real.md", project.root.join("link.md")).unwrap();
    project.write("real.md", OWN);
    let install = |file: &str| project.run(&["agents", "install", "--file", file]);
    install("folder.md").code(2).says("folder.md is a folder");
    install("latin.md").code(12).says("latin.md is not UTF-8 text: see line 2, byte 8");
    install("fast.md")
        .code(74)
        .says("fast.md is read-only. `agents install` was NOT saved.")
        .says("chmod u+w fast.md");
    install("../AGENTS.md").code(2).says("outside the project");
    install("/etc/motd").code(2).says("outside the project");
    install("out.md").code(2).says("out.md").says("Nothing was changed.");
    install(".checklist/AGENTS.md").code(2).says("kept by the program");
    install("none/AGENTS.md").code(2).says("mkdir -p");
    assert_eq!(project.read("fast.md"), OWN.as_bytes());
    assert!(!project.home().join("elsewhere.md").exists());
    // A link in the project stays one, and what it points to gets the lines.
    install("link.md").ok().says("real.md: got");
    assert!(fs::symlink_metadata(project.root.join("link.md")).unwrap().is_symlink());
    assert!(text(&project, "real.md").contains("checklist prime"));
    // Nothing of what was staged is left.
    let names =
        fs::read_dir(&project.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with('.')).collect::<Vec<_>>(), [".checklist"]);
    Project::new().run(&["agents", "install"]).code(3);
    let misspelled = project.run(&["agents", "instal"]).code(2);
    misspelled.says("no command \"agents instal\". Did you mean: checklist agents install");
}
