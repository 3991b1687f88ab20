//! The parts of a step, as a screen shows them: its commands, its checks, its questions, its conditions.

use crate::check::CheckKind;
use crate::condition::Verdict;
use crate::run::CommandStatus;
use crate::template::{Check, Validation};
use checklist_store::env::Timestamp;

/// When a step or a command applies, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionView {
    /// The condition as written.
    pub text: String,
    /// Whether it holds now.
    pub verdict: Verdict,
    /// The parts that decide that, with their values.
    pub why: String,
}

/// The question for a value, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputView {
    /// The variable that takes the answer.
    pub variable: String,
    /// What it is for.
    pub about: Option<String>,
    /// The value it has, which an empty answer keeps.
    pub value: Option<String>,
    /// The only answers it takes; empty means any.
    pub allowed: Vec<String>,
}

/// A command, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandView {
    /// Its id.
    pub id: String,
    /// Its text, as bash gets it.
    pub script: String,
    /// Why one should look twice before running it.
    pub danger: Option<String>,
    /// When it applies, and whether it does.
    pub condition: Option<ConditionView>,
    /// Whether it talks to a person at a terminal.
    pub interactive: bool,
    /// Where it stands.
    pub status: CommandStatus,
    /// How often it was begun.
    pub attempt: u32,
    /// How many retries are used up, and how many there are.
    pub retries: (u32, u8),
    /// How it ended, in words.
    pub outcome: Option<String>,
    /// When it was begun last.
    pub at: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Its output, below the store's folder.
    pub log: Option<String>,
}

/// A check, as a screen shows it.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// use checklist_workflow::{CheckView, List, check::CheckKind};
///
/// let list = "checklist: 1\nid: a\ntitle: A\nsteps:\n  - { id: notes, title: Notes, validation: [{ kind: file_exists, path: N.md }] }\n";
/// engine.start(&List::parse("a.yaml", list)?, &Default::default())?;
/// let view = engine.view()?;
/// let check: &CheckView = &view.steps[0].checks[0];
/// assert_eq!((check.kind, check.path.as_deref()), (CheckKind::FileExists, Some("N.md")));
/// assert_eq!(check.label(), "file_exists N.md");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// How it looks.
    pub kind: CheckKind,
    /// The file it looks at, with the variables in it.
    pub path: Option<String>,
    /// The first line of its script, the text it looks for with the variables in it, or its expression.
    pub text: Option<String>,
}

impl CheckView {
    pub(crate) fn of(validation: &Validation, expand: &dyn Fn(&str) -> String) -> CheckView {
        let (kind, path, text) = match &validation.check {
            Check::Bash { run } => {
                let first = run.trim_end().lines().next().unwrap_or_default();
                (CheckKind::Bash, None, Some(first.to_owned()))
            }
            Check::FileExists { path } => (CheckKind::FileExists, Some(expand(path)), None),
            Check::FileContains { path, text } => {
                (CheckKind::FileContains, Some(expand(path)), Some(expand(text)))
            }
            Check::Expr { expr } => (CheckKind::Expr, None, Some(expr.expression.text().to_owned())),
        };
        CheckView { kind, path, text }
    }

    /// The check on one line: `file_contains CHANGELOG.md "## [1.4.0]"`.
    #[must_use]
    pub fn label(&self) -> String {
        let text = self.text.as_ref().map(|text| match self.kind {
            CheckKind::FileContains => format!("\"{text}\""),
            _ => text.clone(),
        });
        let parts = [Some(self.kind.as_str().to_owned()), self.path.clone(), text];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// A question, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmView {
    /// What is asked.
    pub message: String,
    /// What has to be typed.
    pub type_to_confirm: Option<String>,
    /// Whether only a person at a terminal may answer.
    pub by_human: bool,
}

/// Who has taken a step, as a screen shows it.
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
/// use checklist_workflow::{ActOptions, ClaimView};
///
/// engine.claim(Some("noon"), None, &ActOptions::default()).or(engine.claim(None, None, &ActOptions::default()))?;
/// let view = engine.view()?;
/// let claims: Vec<&ClaimView> = view.steps.iter().filter_map(|step| step.claim.as_deref()).collect();
/// assert!(claims.len() == 1 && !claims[0].is_of_another());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimView {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
    /// How long.
    pub until: Timestamp,
    /// Whether that is over, so that somebody else may take it.
    pub is_over: bool,
    /// Whether it is whoever looks.
    pub is_own: bool,
}

impl ClaimView {
    /// Whether it keeps whoever looks from working on the step.
    #[must_use]
    pub fn is_of_another(&self) -> bool {
        !self.is_own && !self.is_over
    }
}
