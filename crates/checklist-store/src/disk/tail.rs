//! `Tail`: what lies behind the last committed transaction of the log, and whether a crash can have left it.
//!
//! A crash tears what was being written and nothing that was promised durable before. So a line that does not
//! verify is damage only on evidence: a later record that promises it durable (the sync-offset promise of
//! Pebble's log, `record/record.go`), the head marker, or more of it than one batch can leave. Without
//! evidence it is a torn tail, which nobody was promised.

use super::wal_reader::is_filling;
use crate::model::line;
use crate::model::record::{BATCH_BYTES_MAX, Generation, Record};
use crate::planted::{self, Bug};
use crate::report::Lsn;

/// Bytes behind the last committed transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) offset: u64,
    pub(crate) bytes: usize,
    /// The LSN that the first line which does not verify should have had; `None` if not even the base
    /// verifies.
    pub(crate) expected: Option<Lsn>,
    /// Records that verify behind the broken line.
    later: Vec<Later>,
    /// Bytes of the tail that were neither filled ahead of the log nor are a record of another life.
    garbage_bytes: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Later {
    lsn: Lsn,
    durable: Lsn,
    is_of_this_life: bool,
}

/// What a tail turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TailCase {
    /// It lies in what the state holds already: damaged perhaps, and not needed.
    Unneeded,
    /// A later record promises it to be durable: damage.
    Promised,
    /// Records of the same batch verify behind the broken line: its sectors were written in another order.
    TornBatch,
    /// Nothing verifies behind it.
    TornEnd,
    /// More than one batch can leave: damage, for nobody can tell what it was.
    TooMuch,
}

impl TailCase {
    /// Whether no crash can have left it.
    pub(crate) fn is_damage(self) -> bool {
        match self {
            TailCase::Promised | TailCase::TooMuch => !planted::is(Bug::CutDamage),
            TailCase::TornBatch | TailCase::TornEnd => planted::is(Bug::RefuseTornTail),
            TailCase::Unneeded => false,
        }
    }
}

impl Tail {
    /// Describes the bytes behind the last commit, which ends at `offset`. The first line that does not continue
    /// the chain, which ends at `chain`, is at `broken_at` in them.
    pub(super) fn behind(
        bytes: &[u8],
        offset: u64,
        broken_at: Option<usize>,
        chain: Option<(Generation, Lsn)>,
    ) -> Tail {
        let mut tail = Tail {
            offset,
            bytes: bytes.len(),
            expected: chain.map(|(_, last)| last.next()),
            later: Vec::new(),
            garbage_bytes: 0,
        };
        for line in line::lines(bytes) {
            let record = line::open(line.bytes).and_then(|sealed| Record::parse(sealed).ok());
            let is_behind = broken_at.is_some_and(|broken_at| line.offset >= broken_at);
            match record {
                Some(record) => {
                    let is_of_this_life = chain.is_none_or(|(generation, _)| generation == record.generation);
                    if is_behind {
                        tail.later.push(Later { lsn: record.lsn, durable: record.durable, is_of_this_life });
                    }
                    // Stale records of an earlier life may fill any space.
                    tail.garbage_bytes += if is_of_this_life { line.bytes.len() } else { 0 };
                }
                None => tail.garbage_bytes += line.bytes.iter().filter(|byte| !is_filling(&[**byte])).count(),
            }
        }
        tail
    }

    /// Which case it is, beside a state at `state`. The numbers are those of the rule in `docs/durability.md`;
    /// the head marker, the other witness of rule 4, is asked before.
    pub(crate) fn case(&self, state: Lsn) -> TailCase {
        // 1. What could not be read was never brought here: a read error is no end of the log.
        // 2. What verifies behind the broken line was collected when the log was scanned.
        let expected = self.expected.unwrap_or(state.next());
        // 8. A record of another life may be stale, and then promises nothing above the state; one that does
        //    is of the life that belongs here, and its beginning is gone.
        let promises = |later: &Later| {
            let missing = if later.is_of_this_life { expected } else { expected.max(state.next()) };
            let is_heard = later.is_of_this_life || !planted::is(Bug::DistrustOtherLives);
            later.lsn > state && later.durable >= missing && is_heard
        };
        if self.later.iter().any(promises) {
            // 4. Promised, and not there.
            TailCase::Promised
        } else if self.garbage_bytes > BATCH_BYTES_MAX {
            // 7. More than a batch.
            TailCase::TooMuch
        } else if expected <= state {
            // 3. Published before.
            TailCase::Unneeded
        } else if self.later.iter().any(|later| later.is_of_this_life) {
            // 5. Sectors of one batch.
            TailCase::TornBatch
        } else {
            // 6. The end of what was being written.
            TailCase::TornEnd
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(lsn: u64, durable: u64, is_of_this_life: bool) -> Later {
        Later { lsn: Lsn(lsn), durable: Lsn(durable), is_of_this_life }
    }

    /// A tail whose first bad line should have been LSN 10.
    fn tail(later: Vec<Later>, garbage_bytes: usize) -> Tail {
        Tail { offset: 0, bytes: 100, expected: Some(Lsn(10)), later, garbage_bytes }
    }

    #[test]
    fn garbage_is_what_neither_fills_nor_proves_itself() {
        let garbage_bytes = |bytes: &[u8]| Tail::behind(bytes, 0, None, None).garbage_bytes;
        assert_eq!(garbage_bytes(b""), 0);
        assert_eq!(garbage_bytes(&[b' '; 100]), 0);
        assert_eq!(garbage_bytes(b"torn \0\0end\n   \n"), 7);
    }

    #[test]
    fn rule_3_what_the_state_holds_is_not_needed() {
        assert_eq!(tail(vec![], 50).case(Lsn(10)), TailCase::Unneeded);
        assert_eq!(tail(vec![later(11, 9, true)], 50).case(Lsn(12)), TailCase::Unneeded);
        // Even where a later record promises it: that is at or below the state too.
        assert_eq!(tail(vec![later(11, 10, true)], 50).case(Lsn(12)), TailCase::Unneeded);
    }

    #[test]
    fn rule_4_what_was_promised_is_damage() {
        assert_eq!(tail(vec![later(12, 10, true)], 50).case(Lsn(9)), TailCase::Promised);
        assert_eq!(tail(vec![later(12, 11, true)], 50).case(Lsn(9)), TailCase::Promised);
    }

    #[test]
    fn rule_5_sectors_of_one_batch_may_arrive_in_any_order() {
        assert_eq!(tail(vec![later(11, 9, true)], 50).case(Lsn(8)), TailCase::TornBatch);
    }

    #[test]
    fn rule_6_an_end_without_evidence_is_torn() {
        assert_eq!(tail(vec![], 50).case(Lsn(9)), TailCase::TornEnd);
        assert_eq!(tail(vec![], BATCH_BYTES_MAX).case(Lsn(9)), TailCase::TornEnd);
    }

    #[test]
    fn rule_7_more_than_a_batch_is_damage() {
        assert_eq!(tail(vec![], BATCH_BYTES_MAX + 1).case(Lsn(9)), TailCase::TooMuch);
    }

    #[test]
    fn rule_8_stale_records_of_another_life_are_no_evidence() {
        assert_eq!(tail(vec![later(8, 7, false)], 0).case(Lsn(9)), TailCase::TornEnd);
        assert_eq!(tail(vec![later(9, 9, false)], 0).case(Lsn(9)), TailCase::TornEnd);
        // Unless they lie above the state: no retired life does.
        assert_eq!(tail(vec![later(12, 10, false)], 0).case(Lsn(9)), TailCase::Promised);
    }
}
