//! A clock that goes backwards, stands still or is a hundred years ahead: nothing is ordered by it, nothing fails.

use crate::support::{Answer, LIST, Project};
use serde_json::Value;
use std::process::{Command, Stdio};

/// Clocks that no machine should have, in the words of `faketime`.
const CLOCKS: [&str; 6] = ["+0", "-5y", "2020-02-29 23:59:59", "+100y", "1970-01-01 00:00:01", "-1d"];

/// Runs the program where a library stands between it and the clock.
fn at(project: &Project, clock: &str, words: &[&str]) -> Answer {
    let own = project.command(words);
    let mut faketime = Command::new("faketime");
    faketime.args(["-f", clock]).arg(own.get_program()).args(words);
    faketime.current_dir(&project.root).env_clear();
    for (name, value) in own.get_envs() {
        faketime.env(name, value.unwrap_or_default());
    }
    Answer::of(faketime.stdin(Stdio::null()).output().expect("it started a moment ago"))
}

fn has_faketime(project: &Project) -> bool {
    let there = Command::new("faketime").args(["-f", "2020-02-29 23:59:59", "date", "+%Y"]).output();
    if !there.is_ok_and(|output| output.stdout == b"2020\n") {
        say!("SKIPPED: faketime is not here, so the clock of the program cannot be turned");
        return false;
    }
    // The first format asks for the time as it is: the program has to work behind the library at all.
    at(project, "+0", &["help"]).code == 0
}

/// The numbers of the operations as the history tells them, the newest first, and how each was done.
fn history(answer: &Answer) -> Vec<(u64, String)> {
    let told = answer.json();
    let operations = told["operations"].as_array().unwrap();
    let one = |one: &Value| (one["op"].as_u64().unwrap(), one["verb"].as_str().unwrap().to_owned());
    operations.iter().map(one).collect()
}

#[test]
fn every_command_works_by_any_clock_and_orders_nothing_by_it() {
    let project = Project::with(LIST);
    if !has_faketime(&project) {
        return;
    }
    let mut clocks = CLOCKS.iter().cycle();
    let mut next = |words: &[&str]| at(&project, clocks.next().unwrap(), words);
    next(&["run", "list.yaml", "--var", "version=1"]).code(10);
    let changes: [&[&str]; 12] = [
        &["done", "--claim", "seen"],
        &["undo"],
        &["redo"],
        &["skip", "tell", "--reason", "not this time"],
        &["back"],
        &["pause"],
        &["resume"],
        &["undo"],
        &["redo"],
        &["done", "notes", "--claim", "seen"],
        &["reset"],
        &["undo"],
    ];
    for (number, words) in changes.iter().enumerate() {
        let answer = next(words);
        assert!([0, 10].contains(&answer.code), "change {number} {words:?}: {answer:#?}");
    }
    let looks: [&[&str]; 13] = [
        &["status"],
        &["status", "--json"],
        &["next"],
        &["show", "tell"],
        &["explain", "tell"],
        &["history"],
        &["ls"],
        &["logs"],
        &["doctor"],
        &["wal", "show"],
        &["recover", "--dry-run"],
        &["adopt"],
        &["restore"],
    ];
    for clock in CLOCKS {
        for words in looks {
            let answer = at(&project, clock, words).ok();
            let said = format!("{}{}", answer.out, answer.err);
            assert!(!said.contains("panicked") && !said.contains("NaN"), "{clock} {words:?}: {said}");
        }
    }
    let told: Vec<Vec<(u64, String)>> =
        CLOCKS.iter().map(|clock| history(&at(&project, clock, &["history", "--json"]).ok())).collect();
    assert!(told.iter().all(|one| *one == told[0]), "history does not depend on the clock");
    let numbers: Vec<u64> = told[0].iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (1..=numbers.len() as u64).rev().collect();
    assert_eq!(numbers, expected, "the order is that of the operations");
}

#[test]
fn damage_is_repaired_by_any_clock_and_locks_have_no_age() {
    let project = Project::with(LIST);
    if !has_faketime(&project) {
        return;
    }
    for clock in CLOCKS {
        let project = Project::with(LIST);
        at(&project, clock, &["run", "list.yaml", "--var", "version=1"]).code(10);
        at(&project, clock, &["done", "--claim", "seen"]).ok();
        let state = String::from_utf8(project.read(".checklist/state.yaml")).unwrap();
        let is_turned =
            clock != "2020-02-29 23:59:59" || state.contains("lastModified: \"2020-02-29T23:59:59");
        assert!(is_turned, "the clock of the program is not turned: {state}");
        project.write(".checklist/state.yaml", &format!("<<<<<<< ours\n{state}"));
        at(&project, clock, &["recover"]).ok().says("Nothing was lost.");
        // Whoever holds the lock in a hundred years, or held it before the epoch, is not taken for dead or alive.
        project.write(".checklist/.locks/state.owner", "{\"pid\":1,\"since\":\"2126-01-01T00:00:00Z\"}");
        at(&project, clock, &["undo"]).ok();
        project.run(&["status"]).ok();
        project.run(&["doctor"]).ok();
    }
}
