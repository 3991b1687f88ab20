//! What the program says of a run, held against the world: while it is killed, and at the end.

use super::session::{Answer, NO_RUN, OK, Session};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen of a run so far, and can never be otherwise again.
#[derive(Debug, Default)]
pub(super) struct Seen {
    rev: u64,
    done: BTreeSet<String>,
}

/// What became of the commands of a run, as its history tells it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// How often commands were begun.
    pub(super) starts: usize,
    /// Of those, how many were cut off.
    pub(super) cut_off: usize,
    /// Of those, how many a check found to have worked.
    pub(super) confirmed: usize,
    /// And how many were run again.
    pub(super) again: usize,
    /// How often a push was cut off.
    pub(super) pushes_cut_off: usize,
    /// Who did something.
    pub(super) actors: BTreeSet<String>,
}

impl Seen {
    /// Looks at the run, in whatever state it was left, and holds what is said against what was said before and what is
    /// there.
    pub(super) fn look(&mut self, session: &Session) -> Result<(), String> {
        let status = session.answer(&["status"])?;
        if status.code == Some(NO_RUN) && self.rev == 0 {
            return Ok(());
        }
        let steps = steps(&status)?;
        let rev = status.json["rev"].as_u64().unwrap_or_default();
        if rev < self.rev {
            return Err(format!("rev went back from {} to {rev}", self.rev));
        }
        let is_done = |step: &&Value| step["status"] == "done";
        let done: BTreeSet<String> = steps.iter().filter(is_done).map(|step| text(&step["id"])).collect();
        if let Some(lost) = self.done.difference(&done).next() {
            return Err(format!("LOST: {lost} was done, and is not any more: {status:?}"));
        }
        let pushed = session.repository().tags_pushed()?;
        if pushed > 1 || (done.contains("push") && pushed == 0) {
            return Err(format!("the tag arrived {pushed} times, and done are {done:?}"));
        }
        let mut attempts = session.repository().tested();
        let count = attempts.len();
        attempts.sort_unstable();
        attempts.dedup();
        if attempts.len() != count {
            return Err("an attempt of the tests ran twice".to_owned());
        }
        (self.rev, self.done) = (rev, done);
        Ok(())
    }
}

/// Looks at a run that is over: the report is complete, agrees with the repository and with its own history.
pub(super) fn check(session: &Session, commit: &str) -> Result<Account, String> {
    let status = session.answer(&["status"])?;
    let steps = steps(&status)?;
    for step in steps {
        let id = text(&step["id"]);
        let (wanted, evidence) = match id.as_str() {
            "publish" => ("hidden", Value::Null),
            "approve" | "announce" => ("done", "claimed".into()),
            _ => ("done", "verified".into()),
        };
        if step["status"] != wanted || step["evidence"] != evidence {
            return Err(format!("{id} is not {wanted}, {evidence}: {step}"));
        }
    }
    let progress = &status.json["progress"];
    let settled: u64 = ["done", "skipped", "hidden"].iter().filter_map(|way| progress[*way].as_u64()).sum();
    if status.json["status"] != "completed" || Some(settled) != progress["total"].as_u64() {
        return Err(format!("the run is not complete: {}", status.json));
    }
    let output = steps.iter().find(|step| step["id"] == "push").map(|step| &step["outputs"]["commit"]);
    if output.and_then(Value::as_str) != Some(commit) {
        return Err(format!("the report tells of the commit {output:?}, and it is {commit}"));
    }
    let history = session.answer(&["history"])?;
    let operations = history.json["operations"].as_array().ok_or_else(|| format!("history: {history:?}"))?;
    let told: Vec<&Value> = operations.iter().rev().collect();
    let rev = status.json["rev"].as_u64().unwrap_or_default();
    let account = account(&told, steps, rev)?;
    let attempts = session.repository().tested();
    let begun = steps.iter().find(|step| step["id"] == "test").map(|step| &step["commands"][0]["attempt"]);
    if attempts.len() as u64 > begun.and_then(Value::as_u64).unwrap_or(0) {
        return Err(format!("the tests ran in the attempts {attempts:?}, and {begun:?} were begun"));
    }
    Ok(account)
}

