//! `ui` in a real terminal, inside tmux: drawn, worked with keys, resized, stopped, killed; and refused without one.

use crate::support::{BINARY, Project};
use crate::window::{PATIENCE, Window};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

impl Window<'_> {
    /// Starts the panel from the shell and waits for its keys; gives its process.
    fn start(&self) -> Pid {
        self.types(&format!("sh -c 'echo $$ > pid; exec {BINARY} ui'"));
        self.press("Enter");
        self.wait_for("q leave");
        let pid = String::from_utf8(self.project.read("pid")).expect("digits");
        Pid::from_raw(pid.trim().parse().expect("a number")).expect("a process")
    }

    /// Whether the program has the whole screen.
    fn is_taken(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{alternate_on}"]).trim() == "1"
    }

    /// The terminal is the shell's again: it shows what is typed, line by line, and the exit code is this.
    #[track_caller]
    fn is_given_back(&self, code: i32) {
        // What is typed while the panel is still there is for the panel.
        self.wait_until("the shell", |screen| !self.is_taken() && screen.trim_end().ends_with('$'));
        self.types("echo code=$?; stty -a | tr ' ;' '\\n\\n' | grep -cx -e icanon -e echo -e isig");
        self.press("Enter");
        let text = format!("code={code}\n3");
        self.wait_until(&text, |screen| screen.contains(&text));
        assert!(!self.is_taken(), "{}", self.screen());
        assert_eq!(
            self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim(),
            "1",
            "the cursor is shown"
        );
    }
}

#[test]
fn without_a_terminal_the_plain_commands_are_named() {
    let project = Project::begun();
    project.run(&["ui"]).code(2).says("a panel needs a terminal").says("checklist status");
    project.run(&["ui", "--json"]).code(2).says("a program reads this").says("checklist run");
    project.run(&["ui", "--no-input"]).code(2).says("--no-input forbids");
}

#[test]
fn a_list_is_worked_through_with_keys() {
    let project = Project::with_run();
    let Some(window) = Window::open(&project, 80, 24) else { return };
    window.start();
    let screen = window.wait_for("Write the notes for 1.2");
    assert!(window.is_taken() && screen.contains("ship") && screen.contains(">[>] Write"), "{screen}");
    // The check does not hold; then it does.
    window.types("d");
    window.wait_for("did not pass its check");
    window.press("Escape");
    project.write("NOTES.md", "## 1.2\n");
    window.types("d");
    window.wait_for("[x] notes  verified");
    window.types("r");
    window.wait_for("[x] build  verified");
    assert_eq!(project.read("built"), b"built\n");
    window.types("d1.2");
    window.press("Enter");
    window.wait_for("[x] approve  claimed");
    window.types("u");
    window.wait_for("Undid op");
    window.types("snot today");
    window.press("Enter");
    window.wait_for("Type approve to skip it.");
    window.press("Escape");
    window.wait_until("the list", |screen| !screen.contains("Type approve"));
    window.types("q");
    window.wait_for("Your place is kept: approve is next.");
    window.is_given_back(0);
    assert_eq!(project.step("approve"), "pending");
}

#[test]
fn another_process_is_seen_and_not_held_up_by_a_question() {
    let project = Project::with_run();
    project.write("NOTES.md", "## 1.2\n");
    let Some(window) = Window::open(&project, 80, 24) else { return };
    window.start();
    window.types("shalf a rea");
    window.wait_for("Why: half a rea");
    project.run(&["done", "notes"]).ok();
    window.wait_for("verified");
    window.wait_for("Why: half a rea");
    window.press("Escape");
    window.wait_until("the list", |screen| screen.contains("2 of 5 done") && !screen.contains("Why:"));
    window.types("q");
    window.is_given_back(0);
}

#[test]
fn the_window_may_have_any_size() {
    let project = Project::with_run();
    let Some(window) = Window::open(&project, 120, 40) else { return };
    window.start();
    for (columns, rows) in
        [("120", "40"), ("60", "20"), ("40", "12"), ("40", "10"), ("12", "3"), ("80", "24")]
    {
        window.tmux(&["resize-window", "-x", columns, "-y", rows]);
        let word = if columns == "12" { "Too small" } else { "Build it" };
        window.wait_until(&format!("{columns}x{rows}"), |screen| {
            let is_fit = |line: &str| line.chars().count() <= columns.parse().expect("a number");
            screen.contains(word) && screen.lines().all(is_fit)
        });
    }
    window.types("?");
    window.wait_for("undo the last operation");
    window.press("Escape");
    window.types("q");
    window.is_given_back(0);
}

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    let project = Project::with_run();
    let Some(window) = Window::open(&project, 80, 24) else { return };
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 143), (Signal::INT, 130)] {
        let pid = window.start();
        window.types("s");
        window.wait_for("Why:");
        kill_process(pid, signal).expect("it is there");
        window.wait_until("the shell", |screen| !screen.contains("Why:"));
        window.is_given_back(code);
        window.types("clear");
        window.press("Enter");
    }
}

