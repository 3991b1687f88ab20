//! Arguments of the verbs that are about the program itself, and about shells.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

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

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// A command or a topic (default: the program itself)
    #[arg(num_args = 0.., value_name = "COMMAND|TOPIC")]
    pub(crate) command: Vec<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// What a script of `completions` asks.
#[derive(Debug, Args)]
pub(crate) struct Complete {
    /// The shell that asks
    #[arg(value_enum)]
    pub(crate) shell: Shell,
    /// The characters that break words in bash
    #[arg(long, value_name = "X", default_value = "", allow_hyphen_values = true)]
    pub(crate) breaks: String,
    /// Behind the words that are given, another one begins
    #[arg(long)]
    pub(crate) new_word: bool,
    /// What was typed: for bash the line up to the cursor, else the words behind the program, the last one unfinished
    #[arg(last = true, value_name = "X")]
    pub(crate) typed: Vec<String>,
}
