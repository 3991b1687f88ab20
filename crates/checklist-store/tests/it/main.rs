//! The integration tests of the store, in one binary.

mod fixture;

mod backup;
mod bounds;
mod coordinator;
mod edits;
mod env_conformance;
mod events;
mod format;
mod glance;
mod head;
mod history;
mod limits;
mod locks;
mod long_log;
mod observe;
mod rebuilt;
mod recovery;
mod refusals;
mod reopen;
mod repair;
mod salvage;
mod salvaged;
mod schema;
mod secrets;
mod strange_logs;
mod transactions;
mod waiting;
