//! What must hold after a call failed: what was said is true, nothing is half, and the next command works.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::case::{Case, KEPT, LIST};
use super::world::{Answer, Expected, Standing, World};
use serde_json::Value;
use std::fmt;

/// What a run came to, where everything held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It did what it was asked all the same.
    Done,
    /// It said that nothing was changed, and nothing was.
    NotSaved,
    /// It said that the change is saved although something failed, and it is.
    Saved,
    /// It said that it cannot know.
    InDoubt,
    /// It was killed, or its answer was lost, and nothing had changed.
    KilledBefore,
    /// It was killed, or its answer was lost, and the change is there.
    KilledAfter,
    /// The call did not come this time: it depends on how fast the program was.
    NotMet,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Done => "done all the same",
            Verdict::NotSaved => "not saved",
            Verdict::Saved => "saved with an error",
            Verdict::InDoubt => "in doubt",
            Verdict::KilledBefore => "killed before",
            Verdict::KilledAfter => "killed after",
            Verdict::NotMet => "not met",
        })
    }
}

/// What the program said about the change it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Done,
    NotSaved,
    Saved,
    InDoubt,
    /// It could not say anything: it was killed, or what it said was lost.
    None,
}

/// The published exit codes that an answer to a failing disk may have: not "bug", and no signal's.
const CODES: &[i32] = &[0, 2, 3, 10, 11, 12, 13, 14, 15, 65, 74, 75, 77];

/// Looks at the answer, at the project, and at what the next commands do. An error is a broken promise.
pub(crate) fn check(
    world: &World,
    case: &Case,
    expected: &Expected,
    answer: &Answer,
    is_json: bool,
) -> Result<Verdict, String> {
    let claim = understand(case, answer, is_json).map_err(|found| format!("{found}: {answer:?}"))?;
    let found = settled(world).map_err(|found| format!("{found}; the answer was {answer:?}"))?;
    let is_there = compare(world, case, expected, claim, &found)
        .map_err(|found| format!("{found}; the answer was {answer:?}"))?;
    go_on(world, case, expected, &found).map_err(|found| format!("{found}; the answer was {answer:?}"))?;
    Ok(match (claim, is_there) {
        (Claim::Done, _) => Verdict::Done,
        (Claim::NotSaved, _) => Verdict::NotSaved,
        (Claim::Saved, _) => Verdict::Saved,
        (Claim::InDoubt, _) => Verdict::InDoubt,
        (Claim::None, false) => Verdict::KilledBefore,
        (Claim::None, true) => Verdict::KilledAfter,
    })
}

/// The form of an answer, and what it says about the change.
fn understand(case: &Case, answer: &Answer, is_json: bool) -> Result<Claim, String> {
    let said = format!("{}{}", answer.out, answer.err);
    if said.contains("panicked") || said.contains("os error") || said.contains("Os {") {
        return Err("it speaks in the words of the machine".to_owned());
    }
    if answer.is_killed() {
        return Ok(Claim::None);
    }
    let code = answer.code.ok_or("a signal ended it")?;
    if !CODES.contains(&code) {
        return Err(format!("{code} is not an exit code for this"));
    }
    if answer.is_mute {
        return if [0, 10, 74].contains(&code) { Ok(Claim::None) } else { Err("another failure".to_owned()) };
    }
    if is_json && !answer.err.is_empty() {
        return Err("JSON does not come alone".to_owned());
    }
    let told = if is_json { answer.json()? } else { Value::Null };
    if is_json && told["ok"] != Value::Bool(code == case.success) {
        return Err(format!("exit code {code} and \"ok\" contradict each other"));
    }
    if code == case.success {
        return Ok(Claim::Done);
    }
    if code == 0 {
        return Err("it says that all is well, and did not do what it was asked".to_owned());
    }
    let claims = if is_json { in_json(&told) } else { in_words(&answer.err) };
    match claims {
        Some(claim) => Ok(claim),
        None if case.words == ["status"] && !answer.err.is_empty() => Ok(Claim::NotSaved),
        None => Err("it says neither saved nor not saved nor in doubt".to_owned()),
    }
}

