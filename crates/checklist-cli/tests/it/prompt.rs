//! The prompt segment and the hook of shells: what they show, and that nobody pays for them.

use crate::support::{BINARY, LIST, Project};
use crate::window::Window;
use std::path::Path;

const CUT_OFF: &str = "checklist: 1\nid: fall\ntitle: Fall\nsteps:\n  - { id: first, title: First }\n  - { id: push, title: Push, type: auto, commands: [{ id: c, kind: bash, run: 'kill -9 $PPID' }] }\n";

#[test]
fn a_prompt_shows_where_the_run_stands() {
    let project = Project::new();
    let shows = |text: &str| {
        let answer = project.run(&["prompt"]).ok();
        assert_eq!((answer.out.as_str(), answer.err.as_str()), (text, ""));
    };
    shows("");
    project.run(&["init"]).ok();
    shows("");
    project.run(&["run"]).code(10);
    shows("start 0/3 read-diff\n");
    project.run(&["done"]).ok();
    shows("start 1/3 tests\n");
    let formatted = project.run(&["prompt", "--format", "{list}: {settled} of {total} {marker}{step}"]).ok();
    assert_eq!(formatted.out, "start: 1 of 3 tests\n");
    project.run(&["prompt", "--format", "{stpe}"]).code(2).says("there is no {stpe}").says("{step}");
    project.run(&["rename", "for ana"]).ok();
    shows("for ana 1/3 tests\n");
    project.run(&["pause"]).ok();
    shows("for ana 1/3 paused\n");
    project.run(&["resume"]).ok();
    let value = project.run(&["prompt", "--json"]).ok().json();
    assert_eq!((value["segment"].as_str(), value["total"].as_i64()), (Some("for ana 1/3 tests"), Some(3)));
    project.run(&["done"]).ok();
    project.run(&["done"]).ok();
    // There is nothing left to do.
    shows("");
    assert!(project.run(&["prompt", "--json"]).ok().json()["segment"].is_null());
}

#[test]
fn a_shell_gets_what_it_expects_also_where_programs_work() {
    let project = Project::begun();
    let out = |words: &[&str]| {
        let output = project.command(words).env("CHECKLIST_AGENT", "1").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(out(&["prompt"]), "start 1/3 tests\n");
    assert!(out(&["hook", "bash"]).starts_with("# Says where"));
    assert!(out(&["completions", "zsh"]).starts_with("#compdef checklist\n"));
    assert_eq!(out(&["complete", "bash", "--", "checklist done te"]), "\ntests\n");
    assert!(out(&["status"]).starts_with('{'));
}

#[test]
fn a_command_that_was_cut_off_is_shown_and_nothing_is_recorded_for_it() {
    let project = Project::with(CUT_OFF);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done"]).ok();
    project.run(&["run"]).code(-9);
    let state = project.read(".checklist/state.yaml");
    let log = project.root.join(".checklist/.wal");
    let logged = std::fs::read(&log).unwrap_or_default();
    // Whether it still runs takes a lock to know, and a prompt takes none.
    assert_eq!(project.run(&["prompt"]).ok().out, "fall 1/2 [>] push\n");
    assert_eq!(state, project.read(".checklist/state.yaml"));
    assert_eq!(logged, std::fs::read(&log).unwrap_or_default());
    project.run(&["status"]).ok().says("[?] push");
    assert_eq!(project.run(&["prompt"]).ok().out, "fall 1/2 [?] push\n");
    let left = project.run(&["prompt", "--left-off"]).ok();
    assert_eq!(left.out, "fall 1/2: you left off just now, at [?] push\nNext: checklist resume\n");
    assert_eq!(project.run(&["prompt", "--left-off", "--since", "."]).ok().out, "");
    // A state that is damaged is told in two words.
    project.write(".checklist/state.yaml", "checksum: [");
    assert_eq!(project.run(&["prompt"]).ok().out, "checklist [!] damaged: checklist doctor\n");
    project.ends_unsound();
}

#[test]
fn a_prompt_waits_for_nobody_and_reads_where_it_may_not_write() {
    let project = Project::with(LIST);
    project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(10);
    let locks = project.root.join(".checklist/.locks");
    let lock = std::fs::File::options().write(true).open(locks.join("state.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(project.run(&["prompt"]).ok().out, "ship 1/5 notes\n");
    drop(lock);
    // A list that is long is not read: the total is left out, and the step is there.
    let long: String = (0..4_000).map(|step| format!("- [ ] a step of the list, number {step}\n")).collect();
    project.write("long.md", &long);
    project.run(&["run", "long.md"]).code(10);
    assert_eq!(project.run(&["prompt"]).ok().out, "long a-step-of-the-list-number-0\n");
}

/// The folder of the program at the front of PATH.
fn path() -> String {
    let folder = Path::new(BINARY).parent().unwrap().display().to_string();
    format!("PATH={folder}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Comes into the project by `cd`, in this shell.
fn hook_in(name: &str, shell: &[&str], load: &str) {
    let project = Project::with(CUT_OFF);
    if std::process::Command::new(name).arg("--version").output().is_err() {
        say!("SKIPPED: the hook in {name}: it is missing");
        return;
    }
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done"]).ok();
    project.run(&["run"]).code(-9);
    project.run(&["status"]).ok();
    std::fs::create_dir(project.root.join("below")).unwrap();
    let path = path();
    let shell: Vec<&str> = [path.as_str()].into_iter().chain(shell.iter().copied()).collect();
    let Some(window) = Window::with_shell(&project, 100, 20, &shell) else { return };
    window.types(&format!("cd ..; {load}; clear"));
    window.press("Enter");
    window.wait_until("an empty screen", |screen| screen.trim() == "$");
    window.types("false; cd code; echo code=$?");
    window.press("Enter");
    let screen = window.wait_for("at [?] push");
    assert!(screen.contains("Next: checklist resume"), "{screen}");
    // Going on inside of the project says nothing more, and an exit code is left as it was.
    window.types("clear; cd below; (exit 3)");
    window.press("Enter");
    window.types("echo code=$?");
    window.press("Enter");
    let screen = window.wait_for("code=3");
    assert!(!screen.contains("you left off"), "{screen}");
}

#[test]
fn the_hook_of_bash_tells_who_comes_in() {
    hook_in("bash", &["PS1=$ ", "bash", "--norc", "--noprofile", "-i"], "eval \"$(checklist hook bash)\"");
}

#[test]
fn the_hook_of_zsh_tells_who_comes_in() {
    hook_in("zsh", &["PS1=$ ", "zsh", "-f", "-i"], "eval \"$(checklist hook zsh)\"");
}

#[test]
fn the_hook_of_fish_is_understood() {
    let project = Project::begun();
    let mut fish = std::process::Command::new("fish");
    let script = "checklist hook fish | source; emit fish_prompt; set -q __checklist_pwd; and echo known";
    fish.args(["--no-config", "-c", script])
        .current_dir(&project.root)
        .env("PATH", path().trim_start_matches("PATH="));
    let Ok(answer) = fish.output() else {
        say!("SKIPPED: the hook in fish: it is missing");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "known\n", "{answer:?}");
}
