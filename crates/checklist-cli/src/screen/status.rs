//! The status of a run: where it is, what is next, what waits and why.

use super::ahead::Ahead;
use super::layout::{Look, Role, apart, clean, fit, pad, width, wrap};
use super::{marker, spoken};
use crate::time::Calendar;
use checklist_workflow::run::{CommandStatus, RunStatus, StepStatus};
use checklist_workflow::view::{CommandView, RunView, StepView};

/// From this width on, a settled step also says who settled it.
const WIDTH_FOR_NAMES: usize = 72;

/// The longest id that is made from a text; a screen narrower than two of them cuts it.
const ID_COLUMNS_MAX: usize = 40;

/// What is left of a title, however narrow the screen.
const TITLE_COLUMNS_MIN: usize = 12;

/// After this long without a review, a list is called out.
const STALE_MONTHS: i32 = 12;

/// The whole screen. `branch` is the branch that is checked out now.
pub(crate) fn status(ahead: Ahead<'_>, branch: Option<&str>, calendar: &Calendar, look: Look) -> String {
    let view = ahead.view;
    if look.is_spoken() {
        let facts = format!("{}  {}", summary(view, branch, calendar), stale(view, calendar));
        return spoken::status(ahead, &facts, calendar);
    }
    let mut text = format!("{}\n", header(view, look));
    text.push_str(&filled(&summary(view, branch, calendar), look.width));
    text.push_str(&filled(&stale(view, calendar), look.width));
    text.push('\n');
    text.push_str(&steps(view, calendar, look));
    text.push('\n');
    text.push_str(&ahead.text());
    text
}

/// `release  "Ship a release"  1.4.0 -> prod        run 01JD3V  rev 4`
pub(crate) fn header(view: &RunView, look: Look) -> String {
    if look.is_spoken() {
        return spoken::heading(view);
    }
    let values: Vec<String> = view.variables.iter().map(|(_, value)| clean(value)).collect();
    let values = fit(&values.join(" -> "), look.width / 3);
    let title = clean(&view.title);
    let gap = if values.is_empty() { "" } else { "  " };
    let right = format!("run {}  rev {}", view.short, view.rev);
    let called = view.name.as_deref().map(|name| format!(" ({})", clean(name))).unwrap_or_default();
    let name = &format!("{}{called}", view.template);
    let left = match clean(&view.template) == title {
        true => format!("{name}{gap}{values}"),
        false => {
            let taken = width(name) + width(gap) + width(&values) + "  \"\"".len();
            let title = fit(&title, look.width.saturating_sub(taken).max(TITLE_COLUMNS_MIN));
            format!("{name}  \"{title}\"{gap}{values}")
        }
    };
    apart(&fit(&left, look.width), &right, look)
}

/// Sentences with two spaces between them, as many on a line as `columns` have room for.
fn filled(sentences: &str, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for sentence in sentences.trim_end().split("  ").filter(|sentence| !sentence.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line) + 2 + width(sentence) <= columns => {
                line.push_str("  ");
                line.push_str(sentence);
            }
            _ => lines.extend(wrap(sentence, columns)),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A list that nobody looked at for a year may tell people to do the wrong thing.
fn stale(view: &RunView, calendar: &Calendar) -> String {
    let months = view.reviewed.as_deref().and_then(|day| calendar.months_since(day));
    match months {
        Some(months) if months >= STALE_MONTHS => {
            let owner = view.owner.as_deref().map(|owner| format!(" (owner: {})", clean(owner)));
            format!("The list was not reviewed for {months} months{}.\n", owner.unwrap_or_default())
        }
        _ => String::new(),
    }
}

/// How far it is, and since when nobody touched it.
pub(crate) fn summary(view: &RunView, branch: Option<&str>, calendar: &Calendar) -> String {
    let progress = &view.progress;
    let mut text = format!("{} of {} done.", progress.done, progress.total);
    for (count, word) in [
        (progress.skipped, "skipped"),
        (progress.hidden, "hidden"),
        (progress.failed, "failed"),
        (progress.interrupted, "interrupted"),
    ] {
        if count > 0 {
            text.push_str(&format!("  {count} {word}."));
        }
    }
    let ago = calendar.ago(view.updated_at);
    let place = match (view.branch.as_deref(), branch) {
        (Some(then), Some(now)) if then != now => format!(", on branch {then} (now: {now})"),
        (Some(then), _) => format!(", on branch {then}"),
        _ => String::new(),
    };
    match view.status {
        _ if view.archived_at.is_some() => text.push_str(&format!("  Put aside; last touched {ago}{place}.")),
        _ if view.is_running => text.push_str("  Running now, in another process."),
        RunStatus::Completed => text.push_str(&format!("  All settled {ago}{place}.")),
        RunStatus::Paused => text.push_str(&format!("  Paused {ago}{place}.")),
        _ => text.push_str(&format!("  You left off {ago}{place}.")),
    }
    text
}

/// One line of the list before it is laid out.
struct Row<'a> {
    step: &'a StepView,
    id: String,
    title: String,
    note: String,
}

