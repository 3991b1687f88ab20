//! The parts that touch the world outside the state document: real processes, real files, real links.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "these tests look at the real disk from outside")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod check;
mod confine;
mod exec;
mod long_logs;
mod project;
mod survivor;
mod trust;

use checklist_store::env::{Env, os};
use checklist_store::workspace::Workspace;
use checklist_workflow::exec::{Command, Outcome};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A folder on the real disk with a log beside it.
struct Place {
    workspace: Workspace,
    env: Env,
}

impl Place {
    fn new() -> Place {
        Place { workspace: Workspace::on_disk(), env: os::env() }
    }

    fn path(&self) -> &Path {
        self.workspace.project()
    }

    fn log(&self) -> PathBuf {
        self.path().join("logs/step-1.log")
    }

    fn command(&self, script: &str) -> Command {
        Command::new(script, self.path(), self.log())
    }

    fn run(&self, script: &str) -> Outcome {
        self.command(script).run(&self.env, &AtomicBool::new(false))
    }

    fn logged(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log()).unwrap()).into_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Waits, at most ten seconds, for something that another process brings about.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not within ten seconds");
}
