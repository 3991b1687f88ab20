//! One file for each kind of engine.

pub mod checklist;
pub mod floor;
pub mod gathered;
pub mod naive;

#[cfg(feature = "peers")]
mod fjall;
#[cfg(feature = "peers")]
mod lmdb;
#[cfg(feature = "peers")]
mod okaywal;
#[cfg(feature = "peers")]
mod raft;
#[cfg(feature = "peers")]
mod redb;
#[cfg(feature = "peers")]
mod sqlite;

use crate::engine::Entry;

/// The engines that checklist is compared with.
#[cfg(feature = "peers")]
pub fn peers() -> Vec<Entry> {
    use crate::engine::Role::Peer;
    vec![
        Entry { name: "SQLite WAL, synchronous=FULL", role: Peer, replays: true, open: sqlite::wal },
        Entry { name: "SQLite rollback journal, FULL", role: Peer, replays: false, open: sqlite::journal },
        Entry { name: "redb (Immediate)", role: Peer, replays: false, open: redb::open },
        Entry { name: "fjall (SyncAll)", role: Peer, replays: true, open: fjall::open },
        Entry { name: "LMDB (sync)", role: Peer, replays: false, open: lmdb::open },
        Entry { name: "okaywal", role: Peer, replays: true, open: okaywal::open },
        Entry { name: "raft-engine (sync)", role: Peer, replays: true, open: raft::open },
        Entry { name: "raft-engine (sync), prefilled", role: Peer, replays: false, open: raft::prefilled },
    ]
}

/// None: this build was made without the feature `peers`.
#[cfg(not(feature = "peers"))]
pub fn peers() -> Vec<Entry> {
    Vec::new()
}
