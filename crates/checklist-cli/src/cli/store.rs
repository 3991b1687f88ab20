//! Arguments of the verbs that are about the store as a whole.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Copy what can be read into a new folder, and make a sound store of it there; the original is only read
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) salvage: Option<std::path::PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) target: RestoreTarget,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// What to go back to.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct RestoreTarget {
    /// The state with everything up to this record
    #[arg(long, value_name = "RECORD")]
    pub(crate) to: Option<u64>,
    /// The state at this time: 14:30, "2026-11-22 14:30", "20 minutes ago"
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The state in this copy: its name or the beginning of it, from backup --list
    #[arg(long, value_name = "NAME")]
    pub(crate) backup: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The copies there are, and whether each verifies
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// How many commits to measure, to a scratch store on the project's disk; 0: none
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=10_000))]
    pub(crate) commits: u64,
}

#[derive(Debug, Args)]
pub(crate) struct LockProbe {
    /// The store
    pub(crate) store: std::path::PathBuf,
}
