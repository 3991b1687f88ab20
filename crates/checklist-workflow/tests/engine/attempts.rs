//! Attempts of commands as the history tells of them, and the figures they come to.

use crate::{NOW, TestProject, never};
use checklist_workflow::engine::Attempted;
use checklist_workflow::{CommandStatus, Evidence, Resolution};
use std::time::Duration;

const LIST: &str = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: auto\n    commands:\n      \
                    - { id: one, kind: bash, run: 'true' }\n      \
                    - { id: two, kind: bash, run: 'test -e go', retries: { max: 1 } }\n  - { id: b, title: B }\n";

fn told(attempts: &[Attempted]) -> Vec<(&str, u32, CommandStatus)> {
    attempts.iter().map(|attempt| (&*attempt.command, attempt.number, attempt.status)).collect()
}

#[test]
fn every_attempt_is_kept_with_its_end_and_its_log_also_when_it_is_taken_back() {
    use CommandStatus::{Done, Failed, Retrying};
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap_err();
    let failed = [("one", 1, Done), ("two", 1, Retrying), ("two", 2, Failed)];
    assert_eq!(told(&engine.attempts().unwrap()), failed);
    engine.undo(&NOW).unwrap();
    assert_eq!(told(&engine.attempts().unwrap()), failed, "what ran, ran");
    engine.redo(&NOW).unwrap();
    assert_eq!(told(&engine.attempts().unwrap()), failed, "redo runs nothing");
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap();

    let attempts = engine.attempts().unwrap();
    assert_eq!(told(&attempts), [failed.as_slice(), &[("two", 3, Done)]].concat());
    for attempt in &attempts {
        assert!(attempt.duration.is_some() && attempt.outcome.is_some(), "{attempt:?}");
        let log = project.folder.root().join(attempt.log.as_deref().unwrap());
        assert!(log.is_file(), "{attempt:?}");
    }
    let stats = engine.stats().unwrap();
    let two = stats.commands.iter().find(|command| command.command == "two").unwrap();
    assert_eq!((two.attempts, two.succeeded, two.failed, two.interrupted), (3, 1, 2, 0));
    assert_eq!((two.took.count, stats.took.count), (3, 4));
    let longest = attempts.iter().filter_map(|attempt| attempt.duration).max().unwrap();
    assert_eq!(Duration::from_nanos(stats.took.max_ns), longest);
    assert_eq!(stats.operations, Some(engine.history().unwrap().len() as u64));
    assert_eq!(stats.transactions, engine.store().history().unwrap().len() as u64);
}

#[test]
fn an_attempt_that_was_cut_off_stays_one_whatever_is_said_of_it_later() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    let cancel = std::sync::atomic::AtomicBool::new(false);
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    let source = LIST.replace("run: 'true'", "run: 'touch begun; sleep 60'");
    engine.start(&checklist_workflow::List::parse("s.yaml", &source).unwrap(), &Default::default()).unwrap();
    let begun = project.folder.project().join("begun");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !begun.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
            cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        engine.execute("a", &NOW, &cancel, &mut |_| {}).unwrap_err();
    });
    engine.resolve("a", "one", Resolution::Done(Evidence::Claimed), &NOW).unwrap();
    assert_eq!(told(&engine.attempts().unwrap()), [("one", 1, CommandStatus::Interrupted)]);
    let stats = engine.stats().unwrap();
    assert_eq!((stats.commands[0].interrupted, stats.commands[0].succeeded, stats.took.count), (1, 0, 0));
}
