//! Screens: pure functions from what is known to the text that shows it.

pub(crate) mod layout;
pub(crate) mod prose;

pub(crate) mod ahead;
pub(crate) mod backups;
pub(crate) mod differences;
pub(crate) mod error;
pub(crate) mod foreseen;
pub(crate) mod history;
pub(crate) mod marker;
pub(crate) mod outcome;
pub(crate) mod projects;
pub(crate) mod recovery;
pub(crate) mod restoration;
pub(crate) mod runs;
pub(crate) mod segment;
pub(crate) mod spoken;
pub(crate) mod stats;
pub(crate) mod status;
pub(crate) mod step;
pub(crate) mod torture;
pub(crate) mod trust;
pub(crate) mod verification;
pub(crate) mod watch;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub(crate) use marker::{kind_word, marker};
