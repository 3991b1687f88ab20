//! The projects of a user, the one that was worked in last first.

use super::layout::{Look, Role, clean, fit};
use super::spoken::sentence;
use crate::time::Calendar;
use checklist_store::env::Timestamp;
use checklist_workflow::run::RunStatus;
use checklist_workflow::view::RunView;

/// A project that was looked at.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) path: String,
    pub(crate) shown: String,
    /// When it was noted last.
    pub(crate) seen: Timestamp,
    pub(crate) standing: Standing,
}

/// What was found there.
#[derive(Debug)]
pub(crate) enum Standing {
    /// The active run.
    Run(Box<RunView>),
    NoRun,
    Unreadable(String),
    /// It is not there any more, and is forgotten.
    Gone,
    /// Nothing is there now.
    OutOfReach,
}

impl Standing {
    /// The word for it in JSON.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Standing::Run(_) => "run",
            Standing::NoRun => "no_run",
            Standing::Unreadable(_) => "unreadable",
            Standing::Gone => "gone",
            Standing::OutOfReach => "out_of_reach",
        }
    }
}

impl Told {
    /// When something happened there last, as far as is known.
    pub(crate) fn updated(&self) -> Timestamp {
        match &self.standing {
            Standing::Run(view) => view.updated_at,
            _ => self.seen,
        }
    }
}

/// Two lines for each: where it is, and where it stands.
pub(crate) fn projects(told: &[Told], calendar: &Calendar, look: Look) -> String {
    if told.is_empty() {
        return "No project is known on this machine yet. One is noted when a command changes something in it.\n"
            .to_owned();
    }
    if look.is_spoken() {
        let line = |project: &Told| {
            let said: Vec<String> = standing(project, calendar).iter().map(|line| sentence(line)).collect();
            format!("{}: {}\n", clean(&project.shown), said.join(", "))
        };
        return format!("{}\nNext: checklist status -C DIR\n", told.iter().map(line).collect::<String>());
    }
    let room = look.width.saturating_sub(2);
    let mut text = String::new();
    for project in told {
        text.push_str(&format!("{}\n", look.paint(Role::Strong, &fit(&clean(&project.shown), look.width))));
        for line in standing(project, calendar) {
            text.push_str(&format!("  {}\n", fit(&line, room)));
        }
    }
    text.push_str("\nNext: checklist status -C DIR\n");
    text
}

fn standing(project: &Told, calendar: &Calendar) -> Vec<String> {
    match &project.standing {
        Standing::Run(view) => run(view, calendar),
        Standing::NoRun => vec!["no run".to_owned()],
        Standing::Unreadable(reason) => vec![format!("cannot be shown: {}", clean(reason))],
        Standing::Gone => vec!["is not there any more, and is forgotten".to_owned()],
        Standing::OutOfReach => {
            vec![format!("cannot be reached now; last seen {}", calendar.ago(project.seen))]
        }
    }
}

fn run(view: &RunView, calendar: &Calendar) -> Vec<String> {
    let ago = calendar.ago(view.updated_at);
    let when = match view.status {
        RunStatus::Completed => format!("all settled {ago}"),
        RunStatus::Paused => format!("paused {ago}"),
        _ if view.is_running => "running now".to_owned(),
        _ => format!("you left off {ago}"),
    };
    let name = view.name.as_deref().map(|name| format!(" \"{}\"", clean(name))).unwrap_or_default();
    let progress = &view.progress;
    let title = clean(&view.title);
    let mut lines = vec![format!(
        "{}{name}  {} of {} done, {when}",
        clean(&view.template),
        progress.done,
        progress.total
    )];
    let current = view.steps.iter().find(|step| step.is_current);
    lines.extend(match current {
        Some(step) => Some(format!("next: {}   {}", step.id, clean(&step.title))),
        None => (title != view.template).then_some(title),
    });
    lines
}

/// One line per project for programs: path, standing, template, status, done, total, time.
pub(crate) fn plain(told: &[Told]) -> String {
    let line = |project: &Told| {
        let mut parts = vec![clean(&project.path), project.standing.word().to_owned()];
        if let Standing::Run(view) = &project.standing {
            let (done, total) = (view.progress.done.to_string(), view.progress.total.to_string());
            parts.extend([view.template.clone(), view.status.as_str().to_owned(), done, total]);
        } else {
            parts.extend([const { String::new() }; 4]);
        }
        parts.push(project.updated().to_string());
        format!("{}\n", parts.join("\t"))
    };
    told.iter().map(line).collect()
}
