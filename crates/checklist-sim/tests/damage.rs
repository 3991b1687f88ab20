//! Damage to the log, exhaustively: every bit, every cut, every block, every record out of its place.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

#[path = "damage/blocks.rs"]
mod blocks_of_another_life;
#[path = "damage/glance.rs"]
mod glance;
#[path = "damage/large.rs"]
mod large;
#[path = "damage/large_files.rs"]
mod large_files;
#[path = "damage/other_files.rs"]
mod other_files;
#[path = "damage/outcomes.rs"]
mod outcomes;
#[path = "damage/victim.rs"]
mod victim;

use checklist_sim::model::root;
use checklist_store::planted::{self, Bug};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use victim::{BATCHES, Expected, Judge, Tally, Victim, deferred, files};

/// Judges `count` harms on two threads.
fn judge_all(victim: &Victim, count: usize, harm: impl Fn(&mut Judge<'_>, usize) + Sync) -> Tally {
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut judge = Judge::new(victim);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    harm(&mut judge, index);
                }
                *total.lock().unwrap_or_else(PoisonError::into_inner) += judge.tally;
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn victims() -> [Victim; 3] {
    [0, 2, BATCHES].map(Victim::new)
}

/// The same with their head markers.
fn marked() -> [Victim; 3] {
    [0, 2, BATCHES].map(|published| Victim::with_marker(BATCHES, published))
}

#[test]
fn an_unharmed_log_is_redone() {
    for victim in victims() {
        let mut judge = Judge::new(&victim);
        judge.judge(&victim.log, Expected::Opens(BATCHES), &|| "unharmed".to_owned());
        assert_eq!(judge.tally, Tally { whole: 1, ..Tally::default() });
    }
}

#[test]
fn every_bit() {
    for victim in victims() {
        let tally = judge_all(&victim, victim.log.len() * 8, |judge, bit| {
            let (at, mask) = (bit / 8, 1_u8 << (bit % 8));
            let mut log = victim.log.clone();
            log[at] ^= mask;
            let expected = victim.expected_without(&(at..at + 1), true);
            let what = || format!("bit {bit} of the log flipped, {} published", victim.published);
            judge.judge(&log, expected, &what);
        });
        say!("every bit, {} of {BATCHES} published: {tally:?}", victim.published);
        assert_eq!(tally.whole + tally.cut + tally.refused, victim.log.len() * 8);
        assert!(victim.published == BATCHES || tally.refused > 10_000);
    }
}

#[test]
fn every_bit_that_makes_or_destroys_a_newline() {
    let victim = Victim::new(0);
    let (mut judge, mut made, mut destroyed) = (Judge::new(&victim), 0, 0);
    for bit in 0..victim.log.len() * 8 {
        let (at, was) = (bit / 8, victim.log[bit / 8]);
        let is = was ^ (1 << (bit % 8));
        if was != b'\n' && is != b'\n' {
            continue;
        }
        made += usize::from(is == b'\n');
        destroyed += usize::from(was == b'\n');
        let mut log = victim.log.clone();
        log[at] = is;
        let expected = victim.expected_without(&(at..at + 1), true);
        judge.judge(&log, expected, &|| format!("{was:#04x} at {at} became {is:#04x}"));
    }
    say!("newlines: {made} made, {destroyed} destroyed, {:?}", judge.tally);
    assert!(made > 15 && destroyed == 8 * victim.lines.len());
}

#[test]
fn every_truncation() {
    for victim in victims().into_iter().chain(marked()) {
        let tally = judge_all(&victim, victim.log.len() + 1, |judge, len| {
            let whole = victim.lines.iter().take_while(|line| line.end <= len).count();
            let expected = victim.expected(whole, std::iter::empty());
            judge.judge(&victim.log[..len], expected, &|| format!("cut off at byte {len}"));
            // Many file systems show zeros where the bytes did not arrive.
            let mut zeros = victim.log.clone();
            zeros[len..].fill(0);
            judge.judge(&zeros, expected, &|| format!("zeros from byte {len} on"));
        });
        let (published, marker) = (victim.published, victim.has_marker);
        say!("every truncation, {published} of {BATCHES} published, marker {marker}: {tally:?}");
        let cuts = 2 * (victim.log.len() + 1);
        assert_eq!(tally.refused + tally.whole + tally.cut, cuts);
        assert_eq!(tally.refused > 0, victim.has_marker && victim.published < BATCHES);
    }
}

#[test]
fn blocks() {
    for victim in victims() {
        let mut judge = Judge::new(&victim);
        let len = victim.log.len();
        for size in [64, 512] {
            for start in (0..len).step_by(size) {
                let range = start..(start + size).min(len);
                for (name, filler) in [("zeros", b"\0".as_slice()), ("garbage", b"}\n{\"v\":1,\xff\0\"")] {
                    let mut log = victim.log.clone();
                    log[range.clone()]
                        .iter_mut()
                        .zip(filler.iter().cycle())
                        .for_each(|(to, from)| *to = *from);
                    // The garbage ends in the middle of a line, unless by chance in a newline.
                    let fuses = log[range.end - 1] != b'\n';
                    let expected = victim.expected_without(&range, fuses);
                    judge.judge(&log, expected, &|| format!("{name} in {range:?}"));
                }
                // A block of the same log in the place of another one: a misdirected write.
                for from in (0..len - range.len() + 1).step_by(size) {
                    let mut log = victim.log.clone();
                    log.copy_within(from..from + range.len(), start);
                    if log == victim.log {
                        continue;
                    }
                    let expected = victim.expected_of(&log);
                    judge.judge(&log, expected, &|| format!("{from} copied over {range:?}"));
                }
            }
        }
        say!("blocks, {} of {BATCHES} published: {:?}", victim.published, judge.tally);
    }
}

#[test]
fn records_out_of_their_place() {
    for victim in victims().into_iter().chain(marked()) {
        let count = victim.lines.len();
        let original: Vec<&[u8]> = victim.lines.iter().map(|line| &victim.log[line.clone()]).collect();
        let mut judge = Judge::new(&victim);
        let mut put = |lines: &[&[u8]], what: String| {
            let log = lines.concat();
            if log != victim.log {
                judge.judge(&log, victim.expected_of(&log), &|| what.clone());
            }
        };
        for first in 0..count {
            let mut without = original.clone();
            without.remove(first);
            put(&without, format!("record {first} left out"));
            for second in 0..=count {
                let mut doubled = original.clone();
                doubled.insert(second, original[first]);
                put(&doubled, format!("record {first} again before {second}"));
                if first < second && second < count {
                    let mut swapped = original.clone();
                    swapped.swap(first, second);
                    put(&swapped, format!("records {first} and {second} swapped"));
                    let cut = [&original[..first], &original[second..]].concat();
                    put(&cut, format!("records {first} to {second} left out"));
                }
            }
        }
        say!("records, {} of {BATCHES} published: {:?}", victim.published, judge.tally);
        assert!(victim.published == BATCHES || judge.tally.refused > 100);
    }
}

#[test]
fn unfinished_batch() {
    let victim = Victim::new(0);
    let mut judge = Judge::new(&victim);
    for batch in 0..BATCHES {
        let lines: Vec<_> = (0..victim.lines.len()).filter(|line| victim.batch_of[*line] == batch).collect();
        for line in &lines[..lines.len() - 1] {
            let log = &victim.log[..victim.lines[*line].end];
            judge.judge(log, Expected::Opens(batch), &|| format!("ends with line {line}"));
        }
    }
    say!("unfinished batches: {:?}", judge.tally);
    assert!(judge.tally.cut > BATCHES);
}

#[test]
fn reordered_sectors() {
    // Of the newest write any part may be missing, in any order: nobody was promised it.
    let victim = Victim::new(0);
    let last = victim.batch_of.iter().position(|batch| *batch == BATCHES - 1).expect("the last batch");
    let start = victim.lines[last].start;
    let mut judge = Judge::new(&victim);
    for size in [32, 128, 512] {
        let blocks: Vec<usize> = (start..victim.log.len()).step_by(size).collect();
        for lost in 0..blocks.len() {
            for also in lost..blocks.len() {
                let mut log = victim.log.clone();
                for block in [blocks[lost], blocks[also]] {
                    let end = (block + size).min(log.len());
                    log[block..end].fill(0);
                }
                judge.judge(&log, Expected::Opens(BATCHES - 1), &|| {
                    format!("sectors {lost} and {also} of {size}")
                });
            }
        }
    }
    say!("reordered sectors: {:?}", judge.tally);
    assert_eq!(judge.tally.refused + judge.tally.whole, 0);
}

#[test]
fn published_log() {
    // What the state holds needs no log, however bad it is.
    let victim = Victim::new(BATCHES);
    let mut judge = Judge::new(&victim);
    for (number, log) in [
        vec![0; victim.log.len()],
        b"anything\n".repeat(50),
        victim.log.iter().rev().copied().collect(),
        [&victim.log[700..], &victim.log[..]].concat(),
    ]
    .into_iter()
    .enumerate()
    {
        judge.judge(&log, Expected::Opens(BATCHES), &|| format!("harm {number}"));
    }
    assert_eq!(judge.tally.refused, 0);
}

#[test]
fn too_much() {
    // One batch can leave at most 16 MiB: what is more was not left by a crash.
    let victim = Victim::new(0);
    for (bytes, is_refused) in [(15 << 20, false), ((16 << 20) + 1, true)] {
        let log = [&victim.log[..], &vec![b'x'; bytes]].concat();
        let world = victim.world(&log);
        let before = files(&world.fs.image());
        match deferred(&world).open(root()) {
            Ok(store) => {
                assert!(!is_refused);
                assert_eq!(store.snapshot().to_value(), victim.documents[BATCHES]);
                assert_eq!(store.recovery().discarded_bytes, bytes as u64);
            }
            Err(error) => {
                assert!(is_refused && error.is_corruption(), "{error}");
                assert_eq!(files(&world.fs.image()), before);
            }
        }
    }
    // Zeros are the commonest of all, and never evidence.
    let log = [&victim.log[..], &vec![0; 17 << 20]].concat();
    let store = deferred(&victim.world(&log)).open(root()).expect("zeros are nothing");
    assert_eq!(store.snapshot().to_value(), victim.documents[BATCHES]);
}

/// A small part of every kind of harm, enough to notice a store that is wrong.
fn a_little_of_everything(victim: &Victim) {
    let mut judge = Judge::new(victim);
    for line in &victim.lines {
        for len in [line.start + 40, line.end] {
            let whole = victim.lines.iter().take_while(|line| line.end <= len).count();
            let expected = victim.expected(whole, std::iter::empty());
            judge.judge(&victim.log[..len], expected, &|| format!("cut off at byte {len}"));
        }
        for at in (line.start..line.end).step_by(9) {
            let mut log = victim.log.clone();
            log[at] ^= 1;
            let expected = victim.expected_without(&(at..at + 1), true);
            judge.judge(&log, expected, &|| format!("byte {at} changed"));
        }
    }
}

#[test]
fn the_oracle_notices_a_store_that_is_wrong() {
    let victim = Victim::new(0);
    a_little_of_everything(&victim);
    for bug in [
        Bug::SkipCrc,
        Bug::AcceptPartialCommit,
        Bug::SkipBackup,
        Bug::SkipTailCut,
        Bug::SkipHistory,
        Bug::RetireWithoutPublish,
    ] {
        let planted = planted::plant(bug);
        let noticed = std::panic::catch_unwind(|| a_little_of_everything(&victim)).is_err();
        drop(planted);
        assert!(noticed, "{bug:?} was not noticed");
    }
}
