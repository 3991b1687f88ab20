//! The flags of the verbs that settle steps, take them, open them again, or take that back.

use clap::Args;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Revision {
    /// Only if the run is still at this revision
    #[arg(long, value_name = "N")]
    pub(crate) if_rev: Option<u64>,
    /// A name for this request: repeated with the same name, it is answered as the first time and changes nothing
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Done {
    /// The step (default: the current one)
    pub(crate) step: Option<String>,
    /// The answer to an `input` step (default: the value its variable has)
    #[arg(long, value_name = "VALUE", conflicts_with = "claim", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,
    /// Record it as claimed, without a check, for this reason
    #[arg(long, value_name = "WHY")]
    pub(crate) claim: Option<String>,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Skip {
    /// The step (default: the current one)
    pub(crate) step: Option<String>,
    /// Why
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// The id of a KILLER step, typed again
    #[arg(long, value_name = "ID")]
    pub(crate) killer: Option<String>,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Back {
    /// The step (default: the one settled last)
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

/// The flag that says yes where a person would be asked.
#[derive(Debug, Args)]
pub(crate) struct Dangers {
    /// Run this command although the list calls it a danger; repeat for more
    #[arg(long = "allow-danger", value_name = "STEP/COMMAND")]
    pub(crate) allowed: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The step
    pub(crate) step: String,
    #[command(flatten)]
    pub(crate) dangers: Dangers,
    #[command(flatten)]
    pub(crate) revision: Revision,
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
pub(crate) struct Claim {
    /// The step (default: the first that can be done now and that nobody has)
    pub(crate) step: Option<String>,
    /// How long: 90s, 30m, 2h, 1d (default: 30m)
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// Give the step back
    #[arg(long, requires = "step", conflicts_with = "time")]
    pub(crate) release: bool,
    /// With --release: whose claim it is, if it is not yours
    #[arg(long, value_name = "NAME", requires = "release")]
    pub(crate) of: Option<String>,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The steps (default: all that are done)
    #[arg(value_name = "STEP")]
    pub(crate) steps: Vec<String>,
    /// Save what is found: what was claimed and holds is verified, what does not hold has failed
    #[arg(long)]
    pub(crate) record: bool,
    #[command(flatten)]
    pub(crate) revision: Revision,
}

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// One operation, from history, on which nothing later depends (default: the newest)
    pub(crate) op: Option<u64>,
    /// Take back everything behind this operation
    #[arg(long, value_name = "OP", conflicts_with = "op")]
    pub(crate) to: Option<u64>,
    /// Do not ask; only --to ever does
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) revision: Revision,
}
