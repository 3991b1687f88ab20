//! How many entries of trees were looked at or copied: what tests hold the cost of a change to.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static VISITS: Cell<usize> = const { Cell::new(0) };
}

/// Counts entries; nothing in a build that is not for tests.
#[inline]
pub(super) fn count(entries: usize) {
    #[cfg(test)]
    VISITS.set(VISITS.get() + entries);
    #[cfg(not(test))]
    let _ = entries;
}

/// How many entries `work` looked at or copied, with what it returned.
#[cfg(test)]
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = VISITS.get();
    let result = work();
    (VISITS.get() - before, result)
}

#[cfg(test)]
mod tests;
