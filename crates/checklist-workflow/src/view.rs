//! `RunView`: everything a screen shows of a run, computed from the run and its template.

mod part;
mod summary;

pub use part::{CheckView, ClaimView, CommandView, ConditionView, ConfirmView, InputView};

use crate::condition::Verdict;
use crate::engine::WorkflowEngine;
use crate::error::Result;
use crate::event::Progress;
use crate::keys;
use crate::outline::Outline;
use crate::run::{CommandStatus, Evidence, Run, RunStatus, StepStatus};
use crate::template::{
    Action, Command, Condition, ConfirmBy, Mode, ROLLBACK_PREFIX, Step, StepKind, Template,
};
use crate::transition;
use crate::variables::text_of;
use checklist_store::env::Timestamp;
use summary::short_id;

pub use summary::RunSummary;

/// A run, as a screen shows it.
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
/// use checklist_workflow::view::{RunView, StepView, progress};
///
/// let view: RunView = engine.view()?;
/// let ready: Vec<&StepView> = view.ready().collect();
/// assert_eq!((ready[0].id.as_str(), ready[0].all_commands().count()), ("morning", 0));
/// assert_eq!(progress(engine.run().unwrap(), engine.template().unwrap()), view.progress);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RunView {
    /// Its id.
    pub id: String,
    /// The shortest beginning of it that no other run has, at least six characters.
    pub short: String,
    /// What people call it.
    pub name: Option<String>,
    /// The id of its template.
    pub template: String,
    /// The path the template was read from.
    pub origin: String,
    /// Its title, with the variables in it.
    pub title: String,
    /// The version of the template.
    pub version: Option<String>,
    /// Who keeps the template right.
    pub owner: Option<String>,
    /// The day the template was last looked at.
    pub reviewed: Option<String>,
    /// Where it stands.
    pub status: RunStatus,
    /// The number of its last operation.
    pub rev: u64,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When its last operation was saved.
    pub updated_at: Timestamp,
    /// When it was put aside, if it was.
    pub archived_at: Option<Timestamp>,
    /// The git branch at that moment.
    pub branch: Option<String>,
    /// Its variables, in the order of the template.
    pub variables: Vec<(String, String)>,
    /// How far it is.
    pub progress: Progress,
    /// The step to look at next.
    pub current: Option<String>,
    /// Whether another process executes a step of it.
    pub is_running: bool,
    /// How it is walked through.
    pub mode: Mode,
    /// Its steps, in the order of the template.
    pub steps: Vec<StepView>,
}

/// A step, as a screen shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Its id.
    pub id: String,
    /// Its title, with the variables in it.
    pub title: String,
    /// More about it, with the variables in it.
    pub description: Option<String>,
    /// Who does it.
    pub kind: StepKind,
    /// The heading it stands under.
    pub section: Option<String>,
    /// The step it is a part of.
    pub parent: Option<String>,
    /// How deep it is nested; zero at the top.
    pub depth: usize,
    /// Whether it has parts.
    pub has_parts: bool,
    /// Where it stands.
    pub status: StepStatus,
    /// On whose word it is done.
    pub evidence: Option<Evidence>,
    /// When that changed last.
    pub at: Option<Timestamp>,
    /// Who changed it.
    pub by: Option<String>,
    /// The reason, the claim, or what was found.
    pub note: Option<String>,
    /// Whether skipping it needs its id typed.
    pub killer: bool,
    /// Whether a person has to confirm it at a terminal.
    pub needs_human: bool,
    /// Whether it may be skipped, where the template says so.
    pub skippable: Option<bool>,
    /// Who is meant to do it.
    pub assignee: Option<String>,
    /// The steps that come first.
    pub waits_for: Vec<String>,
    /// Whether it is the one to look at next.
    pub is_current: bool,
    /// What the tool runs.
    pub commands: Vec<CommandView>,
    /// What an agent is asked, with the variables in it.
    pub prompts: Vec<String>,
    /// What is checked before it counts as done.
    pub checks: Vec<CheckView>,
    /// The question of a confirm step.
    pub confirm: Option<Box<ConfirmView>>,
    /// The question of an input step.
    pub input: Option<Box<InputView>>,
    /// When it applies, and whether it does.
    pub condition: Option<Box<ConditionView>>,
    /// What its outputs were when it was done.
    pub outputs: Vec<(String, String)>,
    /// What takes it back, on request.
    pub rollback: Vec<CommandView>,
    /// Who has taken it.
    pub claim: Option<Box<ClaimView>>,
}

