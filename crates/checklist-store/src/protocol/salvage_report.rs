//! The report of a salvage, as people read it. It names files and records, never a value of the state.

use super::salvage::SalvageReport;
use std::fmt::Write as _;

/// `report.md`.
pub(crate) fn text(report: &SalvageReport) -> String {
    let mut text =
        String::from("# What was salvaged\n\nThe original was read, and nothing in it was changed.\n\n");
    let _ = writeln!(text, "- `original/`: {} files, {} bytes, byte for byte.", report.copied, report.bytes);
    match (&report.plan, &report.lsn) {
        (Some(plan), Some(lsn)) => {
            let _ = writeln!(text, "- `.checklist/`: a sound store, its state at record {lsn}.");
            text.push_str("- `unproven.jsonl`: ");
            text.push_str(&unproven(report.unproven));
            text.push_str("\n## How the state was put together\n\n");
            for source in &plan.sources {
                let _ = writeln!(text, "1. {}, up to record {}: {}", source.name, source.lsn, source.detail);
            }
            let certain = if plan.is_proven {
                "It is proven to be the newest: its checksum is the one the history ends with.".to_owned()
            } else {
                format!("It is the newest that verifies; the last certain record is {}.", plan.ends_at)
            };
            let lost = plan
                .lost
                .as_ref()
                .map_or_else(|| "Nothing is lost.".to_owned(), |lost| format!("Lost: {lost}."));
            let history = if report.has_history {
                "The history is the whole one of the original."
            } else {
                "The history begins anew; what was left of the old one is in `original/`."
            };
            let _ = writeln!(text, "\n{certain} {lost}\n\n{history}");
            list(
                &mut text,
                "What does not verify and was not needed",
                plan.unproven.iter().map(String::as_str),
            );
        }
        _ => {
            text.push_str("- `unproven.jsonl`: ");
            text.push_str(&unproven(report.unproven));
            let why = report.refused.as_deref().unwrap_or("nothing proves any state");
            let _ = writeln!(text, "\n## There is no state\n\n{why}.");
        }
    }
    let unread = report.unreadable.iter().map(|(path, why)| format!("`{}`: {why}", path.display()));
    list(&mut text, "What could not be read", unread);
    text.push_str("\n## To go on with it\n\nCompare what is here with what you know of the work. ");
    text.push_str(match report.store {
        Some(_) => "To use the salvaged store, move the damaged `.checklist/` away, never over another, and put this one in its place; then run `checklist doctor`.\n",
        None => "A state can still be written by hand from what `unproven.jsonl` and `original/` show.\n",
    });
    text
}

fn unproven(count: usize) -> String {
    match count {
        0 => "empty, for nothing verifies beyond that.\n".to_owned(),
        1 => "one transaction or record that verifies by itself and leads on from nothing.\n".to_owned(),
        count => {
            format!("{count} transactions and records that verify by themselves and lead on from nothing.\n")
        }
    }
}

fn list<T: AsRef<str>>(text: &mut String, title: &str, lines: impl Iterator<Item = T>) {
    let lines: String = lines.map(|line| format!("- {}\n", line.as_ref())).collect();
    if !lines.is_empty() {
        let _ = write!(text, "\n## {title}\n\n{lines}");
    }
}
