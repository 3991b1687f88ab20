//! What a run says to people: tables in Markdown, plots, and a word for each target.
#![expect(clippy::disallowed_methods, reason = "reports are files of the real disk")]

mod plots;
mod svg;
mod tables;
mod verdict;

use crate::engine::Result;
use crate::sample::Samples;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use verdict::Verdict;

/// The lines between which a document holds the newest tables.
const MARKERS: [&str; 2] = ["<!-- bench: begin -->", "<!-- bench: end -->"];

/// Writes `report.md` and the plots beside the samples, and the tables into `document`; returns the verdicts.
///
/// # Errors
/// If there are no samples there, or the document has no place for tables.
pub fn write(folder: &Path, document: Option<&Path>, command: &str) -> Result<String> {
    let samples = Samples::read(&fs::read_to_string(folder.join("samples.jsonl"))?)?;
    let machine = fs::read_to_string(folder.join("machine.txt"))?;
    for (name, chart) in plots::all(&samples) {
        fs::write(folder.join(name), chart.render())?;
    }
    let verdicts = verdict::all(&samples);
    let mut text = format!("Measured: {}\nCommand: `{command}`\n\n", machine.trim());
    text.push_str(&verdict_table(&verdicts));
    for table in tables::all(&samples) {
        text.push_str(&table);
    }
    fs::write(folder.join("report.md"), &text)?;
    if let Some(document) = document {
        let old = fs::read_to_string(document)?;
        fs::write(
            document,
            between_markers(&old, &text).ok_or("the document lacks the markers of the tables")?,
        )?;
    }
    Ok(spoken(&verdicts))
}

/// The document with what is between its markers replaced.
fn between_markers(old: &str, text: &str) -> Option<String> {
    let [begin, end] = MARKERS;
    let (before, rest) = old.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

fn verdict_table(verdicts: &[Verdict]) -> String {
    let mut text = String::from("### Targets\n\n| What | Target | Measured | |\n|---|---|---|---|\n");
    for verdict in verdicts {
        let Verdict { target, .. } = verdict;
        let _ =
            writeln!(text, "| {target} | {} | {} | {} |", verdict.wanted(), verdict.found(), verdict.word());
    }
    text.push('\n');
    text
}

/// One line for each target that was measured, and a count.
fn spoken(verdicts: &[Verdict]) -> String {
    let count = |word| verdicts.iter().filter(|verdict| verdict.word() == word).count();
    let mut text = String::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.measured.is_some()) {
        let Verdict { target, .. } = verdict;
        let _ = writeln!(
            text,
            "{:<7} {target}: {}, wanted {}",
            verdict.word(),
            verdict.found(),
            verdict.wanted()
        );
    }
    let _ = write!(
        text,
        "targets: {} met, {} missed, {} not measured",
        count("met"),
        count("missed"),
        count("not measured")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let [begin, end] = MARKERS;
        let old = format!("# T\n\n{begin}\nold\n{end}\nrest\n");
        let new = between_markers(&old, "new\n").expect("it has markers");
        assert_eq!(new, format!("# T\n\n{begin}\n\nnew\n\n{end}\nrest\n"));
        assert_eq!(between_markers(&new, "new\n"), Some(new.clone()));
        assert_eq!(between_markers("# T\n", "new\n"), None);
    }
}