/// The columns of the list.
struct Columns {
    id: usize,
    title: usize,
    note: usize,
    /// Whether nothing that stands fast had to be cut; what a step waits for can be said shorter.
    is_roomy: bool,
}

fn steps(view: &RunView, calendar: &Calendar, look: Look) -> String {
    let has_room = look.width >= WIDTH_FOR_NAMES;
    let mut rows: Vec<Row<'_>> =
        view.steps.iter().map(|step| row(view, step, has_room, calendar, look)).collect();
    let mut columns = columns_of(&rows, look);
    // Who settled a step is said where everything else has its room.
    if has_room && !columns.is_roomy {
        for row in rows.iter_mut().filter(|row| row.step.status == StepStatus::Done) {
            row.note = note(view, row.step, false, calendar, look);
        }
        columns = columns_of(&rows, look);
    }
    let mut text = String::new();
    let mut section: Option<&str> = None;
    for row in &rows {
        if row.step.section.as_deref() != section {
            section = row.step.section.as_deref();
            // What has no section is apart from the one before it.
            let gap = if text.is_empty() { "" } else { "\n" };
            if section.is_none() {
                text.push_str(gap);
            }
            if let Some(name) = section {
                let name = look.paint(Role::Strong, &fit(&clean(name), look.width.saturating_sub(2)));
                text.push_str(&format!("{gap}  {name}\n"));
            }
        }
        text.push_str(&line(row, &columns, calendar, look));
        text.push_str(&unsettled_commands(row.step, calendar));
    }
    text
}

fn row<'a>(view: &RunView, step: &'a StepView, has_name: bool, calendar: &Calendar, look: Look) -> Row<'a> {
    let reason = step.note.as_deref().filter(|_| step.status == StepStatus::Skipped).map(clean);
    let title = match &reason {
        Some(reason) => format!("skipped: {reason}"),
        None => clean(&step.title),
    };
    Row { step, id: step.id.clone(), title, note: note(view, step, has_name, calendar, look) }
}

/// What is said of a step at the edge: where it stands, since when, and by whom where that `has_name`.
pub(super) fn note(
    view: &RunView,
    step: &StepView,
    has_name: bool,
    calendar: &Calendar,
    look: Look,
) -> String {
    let at = || step.at.map(|at| calendar.short(at)).unwrap_or_default();
    match step.status {
        StepStatus::Done => {
            let evidence = step.evidence.map_or("done", |evidence| evidence.as_str());
            let by = step.by.as_deref().filter(|_| has_name).map(clean);
            [evidence.to_owned(), at(), by.unwrap_or_default()].join("  ").trim_end().to_owned()
        }
        // The reason stands in the place of the title.
        StepStatus::Skipped if step.note.is_some() => String::new(),
        StepStatus::Skipped => "skipped".to_owned(),
        StepStatus::Interrupted => format!("interrupted {}", at()),
        StepStatus::Failed => format!("failed {}", at()),
        StepStatus::Active if view.is_running => format!("running since {}", at()),
        StepStatus::Active => format!("active since {}", at()),
        StepStatus::Hidden => "hidden by its condition".to_owned(),
        StepStatus::Pending => waiting(step, look.width, calendar),
    }
}

/// Who does a step that is to do, or what it waits for, as far as `columns` have room.
fn waiting(step: &StepView, columns: usize, calendar: &Calendar) -> String {
    if let Some(claim) = &step.claim {
        let by = clean(&claim.by);
        return match claim.is_over {
            false => format!("claimed by {by} until {}", calendar.short(claim.until)),
            true => format!("claim of {by} ran out {}", calendar.short(claim.until)),
        };
    }
    let whose = marker::whose(step);
    match step.waits_for.as_slice() {
        _ if marker::is_undecided(step) => "its condition cannot be decided".to_owned(),
        [] => whose,
        needs if step.needs_human => {
            let before = format!("{whose}, ");
            format!("{before}{}", marker::waits(needs, columns.saturating_sub(before.len())))
        }
        needs => marker::waits(needs, columns),
    }
}

