//! `Report`: a run as a document for others: Markdown for a pull request, HTML to keep or to print.
//!
//! Both are functions of the report alone. No value of a secret is ever in it, and all that people or commands said
//! is escaped.

mod html;
mod markdown;

use crate::engine::{Entry, WorkflowEngine};
use crate::error::Result;
use crate::output::plain_text;
use crate::run::{Evidence, StepStatus};
use crate::view::{RunView, StepView};
use checklist_store::env::Timestamp;

/// A run with its history.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
/// use checklist_workflow::export::Report;
///
/// let report: Report = engine.report()?;
/// assert!(report.to_markdown().contains("- [ ] Morning"));
/// assert!(report.to_html().contains("<html"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The run.
    pub view: RunView,
    /// Its operations, oldest first.
    pub history: Vec<Entry>,
    /// SHA-256 of the list it goes by.
    pub sha256: String,
    /// When the report is made.
    pub made_at: Timestamp,
}

impl WorkflowEngine {
    /// The run that is worked on, as a report.
    ///
    /// # Errors
    /// [`Error::NoRun`](crate::error::Error::NoRun), and those of the store.
    pub fn report(&self) -> Result<Report> {
        let sha256 = self.selected()?.run.template.sha256.clone();
        let made_at = self.store.env().clock.now();
        let (mut view, mut history) = (self.view()?, self.history()?);
        // What was said while a secret was not known here may hold it all the same, and this is for others.
        let masker = self.masker();
        let notes = view.steps.iter_mut().filter_map(|step| step.note.as_mut());
        for said in notes.chain(history.iter_mut().map(|entry| &mut entry.detail)) {
            *said = masker.mask(said);
        }
        Ok(Report { view, history, sha256, made_at })
    }
}

impl Report {
    /// A GitHub task list under headings, with what is claimed, skipped and open told apart, and the history folded.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::page(self)
    }

    /// One page that needs nothing else: no script, no network, light and dark, and fit to be printed.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    fn killers(&self) -> impl Iterator<Item = &StepView> {
        self.view.steps.iter().filter(|step| step.killer)
    }

    /// Steps that are done on somebody's word; a parent follows its parts, and is not one of them.
    fn claimed(&self) -> impl Iterator<Item = &StepView> {
        let claimed = self.view.steps.iter().filter(|step| step.evidence == Some(Evidence::Claimed));
        claimed.filter(|step| step.status == StepStatus::Done && !step.has_parts)
    }

    fn open(&self) -> impl Iterator<Item = &StepView> {
        self.view.steps.iter().filter(|step| !step.status.is_settled())
    }

    /// The time all commands took together, in milliseconds.
    fn command_ms(&self) -> u64 {
        let commands = self.view.steps.iter().flat_map(StepView::all_commands);
        commands.filter_map(|command| command.duration_ms).sum()
    }

    /// When the run began, and when it ended or was last touched.
    fn span(&self) -> (Timestamp, Timestamp) {
        (self.view.started_at, self.view.updated_at)
    }

    /// `5 of 6 done: 4 verified, 1 claimed; 1 skipped`
    fn summary(&self) -> String {
        let progress = &self.view.progress;
        let mut parts = Vec::new();
        if progress.done > 0 {
            parts.push(format!("{} verified, {} claimed", progress.verified, progress.claimed));
        }
        for (count, word) in [
            (progress.skipped, "skipped"),
            (progress.hidden, "hidden"),
            (progress.failed, "failed"),
            (progress.interrupted, "interrupted"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        let rest = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        format!("{} of {} steps done{rest}", progress.done, progress.total)
    }
}

/// The names among what a reader should not have to look for; the rest is counted.
const NAMES_MAX: usize = 12;

/// Names in a row, and how many more there are.
fn row(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let row = names.join(", ");
    if more > 0 { format!("{row}, and {more} more") } else { row }
}

/// Where a step stands, in a word: for a done step on whose word.
fn standing(step: &StepView) -> &'static str {
    match (step.status, step.evidence) {
        (StepStatus::Done, Some(evidence)) => evidence.as_str(),
        (StepStatus::Pending, _) => "to do",
        (StepStatus::Hidden, _) => "does not apply",
        (status, _) => status.as_str(),
    }
}

/// `2026-11-22 14:35 UTC`
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

/// `12 ms`, `0.4 s`, `3 min 5 s`, `2 h 10 min`, `3 days`
fn duration(ms: u64) -> String {
    match ms {
        0..100 => format!("{ms} ms"),
        100..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        3_600_000..172_800_000 => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}

/// A text on one line, without anything that acts on who reads it.
fn one_line(text: &str) -> String {
    plain_text(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
