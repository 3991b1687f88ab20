//! The panel's side of the engine: what is done with it, what it answers, and that it holds nothing meanwhile.

use crate::ui::access::Access;
use crate::ui::action::{Action, Answered, Secret, Seen};
use crate::ui::lookout::{LOOK_INTERVAL, Lookout};
use crate::ui::panel::Event;
use crate::ui::worker::{Report, Work};
use checklist_store::env::mem::World;
use checklist_store::workspace::Workspace;
use checklist_workflow::List;
use checklist_workflow::engine::{ActOptions, Claim, WorkflowEngine};
use checklist_workflow::run::StepStatus;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const LIST: &str = "checklist: 1
id: ship
title: Ship it
variables: { token: { secret: true, from_env: NOT_SET, required: true } }
steps:
  - { id: read, title: Read it }
  - { id: notes, title: Write NOTES, needs: [], validation: [{ kind: file_exists, path: NOTES }] }
  - id: build
    title: Build it
    type: auto
    needs: []
    commands: [{ id: make, kind: bash, danger: it writes everywhere, run: 'test ${#token} = 7 && echo built' }]
  - { id: tell, title: Tell the others, needs: [] }
";

fn start(access: &Access, source: &str) {
    let setup = access.write(false).map(drop);
    assert!(setup.is_err(), "there is no project yet");
    let list = List::parse("ship.yaml", source).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let mut engine = access.create().expect("a project is made");
    engine.start(&list, &BTreeMap::new()).expect("it begins");
}

fn settle(engine: &mut WorkflowEngine, step: &str) {
    engine.done(step, Claim::None, &ActOptions::default(), &AtomicBool::new(false)).expect("it is done");
}

fn status(seen: &Seen, step: &str) -> StepStatus {
    seen.view.steps.iter().find(|known| known.id == step).expect("a step").status
}

#[test]
fn what_another_process_did_is_seen_once_and_within_a_second() {
    let world = World::new(7);
    let folder = Workspace::in_memory(&world);
    world.fs.place_dir(folder.project()).expect("a folder");
    let access = Access::within(folder.env(), folder.project(), Path::new("/home"));
    start(
        &access,
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n  - { id: b, title: B }\n",
    );
    let mut lookout = Lookout::new(&access);
    assert!(matches!(lookout.look(), Some(Event::Seen(_))), "the first look tells what there is");
    assert!(lookout.look().is_none(), "nothing is told twice");
    // The handle that looks is open all the while, and stands in nobody's way.
    settle(&mut access.write(false).expect("nobody holds the lock"), "a");
    let Some(Event::Seen(seen)) = lookout.look() else { panic!("it is noticed") };
    assert_eq!(status(&seen, "a"), StepStatus::Done);
    assert!(lookout.look().is_none());
    assert!(LOOK_INTERVAL < Duration::from_secs(1), "that is how often the panel looks");
}

#[test]
fn a_run_that_somebody_executes_is_read_again_every_second() {
    let world = World::new(7);
    let folder = Workspace::in_memory(&world);
    world.fs.place_dir(folder.project()).expect("a folder");
    let access = Access::within(folder.env(), folder.project(), Path::new("/home"));
    start(&access, "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n");
    let mut lookout = Lookout::new(&access);
    lookout.look();
    lookout.set_running();
    assert!(lookout.look().is_none());
    world.clock.advance(Duration::from_millis(999));
    assert!(lookout.look().is_none(), "not yet");
    world.clock.advance(Duration::from_millis(1));
    assert!(matches!(lookout.look(), Some(Event::Seen(_))), "its end may be seen by its lock alone");
}

#[test]
fn what_cannot_be_read_is_told_once_and_so_is_that_it_can() {
    let world = World::new(7);
    let folder = Workspace::in_memory(&world);
    world.fs.place_dir(folder.project()).expect("a folder");
    let access = Access::within(folder.env(), folder.project(), Path::new("/home"));
    let mut lookout = Lookout::new(&access);
    assert!(matches!(lookout.look(), Some(Event::Unreadable(_))));
    assert!(lookout.look().is_none());
    start(&access, "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n");
    assert!(matches!(lookout.look(), Some(Event::Seen(_))));
}

/// A real project, for commands run in it, and what was told of them.
struct Project {
    folder: Workspace,
    access: Access,
    told: RefCell<Vec<String>>,
}

impl Project {
    fn new() -> Project {
        let folder = Workspace::on_disk().below("code");
        let access = Access::within(folder.env(), folder.project(), &folder.folder().join("state"));
        start(&access, LIST);
        Project { folder, access, told: RefCell::default() }
    }

    fn perform(&self, action: &Action) -> (Answered, Seen) {
        let tell = |report: Report| {
            if let Report::Event(Event::Progress(lines)) = report {
                self.told.borrow_mut().extend(lines.into_iter().map(|(_, line)| line));
            } else if let Report::Event(Event::Live(lines)) = report {
                self.told.borrow_mut().extend(lines);
            }
        };
        let cancel = AtomicBool::new(false);
        let work = Work { access: &self.access, cancel: &cancel, tell: &tell, has_terminal: false };
        let (answered, seen) = work.perform(action);
        (answered, *seen.expect("it can be read"))
    }
}

