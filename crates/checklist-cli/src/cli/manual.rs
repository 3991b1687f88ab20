//! Arguments of the verbs that are about the program itself, and about shells.

use clap::{Args, ValueEnum};
use std::ffi::OsString;
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

#[derive(Debug, Args)]
pub(crate) struct Prompt {
    /// What to print, with {list} {name} {run} {settled} {total} {marker} {step} in it
    #[arg(long, value_name = "FORMAT", conflicts_with = "left_off")]
    pub(crate) format: Option<String>,
    /// Instead, the lines of the hook: where you left off, if that is worth saying
    #[arg(long)]
    pub(crate) left_off: bool,
    /// With --left-off: nothing, if this folder is in the same project; empty: there is none
    #[arg(long, value_name = "DIR", requires = "left_off")]
    pub(crate) since: Option<OsString>,
}

/// A shell that there is a hook for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HookShell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args)]
pub(crate) struct Hook {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: HookShell,
}
