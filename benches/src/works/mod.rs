//! One file for each work, and the list of them.

pub mod budgets;
pub mod command_line;
pub mod commit;
pub mod every_commit;
pub mod growth;
pub mod opening;
pub mod recovery;
pub mod scan;

use crate::bench::Bench;
use crate::engine::Result;
use crate::syncs;

/// Measures something, round by round.
pub type Work = fn(&mut Bench) -> Result<()>;

/// Every work, in the order in which it is done.
pub const WORKS: &[(&str, Work)] = &[
    (syncs::NAME, syncs::run),
    (commit::NAME, commit::run),
    (every_commit::NAME, every_commit::run),
    (budgets::NAME, budgets::run),
    (recovery::NAME, recovery::run),
    (opening::NAME, opening::run),
    (growth::NAME, growth::run),
    (command_line::NAME, command_line::run),
    (scan::NAME, scan::run),
];
