//! `Glance`: what opening a store over a harmed log would come to, found without repairing it.
//!
//! The same files are read and decided over by the same table, without the copies, the publishing and the
//! syncs; one disk serves for every harm. That a glance and a full opening agree is shown by doing both on a
//! share of the harms.

use crate::victim::{Expected, Judge, Tally, Victim, deferred};
use checklist_sim::model::root;
use checklist_store::env::mem::World;
use checklist_store::fuzzing::glance;
use checklist_store::{ErrorKind, Options, Standing};

/// One harm in so many is also judged by a full opening.
pub(crate) const ALSO_IN_FULL: usize = 199;

/// Judges harmed logs of one victim, quickly.
pub(crate) struct Glance<'a> {
    victim: &'a Victim,
    world: World,
    options: Options,
    in_full: Judge<'a>,
    pub(crate) tally: Tally,
    /// How many were judged by a full opening, too.
    pub(crate) judged_in_full: usize,
}

impl<'a> Glance<'a> {
    pub(crate) fn new(victim: &'a Victim) -> Glance<'a> {
        let world = victim.world(&victim.log);
        let options = deferred(&world);
        let (in_full, tally) = (Judge::new(victim), Tally::default());
        Glance { victim, world, options, in_full, tally, judged_in_full: 0 }
    }

    /// Looks at the store with that log and compares what comes of it; the number tells harms apart.
    pub(crate) fn judge(&mut self, number: usize, log: &[u8], expected: Expected, what: &dyn Fn() -> String) {
        self.world.fs.place(&root().join(".wal"), log).expect("the disk takes it");
        match (glance(&self.options, &root()), expected) {
            (Err(error), Expected::Refused) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{}: {error}", what());
                self.tally.refused += 1;
            }
            (Err(error), Expected::Opens(_)) => panic!("{}: {error}", what()),
            (Ok((standing, document)), Expected::Opens(count)) => {
                assert_eq!(standing, Standing::Sound, "{}", what());
                assert_eq!(document, self.victim.documents[count], "{}: not {count} transactions", what());
                let is_whole = count == self.victim.batches();
                self.tally.whole += usize::from(is_whole);
                self.tally.cut += usize::from(!is_whole);
            }
            (Ok(_), Expected::Refused) => panic!("{}: promised bytes are gone, and the store opens", what()),
        }
        if number.is_multiple_of(ALSO_IN_FULL) {
            self.judged_in_full += 1;
            self.in_full.judge(log, expected, what);
        }
    }
}
