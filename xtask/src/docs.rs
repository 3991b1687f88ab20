//! `cargo xtask docs`: writes the documents that the program itself tells, so that none of them can be out of date.
#![expect(clippy::disallowed_methods, reason = "a chore writes files of the repository")]

use crate::arguments::Arguments;
use crate::tools::{cargo, said};
use std::fs;
use std::io;

/// A document, and the command whose answer it is.
struct Document {
    path: &'static str,
    words: &'static [&'static str],
}

const DOCUMENTS: &[Document] = &[
    Document { path: "docs/cli.md", words: &["help", "--all", "--markdown"] },
    Document { path: "docs/schema/template-1.json", words: &["schema"] },
];

/// Writes what differs; with `--check` names it and fails.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["check"])?;
    let mut passed = true;
    for document in DOCUMENTS {
        let run = ["run", "--quiet", "--locked", "-p", "checklist-cli", "--"];
        let words: Vec<&str> = run.iter().chain(document.words).copied().collect();
        let told = said(cargo(&words).env_remove("CHECKLIST_AGENT"))?;
        let path = crate::repository().join(document.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == told) {
            say(&format!("docs: {} is what the program tells", document.path));
        } else if arguments.switch("check") {
            say(&format!("docs: {} is out of date: cargo xtask docs", document.path));
            passed = false;
        } else {
            fs::write(&path, told).map_err(|error| format!("{}: {error}", document.path))?;
            say(&format!("docs: {} is written", document.path));
        }
    }
    Ok(passed)
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
