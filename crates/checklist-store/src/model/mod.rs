//! Pure values: the document, its edits, and the bytes that stand for them. No file, lock or clock.

pub(crate) mod batch;
pub(crate) mod digits;
pub(crate) mod document;
pub(crate) mod draft;
pub(crate) mod emit;
pub(crate) mod entry;
mod exact;
pub(crate) mod items;
pub(crate) mod json;
pub(crate) mod keyed;
pub(crate) mod line;
pub(crate) mod logged;
pub(crate) mod loose;
pub(crate) mod members;
pub(crate) mod migration;
pub(crate) mod operation;
pub(crate) mod record;
pub(crate) mod rendered;
pub(crate) mod replay;
pub(crate) mod savepoint;
pub(crate) mod skip;
pub(crate) mod snapshot;
pub(crate) mod text;
mod typed;
mod visits;
mod weight;
pub(crate) mod yaml;