fn done(step: &str) -> Action {
    Action::Done { step: step.to_owned(), confirmed: None }
}

#[test]
fn a_check_that_fails_can_be_claimed_and_undo_is_refused_when_somebody_was_quicker() {
    let project = Project::new();
    let (answered, _) = project.perform(&done("notes"));
    let Answered::NeedsSecret { name, then, .. } = answered else { panic!("{answered:?}") };
    let value = Secret("hunter6".to_owned());
    let (answered, seen) = project.perform(&Action::Given { name, value, then: Box::new(then) });
    assert!(matches!(&answered, Answered::Unproven { step, .. } if step == "notes"), "{answered:?}");
    assert_eq!(status(&seen, "notes"), StepStatus::Pending);
    let claim = Action::Claim { step: "notes".to_owned(), reason: "it is elsewhere".to_owned() };
    let (answered, claimed) = project.perform(&claim);
    assert!(matches!(&answered, Answered::Did { text, .. } if text.contains("claimed")), "{answered:?}");
    let (answered, _) = project.perform(&Action::Undo { rev: seen.view.rev });
    assert!(matches!(&answered, Answered::Failed(text) if text.contains("moved on")), "{answered:?}");
    let (answered, seen) = project.perform(&Action::Undo { rev: claimed.view.rev });
    assert!(matches!(&answered, Answered::Did { text, .. } if text.starts_with("Undid op")), "{answered:?}");
    assert_eq!(status(&seen, "notes"), StepStatus::Pending);
}

#[test]
fn commands_run_when_their_content_is_approved_and_their_secret_given() {
    let project = Project::new();
    let run = Action::Run { step: "build".to_owned() };
    let (answered, seen) = project.perform(&run);
    let Answered::Unapproved { shown, sha256, then } = answered else { panic!("{answered:?}") };
    assert!(shown.contains("echo built"), "{shown}");
    assert_eq!(status(&seen, "build"), StepStatus::Pending);
    // Another content than the one that was shown is approved by nobody.
    let other = Action::Approved { sha256: "0".repeat(64), then: Box::new(then.clone()) };
    let (answered, _) = project.perform(&other);
    assert!(matches!(&answered, Answered::Failed(text) if text.contains("another one")), "{answered:?}");
    let (answered, _) = project.perform(&Action::Approved { sha256, then: Box::new(then) });
    let Answered::NeedsSecret { name, then, .. } = answered else { panic!("{answered:?}") };
    let value = Secret("hunter6".to_owned());
    let (answered, seen) = project.perform(&Action::Given { name, value, then: Box::new(then) });
    let Answered::Dangerous { step, commands, then } = answered else { panic!("{answered:?}") };
    assert_eq!(status(&seen, "build"), StepStatus::Pending);
    let commands = commands.into_iter().map(|command| command.command).collect();
    let allowed = Action::Allowed { step, commands, then: Box::new(then) };
    let (answered, seen) = project.perform(&allowed);
    assert!(matches!(&answered, Answered::Did { text, .. } if text.contains("verified")), "{answered:?}");
    assert_eq!(status(&seen, "build"), StepStatus::Done);
    let told = project.told.borrow().join("\n");
    assert!(told.contains("$ test") && told.contains("built") && told.contains("ok, "), "{told}");
    assert!(!told.contains("hunter6"), "{told}");
    drop(project.folder);
}

#[test]
fn every_other_wish_is_one_operation() {
    let project = Project::new();
    let skip = Action::Skip { step: "tell".to_owned(), reason: Some("nobody".to_owned()), killer: None };
    assert_eq!(status(&project.perform(&skip).1, "tell"), StepStatus::Skipped);
    let back = Action::Back { step: Some("tell".to_owned()), rev: 0 };
    let (answered, seen) = project.perform(&back);
    assert!(matches!(&answered, Answered::Did { text, .. } if text.contains("open again")), "{answered:?}");
    assert_eq!(status(&seen, "tell"), StepStatus::Pending);
    assert_eq!(status(&project.perform(&done("read")).1, "read"), StepStatus::Done);
    let block = Action::Block { steps: vec!["read".to_owned(), "tell".to_owned()] };
    let (answered, seen) = project.perform(&block);
    assert!(matches!(&answered, Answered::Did { text, .. } if text.contains("read, tell")), "{answered:?}");
    assert_eq!(status(&seen, "tell"), StepStatus::Done);
    project.perform(&Action::Undo { rev: seen.view.rev });
    project.perform(&Action::Pause);
    let (answered, _) = project.perform(&done("tell"));
    assert!(matches!(&answered, Answered::Failed(text) if text.contains("paused")), "{answered:?}");
    let (answered, _) = project.perform(&Action::Unpause);
    assert!(matches!(&answered, Answered::Did { .. }), "{answered:?}");
    let rollback = Action::Rollback { step: "read".to_owned() };
    assert!(matches!(project.perform(&rollback).0, Answered::Failed(_) | Answered::Unapproved { .. }));
}
