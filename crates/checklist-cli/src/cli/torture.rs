//! The arguments of `torture`, and of the writers it starts.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Torture {
    /// End after so many kills
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) kills: u64,
    /// Processes that write at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) writers: u8,
    /// End after so many seconds, also with fewer kills
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seconds: u64,
    /// Use this folder's disk (default: the project's, else this folder's)
    #[arg(long = "in", id = "folder", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Choose requests, victims and moments from this number (default: a new one each time)
    #[arg(long, value_name = "X")]
    pub(crate) seed: Option<u64>,
    /// Go on until so many histories were checked, also after the last kill
    #[arg(long, value_name = "N", default_value_t = 1, hide = true)]
    pub(crate) histories: u64,
}

/// One writer of a storm; started by `torture` alone.
#[derive(Debug, Args)]
pub(crate) struct TortureWriter {
    /// The store
    pub(crate) store: PathBuf,
    /// Its number among the writers
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) number: usize,
    /// Leave publishing to a later commit
    #[arg(long)]
    pub(crate) deferred: bool,
    /// How long to wait for the lock, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 20_000)]
    pub(crate) patience_ms: u64,
}
