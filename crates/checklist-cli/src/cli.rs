//! `Cli`: the tree of commands and flags, and nothing else.

mod agent;
mod manual;
mod runs;
mod settle;
mod store;
mod torture;
mod watch;

pub(crate) use agent::{Agents, Mcp, Passage, Prime, Schema};
pub(crate) mod typed;

pub(crate) use manual::{Complete, Completions, Help, Hook, HookShell, Man, Prompt, Shell};
pub(crate) use runs::{Archive, Diff, Export, Import, Ls, Migrate, Rename, Run, Switch, Trust};
pub(crate) use settle::{Back, Claim, Dangers, Done, Resume, Revision, Rollback, Skip, Undo, Verify};
pub(crate) use store::{Backup, LockProbe, Recover, Restore, RestoreTarget, Stats};
pub(crate) use torture::{Torture, TortureWriter};
pub(crate) use watch::Watch;

use crate::ui::ColourChoice;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Run a checklist, a runbook or a release beside the code. Stop anywhere, carry on at the exact step.
#[derive(Debug, Parser)]
#[command(name = "checklist", version)]
#[command(disable_help_subcommand = true, infer_subcommands = false, args_override_self = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// How much is said in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum JsonForm {
    /// The answer.
    Object,
    /// Before it, a line for each thing that happens.
    Lines,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// Answer with one JSON object on stdout, errors too; with lines, what happens comes before it
    #[arg(long, global = true, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "object", hide_possible_values = true)]
    pub(crate) json: Option<JsonForm>,
    /// Answer with one line per thing, parts separated by tabs
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) plain: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: ColourChoice,
    /// The run that is meant: its name, its id, or the beginning of one
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
    /// Take a step for a time, so that nobody else works on it
    Claim(Claim),
    /// Make the checks of done steps again: what was true then need not be true now
    Verify(Verify),
    /// Take back the last operation, or another one, or everything behind one
    Undo(Undo),
    /// Take back the last undo
    Redo(Revision),
    /// The run in a full-screen panel, worked with keys; ? shows them
    Ui,
    /// Who did what, and when
    History(History),
    /// What happens in the run, as it happens, by whomever
    Watch(Watch),
    /// How long things took: commands, by the history, and commits, syncs, locks and recovery on this disk
    Stats(Stats),
    /// Carry on after a crash or a pause
    Resume(Resume),
    /// Put the run aside
    Pause(Revision),
    /// Put the run back to its beginning; what `input` steps were answered is kept, and offered again
    Reset(Revision),
    /// The runs of this project, those that were put aside, or all projects
    Ls(Ls),
    /// Make another run the active one
    Switch(Switch),
    /// Give the run a name
    Rename(Rename),
    /// Put a finished run aside as a file of its own, or take it up again
    Archive(Archive),
    /// The run as a report: Markdown, HTML or JSON
    Export(Export),
    /// How the list differs from the copy that the run goes by
    Diff(Diff),
    /// Let the run go on with the list as it is now
    Migrate(Migrate),
    /// Look for mistakes in templates and lists; nothing is run
    Validate(Validate),
    /// Take a list into .checklist/templates/, or merge it with what was taken before
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
    /// The JSON Schema of templates, for editors, and those of the answers, for programs
    Schema(Schema),
    /// What an agent needs to know before it works here, in at most 40 lines
    Prime(Prime),
    /// A few lines for agents in AGENTS.md, for those who want them there
    #[command(subcommand)]
    Agents(Agents),
    /// A Model Context Protocol server on stdin and stdout, for agents
    Mcp(Mcp),
    /// What the commands of a step printed
    Logs(Logs),
    /// The script that completes commands, steps, runs and lists in a shell
    Completions(Completions),
    /// A man page, or all of them as files
    Man(Man),
    /// Where the run stands in a few words, for the prompt of a shell
    Prompt(Prompt),
    /// What a shell runs to say where you left off when you come into a project
    Hook(Hook),
    /// What may follow on a command line, for these scripts
    #[command(hide = true)]
    Complete(Complete),
    /// Help on a command or a topic, with examples first
    Help(Help),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// A list that comes with the program (default: start)
    #[arg(value_name = "LIST", conflicts_with = "from")]
    pub(crate) name: Option<String>,
    /// Begin with a copy of this Markdown list or template
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<String>,
    /// The lists that come with the program, and what each is for
    #[arg(long, conflicts_with_all = ["name", "from"])]
    pub(crate) list: bool,
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

#[derive(Debug, Args)]
pub(crate) struct History {
    /// Only the newest N operations
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Templates (YAML) and Markdown task lists
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Wal {
    /// What the log holds
    Show,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The step, or one command of it (default: list all logs)
    #[arg(value_name = "STEP[/COMMAND]")]
    pub(crate) of: Option<String>,
    /// Show what is printed as it is printed, until the step ends (default: the step that runs)
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// What this attempt printed (default: the last)
    #[arg(long, value_name = "N", conflicts_with = "follow", requires = "of")]
    pub(crate) attempt: Option<u32>,
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
            Verb::Ui => "ui",
            Verb::History(_) => "history",
            Verb::Watch(_) => "watch",
            Verb::Stats(_) => "stats",
            Verb::Resume(_) => "resume",
            Verb::Pause(_) => "pause",
            Verb::Reset(_) => "reset",
            Verb::Claim(_) => "claim",
            Verb::Verify(_) => "verify",
            Verb::Ls(_) => "ls",
            Verb::Rename(_) => "rename",
            Verb::Archive(_) => "archive",
            Verb::Export(_) => "export",
            Verb::Diff(_) => "diff",
            Verb::Migrate(_) => "migrate",
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
            Verb::Schema(_) => "schema",
            Verb::Prime(_) => "prime",
            Verb::Agents(_) => "agents",
            Verb::Mcp(_) => "mcp",
            Verb::Logs(_) => "logs",
            Verb::Completions(_) => "completions",
            Verb::Complete(_) => "complete",
            Verb::Man(_) => "man",
            Verb::Prompt(_) => "prompt",
            Verb::Hook(_) => "hook",
            Verb::Help(_) => "help",
        }
    }

    /// Whether a shell reads the answer: it is what the shell expects, also where other answers are for programs.
    pub(crate) fn is_for_shells(&self) -> bool {
        let man = matches!(self, Verb::Man(Man { out: None, .. }));
        man || matches!(self, Verb::Completions(_) | Verb::Complete(_) | Verb::Prompt(_) | Verb::Hook(_))
    }

    /// What is being done, in words that may be shown to anyone: the verb and its step, never a value.
    pub(crate) fn doing(&self) -> String {
        let step = match self {
            Verb::Done(done) => done.step.as_deref(),
            Verb::Skip(skip) => skip.step.as_deref(),
            Verb::Back(back) => back.step.as_deref(),
            Verb::Rollback(rollback) => Some(rollback.step.as_str()),
            Verb::Claim(claim) => claim.step.as_deref(),
            Verb::Run(run) => run.list.as_deref(),
            Verb::Agents(Agents::Install(_)) => Some("install"),
            Verb::Agents(Agents::Uninstall(_)) => Some("uninstall"),
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
