//! Arguments of the verbs that are for programs and agents.

use clap::{Args, Subcommand};

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

#[derive(Debug, Subcommand)]
pub(crate) enum Agents {
    /// Put the lines into a file, between two markers, or bring them up to date
    Install(Passage),
    /// Take them out again, and nothing else
    Uninstall(Passage),
}

/// Where the lines are.
#[derive(Debug, Args)]
pub(crate) struct Passage {
    /// The file (default: AGENTS.md at the root of the project)
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<String>,
    /// Show exactly what would be written, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
