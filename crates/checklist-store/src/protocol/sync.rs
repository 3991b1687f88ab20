//! What threads wait with: the standard library's, under names that the model check of the queue replaces.

use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// Takes a lock. A caller that panicked while holding it left what it guards as it was before.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
