//! Fault injection and crash enumeration for `checklist-store`: the adversary of its tests.

pub mod crash;
pub mod fault;
pub mod forge;
pub mod gate;
pub mod model;
pub mod oracle;
pub mod planted;
pub mod properties;
pub mod sweep;
pub mod workload;
