//! The protocols: each one straight-line function with numbered steps over the files of `disk/`.

pub(crate) mod adopt;
pub(crate) mod catch_up;
pub(crate) mod check;
pub(crate) mod commit;
pub(crate) mod crowd;
pub(crate) mod decision;
pub(crate) mod doubt;
pub(crate) mod group;
pub(crate) mod locking;
pub(crate) mod look;
pub(crate) mod migrate;
pub(crate) mod options;
pub(crate) mod queue;
pub(crate) mod rebuild;
pub(crate) mod recovery;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod salvage;
pub(crate) mod salvage_report;
pub(crate) mod sync;
pub(crate) mod unproven;

#[cfg(test)]
mod queue_tests;
