//! The integration tests of the store, in one binary.

mod fixture;

mod edits;
mod env_conformance;
mod events;
mod format;
mod limits;
mod locks;
mod observe;
mod recovery;
mod repair;
mod schema;
mod transactions;
