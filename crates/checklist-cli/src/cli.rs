//! `Cli`: the tree of commands and flags, and nothing else.

mod settle;
mod torture;

pub(crate) use settle::{Back, Dangers, Done, Rollback, Skip};
pub(crate) use torture::{Torture, TortureWriter};

use crate::ui::ColourChoice;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Without a command, on a terminal: status.
Exit codes: checklist help exit-codes
Set CHECKLIST_AGENT=1 to make --json --no-input the default, CHECKLIST_ACCEPT_OWNER=1 to work in a folder of another user.";

/// Run a checklist, a runbook or a release beside the code. Stop anywhere, carry on at the exact step.
#[derive(Debug, Parser)]
#[command(name = "checklist", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true, infer_subcommands = false, args_override_self = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// Answer with one JSON object on stdout, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Answer with one line per thing, parts separated by tabs
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) plain: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: ColourChoice,
    /// The run that is meant, by its id or the beginning of it
    #[arg(long = "run", id = "run-id", global = true, value_name = "ID")]
    pub(crate) run: Option<String>,
    /// Work as if started in this folder
    #[arg(short = 'C', id = "directory", global = true, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Who is acting, such as agent:name; recorded as said
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Never ask, even on a terminal
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make .checklist/ here, with a first list in it
    Init(Init),
    /// Walk through a list: run what the tool can do, stop where a person is needed
    Run(Run),
    /// Where am I, and what is next
    Status(Status),
    /// The step to do now, with everything needed to do it
    Next,
    /// One step in full
    Show(OptionalStep),
    /// Settle a step: its checks are run, or it is recorded as claimed
    Done(Done),
    /// Leave a step out, with a reason
    Skip(Skip),
    /// Open a settled step again (default: the last one)
    Back(Back),
    /// Take back what a step did, with the commands it declares for that
    Rollback(Rollback),
    /// Take back the last operation, whatever it was
    Undo(Revision),
    /// Take back the last undo
    Redo(Revision),
    /// Who did what, and when
    History(History),
    /// Carry on after a crash or a pause
    Resume(Resume),
    /// Put the run aside
    Pause(Revision),
    /// Put the run back to its beginning
    Reset(Revision),
    /// The runs of this project
    Ls,
    /// Make another run the active one
    Switch(Switch),
    /// Look for mistakes in templates and lists; nothing is run
    Validate(Validate),
    /// Take a Markdown task list into .checklist/templates/
    Import(Import),
    /// Approve the commands of a list on this machine
    Trust(Trust),
    /// The write-ahead log
    #[command(subcommand)]
    Wal(Wal),
    /// Rebuild a damaged state from its backups, the history and the log
    Recover(Recover),
    /// Take in a hand edit of state.yaml
    Adopt,
    /// Go back to an earlier state; alone: undo a hand edit of state.yaml
    Restore(Restore),
    /// Copy the state, or list the copies there are
    Backup(Backup),
    /// Look at everything, change nothing
    Doctor,
    /// Kill writers on this disk and check that nothing saved is lost
    Torture(Torture),
    /// The other process in the lock test of `doctor`
    #[command(hide = true)]
    LockProbe(LockProbe),
    /// A writer of `torture`
    #[command(hide = true)]
    TortureWriter(TortureWriter),
    /// Why a step waits or is hidden
    Explain(Step),
    /// The JSON Schema of templates, for editors
    Schema,
    /// What the commands of a step printed
    Logs(Logs),
    /// Help for a command, or on a topic: exit-codes
    Help(Help),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// A list that comes with the program: start, hello or release
    #[arg(conflicts_with = "from")]
    pub(crate) name: Option<String>,
    /// Begin with a copy of this Markdown list or template
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// A list in .checklist/templates/, a template or a Markdown file (default: the open run)
    #[arg(value_name = "FILE|NAME")]
    pub(crate) list: Option<String>,
    /// A variable of the list; repeat for more
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,
    /// Start a new run even if one is open
    #[arg(long)]
    pub(crate) new: bool,
    /// Answer yes to `confirm` steps that anyone may confirm; not to dangers
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Go on with what does not need a step that failed or waits for a person
    #[arg(short, long)]
    pub(crate) keep_going: bool,
    /// Do this step of the open run alone
    #[arg(long, value_name = "STEP", conflicts_with_all = ["keep_going", "list", "new"])]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) dangers: Dangers,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Exit with 10 where a person is needed
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OptionalStep {
    /// The step (default: the current one)
    pub(crate) step: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Step {
    /// The step
    pub(crate) step: String,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Revision {
    /// Only if the run is still at this revision
    #[arg(long, value_name = "N")]
    pub(crate) if_rev: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// Only the newest N operations
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("resolution"))]
pub(crate) struct Resume {
    /// Run the interrupted command again
    #[arg(long, value_name = "STEP/COMMAND", group = "resolution")]
    pub(crate) rerun: Option<String>,
    /// It did work: record it as claimed
    #[arg(long, value_name = "STEP/COMMAND", group = "resolution")]
    pub(crate) done: Option<String>,
    /// It failed
    #[arg(long, value_name = "STEP/COMMAND", group = "resolution")]
    pub(crate) failed: Option<String>,
    #[command(flatten)]
    pub(crate) dangers: Dangers,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Switch {
    /// The run, by its id or the beginning of it
    pub(crate) run: String,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Templates (YAML) and Markdown task lists
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The Markdown list
    #[arg(value_name = "FILE.md")]
    pub(crate) file: String,
    /// Show the steps and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// The list (default: that of the active run)
    #[arg(value_name = "NAME|FILE")]
    pub(crate) list: Option<String>,
    /// Approve without being asked, if the content's SHA-256 begins so
    #[arg(long, value_name = "PREFIX")]
    pub(crate) sha256: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Wal {
    /// What the log holds
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Copy what can be read into a new folder, and make a sound store of it there; the original is only read
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) salvage: Option<std::path::PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) target: RestoreTarget,
    /// Do not ask
    #[arg(long, requires = "RestoreTarget")]
    pub(crate) yes: bool,
}

/// What to go back to.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct RestoreTarget {
    /// The state with everything up to this record
    #[arg(long, value_name = "RECORD")]
    pub(crate) to: Option<u64>,
    /// The state at this time: 14:30, "2026-11-22 14:30", "20 minutes ago"
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The state in this copy: its name or the beginning of it, from backup --list
    #[arg(long, value_name = "NAME")]
    pub(crate) backup: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The copies there are, and whether each verifies
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LockProbe {
    /// The store
    pub(crate) store: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The step, or one command of it (default: list all logs)
    #[arg(value_name = "STEP[/COMMAND]")]
    pub(crate) of: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command, or exit-codes
    #[arg(num_args = 0..)]
    pub(crate) topic: Vec<String>,
}

impl Verb {
    /// The word for it, as typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verb::Init(_) => "init",
            Verb::Run(_) => "run",
            Verb::Status(_) => "status",
            Verb::Next => "next",
            Verb::Show(_) => "show",
            Verb::Done(_) => "done",
            Verb::Skip(_) => "skip",
            Verb::Back(_) => "back",
            Verb::Rollback(_) => "rollback",
            Verb::Undo(_) => "undo",
            Verb::Redo(_) => "redo",
            Verb::History(_) => "history",
            Verb::Resume(_) => "resume",
            Verb::Pause(_) => "pause",
            Verb::Reset(_) => "reset",
            Verb::Ls => "ls",
            Verb::Switch(_) => "switch",
            Verb::Validate(_) => "validate",
            Verb::Import(_) => "import",
            Verb::Trust(_) => "trust",
            Verb::Wal(_) => "wal",
            Verb::Recover(_) => "recover",
            Verb::Adopt => "adopt",
            Verb::Restore(_) => "restore",
            Verb::Backup(_) => "backup",
            Verb::Doctor => "doctor",
            Verb::Torture(_) => "torture",
            Verb::LockProbe(_) => "lock-probe",
            Verb::TortureWriter(_) => "torture-writer",
            Verb::Explain(_) => "explain",
            Verb::Schema => "schema",
            Verb::Logs(_) => "logs",
            Verb::Help(_) => "help",
        }
    }

    /// What is being done, in words that may be shown to anyone: the verb and its step, never a value.
    pub(crate) fn doing(&self) -> String {
        let step = match self {
            Verb::Done(done) => done.step.as_deref(),
            Verb::Skip(skip) => skip.step.as_deref(),
            Verb::Back(back) => back.step.as_deref(),
            Verb::Rollback(rollback) => Some(rollback.step.as_str()),
            Verb::Run(run) => run.list.as_deref(),
            _ => None,
        };
        match step {
            Some(step) => format!("{} {step}", self.name()),
            None => self.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_tree_is_consistent() {
        Cli::command().debug_assert();
    }
}