/// Goes through the history, oldest first: no number is missing, nothing begins before what was begun has an end that
/// is known, and nothing is done twice.
fn account(told: &[&Value], steps: &[Value], rev: u64) -> Result<Account, String> {
    let mut account = Account::default();
    let (mut running, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    let mut starts: BTreeMap<String, u64> = BTreeMap::new();
    let mut done = BTreeSet::new();
    for (number, operation) in (1..).zip(told) {
        let wrong = |why: &str| Err(format!("history: {why}: {operation}"));
        if operation["op"].as_u64() != Some(number) {
            return wrong(&format!("{number} is expected"));
        }
        account.actors.insert(text(&operation["who"]));
        let (step, detail) = (text(&operation["step"]), text(&operation["detail"]));
        let name = |separator| format!("{step}/{}", detail.split(separator).next().unwrap_or_default());
        match operation["verb"].as_str().unwrap_or_default() {
            "start" => {
                let command = name(' ');
                let attempt = starts.entry(command.clone()).or_default();
                *attempt += 1;
                if !running.is_empty()
                    || !unknown.is_empty()
                    || !detail.ends_with(&format!(" attempt {attempt}"))
                {
                    return wrong("it begins before its time");
                }
                running.insert(step, command);
                account.starts += 1;
            }
            "end" | "retry" => match running.remove(&step) {
                Some(command) if command == name(' ') => {}
                _ => return wrong("what ends was not begun"),
            },
            "interrupted" => {
                if let Some(command) = running.remove(&step) {
                    account.cut_off += 1;
                    account.pushes_cut_off += usize::from(command == "push/push");
                    unknown.insert(command);
                }
            }
            "resolve" => {
                if !unknown.remove(&name(':')) {
                    return wrong("it is known already");
                }
                account.confirmed += usize::from(detail.ends_with("confirmed by its check"));
                account.again += usize::from(detail.ends_with("to be run again"));
            }
            "done" | "approve" if running.is_empty() && unknown.is_empty() && done.insert(step.clone()) => {}
            "run" if number == 1 => {}
            _ => return wrong("nobody asked for that"),
        }
    }
    let attempts = steps.iter().flat_map(|step| {
        let commands = step["commands"].as_array().into_iter().flatten();
        commands.map(|command| {
            let name = format!("{}/{}", text(&step["id"]), text(&command["id"]));
            (name, command["attempt"].as_u64().unwrap_or(0))
        })
    });
    let attempts: BTreeMap<String, u64> = attempts.filter(|(_, attempts)| *attempts > 0).collect();
    if told.len() as u64 != rev || attempts != starts {
        return Err(format!("rev {rev} and {attempts:?}, and the history has {} and {starts:?}", told.len()));
    }
    Ok(account)
}

fn steps(status: &Answer) -> Result<&Vec<Value>, String> {
    let steps = status.json["steps"].as_array().filter(|_| status.code == Some(OK));
    steps.ok_or_else(|| format!("status failed: {status:?}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(operations: &[(&str, &str)]) -> Result<Account, String> {
        let operations: Vec<Value> = (1..)
            .zip(operations)
            .map(|(op, (verb, detail))| json!({"op": op, "verb": verb, "step": "push", "detail": detail, "who": "ana"}))
            .collect();
        let starts = operations.iter().filter(|operation| operation["verb"] == "start").count();
        let steps = [json!({"id": "push", "commands": [{"id": "push", "attempt": starts}]})];
        account(&operations.iter().collect::<Vec<_>>(), &steps, operations.len() as u64)
    }

    #[test]
    fn what_was_cut_off_is_known_before_anything_begins_again() {
        let begun = [("run", ""), ("start", "push attempt 1"), ("interrupted", "the process died")];
        let resolved = [&begun[..], &[("resolve", "push: to be run again")]].concat();
        let ended =
            [&resolved[..], &[("start", "push attempt 2"), ("end", "push exit 0, 3 ms"), ("done", "")]]
                .concat();
        let account = told(&ended).expect("it is as it should be");
        assert_eq!((account.starts, account.cut_off, account.again, account.pushes_cut_off), (2, 1, 1, 1));
        assert!(told(&[&begun[..], &[("start", "push attempt 2")]].concat()).is_err(), "run again unasked");
        assert!(told(&[&begun[..], &[("done", "")]].concat()).is_err(), "called done unseen");
        assert!(told(&[&ended[..], &[("done", "")]].concat()).is_err(), "done twice");
        assert!(told(&[&resolved[..], &[("start", "push attempt 1")]].concat()).is_err(), "an attempt twice");
        assert!(told(&[("run", ""), ("skip", "")]).is_err(), "a step left out");
    }
}
