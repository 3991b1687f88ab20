//! What threads wait with: the standard library's, under names that the model check of the queue replaces.

use crate::env::Clock as _;
use crate::env::os::OsClock;
use std::sync::{PoisonError, TryLockError};
use std::time::Duration;

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// Takes a lock. A caller that panicked while holding it left what it guards as it was before.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For so long a thread that wants a lock tries again before it sleeps.
const TRYING_MAX: Duration = Duration::from_micros(30);

/// The same for a lock that is held for microseconds, by many threads one after the other. To be put to sleep and to be
/// woken would take longer than those need who are before: so it tries again for a while. What holds the lock
/// must not wait for anything itself, but for what is rare.
pub(crate) fn lock_soon<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let mut begin = None;
    loop {
        match mutex.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {}
        }
        let now = OsClock.instant();
        if now.since(*begin.get_or_insert(now)) >= TRYING_MAX {
            return lock(mutex);
        }
        (0..8).for_each(|_| std::hint::spin_loop());
    }
}

/// Waits to be woken.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be woken, or for that time; `_guarded` is what the guard is of.
pub(crate) fn wait_for<'a, T>(
    condvar: &Condvar,
    _guarded: &'a Mutex<T>,
    guard: MutexGuard<'a, T>,
    patience: Duration,
) -> MutexGuard<'a, T> {
    condvar.wait_timeout(guard, patience).unwrap_or_else(PoisonError::into_inner).0
}

/// Nobody keeps a processor from sleeping for longer.
const GIVING_WAY_MAX: Duration = Duration::from_micros(100);

/// Lets others run, and take the lock, again and again: until `look` says that it is enough, or for the time that it
/// says, which is short. What happens in that time is noticed without being woken.
pub(crate) fn give_way<'a, T>(
    guarded: &'a Mutex<T>,
    mut guard: MutexGuard<'a, T>,
    look: impl Fn(&T) -> (bool, Duration),
) -> MutexGuard<'a, T> {
    // Who waits for threads waits in real time, as a condition variable does.
    let begin = OsClock.instant();
    loop {
        let (is_enough, patience) = look(&guard);
        if is_enough || OsClock.instant().since(begin) >= patience.min(GIVING_WAY_MAX) {
            return guard;
        }
        drop(guard);
        std::thread::yield_now();
        guard = lock(guarded);
    }
}
