//! Taking the write lock: waiting for it within bounds, not asking for it in vain again and again, and telling.

use super::options::Options;
use crate::disk::breaker::{Attempt, BreakerState, CircuitBreaker, Refused, ceil_secs};
use crate::disk::layout::Layout;
use crate::disk::lock::{FileLock, WriteLock};
use crate::env::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use std::sync::PoisonError;
use std::time::Duration;

/// Takes the write lock as the options say; for whoever does so once.
///
/// # Errors
/// As [`take_again`].
pub(crate) fn take(options: &Options, layout: &Layout) -> Result<WriteLock> {
    take_again(options, &FileLock::new(&options.env, layout), options.lock_timeout)
}

/// Takes the write lock of a handle, waiting for it no longer than `patience`.
///
/// Whoever is ready to wait passes the circuit breaker first. Whoever is not, because his timeout is zero, has
/// nothing to be spared, and must not be refused a lock that is free.
///
/// # Errors
/// [`ErrorKind::LockTimeout`] naming the holder, at once if the breaker is open; else those of
/// [`FileLock::acquire`].
pub(crate) fn take_again(options: &Options, file_lock: &FileLock, patience: Duration) -> Result<WriteLock> {
    if patience.is_zero() {
        return acquire(options, file_lock, patience);
    }
    let permit = match guarded(options, CircuitBreaker::admit) {
        Ok(permit) => permit,
        Err(refused) => {
            options.emit(&Event::BreakerRefused { retry_in: refused.retry_in });
            return Err(not_now(file_lock, refused));
        }
    };
    let taken = acquire(options, file_lock, patience);
    let attempt = match &taken {
        Ok(_) => Attempt::Succeeded,
        Err(error) if matches!(error.kind(), ErrorKind::LockTimeout | ErrorKind::LockRefused) => {
            Attempt::Failed
        }
        // A full disk and the like have their own message, and go away without anybody letting go of a lock.
        Err(_) => Attempt::Void,
    };
    guarded(options, |breaker, now| breaker.settle(permit, attempt, now));
    taken
}

fn acquire(options: &Options, file_lock: &FileLock, patience: Duration) -> Result<WriteLock> {
    match file_lock.acquire(patience, &options.holder) {
        Ok(lock) => {
            options.emit(&Event::LockAcquired { waited: lock.waited });
            Ok(lock)
        }
        Err(error) => {
            match error.kind() {
                ErrorKind::LockTimeout => {
                    options.emit(&Event::LockTimedOut { waited: patience, holder: file_lock.holder() });
                }
                kind => options.emit(&Event::Failed { kind }),
            }
            Err(error)
        }
    }
}

/// Does something with the breaker, and tells if that changed where it stands.
fn guarded<T>(options: &Options, turn: impl FnOnce(&mut CircuitBreaker, Instant) -> T) -> T {
    let now = options.env.clock.instant();
    let mut breaker = options.breaker.lock().unwrap_or_else(PoisonError::into_inner);
    let before = breaker.state();
    let outcome = turn(&mut breaker, now);
    let (after, failures, retry_in) = (breaker.state(), breaker.failures(), breaker.options().open_for);
    // Observers may use the store.
    drop(breaker);
    if before != after {
        options.emit(&match after {
            BreakerState::Open => Event::BreakerOpened { failures, retry_in },
            BreakerState::HalfOpen => Event::BreakerHalfOpen,
            BreakerState::Closed => Event::BreakerClosed,
        });
    }
    outcome
}

/// The error of an attempt that the breaker did not let through.
fn not_now(file_lock: &FileLock, refused: Refused) -> Error {
    let Refused { retry_in, failures } = refused;
    let holder = file_lock.holder().map_or_else(String::new, |holder| format!(", last held by {holder}"));
    let next = match retry_in.is_zero() {
        true => "it is being tried now".to_owned(),
        false => format!("it is tried again in {} s", ceil_secs(retry_in)),
    };
    let message = format!("busy: the lock was not to be had {failures} times in a row{holder}; {next}");
    Error::new(ErrorKind::LockTimeout, message)
}
