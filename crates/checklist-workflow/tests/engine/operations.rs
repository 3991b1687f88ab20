//! What people do to a run, what is refused, and what observers are told.

use crate::{NOW, TestProject, done, never, progress, statuses};
use checklist_workflow::engine::{ActOptions, Claim};
use checklist_workflow::{Error, Evidence, Refusal, RunStatus, StepStatus, WorkflowEvent};

const LIST: &str = "checklist: 1
id: ship
title: Ship it
steps:
  - { id: notes, title: Write the notes }
  - { id: gate, title: Gate, killer: true }
  - { id: file, title: A file, type: check, needs: [], validation: [{ kind: file_exists, path: made.txt }] }
  - { id: sign, title: Sign, type: confirm, needs: [notes], confirm: { by: human, type_to_confirm: ship } }
  - { id: publish, title: Publish, needs: [gate, file, sign] }
  - { id: party, title: Party, needs: [publish], skippable: true }
";

fn refusal(result: checklist_workflow::Result<checklist_workflow::Acted>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[test]
fn a_list_is_walked_to_its_end_and_everything_is_on_disk() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    assert_eq!(engine.view().unwrap().current.as_deref(), Some("notes"));
    let acted = done(&mut engine, "notes").unwrap();
    assert_eq!((acted.status, acted.evidence), (StepStatus::Done, Some(Evidence::Claimed)));
    done(&mut engine, "gate").unwrap();
    std::fs::write(project.folder.project().join("made.txt"), "x").unwrap();
    assert_eq!(done(&mut engine, "file").unwrap().evidence, Some(Evidence::Verified));
    let claim = Claim::Confirmed { typed: Some("ship"), at_terminal: true };
    engine.done("sign", claim, &NOW, &never()).unwrap();
    done(&mut engine, "publish").unwrap();
    engine.skip("party", None, None, &NOW).unwrap();
    let engine = project.engine();
    assert_eq!(statuses(&engine), "[x][x][x][x][x][-]");
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);
    assert_eq!(engine.view().unwrap().rev, 7);
    let found = progress(&engine);
    assert_eq!((found.done, found.skipped, found.verified, found.claimed, found.total), (5, 1, 1, 4, 6));
}

#[test]
fn rules_refuse_and_change_nothing() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    let state = project.folder.project().join(".checklist/state.yaml");
    let before = std::fs::read(&state).unwrap();
    let needs = vec!["gate".to_owned(), "file".to_owned(), "sign".to_owned()];
    assert_eq!(refusal(done(&mut engine, "publish")), Refusal::Unmet { step: "publish".to_owned(), needs });
    assert_eq!(refusal(engine.skip("gate", Some("why"), None, &NOW)), Refusal::Killer("gate".to_owned()));
    assert_eq!(refusal(engine.skip("gate", None, Some("gate"), &NOW)), Refusal::Killer("gate".to_owned()));
    assert_eq!(refusal(engine.skip("notes", None, None, &NOW)), Refusal::NeedsReason("notes".to_owned()));
    assert!(matches!(done(&mut engine, "file"), Err(Error::CheckFailed { is_recorded: false, .. })));
    let Err(Error::UnknownStep { suggestion, .. }) = done(&mut engine, "publsh") else { panic!() };
    assert_eq!(suggestion.as_deref(), Some("publish"));
    let late = ActOptions { if_rev: Some(7) };
    assert!(matches!(engine.done("notes", Claim::None, &late, &never()), Err(Error::Conflict { rev: 1 })));
    assert!(matches!(engine.back(None, &NOW), Err(Error::NothingTo(_))));
    assert!(matches!(engine.undo(&NOW), Err(Error::NothingTo(_))));
    assert_eq!(std::fs::read(&state).unwrap(), before);
}

#[test]
fn only_a_person_at_a_terminal_gives_a_human_confirmation() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    done(&mut engine, "notes").unwrap();
    for claim in [
        Claim::None,
        Claim::Because("trust me"),
        Claim::Confirmed { typed: Some("ship"), at_terminal: false },
        Claim::Confirmed { typed: Some("shi"), at_terminal: true },
        Claim::Confirmed { typed: None, at_terminal: true },
    ] {
        let refused = engine.done("sign", claim, &NOW, &never());
        assert!(matches!(refused, Err(Error::NeedsHuman { .. })), "{claim:?}: {refused:?}");
    }
}

#[test]
fn a_skipped_killer_settles_nothing_for_those_who_need_it() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    done(&mut engine, "notes").unwrap();
    engine.skip("gate", Some("drill"), Some("gate"), &NOW).unwrap();
    engine.skip("file", Some("drill"), None, &NOW).unwrap();
    let publish = engine.view().unwrap().steps[4].clone();
    assert_eq!(publish.waits_for, ["gate", "sign"]);
}

#[test]
fn doing_it_twice_changes_nothing_the_second_time() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    assert!(done(&mut engine, "notes").unwrap().changed);
    assert!(!done(&mut engine, "notes").unwrap().changed);
    assert!(engine.skip("party", Some("no"), None, &NOW).unwrap().changed);
    assert!(!engine.skip("party", Some("no"), None, &NOW).unwrap().changed);
    assert_eq!(engine.view().unwrap().rev, 3);
}

#[test]
fn a_paused_run_is_not_worked_on() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    engine.pause(&NOW).unwrap();
    assert_eq!(refusal(done(&mut engine, "notes")), Refusal::RunIs(RunStatus::Paused));
    engine.unpause(&NOW).unwrap();
    done(&mut engine, "notes").unwrap();
    engine.reset(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ][ ][ ][ ][ ]");
}

#[test]
fn two_engines_see_each_others_work() {
    let project = TestProject::new();
    let mut first = project.started("ship.yaml", LIST);
    let mut second = project.engine();
    done(&mut first, "notes").unwrap();
    done(&mut second, "gate").unwrap();
    assert!(!done(&mut first, "gate").unwrap().changed);
    assert_eq!(statuses(&first), statuses(&second));
}

#[test]
fn events_come_after_the_commit_and_name_no_value() {
    let project = TestProject::new();
    let mut engine = project.started("ship.yaml", LIST);
    project.take_events();
    done(&mut engine, "notes").unwrap();
    let names: Vec<_> = project.take_events().iter().map(WorkflowEvent::name).collect();
    assert_eq!(names, ["step:changed", "step:completed", "progress:updated"]);
    let _ = done(&mut engine, "publish");
    assert!(project.take_events().is_empty(), "a refusal changed nothing, so it tells nothing");
    drop(engine);
    drop(project.engine());
    let names: Vec<_> = project.take_events().iter().map(WorkflowEvent::name).collect();
    assert_eq!(names, ["recovery:started", "recovery:completed"]);
}

#[test]
fn a_run_goes_by_its_own_copy_of_the_template() {
    let project = TestProject::new();
    drop(project.started("ship.yaml", LIST));
    let folder = project.folder.project().join(".checklist/templates/.used");
    let copy = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), LIST);
    std::fs::write(&copy, LIST.replace("Ship it", "Sink it")).unwrap();
    let setup = checklist_workflow::Setup {
        store: checklist_store::Store::options().intent(checklist_store::Intent::Read),
        actor: "ana".to_owned(),
        branch: None,
        observers: Vec::new(),
        environment: checklist_workflow::empty_environment(),
        has_terminal: false,
        tracer: None,
    };
    let opened = checklist_workflow::WorkflowEngine::init(project.folder.project(), setup);
    assert!(matches!(opened.err(), Some(Error::TemplateCopy { .. })));
    std::fs::write(&copy, LIST).unwrap();
}
