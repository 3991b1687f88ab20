//! A project in a temporary folder, and the program run in it.

use checklist_store::workspace::Workspace;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_checklist");

/// A home folder with a project in it. When dropped, its store is checked, and it is removed.
pub(crate) struct Project {
    workspace: Workspace,
    pub(crate) root: PathBuf,
}

/// What the program answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    pub(crate) fn new() -> Project {
        let workspace = Workspace::on_disk().below("code");
        let root = workspace.project().to_owned();
        Project { workspace, root }
    }

    /// A project with this list as `list.yaml`, approved.
    pub(crate) fn with(list: &str) -> Project {
        let project = Project::new();
        project.write("list.yaml", list);
        project.trust("list.yaml");
        project
    }

    /// A project in the middle of the list that `init` makes: the first step is done.
    pub(crate) fn begun() -> Project {
        let project = Project::new();
        project.run(&["init"]).ok();
        project.run(&["run"]).code(10);
        project.run(&["done"]).ok();
        project
    }

    /// A project in which [`LIST`] was begun.
    pub(crate) fn with_run() -> Project {
        let project = Project::with(LIST);
        project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(10);
        project
    }

    pub(crate) fn home(&self) -> &Path {
        self.workspace.folder()
    }

    /// Says that the test leaves the store damaged, edited or out of reach.
    pub(crate) fn ends_unsound(&self) {
        self.workspace.ends_unsound();
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.root.join(name), text).expect("the project can be written");
    }

    /// Puts a script in the place of a program, for everything that is run here.
    pub(crate) fn fake(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.home().join("bin").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made to run");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Approves a list as a person would, by the hash that is shown.
    pub(crate) fn trust(&self, list: &str) {
        let shown = self.run(&["trust", list, "--json"]).json();
        let Some(hash) = shown["detail"]["sha256"].as_str() else { return };
        self.run(&["trust", list, "--sha256", hash]).ok();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(BINARY);
        command.args(arguments);
        command
    }

    /// Any program, in the same surroundings.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root).env_clear();
        let path = std::env::var_os("PATH").unwrap_or_default();
        // What a test puts there stands in for the programs of the same names.
        let own = self.home().join("bin");
        let folders = [own].into_iter().filter(|own| own.exists()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).expect("folders"));
        command.env("HOME", self.home()).env("XDG_STATE_HOME", self.home().join("state"));
        command.env("USER", "ana").env("TZ", "UTC").env("COLUMNS", "80");
        // Where the program is instrumented, what it ran is counted with the tests.
        if let Some(file) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", file);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().expect("the program starts"))
    }

    /// Starts the program and gives it a group of its own, as a shell does.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        use std::os::unix::process::CommandExt as _;
        self.command(arguments).process_group(0).spawn().expect("the program starts")
    }

    /// Waits until a file is there.
    pub(crate) fn wait_for(&self, name: &str) {
        let begin = Instant::now();
        while !self.root.join(name).exists() {
            assert!(begin.elapsed() < Duration::from_secs(20), "{name} did not appear");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The whole state of the run, as programs get it.
    pub(crate) fn status(&self) -> Value {
        self.run(&["status", "--json"]).ok().json()
    }

    /// Where a step stands.
    pub(crate) fn step(&self, id: &str) -> String {
        let status = self.status();
        let steps = status["steps"].as_array().expect("steps");
        let step = steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}"));
        step["status"].as_str().expect("a status").to_owned()
    }
}

impl Answer {
    pub(crate) fn of(output: Output) -> Answer {
        use std::os::unix::process::ExitStatusExt as _;
        Answer {
            code: output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0)),
            out: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            err: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }

    pub(crate) fn code(self, code: i32) -> Answer {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    pub(crate) fn ok(self) -> Answer {
        self.code(0)
    }

    /// The one object on stdout; stderr has nothing.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.err, "", "JSON comes alone: {self:#?}");
        assert_eq!(self.out.lines().count(), 1, "one object: {self:#?}");
        let value: Value =
            serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        let schema = value["schema"].as_str().expect("a schema");
        assert!(schema.starts_with("checklist.") && schema.ends_with("/1"), "{schema}");
        assert!(value["ok"].is_boolean(), "{value}");
        value
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Answer {
        assert!(self.out.contains(text) || self.err.contains(text), "{text:?} is not in {self:#?}");
        self
    }
}

/// Three tasks in a row, one with a check, and one the tool runs.
pub(crate) const LIST: &str = "\
checklist: 1
id: ship
title: Ship ${version}
variables:
  version: { type: string, required: true, description: What to ship }
steps:
  - { id: clean, title: The tree is clean, type: check, validation: [{ kind: bash, run: \"true\" }] }
  - id: notes
    title: Write the notes for ${version}
    commands: [{ kind: agent, prompt: \"Write NOTES.md for ${version}.\" }]
    validation: [{ kind: file_contains, path: NOTES.md, text: \"## ${version}\" }]
  - { id: build, title: Build it, type: auto, commands: [{ id: make, kind: bash, run: \"echo built > built\" }] }
  - id: approve
    title: Somebody answers for it
    type: confirm
    killer: true
    confirm: { by: human, message: \"Ship ${version}?\", type_to_confirm: \"${version}\" }
  - { id: tell, title: Tell the others }
";
