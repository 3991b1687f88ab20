//! Arguments of the verbs that are for programs and agents.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The schema: template, error, event, or that of a command such as status
    #[arg(default_value = "template")]
    pub(crate) name: String,
    /// Every schema with its version and what it is of
    #[arg(long, conflicts_with = "name")]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Prime {
    /// Say only that nothing changed, if nothing did since this operation: N, or RUN:N as prime names it
    #[arg(long, value_name = "RUN:N")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Mcp {}
