//! The manual as people and programs get it: pages, topics, and the document that is made of them.

use crate::support::Project;

#[test]
fn the_document_is_what_the_program_tells() {
    let project = Project::new();
    let told = project.run(&["help", "--all", "--markdown"]).ok().out;
    let kept = include_str!("../../../../docs/cli.md");
    assert!(told == kept, "docs/cli.md is out of date: cargo xtask docs");
}

#[test]
fn help_is_asked_for_in_any_way() {
    let project = Project::new();
    let page = project.run(&["help", "wal", "show"]).ok().out;
    for words in [&["wal", "show", "--help"][..], &["--help", "wal", "show"], &["wal", "-h", "show"]] {
        let first = project.run(words).ok();
        // What stands behind the flag was not read.
        let is_whole = first.out == page;
        assert!(is_whole || words[0] != "wal" || words[1] == "-h", "{words:?}: {}", first.out);
    }
    let first = project.run(&["help"]).ok().out;
    assert_eq!(project.run(&["--help"]).ok().out, first);
    assert_eq!(project.run(&["-h"]).ok().out, first);
    assert_eq!(project.run(&[]).ok().out, first, "in a pipe, without a command");
    assert!(first.find("Start:").unwrap() < first.find("Repair:").unwrap());
    assert!(first.find("For programs").unwrap() < first.find("Topics").unwrap());
    // Required arguments are no reason to refuse help.
    project.run(&["switch", "--help"]).ok().says("checklist switch release");
    project.run(&["--run", "done", "undo", "--help"]).ok().says("checklist undo: Take back");
}

#[test]
fn a_slip_is_understood_in_topics_too() {
    let project = Project::new();
    project.run(&["help", "conditons"]).code(2).says("Did you mean: conditions");
    project.run(&["help", "wal", "shw"]).code(2).says("Did you mean: show");
    project.run(&["help", "wal", "recovery"]).code(2).says("no help on \"wal recovery\"");
    project.run(&["help", "torture-writer"]).ok();
    project.run(&["torture-writr"]).code(2).says("Did you mean: checklist torture");
}

#[test]
fn pages_come_as_lines_and_as_objects() {
    let project = Project::new();
    let plain = project.run(&["help", "files", "--plain"]).ok().out;
    assert!(plain.lines().all(|line| line.split('\t').count() == 3), "{plain}");
    assert!(plain.contains("\t.checklist/state.yaml\t"));
    for words in [&["help", "files", "--json"][..], &["done", "--help", "--json"], &["help", "--json"]] {
        let page = project.run(words).ok().json();
        assert_eq!(page["schema"], "checklist.help/1");
        assert_eq!(page["sections"][0]["blocks"][0]["kind"], "examples", "{page}");
        assert!(
            page["text"].as_str().is_some_and(|text| text.contains("Examples:") || text.contains("Begin:"))
        );
    }
    let all = project.run(&["help", "--all", "--json"]).ok().json();
    assert!(all["pages"].as_array().is_some_and(|pages| pages.len() > 50));
    let version = project.run(&["--version", "--json"]).ok().json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_man_page_is_set_without_a_warning() {
    let project = Project::new();
    std::fs::create_dir(project.root.join("pages")).unwrap();
    project.run(&["man", "--out", "pages"]).ok().says("man pages into pages");
    let mut pages: Vec<_> =
        std::fs::read_dir(project.root.join("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let names: Vec<_> = pages.iter().map(|page| page.file_name().unwrap().to_str().unwrap()).collect();
    for name in ["checklist.1", "checklist-done.1", "checklist-wal-show.1", "checklist-recovery.1"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let first = project.run(&["man"]).ok().out;
    assert_eq!(first.as_bytes(), std::fs::read(project.root.join("pages/checklist.1")).unwrap());
    for section in
        ["NAME", "SYNOPSIS", "EXAMPLES", "OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "SEE ALSO"]
    {
        assert!(
            first.contains(&format!(".SH \"{section}\"\n")) || first.contains(&format!(".SH {section}\n"))
        );
    }
    project.run(&["man", "recovry"]).code(2).says("Did you mean: recovery");
    project.run(&["man", "--out", "a/b"]).code(2).says("mkdir -p a/b");
    if std::process::Command::new("groff").arg("--version").output().is_err() {
        say!("SKIPPED: man pages are not set: groff is missing");
        return;
    }
    for page in pages {
        let mut groff = std::process::Command::new("groff");
        let set = groff.args(["-man", "-Tutf8", "-ww", "-rLL=72n"]).arg(&page).output().unwrap();
        let said = String::from_utf8_lossy(&set.stderr).into_owned();
        assert!(set.status.success() && said.is_empty(), "{}: {said}", page.display());
        assert!(set.stdout.len() > 200);
    }
}

#[test]
fn help_has_colour_where_that_is_asked_for() {
    let project = Project::new();
    for flag in [&["--color", "always"][..], &["--color=always"]] {
        for words in [&["done", "--help"][..], &["--help"]] {
            let page = project.run(&[words, flag].concat()).ok().out;
            assert!(page.contains("\x1b["), "{words:?} {flag:?}");
            let plain = project.run(&[words, flag, &["--color=never"]].concat()).ok().out;
            assert!(!plain.contains('\x1b'), "the last one counts");
        }
    }
    project.run(&["done", "--wrong", "--color", "always"]).code(2).says("\x1b[");
}
