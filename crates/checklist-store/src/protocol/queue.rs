//! `Queue`: how many threads share the writes of one disk. Their drafts are made one after the other; whoever
//! finds nobody writing leads: it writes for all that are ready, and tells them.
//!
//! There is no thread of its own and no fixed delay (the leader and followers of group commit; DeWitt et al.,
//! "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984). It knows nothing of files: what
//! it leads to is a [`Disk`], so that every interleaving can be tried (`checklist-sim/tests/queue.rs`).
//!
//! Locks are taken in this order: `line`, `crowd`, and then what [`Disk`] has.

use super::crowd::{Batch, Crowd, Disk, Session, Ticket, Written};
use super::sync::{Condvar, Mutex, MutexGuard, give_way, lock, lock_soon, wait, wait_for};
use std::time::Duration;

/// See the module.
pub(crate) struct Queue<D: Disk> {
    /// Where the draft line stands; held while a draft is made.
    line: Mutex<Option<D::Head>>,
    crowd: Mutex<Crowd<D>>,
    /// Members of batches with an even and an odd number wait apart, so that those of the next one sleep on.
    turns: [Condvar; 2],
    /// The leader waits here for its crowd.
    gathered: Condvar,
    /// The one who has the line waits here for the session to end.
    quiet: Condvar,
    /// A batch that has so many bytes takes no more members.
    batch_bytes: usize,
}

/// A draft that was made: what its caller gets, what is written, and how many bytes that are.
pub(crate) struct Drafted<T, M> {
    pub(crate) value: T,
    pub(crate) member: M,
    pub(crate) bytes: usize,
}

impl<D: Disk> Queue<D> {
    pub(crate) fn new(batch_bytes: usize) -> Queue<D> {
        Queue {
            line: Mutex::new(None),
            crowd: Mutex::new(Crowd::new()),
            turns: [Condvar::new(), Condvar::new()],
            gathered: Condvar::new(),
            quiet: Condvar::new(),
            batch_bytes,
        }
    }

    /// Makes a draft when those before it have made theirs, and joins a batch with it. `patience` says how long a
    /// session may take to begin. `edit` leaves behind what the next draft is made on; if it fails or panics, that
    /// is what it found.
    ///
    /// # Errors
    /// Whatever `edit` returns, [`Disk::open`], and that a draft before it, on which it builds, was not written.
    pub(crate) fn draft<T, E: From<D::Failure>>(
        &self,
        disk: &D,
        patience: impl FnOnce() -> Duration,
        edit: impl FnOnce(&mut D::Head) -> Result<Drafted<T, D::Member>, E>,
    ) -> Result<(T, Ticket), E> {
        // 1. Nobody else makes a draft.
        let mut line = lock_soon(&self.line);

        // 2. There is a session, and the line stands where its last draft ended.
        self.admit(disk, &mut line, patience)?;
        let drafting = Drafting { queue: self, disk };

        // 3. Make the draft.
        let head = line.as_mut().expect("a session has a head");
        let Drafted { value, member, bytes } = edit(head)?;

        // 4. Join a batch, before the next one makes its draft.
        let ticket = drafting.join(member, bytes)?;
        Ok((value, ticket))
    }

    /// Waits until a draft that has joined is durable; leads where nobody does.
    ///
    /// # Errors
    /// What became of its batch instead.
    pub(crate) fn answer(&self, disk: &D, ticket: Ticket) -> Result<D::Answer, D::Failure> {
        let Ticket { number, index } = ticket;
        let turn = usize::from(number % 2 == 1);
        let mut crowd = lock(&self.crowd);
        loop {
            if number < crowd.answered {
                let answer = crowd.take_answer(number, index);
                self.end_if_idle(disk, &mut crowd);
                return answer;
            }
            if !crowd.is_leading {
                self.lead(disk, crowd);
                crowd = lock(&self.crowd);
                continue;
            }
            crowd.sleepers[turn] += 1;
            crowd = wait(&self.turns[turn], crowd);
            crowd.sleepers[turn] -= 1;
        }
    }

