//! The example that people read to drive a run from code does what it says, also where it was killed.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at the real disk, and fail loudly"
)]

#[path = "../../examples/deploy.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod deploy;

use checklist_store::workspace::Workspace;
use checklist_workflow::keys;
use serde_json::json;
use std::io::{self, Write};

fn deploy(project: &Workspace) -> String {
    let mut out = Vec::new();
    deploy::deploy(project.project(), "1.4.0", &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_example_deploys_and_tells_what_happens() {
    let project = Workspace::on_disk();
    let told = deploy(&project);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.first(), Some(&"  recovery:started"), "{told}");
    let after = |line: &str, next: &str| {
        let at =
            lines.iter().position(|known| *known == line).unwrap_or_else(|| panic!("no {line:?} in {told}"));
        assert!(lines[at..].contains(&next), "{next:?} after {line:?}: {told}");
    };
    after("  step:changed build active", "  step:completed build");
    after("build is done", "Ship 6 bytes? yes");
    after("Ship 6 bytes? yes", "  step:completed approve");
    after("ship is done", "shipped 6 bytes");
    after("  progress:updated 3 of 3 settled", "ship is done");
    assert!(lines.iter().any(|line| line.starts_with("  workflow:completed ")), "{told}");
    assert_eq!(std::fs::read_to_string(project.project().join("shipped.txt")).unwrap(), "1.4.0\n");
    let again = deploy(&project);
    assert_eq!(
        again.lines().last(),
        Some("shipped 6 bytes"),
        "a second time there is nothing to do: {again}"
    );
    assert!(!again.contains("step:changed"), "{again}");
}

/// Takes what is told up to a line, and then nothing more: the program that tells it ends there.
struct Until(&'static str, String);

impl Write for Until {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.1.contains(self.0) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.1.push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_example_goes_on_where_it_was() {
    let project = Workspace::on_disk();
    deploy::deploy(project.project(), "1.4.0", &mut Until("build is done", String::new())).unwrap_err();
    let told = deploy(&project);
    assert!(!told.contains("build is done") && told.contains("Ship 6 bytes? yes"), "{told}");
}

#[test]
fn the_example_builds_again_what_was_cut_off() {
    let project = Workspace::on_disk();
    deploy::deploy(project.project(), "1.4.0", &mut Until("build is done", String::new())).unwrap_err();
    // What the state is when the process dies while the command runs.
    let mut store = project.options().open(project.root()).unwrap();
    let run: String = store.snapshot().read_as(&keys::ACTIVE).unwrap().unwrap();
    let at = "2026-01-01T00:00:00.000Z";
    let command = json!({"status": "started", "attempt": 1, "at": at, "log": "logs/build.log"});
    let step = json!({"status": "active", "at": at, "commands": {"build": command}});
    store.transact(|draft| draft.write(&keys::step(&run, "build"), &step)).unwrap();
    drop(store);
    let told = deploy(&project);
    assert!(told.contains("build is done") && told.ends_with("shipped 6 bytes\n"), "{told}");
}
