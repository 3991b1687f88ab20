//! The engine by properties: whatever people, processes and power cuts do in whatever order, the invariants hold.
//!
//! A sequence of actions runs on a simulated disk, with commands that really run. Any of them may be cut off after any
//! call on the disk: the engine is dropped there, and another goes on from what survived. What must hold is listed in
//! `invariants.rs`.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "commands leave their traces on the real disk, and tests fail loudly"
)]

mod action;
mod invariants;
mod machine;
mod outside;
mod seen;

use action::Step;
use machine::Machine;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A bit of everything: needs, conditions on steps and commands, retries, outputs, checks, killers, rollbacks, questions.
const TEMPLATE: &str = "checklist: 1
id: t
title: T
variables: { colour: { enum: [red, blue], default: blue } }
defaults: { shell: [sh, -c] }
steps:
  - { id: a, title: A, skippable: true }
  - id: b
    title: B
    type: auto
    killer: true
    commands:
      - { id: x, kind: bash, run: RUN, retries: { max: 1, backoff: 1s } }
      - { id: y, kind: bash, run: RUN }
  - { id: c, title: C, needs: [a], validation: [{ kind: file_exists, path: proof }] }
  - { id: d, title: D, needs: [b, c] }
  - id: e
    title: E
    needs: []
    type: auto
    condition: steps.a.status == \"skipped\"
    commands: [{ id: x, kind: bash, run: RUN, idempotent: true, on_interrupt: rerun }]
    rollback: [{ id: u, kind: bash, run: RUN }]
  - { id: f, title: F, type: input, needs: [a], input: { variable: colour } }
  - { id: g, title: G, type: confirm, needs: [], condition: vars.colour == \"red\", confirm: { message: Really? } }
  - id: h
    title: H
    needs: [b]
    type: auto
    commands:
      - { id: x, kind: bash, run: RUN, idempotent: true, on_interrupt: verify, condition: steps.b.status == \"done\" }
    validation: [{ kind: file_exists, path: proof }]
    outputs: { made: echo 1 }
    rollback: [{ id: u, kind: bash, run: RUN }]
";

/// Leaves a line for each time it runs, and fails where it is told to.
const SCRIPT: &str = "'echo \"$CHECKLIST_KEY $CHECKLIST_ATTEMPT\" >> ran; test ! -e fail'";

/// A Markdown list: parts, and no needs.
const LIST: &str = "# L\n\n- [ ] a\n  - [ ] b\n  - [ ] c\n    - [ ] d\n- [x] e\n- [ ] f\n";

/// The same sequences every time, as many as take a few seconds; `PROPTEST_CASES` asks for others, and more.
fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases: 40, rng_seed: RngSeed::Fixed(1), ..default },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_actions_keeps_the_invariants(steps in prop::collection::vec(Step::any(), 20..60)) {
        let mut machine = Machine::start("t.yaml", &TEMPLATE.replace("RUN", SCRIPT));
        steps.iter().for_each(|step| machine.take(step));
    }

    #[test]
    fn so_it_does_on_a_markdown_list(steps in prop::collection::vec(Step::any(), 20..60)) {
        let mut machine = Machine::start("l.md", LIST);
        steps.iter().for_each(|step| machine.take(step));
    }
}
