//! Arguments of the verbs that are about the program itself, and about shells.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command, or a topic
    #[arg(num_args = 0.., value_name = "COMMAND|TOPIC")]
    pub(crate) topic: Vec<String>,
    /// Every command and every topic
    #[arg(long, conflicts_with = "topic")]
    pub(crate) all: bool,
    /// With --all: as one Markdown document
    #[arg(long, requires = "all", hide = true)]
    pub(crate) markdown: bool,
}
