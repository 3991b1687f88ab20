//! What can be done next: the last lines of every screen.

use super::layout::{self, Look};
use super::marker;
use checklist_workflow::check::CheckKind;
use checklist_workflow::run::{CommandStatus, RunStatus, StepStatus};
use checklist_workflow::template::{OnInterrupt, ROLLBACK_PREFIX, StepKind, Template};
use checklist_workflow::view::{CheckView, ClaimView, RunView, StepView};

/// A run, seen for what comes next.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    pub(crate) view: &'a RunView,
    pub(crate) template: Option<&'a Template>,
    /// Whether it is the run that commands mean when none is named.
    pub(crate) is_active: bool,
    pub(crate) look: Look,
}

impl Ahead<'_> {
    /// The step to look at next.
    pub(crate) fn current(&self) -> Option<&StepView> {
        let id = self.view.current.as_deref()?;
        self.view.steps.iter().find(|step| step.id == id)
    }

    fn command(&self, words: &str) -> String {
        match self.is_active {
            true => format!("checklist {words}"),
            false => format!("checklist {words} --run {}", self.view.short),
        }
    }

    /// The commands that may follow, the likeliest first, each with what it is for.
    pub(crate) fn commands(&self) -> Vec<(String, String)> {
        let with = |words: &str, why: String| (self.command(words), why);
        match (self.view.status, self.current()) {
            _ if self.view.archived_at.is_some() => {
                vec![
                    (format!("checklist export {} --md", self.view.short), "the report".to_owned()),
                    (format!("checklist archive {} --back", self.view.short), "takes it up again".to_owned()),
                ]
            }
            (RunStatus::Completed, _) => {
                vec![
                    with("export --md", "the report".to_owned()),
                    with("history", "who did what".to_owned()),
                    ("checklist run --new".to_owned(), "another run".to_owned()),
                ]
            }
            (RunStatus::Paused, _) => vec![with("resume", "goes on where it was put aside".to_owned())],
            (RunStatus::Idle | RunStatus::Failed, _) => vec![with("reset", "begins again".to_owned())],
            _ if self.view.is_running => {
                vec![with("status", "another process is running it now".to_owned())]
            }
            (_, None) => {
                let open = self.view.steps.iter().find(|step| !step.status.is_settled());
                let id = open.map_or("STEP", |step| step.id.as_str());
                let mut commands = vec![with(&format!("explain {id}"), "why nothing can be done".to_owned())];
                let killers = open.into_iter().flat_map(|step| &step.waits_for);
                commands.extend(killers.filter(|id| self.is_skipped(id)).map(|id| {
                    with(&format!("back {id}"), "opens the KILLER step that was skipped".to_owned())
                }));
                commands
            }
            (_, Some(step)) => self.for_step(step),
        }
    }

    fn is_skipped(&self, id: &str) -> bool {
        self.view.steps.iter().any(|step| step.id == id && step.status == StepStatus::Skipped)
    }

    fn for_step(&self, step: &StepView) -> Vec<(String, String)> {
        let with = |words: &str, why: String| (self.command(words), why);
        if let Some(claim) = step.claim.as_ref().filter(|claim| claim.is_of_another()) {
            let why = format!("another step: {} is claimed by {}", step.id, layout::clean(&claim.by));
            return vec![with("claim", why)];
        }
        match (step.status, step.kind) {
            (StepStatus::Pending, _) if marker::is_undecided(step) => {
                let explain =
                    with(&format!("explain {}", step.id), "why its condition cannot be decided".to_owned());
                vec![explain, with(&format!("skip {} --reason \"...\"", step.id), "leaves it out".to_owned())]
            }
            (StepStatus::Interrupted, _) => vec![with("resume", self.on_resume(step))],
            (StepStatus::Failed | StepStatus::Pending, _) if is_rolling_back(step) => {
                vec![with(&format!("rollback {}", step.id), "goes on taking it back".to_owned())]
            }
            (StepStatus::Failed, StepKind::Auto | StepKind::Check) => {
                let mut commands = vec![with("run", format!("tries {} again", step.id))];
                if step.commands.iter().any(|command| command.log.is_some()) {
                    commands.push(with(&format!("logs {}", step.id), "what it printed".to_owned()));
                }
                if let Some(ready) = self.ready() {
                    commands.push(with("run --keep-going", format!("tries it, and goes on with {ready}")));
                }
                if step.skippable != Some(false) {
                    let killer = if step.killer { format!(" --killer {}", step.id) } else { String::new() };
                    let skip = format!("skip {} --reason \"...\"{killer}", step.id);
                    commands.push(with(&skip, "leaves it out".to_owned()));
                }
                commands
            }
            (_, StepKind::Auto | StepKind::Check) => vec![with("run", format!("runs {}", step.id))],
            (_, StepKind::Confirm) if step.needs_human => {
                vec![with("done", "a person, in a terminal".to_owned())]
            }
            (_, StepKind::Confirm) => vec![with("done", format!("confirms {}", step.id))],
            (_, StepKind::Input) => {
                let name = step.input.as_ref().map_or("it", |input| input.variable.as_str());
                vec![with(&format!("done {} --value ...", step.id), format!("answers {name}"))]
            }
            _ => {
                let mut commands = vec![with("done", checks(step))];
                if !step.prompts.is_empty() {
                    commands.push(with(&format!("show {}", step.id), "the full prompt".to_owned()));
                } else if step.description.is_some() {
                    commands.push(with(&format!("show {}", step.id), "more about it".to_owned()));
                }
                commands
            }
        }
    }

    /// The steps that can be begun now beside the current one, in words.
    fn ready(&self) -> Option<String> {
        let mut ready = self.view.ready().filter(|step| !step.is_current);
        let first = ready.next()?.id.clone();
        Some(match ready.count() {
            0 => first,
            more => format!("{first} and {more} more"),
        })
    }

    /// What `resume` will do about an interrupted step.
    fn on_resume(&self, step: &StepView) -> String {
        let rule = || {
            let unknown = step.all_commands().find(|command| command.status == CommandStatus::Interrupted)?;
            let template = self.template?;
            let known = template.step(&step.id)?;
            let command = known.command(&unknown.id)?;
            Some((unknown.id.clone(), template.on_interrupt_of(known, command)))
        };
        match rule() {
            Some((id, OnInterrupt::Verify)) if !id.starts_with(ROLLBACK_PREFIX) => {
                format!("{id} says on_interrupt: verify, so its check runs first")
            }
            Some((id, OnInterrupt::Rerun)) => format!("{id} says on_interrupt: rerun, so it runs again"),
            Some((id, OnInterrupt::Fail)) => format!("{id} says on_interrupt: fail, so it counts as failed"),
            _ => "says what became of it".to_owned(),
        }
    }

    /// The same for a program: whole commands that can be run as they are.
    pub(crate) fn for_programs(&self) -> Vec<String> {
        let commands = self.commands().into_iter().map(|(command, _)| command);
        let Some(step) = self.current() else { return commands.collect() };
        let done = format!("{} --if-rev {}", self.command(&format!("done {}", step.id)), self.view.rev);
        commands.map(|command| if command == self.command("done") { done.clone() } else { command }).collect()
    }

    /// The step that comes next, with the command for it: the last line after an operation.
    pub(crate) fn line(&self, look: Look) -> String {
        let Some(step) = self.current().filter(|_| self.view.status == RunStatus::Active) else {
            return self.text();
        };
        let is_of_another = step.claim.as_deref().is_some_and(ClaimView::is_of_another);
        let hint = match (step.status, step.kind) {
            _ if is_of_another => format!("take another: {}", self.command("claim")),
            (StepStatus::Interrupted, _) => format!("settle it: {}", self.command("resume")),
            (StepStatus::Failed, StepKind::Auto | StepKind::Check) => {
                format!("try again: {}", self.command("run"))
            }
            (_, StepKind::Auto | StepKind::Check) => format!("run it: {}", self.command("run")),
            (_, StepKind::Confirm) => format!("confirm it: {}", self.command("done")),
            (_, StepKind::Input) => {
                format!("answer it: {}", self.command(&format!("done {} --value ...", step.id)))
            }
            _ => format!("when done: {}", self.command("done")),
        };
        let room = look.width.saturating_sub(layout::width(&step.id) + layout::width(&hint) + 12).max(20);
        let left = format!("Next: {}   {}", step.id, layout::fit(&layout::clean(&step.title), room));
        format!("{}\n", layout::apart(&left, &hint, look))
    }

    /// The last lines of a screen.
    pub(crate) fn text(&self) -> String {
        layout::next(&self.commands(), self.look)
    }

    /// The command that does a step now that is not the current one; `None` where that cannot be.
    pub(crate) fn alone(&self, step: &StepView) -> Option<(String, String)> {
        let can_be_done = self.view.status == RunStatus::Active
            && !step.is_current
            && self.view.ready().any(|ready| ready.id == step.id);
        let run = self.command(&format!("run --step {}", step.id));
        can_be_done.then(|| (run, format!("does {} now", step.id)))
    }
}

/// Whether its rollback was begun and has not come to its end.
fn is_rolling_back(step: &StepView) -> bool {
    step.rollback.iter().any(|command| command.status != CommandStatus::Pending)
}

/// What `done` will check, in words.
fn checks(step: &StepView) -> String {
    let of = |check: &CheckView| {
        let path = check.path.as_deref().unwrap_or_default();
        let text = check.text.as_deref().unwrap_or_default();
        layout::clean(&match check.kind {
            CheckKind::FileContains => format!("checks that {path} has \"{text}\""),
            CheckKind::FileExists => format!("checks that {path} is there"),
            CheckKind::Bash => format!("checks: {text}"),
            CheckKind::Expr => format!("checks: {}", check.label()),
        })
    };
    match step.checks.as_slice() {
        [] => String::new(),
        [check] => of(check),
        [first, rest @ ..] => format!("{}, and {} more", of(first), rest.len()),
    }
}