impl StepView {
    /// What the tool runs for it: to do it, and to take it back.
    pub fn all_commands(&self) -> impl Iterator<Item = &CommandView> + Clone {
        self.commands.iter().chain(&self.rollback)
    }
}

/// How far a run is.
#[must_use]
pub fn progress(run: &Run, template: &Template) -> Progress {
    let mut progress = Progress { total: template.steps.len(), ..Progress::default() };
    for step in &template.steps {
        match run.status_of(&step.id) {
            StepStatus::Done => {
                progress.done += 1;
                match run.steps.get(&step.id).and_then(|state| state.evidence) {
                    Some(Evidence::Verified) => progress.verified += 1,
                    _ => progress.claimed += 1,
                }
            }
            StepStatus::Skipped => progress.skipped += 1,
            StepStatus::Hidden => progress.hidden += 1,
            StepStatus::Failed => progress.failed += 1,
            StepStatus::Interrupted => progress.interrupted += 1,
            StepStatus::Pending | StepStatus::Active => {}
        }
    }
    progress
}

impl RunView {
    /// The steps that can be begun now, in their order: they are to do, wait for no other, and their parts are
    /// settled.
    pub fn ready(&self) -> impl Iterator<Item = &StepView> {
        let has_open_parts = |step: &StepView| {
            let mut parts = self.steps.iter().filter(|other| other.parent.as_deref() == Some(&step.id));
            step.has_parts && parts.any(|part| !part.status.is_settled())
        };
        let is_to_do = |step: &&StepView| step.status == StepStatus::Pending && step.waits_for.is_empty();
        self.steps.iter().filter(is_to_do).filter(move |step| !has_open_parts(step))
    }
}

impl WorkflowEngine {
    /// The run that is worked on, as a screen shows it.
    ///
    /// # Errors
    /// [`Error::NoRun`](crate::error::Error::NoRun).
    pub fn view(&self) -> Result<RunView> {
        let selected = self.selected()?;
        let (run, template) = (&selected.run, &selected.template);
        let mut ids = self.store.snapshot().names(&keys::RUNS);
        if selected.archived.is_some() {
            ids.extend(self.archived_ids()?);
        }
        let value_of = |name: &String| run.variables.get(name).map(text_of);
        // A secret is never stored; should a value be there all the same, it is not shown.
        let shown = template.variables.iter().filter(|variable| !variable.secret);
        let variables = shown.map(|variable| &variable.name);
        let outline = Outline::of(template);
        let steps = template.steps.iter().map(|step| self.step_view(step, run, &outline)).collect();
        Ok(RunView {
            short: short_id(&selected.id, &ids),
            id: selected.id.clone(),
            name: run.name.clone(),
            template: run.template_id.clone(),
            origin: run.template.origin.clone(),
            title: self.expand(&template.title),
            version: run.template_version.clone(),
            owner: template.owner.clone(),
            reviewed: template.reviewed.map(|day| day.to_string()),
            status: run.status,
            rev: run.rev,
            started_at: run.started_at.0,
            updated_at: run.updated_at.0,
            archived_at: selected.archived.as_ref().map(|archive| archive.archived_at.0),
            branch: run.branch.clone(),
            variables: variables.filter_map(|name| Some((name.clone(), value_of(name)?))).collect(),
            progress: progress(run, template),
            current: run.current_step_id.clone(),
            is_running: selected.is_running,
            mode: template.mode,
            steps,
        })
    }

