//! The history of a run: op, time, who, what.

use super::layout::{Look, Role, clean, fit, pad, width};
use crate::time::Calendar;
use checklist_workflow::engine::Entry;
use checklist_workflow::output::plain_text;

/// The newest first, as people look for them.
pub(crate) fn history(entries: &[&Entry], calendar: &Calendar, look: Look) -> String {
    if look.is_spoken() {
        return super::spoken::history(entries, calendar);
    }
    let rows: Vec<[String; 6]> = entries.iter().map(|entry| row(entry, calendar)).collect();
    let column = |index: usize, name: &str, max: usize| {
        rows.iter().map(|row| width(&row[index])).chain([name.len()]).max().unwrap_or(0).min(max)
    };
    let (op, time, who) = (column(0, "op", 8), column(1, "time", 10), column(2, "who", 16));
    let (verb, step) = (column(3, "what", 12), column(4, "", look.width / 4));
    let mut text = format!("{}  {}  {}  what\n", pad("op", op), pad("time", time), pad("who", who));
    for (row, entry) in rows.iter().zip(entries) {
        let cells = [
            format!("{}{}", " ".repeat(op.saturating_sub(width(&row[0]))), row[0]),
            pad(&row[1], time),
            pad(&fit(&row[2], who), who),
            pad(&row[3], verb),
            pad(&fit(&row[4], step), step),
            row[5].clone(),
        ];
        let line = fit(cells.join("  ").trim_end(), look.width);
        let line = if entry.undone { look.paint(Role::Quiet, &line) } else { line };
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn row(entry: &Entry, calendar: &Calendar) -> [String; 6] {
    let undone = if entry.undone { "(undone) " } else { "" };
    [
        entry.op.to_string(),
        calendar.short(entry.time),
        clean(&entry.actor),
        entry.verb.clone(),
        entry.step.clone().unwrap_or_default(),
        format!("{undone}{}", detail(entry)),
    ]
}

/// What was done, in the rest of the line.
pub(crate) fn detail(entry: &Entry) -> String {
    let detail = plain_text(&entry.detail);
    match (entry.verb.as_str(), entry.of) {
        ("undo" | "redo", Some(op)) => format!("op {op} ({detail})"),
        _ => detail,
    }
}

/// One line per operation for programs: op, time, who, verb, step, undone, detail.
pub(crate) fn plain(entries: &[&Entry]) -> String {
    let line = |entry: &&Entry| {
        let undone = if entry.undone { "undone" } else { "" };
        let step = entry.step.as_deref().unwrap_or_default();
        let time = entry.time.to_string();
        let (actor, detail) = (clean(&entry.actor), detail(entry));
        format!("{}\n", [&entry.op.to_string(), &time, &actor, &entry.verb, step, undone, &detail].join("\t"))
    };
    entries.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use checklist_store::env::Timestamp;
    use jiff::tz::TimeZone;

    fn entry(op: u64, verb: &str, step: Option<&str>, detail: &str) -> Entry {
        Entry {
            op,
            run: "01JD3V".to_owned(),
            time: Timestamp::parse("2026-11-22T14:06:00Z").expect("RFC 3339"),
            actor: "ana".to_owned(),
            verb: verb.to_owned(),
            step: step.map(str::to_owned),
            detail: detail.to_owned(),
            of: None,
            to: None,
            undone: false,
        }
    }

    #[test]
    fn columns_line_up_and_lines_fit() {
        let now = Timestamp::parse("2026-11-22T15:00:00Z").expect("RFC 3339");
        let calendar = Calendar::new(now, TimeZone::UTC);
        let undo = Entry { of: Some(6), ..entry(10, "undo", Some("announce"), "skip announce") };
        let skip = Entry {
            undone: true,
            ..entry(6, "skip", Some("announce"), "no channel for a patch release at all")
        };
        for columns in [80, 60] {
            let text = history(&[&undo, &skip], &calendar, Look { width: columns, ..Look::SCREEN });
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
        }
        let text = history(&[&undo, &skip], &calendar, Look::SCREEN);
        assert_eq!(
            text,
            "op  time   who  what\n\
             10  14:06  ana  undo  announce  op 6 (skip announce)\n \
             6  14:06  ana  skip  announce  (undone) no channel for a patch release at all\n"
        );
        assert_eq!(
            plain(&[&undo]),
            "10\t2026-11-22T14:06:00.000Z\tana\tundo\tannounce\t\top 6 (skip announce)\n"
        );
    }
}