fn in_json(told: &Value) -> Option<Claim> {
    match told["saved"].as_str()? {
        "not_saved" => Some(Claim::NotSaved),
        "saved" => Some(Claim::Saved),
        "in_doubt" => Some(Claim::InDoubt),
        _ => None,
    }
}

fn in_words(said: &str) -> Option<Claim> {
    let phrases = [
        ("It may or may not be saved", Claim::InDoubt),
        ("What happened is saved", Claim::Saved),
        ("what was done is saved", Claim::Saved),
        ("was NOT saved", Claim::NotSaved),
        ("Nothing was changed", Claim::NotSaved),
    ];
    phrases.into_iter().find(|(phrase, _)| said.contains(phrase)).map(|(_, claim)| claim)
}

/// How the project stands; where status refuses with a repair, after that repair.
fn settled(world: &World) -> Result<Standing, String> {
    match world.standing() {
        Ok(standing) => Ok(standing),
        Err(refused) => {
            let told = world.run(&["status"])?;
            if told.code != Some(13) || !told.err.contains("checklist recover") {
                return Err(format!("no way on is offered: {refused}"));
            }
            world.must(&["recover"], 0)?;
            world.standing()
        }
    }
}

/// Whether the change is there; an error where that contradicts what was said.
fn compare(
    world: &World,
    case: &Case,
    expected: &Expected,
    claim: Claim,
    found: &Standing,
) -> Result<bool, String> {
    let Expected { before, after } = expected;
    if case.name == "run-auto" {
        return compare_auto(world, claim, found);
    }
    let (is_before, is_after) = (found == before, found == after);
    if !is_before && !is_after {
        return Err(format!("HALF: {before:?} or {after:?} was expected, and {found:?} is there"));
    }
    match claim {
        Claim::Done | Claim::Saved if !is_after => Err(format!("LOST: it was said to be saved: {found:?}")),
        Claim::NotSaved if case.is_one_change && !is_before => {
            Err(format!("it was said not to be saved, and is: {found:?}"))
        }
        _ => Ok(!is_before),
    }
}

/// A command that ran is never forgotten, and one that did not run is never called done.
fn compare_auto(world: &World, claim: Claim, found: &Standing) -> Result<bool, String> {
    let (marks, build) = (world.marks(), found.step("build"));
    let is_right = match build {
        // Between the end of its command and its own, a step is open, and what it did is known.
        None | Some("pending") => marks == usize::from(found.is_command_done("build")),
        Some("interrupted" | "failed") => marks <= 1,
        Some("done") => marks == 1,
        Some(_) => false,
    };
    if !is_right {
        return Err(format!("the command of build ran {marks} times, and the step is {build:?}"));
    }
    if claim == Claim::Done && build != Some("done") {
        return Err(format!("LOST: the run was said to wait for a person, and build is {build:?}"));
    }
    Ok(build.is_some())
}

/// The same project goes on: what was asked can be asked again, and after it the next thing.
fn go_on(world: &World, case: &Case, expected: &Expected, found: &Standing) -> Result<(), String> {
    match case.name {
        "init" => {
            world.must(case.words, 0)?;
            if world.read(KEPT)? != LIST {
                return Err("the list in the project is not the one that was given".to_owned());
            }
            world.must(&["run", "list.md"], 10)?;
        }
        "run-auto" => {
            let marks = world.marks();
            if found.step("build") == Some("interrupted") {
                world.must(&["resume", "--rerun", "build/make"], 0)?;
            }
            world.must(case.words, 10)?;
            let reached = world.standing()?;
            let most = marks + usize::from(!found.is_command_done("build"));
            if reached.step("build") != Some("done") || world.marks() != most {
                return Err(format!("build ran {} times in the end, and is {reached:?}", world.marks()));
            }
        }
        "run" | "adopt" | "restore" | "recover" | "recover-cut" => {
            world.must(case.words, case.success)?;
            let reached = world.standing()?;
            if reached != expected.after {
                return Err(format!("{:?} was expected after all, and not {reached:?}", expected.after));
            }
        }
        _ => {}
    }
    let next = world.must(&["done", "--json"], 0)?.json()?;
    if next["changed"] != Value::Bool(true) {
        return Err(format!("the next done changes nothing: {next}"));
    }
    sound(world)
}

