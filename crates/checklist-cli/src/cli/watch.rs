//! Arguments of `watch`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Begin behind this operation of the run, with what happened since
    #[arg(long, value_name = "OP", conflicts_with = "all")]
    pub(crate) since: Option<u64>,
    /// What happens in every run of the project
    #[arg(long)]
    pub(crate) all: bool,
    /// End when the run is completed
    #[arg(long, conflicts_with = "all")]
    pub(crate) until_done: bool,
}
