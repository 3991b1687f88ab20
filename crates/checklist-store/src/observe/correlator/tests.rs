//! Each pattern of the correlator: what makes it, what does not, and that it is told once.

use super::*;
use crate::env::mem::ManualClock;
use crate::event::CommitTimings;
use crate::report::{Lsn, TxnId};

struct Watch {
    clock: ManualClock,
    correlator: ErrorCorrelator,
}

impl Watch {
    fn new() -> Watch {
        let clock = ManualClock::default();
        Watch { correlator: ErrorCorrelator::new(Arc::new(clock.clone())), clock }
    }

    /// Lets time pass, then something happen; gives what is said about it.
    fn after(&self, seconds: u64, event: &Event) -> Option<Hint> {
        self.clock.advance(Duration::from_secs(seconds));
        self.correlator.on_event(event);
        let hints = self.correlator.take_hints();
        assert!(hints.len() <= 1, "{hints:#?}");
        hints.into_iter().next()
    }

    fn is_quiet(&self, seconds: u64, event: &Event) {
        assert_eq!(self.after(seconds, event), None);
    }
}

fn timed_out(pid: u32) -> Event {
    let word = |text: &str| text.to_owned();
    let holder = Holder {
        pid,
        host: word("box"),
        user: word("ana"),
        since: word("2026-01-01T00:00:00.000Z"),
        what: word("checklist run release"),
    };
    Event::LockTimedOut { waited: Duration::from_secs(5), holder: Some(holder) }
}

fn failed(kind: ErrorKind) -> Event {
    Event::Failed { kind }
}

fn committed(sync_ms: u64) -> Event {
    let timings = CommitTimings { sync: Duration::from_millis(sync_ms), ..CommitTimings::default() };
    Event::Committed { txn: TxnId(uuid::Uuid::nil()), lsn: Lsn(2), operations: 1, timings }
}

fn recovered(verdict: Verdict) -> Event {
    Event::Recovered(RecoveryReport::new(verdict))
}

#[test]
fn repeated_lock_timeouts_name_the_holder_and_how_to_look_at_it() {
    let watch = Watch::new();
    watch.is_quiet(0, &timed_out(48211));
    watch.is_quiet(6, &timed_out(48211));
    let hint = watch.after(6, &timed_out(48211)).expect("the third one makes it");
    assert_eq!(hint.kind, HintKind::LockContention);
    assert_eq!(
        hint.message,
        "the lock was not to be had 3 times in 12.0 s, and pid 48211 \"checklist run release\" since \
         2026-01-01T00:00:00.000Z (ana@box) holds it; see whether it still works, or stop it"
    );
    assert_eq!(hint.command, "ps -o pid,etime,args -p 48211");
    (0..20).for_each(|_| watch.is_quiet(6, &timed_out(48211)));
    // Quiet for long enough, it counts as new.
    watch.is_quiet(301, &timed_out(7));
    watch.is_quiet(6, &timed_out(8));
    let hint = watch.after(6, &timed_out(9)).expect("another episode");
    assert!(hint.message.contains("several processes in turn") && hint.message.contains("pid 9"), "{hint}");
}

#[test]
fn a_lock_that_is_rarely_busy_or_only_asked_for_is_no_contention() {
    let watch = Watch::new();
    (0..20).for_each(|_| watch.is_quiet(301, &timed_out(1)));
    let asked = Event::LockTimedOut { waited: Duration::ZERO, holder: None };
    (0..50).for_each(|_| watch.is_quiet(1, &asked));
    let nameless = Event::LockTimedOut { waited: Duration::from_secs(5), holder: None };
    let watch = Watch::new();
    watch.is_quiet(0, &nameless);
    watch.is_quiet(0, &nameless);
    let hint = watch.after(0, &nameless).expect("contention");
    assert_eq!(hint.command, "checklist doctor");
}

#[test]
fn a_storm_of_errors_is_told_by_kind_the_most_frequent_first() {
    let watch = Watch::new();
    for kind in [ErrorKind::Io, ErrorKind::StorageFull, ErrorKind::StorageFull, ErrorKind::StorageFull] {
        watch.is_quiet(2, &failed(kind));
    }
    let hint = watch.after(2, &failed(ErrorKind::Io)).expect("the fifth one makes it");
    assert_eq!(hint.kind, HintKind::ErrorStorm);
    assert_eq!(hint.message, "5 calls failed in 8.0 s: storage full 3, io 2");
    assert_eq!(hint.command, "df -h .checklist");
    (0..20).for_each(|_| watch.is_quiet(2, &failed(ErrorKind::Io)));
    let spread = Watch::new();
    (0..20).for_each(|_| spread.is_quiet(16, &failed(ErrorKind::Io)));
}

