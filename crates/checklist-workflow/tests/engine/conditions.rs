//! Conditions of steps and commands in a run: what is hidden, what waits, what is refused.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_workflow::condition::Verdict;
use checklist_workflow::{Error, List, Refusal, RunStatus, StepStatus, WorkflowEngine};
use std::collections::BTreeMap;

const LIST: &str = "checklist: 1
id: ship
title: Ship it
variables:
  target: { enum: [staging, prod], default: staging }
  ticket: {}
steps:
  - { id: build, title: Build }
  - { id: approve, title: Approve, killer: true, condition: vars.target == \"prod\" }
  - { id: publish, title: Publish, needs: [build, approve] }
  - { id: announce, title: Announce, needs: [], condition: steps.publish.status == \"done\" && vars.target == \"prod\" }
  - { id: cleanup, title: Clean up, needs: [], condition: steps.publish.status == \"skipped\" }
";

fn started(project: &TestProject, source: &str, given: &[(&str, &str)]) -> WorkflowEngine {
    let list = List::parse("ship.yaml", source).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let mut engine = project.engine();
    let given: BTreeMap<_, _> = given.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    engine.start(&list, &given).unwrap();
    engine
}

fn condition(engine: &WorkflowEngine, step: &str) -> (Verdict, String) {
    let view = engine.view().unwrap();
    let step = view.steps.into_iter().find(|found| found.id == step).unwrap();
    let condition = step.condition.unwrap();
    (condition.verdict, condition.why)
}

#[test]
fn a_step_is_hidden_shown_and_hidden_again_as_what_it_looks_at_changes() {
    let project = TestProject::new();
    let mut engine = started(&project, LIST, &[]);
    // What never can hold is hidden at once; what may hold waits.
    assert_eq!(statuses(&engine), "[ ][~][ ][~][ ]");
    let why = "vars.target == \"prod\" is false (vars.target = \"staging\")";
    assert_eq!(condition(&engine, "approve"), (Verdict::False, why.to_owned()));
    assert_eq!(condition(&engine, "cleanup").0, Verdict::Waits(vec!["publish".to_owned()]));
    let waits = engine.view().unwrap().steps[4].waits_for.clone();
    assert_eq!(waits, ["publish"], "a step waits for what its condition looks at");
    assert!(matches!(done(&mut engine, "cleanup"), Err(Error::Refused(Refusal::Unmet { .. }))));
    // A hidden killer does not apply, and blocks nobody.
    done(&mut engine, "build").unwrap();
    done(&mut engine, "publish").unwrap();
    assert_eq!(statuses(&engine), "[x][~][x][~][~]");
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);
    engine.back(Some("publish"), &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][~][ ][~][ ]");
    engine.skip("publish", Some("not today"), None, &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][~][-][~][ ]");
    assert_eq!(project.engine().view().unwrap().current.as_deref(), Some("cleanup"));
    // Undo takes back what was hidden and shown with it.
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][~][ ][~][ ]");
    done(&mut engine, "publish").unwrap();
    assert!(matches!(done(&mut engine, "announce"), Err(Error::Refused(_))), "what is hidden is not done");
}

#[test]
fn a_skipped_killer_settles_nothing_and_a_skipped_step_does() {
    let project = TestProject::new();
    let mut engine = started(&project, LIST, &[("target", "prod")]);
    assert_eq!(statuses(&engine), "[ ][ ][ ][ ][ ]");
    engine.skip("build", Some("built before"), None, &NOW).unwrap();
    engine.skip("approve", Some("nobody there"), Some("approve"), &NOW).unwrap();
    let Err(Error::Refused(Refusal::Unmet { needs, .. })) = done(&mut engine, "publish") else { panic!() };
    assert_eq!(needs, ["approve"]);
    engine.back(Some("approve"), &NOW).unwrap();
    done(&mut engine, "approve").unwrap();
    done(&mut engine, "publish").unwrap();
    assert_eq!(statuses(&engine), "[-][x][x][ ][~]");
}

#[test]
fn a_condition_without_a_value_stops_the_step_and_is_never_false() {
    let project = TestProject::new();
    let source = LIST.replace("steps.publish.status == \"skipped\"", "vars.ticket != \"\"");
    let mut engine = started(&project, &source, &[]);
    assert_eq!(engine.view().unwrap().steps[4].status, StepStatus::Pending);
    let Err(Error::Refused(Refusal::Condition { step, reason })) = done(&mut engine, "cleanup") else {
        panic!()
    };
    assert_eq!(
        (step.as_str(), reason.as_str()),
        ("cleanup", "vars.ticket has no value; ask has(vars.ticket) first")
    );
    engine.skip("cleanup", Some("no ticket"), None, &NOW).unwrap();
}

#[test]
fn commands_and_checks_have_conditions_too() {
    let project = TestProject::new();
    let source = "checklist: 1
id: t
title: T
variables: { target: { default: staging } }
steps:
  - id: a
    title: A
    type: auto
    commands:
      - { id: one, kind: bash, run: 'echo one >> out', condition: vars.target == \"prod\" }
      - { id: two, kind: bash, run: 'echo two >> out; exit 0', condition: vars.target == \"staging\" }
    validation:
      - { kind: expr, expr: 'vars.target in [\"prod\"]', message: Only for prod }
  - { id: b, title: B, needs: [], condition: steps.a.exit_code == 0 }
";
    let mut engine = started(&project, source, &[]);
    let failed = engine.execute("a", &NOW, &never(), &mut |_| {});
    let Err(Error::CheckFailed { checks, .. }) = failed else { panic!("{failed:?}") };
    assert_eq!(checks[0].detail, "vars.target in [\"prod\"] is false (vars.target = \"staging\")");
    assert_eq!(std::fs::read_to_string(project.folder.project().join("out")).unwrap(), "two\n");
    // A step that failed is known: its command ended with 0.
    assert_eq!(condition(&engine, "b").0, Verdict::True);
    let view = engine.view().unwrap();
    let verdicts: Vec<_> =
        view.steps[0].commands.iter().map(|command| command.condition.clone().unwrap().verdict).collect();
    assert_eq!(verdicts, [Verdict::False, Verdict::True]);
}

#[test]
fn an_answer_decides_conditions() {
    let project = TestProject::new();
    let source = "checklist: 1
id: t
title: T
variables: { size: { type: number, required: true }, name: { pattern: '^[a-z]+$' } }
steps:
  - { id: ask, title: How large, type: input, input: { variable: size } }
  - { id: large, title: Large, condition: vars.size > 10 }
  - { id: who, title: Who, type: input, input: { variable: name } }
";
    let mut engine = started(&project, source, &[]);
    assert_eq!(statuses(&engine), "[ ][ ][ ]", "what is asked later is not required before");
    assert_eq!(condition(&engine, "large").0, Verdict::Waits(vec!["ask".to_owned()]));
    assert!(matches!(done(&mut engine, "ask"), Err(Error::NeedsAnswer(_))));
    assert!(matches!(engine.answer("ask", Some("many"), &NOW), Err(Error::Variable { .. })));
    assert!(matches!(engine.answer("ask", None, &NOW), Err(Error::NeedsAnswer(_))));
    engine.answer("ask", Some("3"), &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][~][ ]");
    engine.back(Some("ask"), &NOW).unwrap();
    assert!(engine.run().unwrap().variables.is_empty(), "the answer goes with the step");
    engine.answer("ask", Some("30"), &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][ ][ ]");
    engine.undo(&NOW).unwrap();
    assert!(engine.run().unwrap().variables.is_empty());
    engine.redo(&NOW).unwrap();
    done(&mut engine, "large").unwrap();
    let Err(Error::Variable { reason, .. }) = engine.answer("who", Some("R2"), &NOW) else { panic!() };
    assert_eq!(reason, "it does not match the pattern ^[a-z]+$");
    engine.answer("who", Some("ana"), &NOW).unwrap();
    assert_eq!(project.engine().run().unwrap().status, RunStatus::Completed);
}
