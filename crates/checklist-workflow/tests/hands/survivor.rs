//! Commands that go on after the program that started them was killed: who they are, and who they are not.

use crate::{Place, eventually};
use checklist_workflow::exec::{Attempt, Command, survivors};
use checklist_workflow::mask::Masker;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A key that no other test has, and no process that an earlier one left behind.
fn key(place: &Place) -> String {
    let folder = place.path().file_name().expect("a temporary folder has a name");
    format!("01TEST{}/push/go", folder.to_str().expect("and it is text"))
}

/// A command with the environment of a step.
fn command(place: &Place, script: &str) -> Command {
    let key = key(place);
    let attempt = Attempt { run: "01TEST", step: "push", number: 1, key: &key };
    Command { env: attempt.environment([]), ..place.command(script) }
}

/// Waits until nobody holds the log of a command that ended. Another test may start a child just while the log is open: until
/// that child becomes its program it has a copy of every file of this process, however long a busy machine makes it wait.
/// Whoever asks in earnest looks several times, too.
fn is_free(place: &Place, key: &str) {
    eventually("nobody holds the log", || survivors(&place.env, key, Some(&place.log())).is_none());
}

/// Looks while a command is at work, and ends it then.
fn while_it_runs(place: &Place, command: &Command, look: impl FnOnce()) {
    let (cancel, env) = (AtomicBool::new(false), &place.env);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| command.run(env, &cancel));
        eventually("it begins", || place.path().join("begun").exists());
        look();
        cancel.store(true, Ordering::Relaxed);
        running.join().unwrap();
    });
}

#[test]
fn every_process_of_the_command_is_found_and_no_other() {
    let place = Place::new();
    let key = key(&place);
    // One of them leaves the group; it has its environment all the same.
    let own = command(&place, "setsid sh -c 'echo > left; exec sleep 30' & sleep 31 & echo $$ > begun; wait");
    while_it_runs(&place, &own, || {
        // Until then it is one of the group, and would end with it.
        eventually("one left the group", || place.path().join("left").exists());
        eventually("three of them", || survivors(&place.env, &key, None).is_some_and(|ids| ids.len() == 3));
        assert_eq!(survivors(&place.env, &format!("{key}-other"), None), None);
        assert_eq!(survivors(&place.env, &key[..key.len() - 1], None), None);
    });
    // The group was ended; who left it goes on, and is found.
    let left = survivors(&place.env, &key, None).expect("one left the group");
    assert_eq!(left.len(), 1);
    let left = rustix::process::Pid::from_raw(left[0].cast_signed()).unwrap();
    rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
    eventually("nobody is left", || survivors(&place.env, &key, None).is_none());
}

#[test]
fn who_cannot_be_looked_into_is_known_by_the_log_it_holds_open() {
    let place = Place::new();
    let key = key(&place);
    let own = command(&place, "echo $$ > begun; exec env -i \"$(command -v sleep)\" 30");
    while_it_runs(&place, &own, || {
        eventually("it has no environment", || survivors(&place.env, &key, None).is_none());
        assert_eq!(survivors(&place.env, &key, Some(&place.log())), Some(Vec::new()));
        assert_eq!(survivors(&place.env, &key, Some(&place.path().join("no.log"))), None);
    });
    is_free(&place, &key);
}

#[test]
fn where_this_program_writes_the_log_a_command_is_known_by_its_environment() {
    let place = Place::new();
    let key = key(&place);
    let own = command(&place, "echo $$ > begun; exec sleep 30");
    let own = Command { masker: Masker::new(["hunter2"]), ..own };
    while_it_runs(&place, &own, || {
        eventually("it is found", || survivors(&place.env, &key, None).is_some_and(|ids| ids.len() == 1));
    });
    // Nobody holds pipe or log.
    is_free(&place, &key);
}

/// The broken variant: a command is known by the number it had.
fn runs_by_number(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

#[test]
fn a_number_that_was_given_out_again_is_taken_for_the_command() {
    let place = Place::new();
    let key = key(&place);
    let own = command(&place, "echo $$ > begun");
    assert!(own.run(&place.env, &AtomicBool::new(false)).succeeded());
    // By now the number of the command is that of some other process, such as this one.
    let reused = std::process::id();
    is_free(&place, &key);
    assert!(runs_by_number(reused), "the broken variant is not broken");
}