    /// Takes the line with no session, when everybody before has an answer. Drafts wait while this is held.
    pub(crate) fn quiesce(&self, disk: &D) -> MutexGuard<'_, Option<D::Head>> {
        let line = lock(&self.line);
        drop(self.wait_until_closed(disk));
        line
    }

    /// Waits for the session to end; for whoever has the line.
    fn wait_until_closed(&self, disk: &D) -> MutexGuard<'_, Crowd<D>> {
        let mut crowd = lock(&self.crowd);
        if let Session::Open = crowd.session {
            crowd.session = Session::Ending(None);
        }
        self.end_if_idle(disk, &mut crowd);
        while !matches!(crowd.session, Session::Closed) {
            crowd.is_quiet_awaited = true;
            crowd = wait(&self.quiet, crowd);
        }
        crowd
    }

    fn admit(
        &self,
        disk: &D,
        line: &mut Option<D::Head>,
        patience: impl FnOnce() -> Duration,
    ) -> Result<(), D::Failure> {
        let mut crowd = lock(&self.crowd);
        if !matches!(crowd.session, Session::Open) {
            drop(crowd);
            drop(self.wait_until_closed(disk));
            // Nobody leads without a session, and nobody else begins one: the line is held.
            *line = Some(disk.open(patience())?);
            crowd = lock(&self.crowd);
            crowd.begin_session();
        }
        crowd.is_drafting = true;
        Ok(())
    }

    /// Writes the oldest batch for its members, and tells them.
    fn lead<'queue>(&'queue self, disk: &D, mut crowd: MutexGuard<'queue, Crowd<D>>) {
        // 1. Nobody else leads.
        crowd.is_leading = true;

        // 2. Wait for those who had company in the last batch, within bounds: one write serves them all. They are
        // being woken just now, so first let them run: to be woken by them would take longer than they do.
        if crowd.is_company_missing() {
            crowd = give_way(&self.crowd, crowd, |crowd| (!crowd.is_company_missing(), crowd.patience));
        }
        if crowd.is_company_missing() {
            crowd.is_gathering = true;
            let patience = crowd.patience;
            crowd = wait_for(&self.gathered, &self.crowd, crowd, patience);
            crowd.is_gathering = false;
        }

        // 3. Close the batch. From here on drafts join the next one.
        let Batch { number, members, .. } = crowd.batches.pop_front().expect("whoever waits is in a batch");
        drop(crowd);

        // 4. Write it.
        let leading = Leading { queue: self, disk, number, members: members.len() };
        let written = disk.write(members);

        // 5. Tell its members, and wake one who leads the next.
        leading.settle(written);
    }

    fn settle(&self, disk: &D, number: u64, members: usize, written: Result<Written<D::Answer>, D::Failure>) {
        let mut crowd = lock(&self.crowd);
        crowd.is_leading = false;
        crowd.expected = members + crowd.batches.iter().map(|batch| batch.members.len()).sum::<usize>();
        match written {
            Ok(Written { answers, patience }) => {
                crowd.patience = patience;
                crowd.tell(number, members, Ok(answers));
            }
            Err(failure) => {
                // What was drafted on top of it must not be written.
                let after = disk.on_top_of(&failure);
                crowd.tell(number, members, Err(failure));
                for Batch { number, members, .. } in std::mem::take(&mut crowd.batches) {
                    crowd.tell(number, members.len(), Err(after.clone()));
                }
                crowd.session = Session::Ending(Some(after));
            }
        }
        if matches!(crowd.session, Session::Open) && disk.is_awaited() {
            crowd.session = Session::Ending(None);
        }
        self.end_if_idle(disk, &mut crowd);
        // Each is woken who has something to do: to take an answer, or to lead. The leader itself is awake.
        let turn = usize::from(number % 2 == 1);
        let is_failed = matches!(crowd.session, Session::Ending(Some(_)) | Session::Closed);
        let wakes = [turn, 1 - turn].map(|turn| crowd.sleepers[turn] > 0);
        let is_next = !crowd.batches.is_empty();
        drop(crowd);
        if wakes[0] {
            self.turns[turn].notify_all();
        }
        match (wakes[1], is_failed, is_next) {
            (true, true, _) => self.turns[1 - turn].notify_all(),
            (true, false, true) => self.turns[1 - turn].notify_one(),
            _ => {}
        }
    }

    fn end_if_idle(&self, disk: &D, crowd: &mut Crowd<D>) {
        if !crowd.is_idle() {
            return;
        }
        disk.release();
        crowd.session = Session::Closed;
        if std::mem::take(&mut crowd.is_quiet_awaited) {
            self.quiet.notify_one();
        }
    }
}

/// Somebody makes a draft; dropping it without joining leaves nothing of it.
struct Drafting<'queue, D: Disk> {
    queue: &'queue Queue<D>,
    disk: &'queue D,
}

impl<D: Disk> Drafting<'_, D> {
    fn join(self, member: D::Member, bytes: usize) -> Result<Ticket, D::Failure> {
        let mut crowd = lock(&self.queue.crowd);
        if let Session::Ending(Some(failure)) = &crowd.session {
            let failure = failure.clone();
            drop(crowd);
            return Err(failure);
        }
        crowd.is_drafting = false;
        let ticket = crowd.join(member, bytes, self.queue.batch_bytes);
        if crowd.is_gathering && !crowd.is_company_missing() {
            self.queue.gathered.notify_one();
        }
        drop(crowd);
        // It has joined: there is nothing to leave.
        std::mem::forget(self);
        Ok(ticket)
    }
}

impl<D: Disk> Drop for Drafting<'_, D> {
    fn drop(&mut self) {
        let mut crowd = lock(&self.queue.crowd);
        crowd.is_drafting = false;
        self.queue.end_if_idle(self.disk, &mut crowd);
    }
}

/// Somebody writes a batch; dropping it without settling tells that the writer died.
struct Leading<'queue, D: Disk> {
    queue: &'queue Queue<D>,
    disk: &'queue D,
    number: u64,
    members: usize,
}

impl<D: Disk> Leading<'_, D> {
    fn settle(self, written: Result<Written<D::Answer>, D::Failure>) {
        let Leading { queue, disk, number, members } = self;
        std::mem::forget(self);
        queue.settle(disk, number, members, written);
    }
}

impl<D: Disk> Drop for Leading<'_, D> {
    fn drop(&mut self) {
        self.queue.settle(self.disk, self.number, self.members, Err(self.disk.lost()));
    }
}
