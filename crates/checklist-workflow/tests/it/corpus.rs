//! Lists other projects published: every box of every file has to arrive.

#![expect(clippy::disallowed_methods, reason = "the corpus is on the real disk")]

use std::path::{Path, PathBuf};

use checklist_workflow::markdown::import;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.is_dir() {
        say!("SKIPPED: the corpus is not here, so no published list was read");
        return None;
    }
    Some(folder)
}

fn lists(folder: &Path) -> Vec<(String, String)> {
    let mut lists: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus can be listed")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    lists.sort();
    lists
}

/// What `grep -cE '^\s*([-*+]|[0-9]+[.)])\s+\[( |x|X|-|~|/|N/A)\]'` counts outside code fences.
fn grep(source: &str) -> usize {
    let mut fenced = false;
    let mut count = 0;
    for line in source.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let line = line.trim_start();
            let rest = match line.find(['.', ')']) {
                Some(end) if end > 0 && line[..end].chars().all(|c| c.is_ascii_digit()) => {
                    Some(&line[end + 1..])
                }
                _ => line.strip_prefix(['-', '*', '+']),
            };
            let text = rest.filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim_start);
            let marks = ["[ ]", "[x]", "[X]", "[-]", "[~]", "[/]", "[N/A]"];
            count += usize::from(text.is_some_and(|text| marks.iter().any(|mark| text.starts_with(mark))));
        }
    }
    count
}

#[test]
fn every_box_of_every_published_list_arrives() {
    let Some(folder) = corpus() else { return };
    let mut total = 0;
    for (name, source) in lists(&folder) {
        let expected = grep(&source);
        match import(&name, &source) {
            Ok(list) => {
                assert_eq!(list.boxes, expected, "{name}");
                assert_eq!(list.from_list_items, expected == 0, "{name}");
                assert!(list.from_list_items || list.template.steps.len() == expected, "{name}");
                total += expected;
            }
            Err(found) => {
                // The table of licences is the one file here that holds no list.
                assert_eq!((name.as_str(), expected), ("README.md", 0), "{found}");
            }
        }
    }
    assert_eq!(total, 741, "boxes of all published lists together");
}

#[test]
fn every_prompt_of_a_bmad_list_is_a_command() {
    let Some(folder) = corpus() else { return };
    let mut total = 0;
    for (name, source) in lists(&folder).into_iter().filter(|(name, _)| name.starts_with("bmad4-")) {
        let list = import(&name, &source).expect("it imports");
        let prompts: usize = list.template.steps.iter().map(|step| step.commands.len()).sum();
        assert_eq!(prompts, source.matches("[[LLM:").count(), "{name}");
        assert_eq!(list.prompt_boxes, 0, "{name}");
        total += prompts;
    }
    assert_eq!(total, 55);
}

#[test]
fn a_published_list_without_boxes_offers_its_items() {
    let Some(folder) = corpus() else { return };
    let source = std::fs::read_to_string(folder.join("ripgrep-release.md")).expect("a text");
    let list = import("ripgrep-release.md", &source).expect("it imports");
    assert!(list.from_list_items);
    let nested = list.template.steps.iter().filter(|step| step.parent.is_some()).count();
    assert_eq!((list.template.steps.len(), nested), (25, 10));
    assert_eq!(list.template.title, "Release Checklist");
}
