//! The transition function by properties: whatever happens in whatever order, the run stays a run.

use checklist_store::env::Timestamp;
use checklist_workflow::run::{CommandStatus, Moment, TemplateRef};
use checklist_workflow::transition::{Operation, Stamp, next};
use checklist_workflow::{Evidence, Resolution, Run, RunStatus, StepStatus, Template};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SOURCE: &str = "checklist: 1
id: t
title: T
steps:
  - { id: a, title: A }
  - { id: b, title: B, type: auto, killer: true, commands: [{ id: x, kind: bash, run: 'true' }, { id: y, kind: bash, run: 'true' }] }
  - { id: c, title: C, needs: [a], skippable: true }
  - { id: d, title: D, needs: [b, c] }
  - id: e
    title: E
    needs: []
    condition: steps.a.status == \"skipped\"
    commands: [{ id: x, kind: bash, run: 'true' }]
    rollback: [{ id: x, kind: bash, run: 'true' }]
";

fn idle() -> Run {
    let moment = Moment(Timestamp::from_millis(0));
    Run {
        template_id: "t".to_owned(),
        template_version: None,
        name: None,
        template: TemplateRef {
            copy: String::new(),
            sha256: String::new(),
            origin: String::new(),
            bases: BTreeMap::new(),
        },
        status: RunStatus::Idle,
        current_step_id: None,
        rev: 0,
        started_at: moment,
        updated_at: moment,
        branch: None,
        variables: BTreeMap::new(),
        steps: BTreeMap::new(),
        claims: BTreeMap::new(),
        keys: BTreeMap::new(),
        attempts: BTreeMap::new(),
    }
}

fn operations() -> impl Strategy<Value = Operation> {
    let step = prop::sample::select(vec!["a", "b", "c", "d", "e", "nowhere"]).prop_map(str::to_owned);
    let command = prop::sample::select(vec!["x", "y", "z", "rollback/x"]).prop_map(str::to_owned);
    let resolution = prop::sample::select(vec![
        Resolution::Rerun,
        Resolution::Done(Evidence::Claimed),
        Resolution::Done(Evidence::Verified),
        Resolution::Failed,
    ]);
    (step, command, resolution, any::<bool>(), 0..13).prop_map(|(step, command, resolution, flag, kind)| {
        match kind {
            0 => Operation::CommandStarted { step, command, log: String::new() },
            1 | 2 => Operation::CommandEnded {
                step,
                command,
                succeeded: flag,
                outcome: String::new(),
                exit_code: Some(i32::from(!flag)),
                will_retry: kind == 2 && !flag,
                duration_ms: 1,
            },
            3 => Operation::CutOff { step },
            4 => Operation::Resolved { step, command, resolution, note: None },
            5 | 6 => {
                Operation::Done { step, evidence: Evidence::Claimed, note: None, outputs: BTreeMap::new() }
            }
            7 => {
                Operation::Skipped { killer: flag.then(|| step.clone()), step, reason: Some("r".to_owned()) }
            }
            8 => Operation::Failed { step, note: String::new() },
            9 => Operation::Reopened { step },
            10 => [Operation::Paused, Operation::Unpaused][usize::from(flag)].clone(),
            11 => Operation::RolledBack { step },
            _ => Operation::Reset,
        }
    })
}

/// What must hold of every run that was reached.
fn check(run: &Run, template: &Template) {
    let known = |id: &String| template.step(id).is_some();
    assert!(run.steps.keys().all(known), "only steps of the template");
    let is_settled = |id: &str| run.status_of(id).is_settled();
    let all = template.steps.iter().all(|step| is_settled(&step.id));
    assert_eq!(
        run.status == RunStatus::Completed,
        all && run.status != RunStatus::Paused && run.status != RunStatus::Idle
    );
    for (id, state) in &run.steps {
        assert_eq!(
            state.evidence.is_some(),
            state.status == StepStatus::Done,
            "{id}: done, and on whose word"
        );
        let is_unknown = state.commands.values().any(|command| command.status == CommandStatus::Interrupted);
        let is_left_out = state.status == StepStatus::Skipped;
        assert_eq!(
            is_unknown && !is_left_out,
            state.status == StepStatus::Interrupted,
            "{id}: unknown is called unknown"
        );
    }
    let (looked_at, hidden) = (run.status_of("a"), run.status_of("e"));
    if matches!(hidden, StepStatus::Pending | StepStatus::Hidden) && run.status != RunStatus::Idle {
        let is_decided = looked_at.is_settled() || looked_at == StepStatus::Failed;
        let is_false = is_decided && looked_at != StepStatus::Skipped;
        assert_eq!(
            hidden == StepStatus::Hidden,
            is_false,
            "e is hidden while its condition is false, and only then"
        );
    }
    if let Some(current) = &run.current_step_id {
        assert!(!is_settled(current), "the current step is one to look at");
    } else {
        assert!(
            template
                .steps
                .iter()
                .all(|step| is_settled(&step.id) || !step.needs.is_empty() || step.id == "e")
        );
    }
}

proptest! {
    #[test]
    fn any_sequence_of_operations_keeps_the_invariants(sequence in prop::collection::vec(operations(), 0..60)) {
        let template = Template::parse("t.yaml", SOURCE).unwrap();
        let stamp = Stamp { at: Moment(Timestamp::from_millis(1)), by: "ana".to_owned() };
        let mut run = next(&idle(), &template, &Operation::Start, &stamp).unwrap();
        for operation in &sequence {
            let before = run.clone();
            match next(&run, &template, operation, &stamp) {
                Ok(after) => {
                    prop_assert_eq!(after.rev, before.rev + 1);
                    run = after;
                }
                // Refusing is pure: the same refusal comes again, and nothing was changed.
                Err(refusal) => prop_assert_eq!(next(&run, &template, operation, &stamp), Err(refusal)),
            }
            check(&run, &template);
        }
        let stored = serde_json::to_value(&run).unwrap();
        prop_assert_eq!(serde_json::from_value::<Run>(stored).unwrap(), run);
    }
}
