//! `Run`: one execution of a template, as the state document holds it.

use crate::template::ROLLBACK_PREFIX;
use checklist_store::env::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Not begun, or put back to its beginning.
    Idle,
    /// Being worked on.
    Active,
    /// Put aside on purpose.
    Paused,
    /// Every step is settled.
    Completed,
    /// Given up.
    Failed,
}

/// Where a step stands.
///
/// ```
/// use checklist_workflow::StepStatus;
/// assert!(StepStatus::Skipped.is_settled() && StepStatus::Interrupted.marker() == "[?]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// To do.
    Pending,
    /// Being executed.
    Active,
    /// Cut off while a command ran, whose effect is unknown.
    Interrupted,
    /// Done; [`Evidence`] says on whose word.
    Done,
    /// Left out, with a reason.
    Skipped,
    /// A command failed, or a check after it did not pass.
    Failed,
    /// Its condition does not hold.
    Hidden,
}

/// On whose word a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The tool ran the check, or the command, and saw it succeed.
    Verified,
    /// Someone said so.
    Claimed,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandStatus {
    /// Not run yet, or to be run again.
    Pending,
    /// Begun; no outcome is recorded.
    Started,
    /// Ended with success, or taken for that by someone.
    Done,
    /// Ended without success.
    Failed,
    /// Ended without success, and to be tried again by itself.
    Retrying,
    /// Begun by a process that died before an outcome was recorded: its effect is unknown.
    Interrupted,
}

/// A moment as the state document holds it: RFC 3339, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).map(Moment).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// What is known of one command of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommandState {
    /// Where it stands.
    pub status: CommandStatus,
    /// How often it was begun.
    pub attempt: u32,
    /// How many of its retries are used up, since somebody last asked for it to be run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// When it was begun last.
    pub at: Moment,
    /// On whose word it is done, where the tool did not see it end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The code it exited with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// How it ended, in words: `exit 3`, `timed out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Where its output is, below the store's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What is known of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// On whose word it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// When that changed last.
    pub at: Moment,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The reason, the claim, or what the check found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its commands that were begun, by id; those that take it back with `rollback/` before theirs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, CommandState>,
    /// What its outputs were when it was done, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, String>,
}

/// Somebody works on a step, and nobody else should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepClaim {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Moment,
    /// How long. From then on somebody else may take the step over.
    pub until: Moment,
}

/// What a request with an idempotency key was answered, so that its repetition is answered the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answered {
    /// A hash of what was asked for.
    pub request: String,
    /// The operation that was saved for it.
    pub op: u64,
    /// What it did.
    pub verb: String,
    /// The step it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Where that stood then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StepStatus>,
    /// On whose word it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// More about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Which template a run follows, and where its own copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateRef {
    /// The copy of the source, below the store's folder.
    pub copy: String,
    /// SHA-256 of the source.
    pub sha256: String,
    /// The path it was read from, as it was given.
    pub origin: String,
    /// The copies of the templates it extends, by the names they are extended by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bases: BTreeMap<String, String>,
}

/// One execution of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// The id of the template.
    pub template_id: String,
    /// The version of the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<String>,
    /// What people call this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the template is.
    pub template: TemplateRef,
    /// Where the run stands.
    pub status: RunStatus,
    /// The step to look at next; `None` when all are settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_step_id: Option<String>,
    /// How many operations were saved: the number of the last one.
    pub rev: u64,
    /// When it was begun.
    pub started_at: Moment,
    /// When the last operation was saved.
    pub updated_at: Moment,
    /// The git branch at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The values of its variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, serde_json::Value>,
    /// Its steps that are not simply to do, by id.
    #[serde(default)]
    pub steps: BTreeMap<String, StepState>,
    /// Who works on which step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, StepClaim>,
    /// The requests that came with an idempotency key, by that key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Answered>,
    /// The attempts that were taken back, by `step/command`: the highest number that was given out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attempts: BTreeMap<String, u32>,
}

impl Run {
    /// Where a step stands; one that nothing is known of is to do.
    #[must_use]
    pub fn status_of(&self, step: &str) -> StepStatus {
        self.steps.get(step).map_or(StepStatus::Pending, |state| state.status)
    }

    /// What is known of a command.
    #[must_use]
    pub fn command(&self, step: &str, command: &str) -> Option<&CommandState> {
        self.steps.get(step)?.commands.get(command)
    }

    /// The number of the next attempt of a command. No number is given out twice in a run, so that no two attempts have
    /// the same log.
    #[must_use]
    pub fn next_attempt(&self, step: &str, command: &str) -> u32 {
        let given = self.command(step, command).map_or(0, |state| state.attempt);
        given.max(self.attempts.get(&format!("{step}/{command}")).copied().unwrap_or(0)) + 1
    }

    /// Remembers the attempts that `before` had, and this state of the same run does not have any more.
    pub(crate) fn keep_attempts(&mut self, before: &Run) {
        self.attempts.clone_from(&before.attempts);
        for (step, state) in &before.steps {
            for (command, state) in &state.commands {
                if self.command(step, command).is_none_or(|now| now.attempt < state.attempt) {
                    let kept = self.attempts.entry(format!("{step}/{command}")).or_default();
                    *kept = state.attempt.max(*kept);
                }
            }
        }
    }
}

impl StepState {
    /// Whether it is half taken back: its rollback was begun and has not come to its end.
    #[must_use]
    pub fn is_rolling_back(&self) -> bool {
        let mut rollback = self.commands.iter().filter(|(id, _)| id.starts_with(ROLLBACK_PREFIX));
        rollback.any(|(_, command)| command.status != CommandStatus::Pending)
    }
}

impl StepStatus {
    /// Whether nothing more is to be done about it.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, StepStatus::Done | StepStatus::Skipped | StepStatus::Hidden)
    }

    /// The marker that stands for it everywhere: on screen, in logs and exports.
    #[must_use]
    pub fn marker(self) -> &'static str {
        match self {
            StepStatus::Pending => "[ ]",
            StepStatus::Active => "[>]",
            StepStatus::Interrupted => "[?]",
            StepStatus::Done => "[x]",
            StepStatus::Skipped => "[-]",
            StepStatus::Failed => "[!]",
            StepStatus::Hidden => "[~]",
        }
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            StepStatus::Pending => "pending",
            StepStatus::Active => "active",
            StepStatus::Interrupted => "interrupted",
            StepStatus::Done => "done",
            StepStatus::Skipped => "skipped",
            StepStatus::Failed => "failed",
            StepStatus::Hidden => "hidden",
        }
    }
}

impl RunStatus {
    /// Whether a run may go from here to there in one move.
    #[must_use]
    pub fn may_become(self, next: RunStatus) -> bool {
        use RunStatus::{Active, Completed, Failed, Idle, Paused};
        matches!(
            (self, next),
            (Idle, Active)
                | (Active, Paused | Completed | Failed)
                | (Paused, Active | Failed)
                | (Completed | Failed, Idle)
        )
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RunStatus::Idle => "idle",
            RunStatus::Active => "active",
            RunStatus::Paused => "paused",
            RunStatus::Completed => "completed",
            RunStatus::Failed => "failed",
        }
    }
}

impl Evidence {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Verified => "verified",
            Evidence::Claimed => "claimed",
        }
    }
}

impl CommandStatus {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CommandStatus::Pending => "pending",
            CommandStatus::Started => "started",
            CommandStatus::Done => "done",
            CommandStatus::Failed => "failed",
            CommandStatus::Retrying => "retrying",
            CommandStatus::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for StepStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
