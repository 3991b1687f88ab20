//! `Deeds`: what was done to writers, and what they told of locks and recoveries.

/// What was done and seen in one round or many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deeds {
    /// Processes that ended by SIGKILL.
    pub(crate) kills: u64,
    /// How many of them were aimed at whoever held the lock.
    pub(crate) holder_kills: u64,
    /// SIGSTOPs that were followed by a SIGCONT or a SIGKILL.
    pub(crate) stops: u64,
    /// Recoveries that writers made.
    pub(crate) recoveries: u64,
    /// The longest of them, in microseconds.
    pub(crate) recovery_us_max: u64,
    /// Every wait for the lock, in microseconds.
    pub(crate) lock_us: Vec<u64>,
}

impl Deeds {
    /// Adds those of another round.
    pub(super) fn add(&mut self, other: Deeds) {
        self.kills += other.kills;
        self.holder_kills += other.holder_kills;
        self.stops += other.stops;
        self.recoveries += other.recoveries;
        self.recovery_us_max = self.recovery_us_max.max(other.recovery_us_max);
        self.lock_us.extend(other.lock_us);
    }
}
