//! `Machine`: an engine on a simulated disk, driven by actions and held to the invariants after each.

use crate::action::{Action, Cut, Step};
use crate::invariants::{self, Told};
use crate::outside::Outside;
use crate::seen::{Seen, raw};
use checklist_store::Store;
use checklist_store::env::Env;
use checklist_store::env::mem::{DiskImage, MemFs, Survival, World};
use checklist_store::workspace::Workspace;
use checklist_workflow::template::StepKind;
use checklist_workflow::{
    ActOptions, Claim, Error, List, Resolution, Setup, StepStatus, WorkflowEngine, WorkflowEvent,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// What there was when the power failed.
#[derive(Clone)]
struct Failed {
    disk: DiskImage,
    /// Operations that observers had been told of.
    told: usize,
    /// Bytes that commands had left.
    ran: usize,
}

pub(crate) struct Machine {
    /// Where commands run.
    folder: Workspace,
    world: World,
    engine: Option<WorkflowEngine>,
    list: List,
    events: Arc<Mutex<Vec<WorkflowEvent>>>,
}

impl Machine {
    pub(crate) fn start(name: &str, source: &str) -> Machine {
        let folder = Workspace::on_disk();
        // There is no store on the real disk, only the logs of commands.
        folder.ends_unsound();
        fs::create_dir_all(folder.root().join("logs")).unwrap();
        let world = World::new(1);
        world.fs.place_dir(&folder.root().join("logs")).unwrap();
        let list = List::parse(name, source).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        let mut machine = Machine { folder, world, engine: None, list, events: Arc::default() };
        machine.open();
        let list = machine.list.clone();
        machine.engine().start(&list, &BTreeMap::new()).unwrap();
        machine
    }

    fn engine(&mut self) -> &mut WorkflowEngine {
        self.engine.as_mut().unwrap()
    }

    fn env(&self, fs: &MemFs) -> Env {
        let outside = Outside::new(fs.clone(), self.folder.root().join("logs"));
        Env { fs: Arc::new(outside), ..self.world.env() }
    }

    fn open(&mut self) {
        self.engine = None;
        self.events.lock().unwrap().clear();
        let events = self.events.clone();
        let observer = move |event: &WorkflowEvent| events.lock().unwrap().push(event.clone());
        let options = Store::options().env(self.env(&self.world.fs));
        let setup = Setup::new("ana").store(options).observed_by(observer);
        self.engine = Some(WorkflowEngine::create(self.folder.project(), setup).unwrap());
    }

    fn ran_file(&self) -> PathBuf {
        self.folder.project().join("ran")
    }

    /// What commands left: a line for each attempt.
    fn ran(&self) -> String {
        fs::read_to_string(self.ran_file()).unwrap_or_default()
    }

    /// Takes one step, and looks whether everything is as it must be.
    pub(crate) fn take(&mut self, step: &Step) {
        let step = &Step { action: self.meant(&step.action), ..step.clone() };
        let before = Seen::of(self.engine());
        self.events.lock().unwrap().clear();
        let failed = step.cut.map(|cut| self.watch_for(cut));
        let rev = before.run.rev + u64::from(step.is_stale);
        let options = ActOptions { if_rev: step.is_stale.then_some(rev) };
        let result = self.act(&step.action, &options);
        let after = Seen::of(self.engine());
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let told = Told { step, result: &result, events: &events, ran: &self.ran() };
        invariants::check(&before, &after, &told, self.engine.as_ref().unwrap());
        if step.is_undone && result.is_ok() && !matches!(step.action, Action::Undo | Action::Redo) {
            self.check_undo(&before, &after, step);
        }
        if let (Some(cut), Some(failed)) = (step.cut, failed) {
            let happened = failed.lock().unwrap().clone();
            let happened = happened.unwrap_or_else(|| self.now());
            self.fail(cut, &happened, before.history.len());
        }
    }

    fn now(&self) -> Failed {
        let told = self.events.lock().unwrap().iter().filter(|event| is_saved(event)).count();
        Failed { disk: self.world.fs.image(), told, ran: self.ran().len() }
    }

    /// Keeps the disk as it is after so many more calls.
    fn watch_for(&self, cut: Cut) -> Arc<Mutex<Option<Failed>>> {
        let kept: Arc<Mutex<Option<Failed>>> = Arc::default();
        let (moment, events, ran) = (self.world.fs.calls() + cut.after, self.events.clone(), self.ran_file());
        let keep = kept.clone();
        self.world.fs.on_call(move |call, fs| {
            if call.number == moment {
                let told = events.lock().unwrap().iter().filter(|event| is_saved(event)).count();
                let ran = fs::read(&ran).unwrap_or_default().len();
                *keep.lock().unwrap() = Some(Failed { disk: fs.image(), told, ran });
            }
        });
        kept
    }

    /// The power failed at that moment: everything since did not happen, and another engine goes on.
    fn fail(&mut self, cut: Cut, failed: &Failed, saved_before: usize) {
        let (_, future) = raw(self.engine().store());
        let survival = if cut.everything { Survival::everything() } else { Survival::nothing() };
        let disk = failed.disk.survive(&survival);
        let ran: String = self.ran()[..failed.ran].to_owned();
        fs::write(self.ran_file(), &ran).unwrap();
        self.engine = None;

        let options = Store::options().env(self.env(&MemFs::from_image(&disk))).create(false);
        let (document, past) = raw(&options.open(self.folder.root()).unwrap());
        invariants::check_cut(&past, &future, saved_before + failed.told, &document, &ran);

        self.world.fs = MemFs::from_image(&disk);
        self.open();
        let interrupted = self.engine().newly_interrupted().to_vec();
        invariants::check_opened(&past, &Seen::of(self.engine()), &interrupted, &self.events.lock().unwrap());
    }

    /// Undo gives back what there was, and redo what there is.
    fn check_undo(&mut self, before: &Seen, after: &Seen, step: &Step) {
        let is_one = after.history.len() == before.history.len() + 1 && after.id == before.id;
        if !is_one || step.cut.is_some() || !invariants::is_undone_alone(before, after) {
            return;
        }
        let now = ActOptions::default();
        self.engine().undo(&now).unwrap();
        invariants::check_same(&Seen::of(self.engine()).run, &before.run, "undo");
        self.engine().redo(&now).unwrap();
        invariants::check_same(&Seen::of(self.engine()).run, &after.run, "undo and redo");
    }

    /// What goes on with the current step is an action on that one.
    fn meant(&mut self, action: &Action) -> Action {
        const IDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let &Action::Forward { fails } = action else { return action.clone() };
        let view = self.engine().view().unwrap();
        let current = view.steps.iter().find(|step| step.is_current);
        let Some((current, step)) =
            current.and_then(|step| Some((step, IDS.into_iter().find(|id| *id == step.id)?)))
        else {
            return Action::Unpause;
        };
        match (current.status, current.kind) {
            (StepStatus::Interrupted, _) if current.commands.iter().any(|command| command.id == "y") => {
                Action::Resolve {
                    step,
                    command: if fails { "x" } else { "y" },
                    resolution: Resolution::Rerun,
                }
            }
            (StepStatus::Interrupted, _) => Action::Settle { step },
            (_, StepKind::Auto) => Action::Execute { step, fails },
            (_, StepKind::Confirm) => Action::Confirm { step },
            (_, StepKind::Input) => Action::Answer { step, value: if fails { "blue" } else { "red" } },
            _ => Action::Done { step, claimed: !fails },
        }
    }

    fn act(&mut self, action: &Action, options: &ActOptions) -> Result<(), Error> {
        let never = AtomicBool::new(false);
        let fail = |is_wanted: bool, folder: &Workspace| match is_wanted {
            true => fs::write(folder.project().join("fail"), "").unwrap(),
            false => drop(fs::remove_file(folder.project().join("fail"))),
        };
        if let Action::Execute { fails, .. } | Action::Rollback { fails, .. } = action {
            fail(*fails, &self.folder);
        }
        let proof = self.folder.project().join("proof");
        let list = self.list.clone();
        let oldest = self.engine().store().snapshot().names(&checklist_workflow::keys::RUNS).remove(0);
        let engine = self.engine.as_mut().unwrap();
        match *action {
            Action::Forward { .. } => unreachable!("it is another action by now"),
            Action::Done { step, claimed } => {
                let claim = if claimed { Claim::Because("seen") } else { Claim::None };
                engine.done(step, claim, options, &never).map(drop)
            }
            Action::Confirm { step } => {
                let claim = Claim::Confirmed { typed: None, at_terminal: true };
                engine.done(step, claim, options, &never).map(drop)
            }
            Action::Answer { step, value } => engine.answer(step, Some(value), options).map(drop),
            Action::Skip { step, killer } => {
                engine.skip(step, Some("why not"), killer.then_some(step), options).map(drop)
            }
            Action::Execute { step, .. } => engine.execute(step, options, &never, &mut |_| {}).map(drop),
            Action::Settle { step } => {
                engine.settle_interrupted(step, options, &never, &mut |_| {}).map(drop)
            }
            Action::Resolve { step, command, resolution } => {
                engine.resolve(step, command, resolution, options).map(drop)
            }
            Action::Rollback { step, .. } => engine.rollback(step, options, &never, &mut |_| {}).map(drop),
            Action::Back { step } => engine.back(step, options).map(drop),
            Action::Undo => engine.undo(options).map(drop),
            Action::Redo => engine.redo(options).map(drop),
            Action::Reset => engine.reset(options).map(drop),
            Action::Pause => engine.pause(options).map(drop),
            Action::Unpause => engine.unpause(options).map(drop),
            Action::Start => engine.start(&list, &BTreeMap::new()).map(drop),
            Action::Select => engine.select(&oldest),
            Action::Prove { is_there: true } => {
                self.world.fs.place(&proof, b"").unwrap();
                Ok(())
            }
            Action::Prove { is_there: false } => {
                let _ = checklist_store::env::Fs::remove(&self.world.fs, &proof);
                Ok(())
            }
            Action::Reopen => {
                self.open();
                Ok(())
            }
        }
    }
}

/// Whether an observer is told by this of an operation that was saved.
fn is_saved(event: &WorkflowEvent) -> bool {
    matches!(event, WorkflowEvent::ProgressUpdated(_))
}
