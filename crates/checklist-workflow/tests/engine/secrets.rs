//! Secrets: in the environment of commands, and nowhere else.

use crate::{NOW, TestProject, never, statuses};
use checklist_store::Store;
use checklist_workflow::engine::Setup;
use checklist_workflow::{ActOptions, Error, List, WorkflowEngine};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const SECRET: &str = "hunter2-correct-horse";

const LIST: &str = "checklist: 1
id: t
title: T
variables:
  token: { secret: true, from_env: TEST_TOKEN, required: true, pattern: '^hunter' }
steps:
  - id: use
    title: Use it
    type: auto
    commands:
      - id: show
        kind: bash
        run: |
          test \"$token\" = \"$COPY\" && echo same > same
          echo \"plain: $token\"
          for part in hunter2 -correct -horse; do printf %s \"$part\"; sleep 0.02; done; echo
          echo \"error: $token\" >&2
          printf %s \"${token%horse}\"
        env: { COPY: \"${token}\" }
    validation:
      - { kind: bash, run: 'echo \"check $token\"' }
      - { kind: file_contains, path: leaked.md, text: here }
";

fn engine(project: &TestProject, value: Option<&'static str>) -> WorkflowEngine {
    engine_of("ana", project, value)
}

fn engine_of(actor: &str, project: &TestProject, value: Option<&'static str>) -> WorkflowEngine {
    let setup = Setup {
        store: Store::options().holder("a test"),
        actor: actor.to_owned(),
        branch: None,
        observers: Vec::new(),
        environment: Arc::new(move |name| value.filter(|_| name == "TEST_TOKEN").map(str::to_owned)),
        has_terminal: false,
        tracer: None,
    };
    WorkflowEngine::create(project.folder.project(), setup).unwrap()
}

fn started(project: &TestProject, source: &str, value: Option<&'static str>) -> WorkflowEngine {
    let list = List::parse("t.yaml", source).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let mut engine = engine(project, value);
    engine.start(&list, &BTreeMap::new()).unwrap();
    engine
}

/// Every file below a folder that holds the secret, or its largest part.
fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(self::leaks(&path));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if bytes.windows(15).any(|window| window == &SECRET.as_bytes()[..15]) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_secret_is_in_the_environment_and_never_on_disk() {
    let project = TestProject::new();
    let mut engine = started(&project, LIST, Some(SECRET));
    std::fs::write(project.folder.project().join("leaked.md"), "nothing").unwrap();
    assert!(matches!(engine.execute("use", &NOW, &never(), &mut |_| {}), Err(Error::CheckFailed { .. })));
    assert!(project.folder.project().join("same").exists(), "the command has it, also under another name");
    engine
        .done("use", checklist_workflow::Claim::Because(&format!("it is {SECRET}")), &NOW, &never())
        .unwrap();
    let log = engine.view().unwrap().steps[0].commands[0].log.clone().unwrap();
    let store = project.folder.project().join(".checklist");
    let log = std::fs::read_to_string(store.join(log)).unwrap();
    assert_eq!(log, "plain: ***\n***\nerror: ***\n***", "whole, in pieces, and cut off");
    assert_eq!(engine.view().unwrap().steps[0].note.as_deref(), Some("it is ***"));
    assert_eq!(engine.view().unwrap().variables, []);
    drop(engine);
    assert_eq!(leaks(&store), [""; 0]);
}

#[test]
fn what_is_missing_or_wrong_is_said_before_anything_runs_and_never_quoted() {
    let project = TestProject::new();
    let mut engine = started(&project, LIST, None);
    let missing = engine.execute("use", &NOW, &never(), &mut |_| {}).unwrap_err();
    assert_eq!(missing.to_string(), "the secret token has no value: TEST_TOKEN is not set");
    assert_eq!(engine.missing_secrets().unwrap().len(), 1);
    let wrong = engine.provide_secret("token", "wrong-value").unwrap_err().to_string();
    assert!(
        wrong.contains("does not match the pattern ^hunter") && !wrong.contains("wrong-value"),
        "{wrong}"
    );
    assert_eq!(statuses(&engine), "[ ]");
    engine.provide_secret("token", SECRET).unwrap();
    std::fs::write(project.folder.project().join("leaked.md"), "here").unwrap();
    engine.execute("use", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(leaks(&project.folder.project().join(".checklist")), [""; 0]);
    let list = List::parse("t.yaml", LIST).unwrap();
    let given = BTreeMap::from([("token".to_owned(), SECRET.to_owned())]);
    let refused = engine.start(&list, &given).unwrap_err().to_string();
    assert_eq!(
        refused,
        "variable token: it is a secret, and command lines are seen by others; set TEST_TOKEN"
    );
}

#[test]
fn an_output_that_holds_a_secret_is_refused() {
    let project = TestProject::new();
    let source = LIST.split("    commands:").next().unwrap().to_owned()
        + "    commands: [{ kind: bash, run: 'true' }]\n    outputs: { all: 'echo \"x$token\"' }\n";
    let mut engine = started(&project, &source, Some(SECRET));
    let refused = engine.execute("use", &NOW, &never(), &mut |_| {}).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the output all of use cannot be taken: it holds the value of a secret, and outputs are stored"
    );
    assert_eq!(leaks(&project.folder.project().join(".checklist")), [""; 0]);
}

#[test]
fn a_value_that_holds_a_secret_is_refused() {
    let project = TestProject::new();
    let source = LIST
        .replace("variables:\n", "variables:\n  who: { default: nobody }\n")
        .replace("steps:\n", "steps:\n  - { id: ask, title: Ask, type: input, input: { variable: who } }\n");
    let list = List::parse("t.yaml", &source).unwrap();
    let mut engine = engine(&project, Some(SECRET));
    let given = BTreeMap::from([("who".to_owned(), format!("x{SECRET}"))]);
    let refused = engine.start(&list, &given).unwrap_err().to_string();
    assert_eq!(refused, "variable who: it holds the value of a secret, and values are stored");
    engine.start(&list, &BTreeMap::new()).unwrap();
    let refused = engine.answer("ask", Some(SECRET), &NOW).unwrap_err().to_string();
    assert_eq!(refused, "variable who: it holds the value of a secret, and values are stored");
    engine.answer("ask", Some("ana"), &NOW).unwrap();
    assert_eq!(leaks(&project.folder.project().join(".checklist")), [""; 0]);
}

#[test]
fn other_variables_come_from_the_environment_too() {
    let project = TestProject::new();
    let source = "checklist: 1\nid: t\ntitle: T ${who}\nvariables: { who: { from_env: TEST_TOKEN, default: nobody } }\nsteps: [{ id: a, title: A }]\n";
    assert_eq!(started(&project, source, Some("ana")).view().unwrap().title, "T ana");
    assert_eq!(started(&project, source, None).view().unwrap().title, "T nobody");
}

#[test]
fn who_asks_and_by_which_key_is_stored_so_that_neither_may_hold_a_secret() {
    const SIMPLE: &str = "checklist: 1
id: t
title: T
variables: { token: { secret: true, from_env: TEST_TOKEN } }
steps: [{ id: one, title: One }, { id: two, title: Two }]
";
    let project = TestProject::new();
    let list = List::parse("t.yaml", SIMPLE).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let named = format!("ana {SECRET}");
    let begun = engine_of(&named, &project, Some(SECRET)).start(&list, &BTreeMap::new());
    assert!(matches!(begun, Err(Error::StoresSecret("name of the actor"))), "{begun:?}");

    let mut engine = started(&project, SIMPLE, Some(SECRET));
    let skip = |engine: &mut WorkflowEngine| engine.skip("one", Some("no"), None, &ActOptions::default());
    engine.begin_request(&format!("key-{SECRET}"), "skip one", false).unwrap();
    let refused = skip(&mut engine).unwrap_err();
    assert!(matches!(refused, Error::StoresSecret("key")), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
    let refused = skip(&mut engine_of(&named, &project, Some(SECRET)));
    assert!(matches!(refused, Err(Error::StoresSecret("name of the actor"))), "{refused:?}");
    let refused = engine_of(&named, &project, Some(SECRET)).rename("summer", &ActOptions::default());
    assert!(matches!(refused, Err(Error::StoresSecret("name of the actor"))), "{refused:?}");
    assert_eq!(leaks(project.folder.project()), Vec::<String>::new());

    engine.begin_request("key-1", "skip one", false).unwrap();
    skip(&mut engine).unwrap();
}
