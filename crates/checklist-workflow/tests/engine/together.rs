//! Several who work on one run: claims, keys that make a repetition harmless, and names.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_store::Store;
use checklist_workflow::engine::{ActOptions, Claim, Setup};
use checklist_workflow::{Error, List, Refusal, WorkflowEngine};
use std::collections::BTreeMap;
use std::time::Duration;

const LIST: &str = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, needs: [] }\n  \
                    - { id: b, title: B, needs: [] }\n  - { id: c, title: C, needs: [a, b] }\n";

fn acting(project: &TestProject, actor: &str) -> WorkflowEngine {
    let store = Store::options().holder("a test");
    let setup = Setup {
        store,
        actor: actor.to_owned(),
        branch: None,
        observers: Vec::new(),
        environment: checklist_workflow::empty_environment(),
        has_terminal: false,
        tracer: None,
    };
    WorkflowEngine::init(project.folder.project(), setup).unwrap()
}

#[test]
fn a_claimed_step_is_settled_by_nobody_else() {
    let project = TestProject::new();
    drop(project.started("t.yaml", LIST));
    let (mut one, mut two) = (acting(&project, "agent:one"), acting(&project, "agent:two"));
    let taken = one.claim(None, None, &NOW).unwrap();
    assert_eq!((taken.step.as_str(), taken.claim.by.as_str()), ("a", "agent:one"));
    assert!(taken.saved.is_some());
    let again = one.claim(Some("a"), None, &NOW).unwrap();
    assert_eq!((again.saved, again.claim), (None, taken.claim.clone()), "who has it keeps it");
    let longer = one.claim(Some("a"), Some(Duration::from_secs(7200)), &NOW).unwrap();
    assert!(longer.claim.until > taken.claim.until && longer.claim.at == taken.claim.at);

    let refused = two.claim(Some("a"), None, &NOW);
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::ClaimedBy { by, .. })) if by == "agent:one"),
        "{refused:?}"
    );
    assert!(matches!(done(&mut two, "a"), Err(Error::Refused(Refusal::ClaimedBy { .. }))));
    assert!(matches!(two.skip("a", Some("x"), None, &NOW), Err(Error::Refused(Refusal::ClaimedBy { .. }))));
    assert_eq!(two.claim(None, None, &NOW).unwrap().step, "b", "each takes another");
    assert!(matches!(acting(&project, "agent:three").claim(None, None, &NOW), Err(Error::NothingTo(_))));

    done(&mut one, "a").unwrap();
    assert!(!one.run().unwrap().claims.contains_key("a"), "a settled step is nobody's");
    one.undo(&NOW).unwrap();
    assert_eq!(one.run().unwrap().claims["a"].by, "agent:one", "undo gives it back");
    assert!(matches!(two.release("a", None, &NOW), Err(Error::Refused(Refusal::ClaimedBy { .. }))));
    two.release("a", Some("agent:one"), &NOW).unwrap();
    assert_eq!(two.history().unwrap().last().unwrap().detail, "the claim of agent:one");
    done(&mut two, "a").unwrap();
}

#[test]
fn a_claim_that_ran_out_is_taken_over_and_that_is_recorded() {
    let project = TestProject::new();
    drop(project.started("t.yaml", LIST));
    let (mut one, mut two) = (acting(&project, "agent:one"), acting(&project, "agent:two"));
    one.claim(Some("a"), Some(Duration::ZERO), &NOW).unwrap();
    let step = &acting(&project, "agent:two").view().unwrap().steps[0];
    assert!(step.claim.as_ref().is_some_and(|claim| claim.is_over && claim.by == "agent:one"));
    let taken = two.claim(Some("a"), None, &NOW).unwrap();
    assert_eq!(taken.taken_over.map(|claim| claim.by).as_deref(), Some("agent:one"));
    let entry = two.history().unwrap().pop().unwrap();
    assert!(entry.detail.contains("taken over from agent:one"), "{entry:?}");
    assert!(matches!(done(&mut one, "a"), Err(Error::Refused(Refusal::ClaimedBy { .. }))));
}

