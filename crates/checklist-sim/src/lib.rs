//! Fault injection and crash enumeration for `checklist-store`: the adversary of its tests.

pub mod clock;
pub mod crash;
pub mod explorer;
pub mod fault;
pub mod forge;
pub mod gate;
pub mod grouped;
pub mod hunt;
pub mod interleave;
pub mod known;
pub mod model;
pub mod oracle;
pub mod planted;
pub mod properties;
pub mod search;
pub mod session;
pub mod step;
pub mod strike;
pub mod sweep;
pub mod turnstile;
pub mod workload;
