//! The floor of many threads: bytes that share one write and one sync with those of all who wait, and nothing else.
//!
//! The way of waiting is that of the store (decisions 34 and 81): whoever finds nobody writing leads, gives way for a
//! moment to those who had company in the batch before, and wakes its members when their bytes are durable. What it
//! reaches is what sleeping and waking threads leave of the disk; with the locks of parking_lot, which for one short
//! turn of a lock in each commit are twice as fast at 64 threads as those of the standard library.

use super::floor::{Prefilled, lines, nothing_to_read};
use crate::data::Write;
use crate::engine::{Engine, Purpose, Result};
use crate::stopwatch::Stopwatch;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

/// How long a leader lets others run at most, before it writes.
const GIVING_WAY_MAX: Duration = Duration::from_micros(40);

/// Who waits, and for what.
#[derive(Default)]
struct Crowd {
    /// The batch that is gathered: its number, its bytes, and how many wait for it.
    number: u64,
    bytes: Vec<u8>,
    members: usize,
    /// How many may come back for the next one.
    expected: usize,
    is_leading: bool,
    /// Batches below this number are answered: that many, and whether every one of them was written.
    answered: u64,
    is_failed: bool,
}

struct Gathered {
    crowd: Mutex<Crowd>,
    /// Members of even and of odd batches wait apart.
    turns: [Condvar; 2],
    disk: std::sync::Mutex<Prefilled>,
}

/// Writes within a file whose every block was written before, for all who wait at once, and syncs it.
pub fn open(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let disk = Prefilled::create(folder)?;
    Ok(Box::new(Gathered { crowd: Mutex::default(), turns: [Condvar::new(), Condvar::new()], disk }))
}

impl Gathered {
    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock()
    }

    /// Writes the batch that is gathered, and wakes its members and one who leads the next.
    fn lead<'a>(&'a self, mut crowd: MutexGuard<'a, Crowd>) -> MutexGuard<'a, Crowd> {
        crowd.is_leading = true;
        let watch = Stopwatch::start();
        while crowd.members < crowd.expected && watch.elapsed() < GIVING_WAY_MAX {
            drop(crowd);
            std::thread::yield_now();
            crowd = self.crowd();
        }
        let (bytes, members) = (std::mem::take(&mut crowd.bytes), std::mem::take(&mut crowd.members));
        crowd.number += 1;
        drop(crowd);
        let written = self.disk.lock().unwrap_or_else(PoisonError::into_inner).write_and_sync(&bytes);
        let mut crowd = self.crowd();
        crowd.is_leading = false;
        crowd.is_failed |= written.is_err();
        crowd.answered += 1;
        crowd.expected = members + crowd.members;
        let turn = usize::from(crowd.answered.is_multiple_of(2));
        self.turns[turn].notify_all();
        if crowd.members > 0 {
            self.turns[1 - turn].notify_one();
        }
        crowd
    }
}

impl Engine for Gathered {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let bytes = lines(writes);
        let mut crowd = self.crowd();
        crowd.bytes.extend_from_slice(bytes.as_bytes());
        crowd.members += 1;
        let number = crowd.number;
        let turn = &self.turns[usize::from(!number.is_multiple_of(2))];
        while crowd.answered <= number {
            if crowd.is_leading {
                turn.wait(&mut crowd);
            } else {
                crowd = self.lead(crowd);
            }
        }
        if crowd.is_failed { Err("a batch could not be written".into()) } else { Ok(()) }
    }

    fn read_all(&self) -> Result<usize> {
        nothing_to_read()
    }
}
