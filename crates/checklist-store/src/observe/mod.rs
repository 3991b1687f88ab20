//! Folds over events: metrics and hints. They see what observers are told and nothing else.

mod correlator;
mod hint;
mod histogram;
mod metrics;

pub use correlator::{CorrelatorOptions, ErrorCorrelator};
pub use hint::{Hint, HintKind};
pub use histogram::Latency;
pub use metrics::{Metrics, MetricsSnapshot};
