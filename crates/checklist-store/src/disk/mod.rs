//! One file per thing on disk; every call that changes one takes the write lock as proof.

pub(crate) mod backup;
pub(crate) mod breaker;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod head;
pub(crate) mod history;
pub(crate) mod history_reader;
pub(crate) mod layout;
pub(crate) mod line_reader;
pub(crate) mod lock;
pub(crate) mod manifest;
pub(crate) mod owner;
pub(crate) mod prune;
pub(crate) mod replace;
pub(crate) mod shelf;
pub(crate) mod state_file;
pub(crate) mod tail;
pub(crate) mod wal;
pub(crate) mod wal_reader;
pub(crate) mod wal_stream;
