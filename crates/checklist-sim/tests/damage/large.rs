//! A log of 64 KiB, harmed in every way: each bit, each cut, each block, each record out of its place.
//!
//! `cargo xtask bitrot` does all of it; a run of the tests does one harm in [`share`], chosen so that over
//! the whole file every position within a line comes up.

use crate::glance::Glance;
use crate::victim::{Expected, Tally, Victim, waiting_disk};
use checklist_sim::model::root;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The least size of the log.
pub(crate) const LOG_BYTES: usize = 64 << 10;

/// One harm in so many is done: 1 in `cargo xtask bitrot`, and otherwise a prime.
pub(crate) fn share() -> usize {
    std::env::var("CHECKLIST_BITROT_SHARE").ok().and_then(|share| share.parse().ok()).unwrap_or(509)
}

/// Victims with at least [`LOG_BYTES`] of log: with and without the head marker, and one of whose log the
/// first half is published.
fn victims() -> [Victim; 3] {
    let batches = (1..).step_by(8).find(|batches| Victim::of(*batches, 0).log.len() >= LOG_BYTES);
    let batches = batches.expect("a longer log is a larger one");
    [Victim::with_marker(batches, 0), Victim::of(batches, 0), Victim::of(batches, batches / 2)]
}

/// Without the marker and with nothing published a harm can come to anything, and each one is done; of the
/// other victims one in seven, so that all of it ends while somebody waits.
fn victim_share(victim: &Victim) -> usize {
    if victim.published == 0 && !victim.has_marker { 1 } else { 7 }
}

/// Judges a share of `count` harms on two threads, and says what came of them.
fn judge_share(
    victim: &Victim,
    name: &str,
    count: usize,
    harm: impl Fn(usize) -> (Vec<u8>, Expected) + Sync,
) -> Tally {
    // Of a short series enough is done in any case.
    let share = share().max(victim_share(victim)).min(count.div_ceil(16));
    let next = AtomicUsize::new(0);
    let total = Mutex::new((Tally::default(), 0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut glance = Glance::new(victim);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let index = number.saturating_mul(share);
                    if index >= count {
                        break;
                    }
                    let (log, expected) = harm(index);
                    glance.judge(number, &log, expected, &|| {
                        format!("{name} {index}, {} of {} published", victim.published, victim.batches())
                    });
                }
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.0 += glance.tally;
                total.1 += glance.judged_in_full;
            });
        }
    });
    let (tally, in_full) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    say!(
        "bitrot: {name}, {} of {} published, marker {}: {count} harms, 1 in {share}: {tally:?}, {in_full} in full",
        victim.published,
        victim.batches(),
        if victim.has_marker { "there" } else { "gone" }
    );
    let done = count.div_ceil(share);
    assert_eq!(tally.whole + tally.cut + tally.refused, done);
    assert!(in_full > 0);
    tally
}

#[test]
fn every_bit_of_a_large_log() {
    for victim in victims() {
        assert!(victim.log.len() * 8 >= 524_288);
        let tally = judge_share(&victim, "bit", victim.log.len() * 8, |bit| {
            let mut log = victim.log.clone();
            log[bit / 8] ^= 1 << (bit % 8);
            (log, victim.expected_without(&(bit / 8..bit / 8 + 1), true))
        });
        assert!(tally.refused > 0 && (tally.cut > 0 || victim.has_marker));
    }
}

#[test]
fn every_cut_of_a_large_log() {
    for victim in victims() {
        let len = victim.log.len();
        let tally = judge_share(&victim, "cut", 2 * (len + 1), |index| {
            let at = index / 2;
            let whole = victim.lines.partition_point(|line| line.end <= at);
            let expected = victim.expected(whole, std::iter::empty());
            // Many file systems show zeros where the bytes did not arrive.
            let mut log = victim.log.clone();
            if index % 2 == 0 {
                log.truncate(at);
            } else {
                log[at..].fill(0);
            }
            (log, expected)
        });
        assert_eq!(tally.refused > 0, victim.has_marker);
    }
}

#[test]
fn every_block_of_a_large_log() {
    for victim in victims() {
        let (image, _) = waiting_disk(99, victim.batches());
        let older = image.read(&root().join(".wal")).expect("a log waits").to_vec();
        assert_eq!(older.len(), victim.log.len(), "another life of the same transactions");
        for size in [64, 512, 4096] {
            let blocks = victim.log.len() / size;
            // Misdirected writes come in sectors; smaller ones would be the swapped records once more.
            let kinds = 3 + if size < 512 { 0 } else { blocks };
            let tally = judge_share(&victim, &format!("block of {size}"), blocks * kinds, |index| {
                let range = index / kinds * size..(index / kinds + 1) * size;
                let mut log = victim.log.clone();
                match index % kinds {
                    0 => log[range].fill(0),
                    1 => log[range.clone()].copy_from_slice(&older[range]),
                    2 => {
                        let garbage = b"}\n{\"v\":1,\xff\0\"".iter().cycle();
                        log[range].iter_mut().zip(garbage).for_each(|(to, from)| *to = *from);
                    }
                    // A block of the same log in the place of another one: a misdirected write.
                    other => log.copy_within((other - 3) * size..(other - 2) * size, range.start),
                }
                let expected = victim.expected_of(&log);
                (log, expected)
            });
            assert!(tally.refused > 0);
        }
    }
}

#[test]
fn every_record_of_a_large_log_out_of_its_place() {
    for victim in victims() {
        let (image, _) = waiting_disk(99, victim.batches());
        let older = image.read(&root().join(".wal")).expect("a log waits").to_vec();
        let lines =
            |log: &[u8]| log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let (own, foreign) = (lines(&victim.log), lines(&older));
        let count = own.len();
        assert_eq!(count, foreign.len());
        let tally = judge_share(&victim, "record", count * count * 5, |index| {
            let (kind, first, second) = (index % 5, index / 5 / count, index / 5 % count);
            let mut log = own.clone();
            match kind {
                0 => log.swap(first, second),
                1 => log.insert(second, own[first].clone()),
                2 => drop(log.drain(first.min(second)..=first.max(second))),
                3 => log[first] = foreign[second].clone(),
                _ => log.insert(first, foreign[second].clone()),
            }
            let log = log.concat();
            let expected = victim.expected_of(&log);
            (log, expected)
        });
        assert!(tally.refused > 0 && tally.whole > 0);
    }
}