#[test]
fn a_sync_of_a_second_is_told_and_so_are_several_that_are_long_for_this_disk() {
    let watch = Watch::new();
    let hint = watch.after(0, &committed(1400)).expect("a second is long anywhere");
    assert_eq!(
        (hint.kind, hint.message.as_str()),
        (HintKind::SlowSync, "a sync took 1.4 s: the disk is busy or failing")
    );
    watch.is_quiet(1, &committed(3000));

    let watch = Watch::new();
    (0..40).for_each(|_| watch.is_quiet(1, &committed(4)));
    watch.is_quiet(1, &committed(90));
    (0..40).for_each(|_| watch.is_quiet(1, &committed(39)));
    let watch = Watch::new();
    (0..40).for_each(|_| watch.is_quiet(1, &committed(4)));
    watch.is_quiet(1, &committed(90));
    watch.is_quiet(1, &committed(90));
    let hint = watch.after(1, &committed(90)).expect("three in a minute");
    assert_eq!(hint.message, "a sync took 90.0 ms, where 4.0 ms is usual: the disk is busy or failing");
    // A fast disk that has a slow moment, and one that was never fast, are no news.
    let watch = Watch::new();
    (0..40).for_each(|_| watch.is_quiet(1, &committed(1)));
    (0..40).for_each(|_| watch.is_quiet(1, &committed(45)));
    let watch = Watch::new();
    (0..100).for_each(|_| watch.is_quiet(1, &committed(400)));
}

#[test]
fn delays_of_publishing_say_why_and_that_nothing_is_lost() {
    let watch = Watch::new();
    let delayed = Event::PublishDelayed { kind: ErrorKind::StorageFull, message: "no space".to_owned() };
    watch.is_quiet(0, &delayed);
    watch.is_quiet(5, &delayed);
    let hint = watch.after(5, &delayed).expect("the third one makes it");
    assert_eq!(
        hint.message,
        "state.yaml could not be brought up to date 3 times in 10.0 s (no space); every change is saved in the log"
    );
    assert_eq!((hint.kind, hint.command.as_str()), (HintKind::PublishDelays, "df -h .checklist"));
}

#[test]
fn repeated_repairs_are_a_crash_loop_and_catching_up_is_not() {
    let watch = Watch::new();
    (0..20).for_each(|_| watch.is_quiet(1, &recovered(Verdict::Clean)));
    watch.is_quiet(0, &recovered(Verdict::Created));
    watch.is_quiet(100, &recovered(Verdict::Redone));
    watch.is_quiet(100, &recovered(Verdict::Discarded));
    let hint = watch.after(100, &recovered(Verdict::Redone)).expect("the third one makes it");
    assert_eq!(hint.kind, HintKind::CrashLoop);
    assert!(hint.message.contains("3 times in 200.0 s"), "{hint}");
    watch.is_quiet(100, &recovered(Verdict::Redone));
    let rare = Watch::new();
    (0..10).for_each(|_| rare.is_quiet(400, &recovered(Verdict::Redone)));
}

#[test]
fn its_memory_is_bounded_and_the_newest_hints_stay() {
    let watch = Watch::new();
    for round in 0..1000 {
        watch.clock.advance(Duration::from_secs(400));
        for _ in 0..10 {
            watch.correlator.on_event(&timed_out(round));
            watch.correlator.on_event(&failed(ErrorKind::Io));
            watch.correlator.on_event(&committed(2000));
        }
    }
    let watched = watch.correlator.watched.lock().expect("no panic");
    let kept =
        [watched.locks.recent.len(), watched.failures.recent.len(), watched.kinds.len(), watched.syncs.len()];
    assert_eq!(kept, [3, 5, 5, SYNCS_KEPT]);
    assert_eq!(watched.hints.len(), HINTS_KEPT);
    assert!(watched.hints.iter().any(|hint| hint.command.ends_with(" 999")));
}