#[test]
fn it_ends_with_the_terminal_that_is_closed() {
    let project = Project::with_run();
    let Some(window) = Window::open(&project, 80, 24) else { return };
    let pid = window.start();
    window.tmux(&["kill-server"]);
    let begun = Instant::now();
    while rustix::process::test_kill_process(pid).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn it_is_stopped_and_continued_like_any_job() {
    let project = Project::with_run();
    let Some(window) = Window::open(&project, 80, 24) else { return };
    let pid = window.start();
    window.press("C-z");
    window.wait_for("Stopped");
    assert!(!window.is_taken(), "{}", window.screen());
    window.types("echo at the shell");
    window.press("Enter");
    window.wait_for("\nat the shell");
    window.types("fg");
    window.press("Enter");
    window.wait_for("q leave");
    assert!(window.is_taken());
    // From outside, with the signal that asks, and then with the one that does not.
    for signal in [Signal::TSTP, Signal::STOP] {
        kill_process(pid, signal).expect("it is there");
        window.wait_until("a prompt", |screen| screen.trim_end().ends_with('$'));
        window.types("fg");
        window.press("Enter");
        window.wait_until("the panel", |screen| screen.contains("q leave") && !screen.contains("Stopped"));
    }
    window.types("q");
    window.is_given_back(0);
}

/// A step that takes long behind one that a person does.
const LONG: &str = "\
checklist: 1
id: t
title: T
steps:
  - { id: begin, title: Begin }
  - id: long
    title: Takes long
    type: auto
    needs: []
    commands: [{ id: wait, kind: bash, run: 'echo first; sleep 0.3; echo second; sleep 600' }]
";

#[test]
fn a_command_is_watched_while_it_runs_and_ended_with_ctrl_c() {
    let project = Project::with(LONG);
    project.run(&["run", "list.yaml"]).code(10);
    let Some(window) = Window::open(&project, 80, 24) else { return };
    window.start();
    window.types("jr");
    window.wait_for("| second");
    // The panel goes on meanwhile, and so do other processes.
    window.types("k");
    project.run(&["done", "begin"]).ok();
    window.wait_for("[x] Begin");
    window.types("q");
    window.wait_for("Leaving ends it");
    window.types("n");
    window.press("C-c");
    window.wait_for("r says what became of it");
    assert_eq!(project.step("long"), "interrupted");
    window.types("jr");
    window.wait_for("It may or may not have worked.");
    window.types("d");
    window.wait_for("All 2 steps are settled");
    window.types("q");
    window.is_given_back(0);
}

#[test]
fn a_signal_ends_the_command_that_runs_and_then_the_panel() {
    let project = Project::with(LONG);
    project.run(&["run", "list.yaml"]).code(10);
    let Some(window) = Window::open(&project, 80, 24) else { return };
    let pid = window.start();
    window.types("jr");
    window.wait_for("| second");
    kill_process(pid, Signal::TERM).expect("it is there");
    window.wait_until("the shell", |screen| !screen.contains("| second"));
    window.is_given_back(143);
    assert_eq!(project.step("long"), "interrupted");
}

#[test]
fn approval_is_asked_for_with_everything_that_would_run() {
    let project = Project::with(LONG);
    project.run(&["run", "list.yaml"]).code(10);
    // Another machine has the same project, and nobody there has seen its commands.
    std::fs::remove_dir_all(project.home().join("state")).expect("the approvals were there");
    let Some(window) = Window::open(&project, 80, 24) else { return };
    window.start();
    window.types("jr");
    let screen = window.wait_for("you have not approved");
    assert!(screen.contains("echo first; sleep 0.3; echo second; sleep 600"), "{screen}");
    window.types("n");
    window.wait_until("the panel", |screen| !screen.contains("you have not approved"));
    assert_eq!(project.step("long"), "pending");
    window.types("r");
    window.wait_for("you have not approved");
    window.types("y");
    window.wait_for("| second");
    window.press("C-c");
    window.wait_for("r says what became of it");
    window.types("q");
    window.is_given_back(0);
}

#[test]
fn a_command_that_talks_has_the_terminal_meanwhile() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: begin, title: Begin }\n  - { id: talk, title: Talk, type: auto, needs: [], commands: [{ kind: bash, interactive: true, run: 'read -r -p \"name? \" name; echo \"hello $name\"; stty raw -echo' }] }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(10);
    let Some(window) = Window::open(&project, 80, 24) else { return };
    window.start();
    window.types("jr");
    window.wait_for("name? ");
    window.types("ana");
    window.press("Enter");
    window.wait_for("hello ana");
    window.wait_for("Press Enter");
    window.press("Enter");
    window.wait_for("[x] talk  verified");
    assert!(window.is_taken());
    window.types("q");
    window.is_given_back(0);
}