    fn step_view<'t>(&self, step: &'t Step, run: &Run, outline: &Outline<'t>) -> StepView {
        let state = run.steps.get(&step.id);
        let status = run.status_of(&step.id);
        let is_open = !status.is_settled();
        StepView {
            id: step.id.clone(),
            title: self.expand(&step.title),
            description: step.description.as_deref().map(|text| self.expand(text)),
            kind: step.kind,
            section: step.section.clone(),
            parent: step.parent.clone(),
            depth: outline.ancestors(step).count(),
            has_parts: !outline.parts(&step.id).is_empty(),
            status,
            evidence: state.and_then(|state| state.evidence),
            at: state.map(|state| state.at.0),
            by: state.and_then(|state| state.by.clone()),
            note: state.and_then(|state| state.note.clone()),
            killer: step.killer,
            needs_human: step.confirm.as_ref().is_some_and(|confirm| confirm.by == ConfirmBy::Human),
            skippable: step.skippable,
            assignee: step.assignee.clone(),
            waits_for: if is_open { transition::unmet_needs(run, outline, step) } else { Vec::new() },
            is_current: run.current_step_id.as_deref() == Some(&step.id),
            commands: self.commands(&step.commands, "", step, run, outline),
            prompts: step.commands.iter().filter_map(|command| self.prompt(command, run, outline)).collect(),
            checks: step
                .validation
                .iter()
                .map(|check| CheckView::of(check, &|text| self.expand(text)))
                .collect(),
            confirm: step
                .confirm
                .as_ref()
                .filter(|_| step.kind == StepKind::Confirm)
                .map(|confirm| ConfirmView {
                    message: self.expand(confirm.message.as_deref().unwrap_or(&step.title)),
                    type_to_confirm: confirm.type_to_confirm.as_deref().map(|text| self.expand(text)),
                    by_human: confirm.by == ConfirmBy::Human,
                })
                .map(Box::new),
            input: step.input.as_ref().map(|input| Box::new(self.input_view(&input.variable, run))),
            condition: step
                .condition
                .as_ref()
                .map(|condition| Box::new(condition_view(condition, run, outline))),
            outputs: state.map_or_else(Vec::new, |state| state.outputs.clone().into_iter().collect()),
            rollback: self.commands(&step.rollback, ROLLBACK_PREFIX, step, run, outline),
            claim: run
                .claims
                .get(&step.id)
                .map(|claim| ClaimView {
                    by: claim.by.clone(),
                    at: claim.at.0,
                    until: claim.until.0,
                    is_over: claim.until.0 <= self.store.env().clock.now(),
                    is_own: claim.by == self.actor,
                })
                .map(Box::new),
        }
    }

    fn input_view(&self, name: &str, run: &Run) -> InputView {
        let variable = self.selected.as_ref().and_then(|selected| selected.template.variable(name));
        InputView {
            variable: name.to_owned(),
            about: variable.and_then(|variable| variable.description.clone()),
            value: run.variables.get(name).map(text_of),
            allowed: variable.into_iter().flat_map(|variable| variable.allowed.iter().map(text_of)).collect(),
        }
    }

    /// What an agent is asked, where the request applies.
    fn prompt(&self, command: &Command, run: &Run, outline: &Outline<'_>) -> Option<String> {
        let Action::Agent { prompt } = &command.action else { return None };
        let condition = command.condition.as_ref().map(|condition| condition_view(condition, run, outline));
        match condition.map(|condition| condition.verdict) {
            Some(Verdict::False) => None,
            _ => Some(self.expand(prompt)),
        }
    }

    fn commands(
        &self,
        commands: &[Command],
        prefix: &str,
        step: &Step,
        run: &Run,
        outline: &Outline<'_>,
    ) -> Vec<CommandView> {
        let bash = commands.iter().filter_map(|command| match &command.action {
            Action::Bash { run } => Some((command, run)),
            Action::Agent { .. } => None,
        });
        bash.map(|(command, script)| {
            let id = format!("{prefix}{}", command.id);
            let state = run.command(&step.id, &id);
            let retries_max = command.retries.as_ref().map_or(0, |retries| retries.max);
            CommandView {
                script: script.clone(),
                danger: command.danger.as_deref().map(|danger| self.expand(danger)),
                condition: command
                    .condition
                    .as_ref()
                    .map(|condition| condition_view(condition, run, outline)),
                interactive: command.interactive,
                status: state.map_or(CommandStatus::Pending, |state| state.status),
                attempt: state.map_or(0, |state| state.attempt),
                retries: (state.map_or(0, |state| state.retries), retries_max),
                outcome: state.and_then(|state| state.outcome.clone()),
                at: state.map(|state| state.at.0),
                duration_ms: state.and_then(|state| state.duration_ms),
                log: state.and_then(|state| state.log.clone()),
                id,
            }
        })
        .collect()
    }
}

fn condition_view(condition: &Condition, run: &Run, outline: &Outline<'_>) -> ConditionView {
    let explanation = transition::explain(run, outline, condition);
    let why = explanation.to_string();
    ConditionView { text: condition.expression.text().to_owned(), verdict: explanation.verdict, why }
}
