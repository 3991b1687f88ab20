//! `cargo xtask docs`: writes the documents that the program itself tells, so that none of them can be out of date.
#![expect(clippy::disallowed_methods, reason = "a chore writes files of the repository")]

use crate::arguments::Arguments;
use crate::tools::{cargo, said};
use std::fs;
use std::io;

/// Writes what differs; with `--check` names it and fails.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["check"])?;
    let mut passed = true;
    let mut documents = vec![("docs/cli.md".to_owned(), told(&["help", "--all", "--markdown"])?)];
    for row in told(&["schema", "--list", "--plain"])?.lines() {
        let name = row.split('\t').next().unwrap_or_default();
        documents.push((format!("docs/schema/{name}-1.json"), told(&["schema", name])?));
    }
    for (document, text) in documents {
        let path = crate::repository().join(&document);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            say(&format!("docs: {document} is what the program tells"));
        } else if arguments.switch("check") {
            say(&format!("docs: {document} is out of date: cargo xtask docs"));
            passed = false;
        } else {
            fs::write(&path, text).map_err(|error| format!("{document}: {error}"))?;
            say(&format!("docs: {document} is written"));
        }
    }
    Ok(passed)
}

/// What the program answers.
fn told(words: &[&str]) -> Result<String, String> {
    let run = ["run", "--quiet", "--locked", "-p", "checklist-cli", "--"];
    let words: Vec<&str> = run.iter().chain(words).copied().collect();
    said(cargo(&words).env_remove("CHECKLIST_AGENT"))
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
