//! What a program does with a coordinator: groups of transactions that share writes and syncs, driven by one
//! thread, so that every call has its number.

use crate::model::{Edit, edit_draft, edit_value};
use crate::workload::{Run, write};
use checklist_store::{Error, ErrorKind, Key, Outcome, TransactionCoordinator, fuzzing};
use std::time::Duration;

impl Run {
    /// Commits a group of transactions through a coordinator: all are drafted, each on what the one before makes,
    /// and then answered one by one. One without edits gives up after some.
    ///
    /// # Errors
    /// The first one of the store's.
    pub fn commit_group(&self, coordinator: &TransactionCoordinator, group: &[&[Edit]]) -> Result<(), Error> {
        self.world.clock.advance(Duration::from_millis(1_500));
        let mut joined = Vec::new();
        let mut first_error = None;
        for edits in group {
            if edits.is_empty() {
                let gave_up = fuzzing::join(coordinator, |draft| {
                    draft.write(&Key::from_static("/title"), "given up")?;
                    draft.write(&Key::from_static("/ghost"), "given up")?;
                    Err(Error::new(ErrorKind::Conflict, "the caller changed its mind"))
                });
                match gave_up {
                    Err(error) if error.kind() == ErrorKind::Conflict => continue,
                    Err(error) => {
                        first_error = Some(error);
                        break;
                    }
                    Ok(_) => return Err(Error::new(ErrorKind::Invalid, "a failed edit has joined")),
                }
            }
            let mut next = self.model.newest();
            edit_value(&mut next, edits);
            match fuzzing::join(coordinator, |draft| edit_draft(draft, edits)) {
                Ok(ticket) => {
                    self.model.intend(next);
                    joined.push((ticket, self.model.expected().intents));
                }
                Err(error) => {
                    first_error = Some(error);
                    break;
                }
            }
        }
        let mut not_saved = 0;
        for (ticket, count) in joined {
            match ticket.answer().map_err(|error| (error.outcome(), error)) {
                Ok(_) => self.model.acknowledge_first(count),
                Err((outcome, error)) => {
                    match outcome {
                        Outcome::Saved => self.model.acknowledge_first(count),
                        Outcome::NotSaved => not_saved += 1,
                        Outcome::InDoubt => {}
                    }
                    first_error.get_or_insert(error);
                }
            }
        }
        (0..not_saved).for_each(|_| self.model.withdraw());
        first_error.map_or(Ok(()), Err)
    }
}

/// Batches of several transactions, one of them from drafts that do not fit into the batch before.
pub(crate) fn grouped(run: &Run) -> Result<(), Error> {
    let coordinator = fuzzing::coordinate(run.open()?, 2_500);
    run.commit_group(&coordinator, &[&[write("/title", "alpha")], &[], &[write("/count", 1)]])?;
    let nested = [
        write("/count", 2),
        Edit::RolledBack(vec![write("/count", 3), Edit::Delete("/title")]),
        Edit::Kept(vec![write("/inner", "kept")]),
    ];
    run.commit_group(&coordinator, &[&[], &nested, &[Edit::Delete("/inner"), write("/count", 4)]])?;
    let filler = write("/filler", "f".repeat(700));
    run.commit_group(&coordinator, &[&[filler], &[write("/count", 5)], &[Edit::Delete("/filler")]])?;
    run.commit_group(&coordinator, &[&[write("/count", 6)]])?;
    if coordinator.snapshot().to_value() != run.model.newest() {
        return Err(Error::new(ErrorKind::Invalid, "a snapshot does not show what was answered"));
    }
    coordinator.close()
}