/// At rest nothing is staged, nothing waits in the log, the history tells every operation once.
fn sound(world: &World) -> Result<(), String> {
    let staged = std::fs::read_dir(world.path(".checklist/.tmp")).map_or(0, Iterator::count);
    if staged > 0 {
        return Err(format!("{staged} files are left in staging"));
    }
    let waiting = std::fs::metadata(world.path(".checklist/.wal")).map_or(0, |log| log.len());
    if waiting > 0 {
        return Err(format!("{waiting} bytes wait in the log after a clean end"));
    }
    let doctor = world.run(&["doctor", "--json"])?;
    if doctor.code != Some(0) {
        return Err(format!("doctor finds something: {doctor:?}"));
    }
    let Standing::Run { rev, .. } = world.standing()? else { return Err("the run is gone".to_owned()) };
    let history = world.must(&["history", "--json"], 0)?.json()?;
    let mut told: Vec<u64> = history["operations"]
        .as_array()
        .map(|operations| operations.iter().filter_map(|one| one["op"].as_u64()).collect())
        .unwrap_or_default();
    told.sort_unstable();
    if told != (1..=rev).collect::<Vec<u64>>() {
        return Err(format!("the history tells the operations {told:?} of {rev}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::case::CASES;
    use super::*;

    fn answer(code: i32, out: &str, err: &str) -> Answer {
        Answer {
            code: Some(code),
            signal: None,
            out: out.to_owned(),
            err: err.to_owned(),
            is_injected: true,
            is_mute: false,
        }
    }

    fn done() -> &'static Case {
        CASES.iter().find(|case| case.name == "done").expect("the table has it")
    }

    #[test]
    fn an_answer_has_to_say_what_became_of_the_change() {
        let words = |code, err: &str| understand(done(), &answer(code, "", err), false);
        assert_eq!(words(0, ""), Ok(Claim::Done));
        assert_eq!(words(74, "error: input/output error. `done` was NOT saved.\n"), Ok(Claim::NotSaved));
        assert_eq!(words(74, "error: in doubt.\n  It may or may not be saved.\n"), Ok(Claim::InDoubt));
        assert!(words(74, "error: input/output error\n").is_err());
        assert!(words(74, "error: Input/output error (os error 5). Nothing was changed.\n").is_err());
        assert!(words(101, "thread main panicked. Nothing was changed.\n").is_err());
        assert!(words(1, "error: what is this. Nothing was changed.\n").is_err());
    }

    #[test]
    fn json_comes_alone_and_does_not_contradict_the_exit_code() {
        let json = |code, out: &str, err: &str| understand(done(), &answer(code, out, err), true);
        assert_eq!(json(74, "{\"ok\":false,\"saved\":\"not_saved\"}\n", ""), Ok(Claim::NotSaved));
        assert_eq!(json(0, "{\"ok\":true}\n", ""), Ok(Claim::Done));
        assert!(json(0, "{\"ok\":false,\"saved\":\"not_saved\"}\n", "").is_err());
        assert!(json(74, "{\"ok\":true}\n", "").is_err());
        assert!(json(74, "{\"ok\":false,\"saved\":\"not_saved\"}\n", "error: talk\n").is_err());
        assert!(json(74, "{\"ok\":false}\n", "").is_err());
    }

    #[test]
    fn a_command_killed_says_nothing_about_its_change() {
        let killed = Answer { code: None, signal: Some(9), ..answer(0, "", "") };
        assert_eq!(understand(done(), &killed, false), Ok(Claim::None));
        let crashed = Answer { code: None, signal: Some(6), ..answer(0, "", "") };
        assert!(understand(done(), &crashed, false).is_err());
    }
}
