//! `Glance`: what a store would come to over a harmed log, found without repairing it.
//!
//! Another process holds the write lock, so that opening for reading decides as ever, applies the log in
//! memory and changes nothing: the same public calls, without the copies, the publishing and the syncs. One
//! disk serves for every harm. That a glance and a full opening agree is shown by doing both on a share.

use crate::victim::{Expected, Judge, Tally, Victim, deferred};
use checklist_sim::model::root;
use checklist_store::env::HeldLock;
use checklist_store::env::mem::World;
use checklist_store::{ErrorKind, Intent, Options, Standing};

/// One harm in so many is also judged by a full opening.
pub(crate) const ALSO_IN_FULL: usize = 199;

/// Judges harmed logs of one victim, quickly.
pub(crate) struct Glance<'a> {
    victim: &'a Victim,
    world: World,
    options: Options,
    _lock: Box<dyn HeldLock>,
    in_full: Judge<'a>,
    pub(crate) tally: Tally,
    /// How many were judged by a full opening, too.
    pub(crate) judged_in_full: usize,
}

impl<'a> Glance<'a> {
    pub(crate) fn new(victim: &'a Victim) -> Glance<'a> {
        let world = victim.world(&victim.log);
        let lock = world.env().fs.try_lock(&root().join(".locks/state.lock"));
        let lock = lock.expect("the disk does not fail").expect("nobody else is there");
        let options = deferred(&world).intent(Intent::Read);
        let (in_full, tally) = (Judge::new(victim), Tally::default());
        Glance { victim, world, options, _lock: lock, in_full, tally, judged_in_full: 0 }
    }

    /// Opens the store with that log and compares what comes of it; the number tells harms apart.
    pub(crate) fn judge(&mut self, number: usize, log: &[u8], expected: Expected, what: &dyn Fn() -> String) {
        self.world.fs.place(&root().join(".wal"), log).expect("the disk takes it");
        match (self.options.clone().open(root()), expected) {
            (Err(error), Expected::Refused) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{}: {error}", what());
                self.tally.refused += 1;
            }
            (Err(error), Expected::Opens(_)) => panic!("{}: {error}", what()),
            (Ok(store), Expected::Opens(count)) => {
                assert_eq!(*store.standing(), Standing::Sound, "{}", what());
                let document = store.snapshot().to_value();
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
