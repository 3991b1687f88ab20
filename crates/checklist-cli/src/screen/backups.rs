//! The copies of the state: the one just taken, and all of them.

use super::layout::{Look, Role, fit, pad, width};
use crate::time::Calendar;
use checklist_store::Backup;

/// What is said of a copy that was just taken.
pub(crate) fn taken(copy: &Backup, short: &str) -> String {
    format!(
        "Copied: record {}, {}, {}.\nIt is kept in .checklist/.backup/ as {short}\n\nGo back to it: checklist restore --backup {short}\n",
        copy.lsn,
        size(copy.bytes),
        standing(copy).0
    )
}

/// All of them, the newest first.
pub(crate) fn list(copies: &[Backup], calendar: &Calendar, look: Look) -> String {
    if copies.is_empty() {
        return "There are no copies yet.\n\nTake one: checklist backup\n".to_owned();
    }
    if look.is_spoken() {
        return spoken(copies, calendar);
    }
    let rows: Vec<[String; 4]> = copies
        .iter()
        .map(|copy| {
            let time = copy.time.map_or_else(|| "-".to_owned(), |time| calendar.short(time));
            [copy.lsn.to_string(), time, size(copy.bytes), short_name(copy, copies)]
        })
        .collect();
    let column = |index: usize, name: &str| {
        rows.iter().map(|row| width(&row[index])).chain([name.len()]).max().unwrap_or(0)
    };
    let widths = [column(0, "record"), column(1, "taken"), column(2, "size")];
    let right =
        |text: &str, columns: usize| format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))));
    let mut text = format!(
        "{}  {}  {}  verified  name\n",
        right("record", widths[0]),
        pad("taken", widths[1]),
        right("size", widths[2])
    );
    for (row, copy) in rows.iter().zip(copies) {
        let (word, role) = standing(copy);
        let line = format!(
            "{}  {}  {}  {}  {}",
            right(&row[0], widths[0]),
            pad(&row[1], widths[1]),
            right(&row[2], widths[2]),
            pad(word, 8),
            row[3]
        );
        let line = fit(&line, look.width);
        text.push_str(&format!("{}\n", role.map_or_else(|| line.clone(), |role| look.paint(role, &line))));
    }
    text.push_str("\nGo back to one: checklist restore --backup NAME\n");
    text
}

/// `verified: published-0000000005, record 5, taken 14:06, 760 B`
fn spoken(copies: &[Backup], calendar: &Calendar) -> String {
    let line = |copy: &Backup| {
        let taken = copy.time.map(|time| format!(", taken {}", calendar.short(time))).unwrap_or_default();
        let (word, name) = (standing(copy).0.to_lowercase(), short_name(copy, copies));
        format!("{word}: {name}, record {}{taken}, {}\n", copy.lsn, size(copy.bytes))
    };
    let lines: String = copies.iter().map(line).collect();
    format!("{lines}\nGo back to one: checklist restore --backup NAME\n")
}

/// One a line, for programs that read lines: the whole name first.
pub(crate) fn plain(copies: &[Backup]) -> String {
    let line = |copy: &Backup| {
        let time = copy.time.map(|time| time.to_string()).unwrap_or_default();
        format!(
            "{}\t{}\t{}\t{time}\t{}\t{}\n",
            copy.name,
            copy.reason,
            copy.lsn,
            copy.bytes,
            standing(copy).0
        )
    };
    copies.iter().map(line).collect()
}

/// As much of a name as no other copy begins with, and at least the reason and the record.
pub(crate) fn short_name(copy: &Backup, copies: &[Backup]) -> String {
    let name = &copy.name;
    let least = name.rfind('-').unwrap_or(name.len());
    let is_taken =
        |len: usize| copies.iter().any(|other| other.name != *name && other.name.starts_with(&name[..len]));
    let len = (least..name.len()).find(|len| !is_taken(*len)).unwrap_or(name.len());
    // A name that ends with its dash would look cut off.
    let len = if name[..len].ends_with('-') { (len + 1).min(name.len()) } else { len };
    name[..len].to_owned()
}

/// Whether it can be relied on, in a word of at most eight letters.
fn standing(copy: &Backup) -> (&'static str, Option<Role>) {
    match (copy.is_verified, copy.is_restorable) {
        (Some(false), _) => ("CHANGED", Some(Role::Bad)),
        (_, false) => ("no state", Some(Role::Quiet)),
        (Some(true), true) => ("verified", None),
        // The state in it proves itself; the other files have no witness.
        (None, true) => ("state ok", None),
    }
}

/// `812 B`, `3.1 KiB`
pub(crate) fn size(bytes: u64) -> String {
    let mut amount = bytes;
    let mut rest = 0;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if amount < 1024 || unit == "TiB" {
            let tenths = rest * 10 / 1024;
            return if unit == "B" { format!("{amount} B") } else { format!("{amount}.{tenths} {unit}") };
        }
        (rest, amount) = (amount % 1024, amount / 1024);
    }
    unreachable!("the last unit takes any amount")
}
