//! `Calls`: the calls that are under way, so that none is left behind when the client is gone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The calls that are under way.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    under_way: Mutex<UnderWay>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct UnderWay {
    next: u64,
    cancels: HashMap<u64, Arc<AtomicBool>>,
    is_closed: bool,
}

/// One call; it is under way until this is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct UnderWayGuard {
    calls: Arc<Calls>,
    number: u64,
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins. One that begins after [`Calls::end`] is cancelled from its beginning.
    pub(crate) fn begin(self: &Arc<Calls>, cancel: &Arc<AtomicBool>) -> UnderWayGuard {
        let mut under_way = self.lock();
        under_way.next += 1;
        let number = under_way.next;
        cancel.fetch_or(under_way.is_closed, Ordering::SeqCst);
        under_way.cancels.insert(number, Arc::clone(cancel));
        UnderWayGuard { calls: Arc::clone(self), number }
    }

    /// Cancels all, and waits until each has ended.
    pub(crate) fn end(&self) {
        let mut under_way = self.lock();
        under_way.is_closed = true;
        for cancel in under_way.cancels.values() {
            cancel.store(true, Ordering::SeqCst);
        }
        while !under_way.cancels.is_empty() {
            under_way = self.changed.wait(under_way).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for UnderWayGuard {
    fn drop(&mut self) {
        self.calls.lock().cancels.remove(&self.number);
        self.calls.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_cancels_what_is_under_way_and_waits_for_it() {
        let calls = Arc::new(Calls::default());
        let cancel = Arc::new(AtomicBool::new(false));
        let call = calls.begin(&cancel);
        let seen = Arc::clone(&cancel);
        let working = std::thread::spawn(move || {
            while !seen.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            drop(call);
        });
        calls.end();
        assert!(cancel.load(Ordering::SeqCst));
        assert!(calls.lock().cancels.is_empty());
        working.join().expect("it ends");
        let late = Arc::new(AtomicBool::new(false));
        drop(calls.begin(&late));
        assert!(late.load(Ordering::SeqCst), "who comes late is told at once");
    }
}