#[test]
fn a_repeated_request_is_answered_as_the_first_was_and_changes_nothing() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    assert_eq!(engine.begin_request("k-1", "done a --claim seen", false).unwrap(), None);
    let claim = Claim::Because("seen");
    let acted = engine.done("a", claim, &NOW, &never()).unwrap();
    let rev = acted.saved.unwrap().rev;
    engine.undo(&NOW).unwrap();

    let mut later = project.engine();
    let (run, answer) = later.begin_request("k-1", "done a --claim seen", false).unwrap().unwrap();
    assert_eq!((run.as_str(), answer.op, answer.verb.as_str()), (later.run_id().unwrap(), rev, "done"));
    assert_eq!((answer.step.as_deref(), answer.detail.as_str()), (Some("a"), "claimed  seen"));
    assert_eq!(statuses(&later), "[ ][ ][ ]", "a repetition does not do again what was undone");
    let reused = later.begin_request("k-1", "done b", false);
    assert!(matches!(reused, Err(Error::KeyReused { op, .. }) if op == rev), "{reused:?}");
    assert!(matches!(later.begin_request("two words", "x", false), Err(Error::BadKey)));

    // Between looking and saving another process answers the same request.
    let (mut one, mut two) = (project.engine(), project.engine());
    assert!(one.begin_request("k-2", "done b", false).unwrap().is_none());
    assert!(two.begin_request("k-2", "done b", false).unwrap().is_none());
    done(&mut one, "b").unwrap();
    one.undo(&NOW).unwrap();
    assert!(matches!(done(&mut two, "b"), Err(Error::Answered)));
    assert_eq!(statuses(&project.engine()), "[ ][ ][ ]");
}

#[test]
fn a_request_that_begins_a_run_begins_one() {
    let project = TestProject::new();
    let list = List::parse("t.yaml", LIST).unwrap();
    let mut engine = project.engine();
    assert!(engine.begin_request("new", "run t.yaml --new", true).unwrap().is_none());
    let first = engine.start(&list, &BTreeMap::new()).unwrap();
    engine.start(&list, &BTreeMap::new()).unwrap();
    let (run, answer) = engine.begin_request("new", "run t.yaml --new", true).unwrap().unwrap();
    assert_eq!((run, answer.op), (first.run.clone(), first.rev));
    assert_eq!(engine.runs().unwrap().len(), 2);
    // Also when that one was put aside since.
    engine.select(&first.run).unwrap();
    engine.archive(true, &NOW).unwrap();
    let mut later = project.engine();
    let (run, answer) = later.answered_by_any("new", "run t.yaml --new").unwrap().unwrap();
    assert_eq!((run.as_str(), answer.op, later.run_id()), (&*first.run, first.rev, Some(&*first.run)));
    let reused = later.answered_by_any("new", "run t.yaml");
    assert!(matches!(reused, Err(Error::KeyReused { op: 1, .. })), "{reused:?}");
    assert_eq!(later.answered_by_any("other", "run t.yaml --new").unwrap(), None);
    assert_eq!(later.runs().unwrap().len(), 1, "nothing was begun");
}

#[test]
fn a_run_is_called_by_its_name() {
    let project = TestProject::new();
    let list = List::parse("t.yaml", LIST).unwrap();
    let mut engine = project.engine();
    let first = engine.start_named(&list, &BTreeMap::new(), Some("  Spring release ")).unwrap().run;
    let second = engine.start(&list, &BTreeMap::new()).unwrap().run;
    assert!(matches!(engine.rename("spring RELEASE", &NOW), Err(Error::Name { .. })));
    assert!(matches!(engine.rename(&"x".repeat(81), &NOW), Err(Error::Name { .. })));
    engine.rename("autumn", &NOW).unwrap().unwrap();
    assert_eq!(engine.rename("autumn", &NOW).unwrap(), None);
    engine.select("spring release").unwrap();
    assert_eq!(engine.run_id(), Some(first.as_str()));
    engine.select("Autumn").unwrap();
    assert_eq!(engine.run_id(), Some(second.as_str()));
    engine.undo(&NOW).unwrap();
    assert_eq!(engine.run().unwrap().name, None);
    let late = ActOptions { if_rev: Some(1) };
    assert!(matches!(engine.rename("x", &late), Err(Error::Conflict { .. })));
}
