//! Arguments of the verbs that are about whole runs and the lists they go by.

use super::{Dangers, Revision};
use clap::Args;

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
    /// With a new run: what to call it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// With a new run: a name for this request, so that repeating it begins no second one
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Answer yes to `confirm` steps that anyone may confirm; not to dangers
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Go on with what does not need a step that failed or waits for a person
    #[arg(short, long)]
    pub(crate) keep_going: bool,
    /// Do this step of the open run alone
    #[arg(long, value_name = "STEP", conflicts_with_all = ["keep_going", "list", "new"])]
    pub(crate) step: Option<String>,
    /// Show what would run from here on, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) dangers: Dangers,
}

#[derive(Debug, Args)]
pub(crate) struct Switch {
    /// The run: its name or id or the beginning of one, or the list that no other run is of
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// All projects of this user
    #[arg(long)]
    pub(crate) all: bool,
    /// The runs that were put aside
    #[arg(long, conflicts_with = "all")]
    pub(crate) archived: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// What to call the run; empty takes its name away
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Archive {
    /// The run (default: the active one)
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Take it up again
    #[arg(long, requires = "run")]
    pub(crate) back: bool,
    /// Put it aside although it is not finished
    #[arg(long, conflicts_with = "back")]
    pub(crate) unfinished: bool,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("form"))]
pub(crate) struct Export {
    /// The run (default: the active one)
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// As Markdown, to paste into a pull request (default)
    #[arg(long, group = "form")]
    pub(crate) md: bool,
    /// As one HTML page that needs nothing else
    #[arg(long, group = "form")]
    pub(crate) html: bool,
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The list to compare with (default: the file the run began with, as it is now)
    #[arg(value_name = "FILE|NAME")]
    pub(crate) list: Option<String>,
    /// Show the lines as well
    #[arg(long)]
    pub(crate) lines: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The list to go on with (default: the file the run began with, as it is now)
    #[arg(value_name = "FILE|NAME")]
    pub(crate) list: Option<String>,
    /// The progress of a step that is gone is that of another now; repeat for more
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) map: Vec<String>,
    /// The progress of a step that is gone goes; repeat for more
    #[arg(long, value_name = "STEP")]
    pub(crate) drop: Vec<String>,
    /// The value of a variable that is new; repeat for more
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A Markdown list, a BMAD workflow, or a template
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Show the steps and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Drop the items that are no longer in the list
    #[arg(long)]
    pub(crate) confirm_removed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// The list (default: that of the active run)
    #[arg(value_name = "NAME|FILE")]
    pub(crate) list: Option<String>,
    /// Approve without being asked, if the content's SHA-256 begins so
    #[arg(long, value_name = "PREFIX")]
    pub(crate) sha256: Option<String>,
    /// Take the approval of this content back
    #[arg(long, conflicts_with = "sha256")]
    pub(crate) revoke: bool,
    /// List what was approved on this machine
    #[arg(long, conflicts_with_all = ["list", "sha256", "revoke"])]
    pub(crate) all: bool,
}
