//! A call of a tool as the command line it stands for.

use crate::cli::{Claim, Dangers, Done, OptionalStep, Revision, Run, Skip, Status, Verb};
use crate::failure::Failure;
use checklist_workflow::closest::closest;
use serde_json::{Map, Value};

/// What a call asks for.
pub(super) struct Request {
    pub(super) verb: Verb,
    /// The run that is meant, where one is named.
    pub(super) run: Option<String>,
}

/// The arguments of a call: taken one by one, so that what is left is what no tool knows.
struct Arguments(Map<String, Value>);

impl Arguments {
    fn text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Failure::usage(format!("{name} takes a text"))),
        }
    }

    fn required(&mut self, name: &str) -> Result<String, Failure> {
        self.text(name)?.ok_or_else(|| Failure::usage(format!("{name} is missing")))
    }

    fn flag(&mut self, name: &str) -> Result<bool, Failure> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Failure::usage(format!("{name} takes true or false"))),
        }
    }

    fn revision(&mut self) -> Result<Revision, Failure> {
        let if_rev = match self.0.remove("if_rev") {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_u64() {
                Some(rev) => Some(rev),
                None => return Err(Failure::usage("if_rev takes a whole number, the rev of an answer")),
            },
        };
        Ok(Revision { if_rev, key: self.text("key")? })
    }

    /// Refuses what is left: a slip must not pass for something that was heeded.
    fn end(self, known: &[&str]) -> Result<(), Failure> {
        let Some(name) = self.0.keys().next() else { return Ok(()) };
        let meant = closest(name, known.iter().copied())
            .map_or_else(String::new, |name| format!(". Did you mean: {name}"));
        Err(Failure::usage(format!("no argument \"{name}\"{meant}"))
            .advise(format!("There are: {}", known.join(", "))))
    }
}

/// The command line that a call stands for.
///
/// # Errors
/// What is wrong with its arguments.
pub(super) fn of(tool: &str, arguments: Map<String, Value>, known: &[&str]) -> Result<Request, Failure> {
    let mut arguments = Arguments(arguments);
    let run = arguments.text("run")?;
    let verb = match tool {
        "checklist_next" => Verb::Next,
        "checklist_show" => Verb::Show(OptionalStep { step: arguments.text("step")? }),
        "checklist_done" => Verb::Done(Done {
            step: Some(arguments.required("step")?),
            value: arguments.text("value")?,
            claim: arguments.text("claim")?,
            revision: arguments.revision()?,
        }),
        "checklist_skip" => Verb::Skip(Skip {
            step: Some(arguments.required("step")?),
            reason: Some(arguments.required("reason")?),
            killer: arguments.text("killer")?,
            revision: arguments.revision()?,
        }),
        "checklist_claim" => {
            let step = arguments.text("step")?;
            let release = arguments.flag("release")?;
            if release && step.is_none() {
                return Err(Failure::usage("release takes a step"));
            }
            let time = arguments.text("for")?;
            if release && time.is_some() {
                return Err(Failure::usage("for and release exclude each other"));
            }
            Verb::Claim(Claim { step, time, release, of: None, revision: arguments.revision()? })
        }
        "checklist_run_step" => Verb::Run(Run {
            list: None,
            variables: Vec::new(),
            new: false,
            name: None,
            key: None,
            yes: false,
            keep_going: false,
            dry_run: false,
            step: Some(arguments.required("step")?),
            // Whoever says yes to a danger does so at a terminal, or on the command line that they write.
            dangers: Dangers { allowed: Vec::new() },
        }),
        _ => Verb::Status(Status { exit_code: false }),
    };
    if let Verb::Done(Done { value: Some(_), claim: Some(_), .. }) = &verb {
        return Err(Failure::usage("value and claim exclude each other"));
    }
    arguments.end(known)?;
    Ok(Request { verb, run })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_json(tool: &str, arguments: Value) -> Result<Request, Failure> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        of(tool, arguments, &["step", "if_rev"])
    }

    #[test]
    fn a_call_is_a_command_line_and_nothing_in_it_is_passed_over() {
        let request = of_json("checklist_done", json!({"step": "a", "if_rev": 3, "run": "x", "claim": null}))
            .unwrap_or_else(|failure| panic!("{failure:?}"));
        let Verb::Done(done) = &request.verb else { panic!("{:?}", request.verb) };
        assert_eq!((done.step.as_deref(), done.revision.if_rev), (Some("a"), Some(3)));
        assert_eq!(request.run.as_deref(), Some("x"));
        for (tool, arguments, message) in [
            ("checklist_done", json!({}), "step is missing"),
            ("checklist_done", json!({"step": 1}), "step takes a text"),
            ("checklist_done", json!({"step": "a", "if_rev": -1}), "if_rev takes a whole number"),
            ("checklist_done", json!({"step": "a", "ifrev": 1}), "Did you mean: if_rev"),
            ("checklist_done", json!({"step": "a", "value": "1", "claim": "2"}), "exclude each other"),
            ("checklist_skip", json!({"step": "a"}), "reason is missing"),
            ("checklist_claim", json!({"release": true}), "release takes a step"),
            ("checklist_claim", json!({"step": "a", "release": "yes"}), "release takes true or false"),
            ("checklist_run_step", json!({"step": "a", "yes": true}), "no argument \"yes\""),
        ] {
            let failure = of_json(tool, arguments).map(drop).expect_err(message);
            assert!(failure.message.contains(message), "{message}: {}", failure.message);
        }
    }
}
