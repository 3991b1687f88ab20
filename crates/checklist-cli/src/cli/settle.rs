//! The flags of the verbs that settle a step, open it again or take it back.

use super::Revision;
use clap::Args;

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