/// As wide as what is in them, as long as there is room; then the id gives way first, then the note.
fn columns_of(rows: &[Row<'_>], look: Look) -> Columns {
    let widest = |of: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let killer = " KILLER".len();
    let id = widest(&|row| width(&row.id) + indent(row.step)).min(ID_COLUMNS_MAX.min(look.width / 2));
    let title = widest(&|row| width(&row.title) + if row.step.killer { killer } else { 0 });
    let note = widest(&|row| width(&row.note));
    let room = look.width.saturating_sub("  [x] ".len() + id + 4);
    if title + note <= room {
        return Columns { id, title, note, is_roomy: true };
    }
    let note = note.min((room * 2 / 5).max(room.saturating_sub(title)));
    let fast = rows.iter().filter(|row| row.step.status != StepStatus::Pending);
    let fast = fast.map(|row| width(&row.note)).max().unwrap_or(0);
    Columns { id, title: title.min(room - note), note, is_roomy: title + fast <= room }
}

fn indent(step: &StepView) -> usize {
    2 * step.depth.min(4)
}

fn line(row: &Row<'_>, columns: &Columns, calendar: &Calendar, look: Look) -> String {
    let indent = indent(row.step);
    let id = columns.id.saturating_sub(indent).max(1);
    let id = pad(&fit(&row.id, id), id);
    let (title, killer) = match row.step.killer {
        // The word ends one column before the next, so it takes one of the two between.
        true => (fit(&row.title, columns.title.saturating_sub(6)), "KILLER"),
        false => (fit(&row.title, columns.title), ""),
    };
    let title = pad(&title, (columns.title + usize::from(row.step.killer)).saturating_sub(width(killer)));
    // Where the last column is empty, the title may have its room.
    let title = match row.note.is_empty() && !row.step.killer {
        true => fit(&row.title, columns.title + 2 + columns.note),
        false => title,
    };
    let killer = look.paint(Role::Bad, killer);
    let note = match row.step.status {
        StepStatus::Pending if row.step.claim.is_none() => waiting(row.step, columns.note, calendar),
        _ => row.note.clone(),
    };
    let note = look.paint(marker::role(row.step), &fit(&note, columns.note));
    let marker = marker::painted(row.step, look);
    let gap = if note.is_empty() {
        ""
    } else if row.step.killer {
        " "
    } else {
        "  "
    };
    let line = format!("{:>pad$}{marker} {id}  {title}{killer}{gap}{note}", "", pad = 2 + indent);
    format!("{}\n", line.trim_end())
}

/// The commands of a step that somebody has to look at.
fn unsettled_commands(step: &StepView, calendar: &Calendar) -> String {
    if !matches!(step.status, StepStatus::Interrupted | StepStatus::Failed) {
        return String::new();
    }
    let begun = step.all_commands().filter(|command| command.status != CommandStatus::Pending);
    let widest = begun.clone().map(|command| width(&command.id)).max().unwrap_or(0);
    begun
        .map(|command| format!("        {}  {}\n", pad(&command.id, widest), state(command, calendar)))
        .collect()
}

/// `done      exit 0`, `unknown   started 14:32:05, no result was recorded`
pub(crate) fn state(command: &CommandView, calendar: &Calendar) -> String {
    let at = command.at.map(|at| calendar.exact(at)).unwrap_or_default();
    let outcome = command.outcome.as_deref().map(clean).unwrap_or_default();
    let text = match command.status {
        CommandStatus::Pending => "to run".to_owned(),
        CommandStatus::Started => format!("running   since {at}"),
        CommandStatus::Done => format!("done      {outcome}"),
        CommandStatus::Failed => format!("failed    {outcome}"),
        CommandStatus::Retrying => {
            let (used, max) = command.retries;
            format!("failed    {outcome}, retry {used} of {max} comes next")
        }
        CommandStatus::Interrupted => format!("unknown   started {at}, no result was recorded"),
    };
    text.trim_end().to_owned()
}

/// One line per step for programs: marker, id, status, evidence, killer, title.
pub(crate) fn plain(view: &RunView) -> String {
    let line = |step: &StepView| {
        let evidence = step.evidence.map_or("", |evidence| evidence.as_str());
        let killer = if step.killer { "killer" } else { "" };
        let parts =
            [marker::marker(step), &step.id, step.status.as_str(), evidence, killer, &clean(&step.title)];
        format!("{}\n", parts.join("\t"))
    };
    view.steps.iter().map(line).collect()
}
