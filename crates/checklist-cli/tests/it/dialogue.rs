//! A dialogue at a terminal, turn by turn: what is drawn while a command runs, what is asked when one fails, and
//! how the terminal is left.

use crate::pty::{END, pieces, terminal};
use crate::support::{Answer, Project};
use crate::terminal::SILENCE_MAX;
use crate::walk::{DANGER, FAILING};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

const ERASE: &str = "\x1b[K";

/// The program at a terminal, and who sits there.
struct Dialogue {
    child: Child,
    /// Both ends: the other one keeps the terminal there when the program has ended.
    ours: File,
    theirs: File,
    pieces: Receiver<Vec<u8>>,
    /// What is shown, without colours.
    shown: String,
    /// What was shown before this was looked at already.
    seen: usize,
}

impl Dialogue {
    /// The program at a terminal that can draw.
    fn start(project: &Project, arguments: &[&str]) -> Dialogue {
        Dialogue::with(project, arguments, &[("TERM", "xterm")])
    }

    fn with(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> Dialogue {
        let (ours, theirs) = terminal();
        let stream = || Stdio::from(OwnedFd::from(theirs.try_clone().expect("a copy")));
        let mut command = project.command(arguments);
        command.stdin(stream()).stdout(stream()).stderr(stream()).envs(environment.iter().copied());
        let child = command.spawn().expect("the program starts");
        drop(command);
        let pieces = pieces(ours.try_clone().expect("a copy"));
        Dialogue { child, ours, theirs, pieces, shown: String::new(), seen: 0 }
    }

    /// Waits until this is shown, behind what was waited for before.
    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Dialogue {
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return self;
            }
            match self.pieces.recv_timeout(SILENCE_MAX) {
                Ok(piece) => self.show(&piece),
                Err(_) => panic!("{text:?} is not shown: {:?}", self.shown),
            }
        }
    }

    fn show(&mut self, piece: &[u8]) {
        self.shown.push_str(&String::from_utf8_lossy(piece));
        // A colour that is cut in two is taken out with the next piece.
        while let Some((at, len)) = colour(&self.shown) {
            self.shown.replace_range(at..at + len, "");
        }
    }

    fn types(&mut self, keys: &str) -> &mut Dialogue {
        self.ours.write_all(keys.as_bytes()).expect("the keys are typed");
        self
    }

    fn signal(&mut self, signal: Signal) -> &mut Dialogue {
        kill_process(Pid::from_child(&self.child), signal).expect("it is there");
        self
    }

    /// Waits for the end of the program; the terminal is as it was.
    #[track_caller]
    fn ends(&mut self, code: i32) -> Answer {
        let begun = std::time::Instant::now();
        let status = loop {
            match self.pieces.recv_timeout(Duration::from_millis(20)) {
                Ok(piece) => self.show(&piece),
                Err(RecvTimeoutError::Disconnected) => panic!("the terminal went away"),
                Err(RecvTimeoutError::Timeout) => match self.child.try_wait().expect("it is ours") {
                    Some(status) => break status,
                    None => assert!(begun.elapsed() < SILENCE_MAX, "it goes on: {:?}", self.shown),
                },
            }
        };
        // Behind everything that it wrote.
        self.theirs.write_all(END.as_bytes()).expect("the terminal is there");
        self.sees(END);
        self.shown.truncate(self.shown.len() - END.len());
        let modes = tcgetattr(&self.ours).expect("the terminal is there").local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON), "{modes:?}");
        assert!(!self.shown.contains("\x1b[?25l"), "the cursor is never hidden");
        let code_now = status.code().unwrap_or(-1);
        Answer { code: code_now, out: self.shown.clone(), err: String::new() }.code(code)
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        // A test that failed leaves nobody waiting.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first colour in a text, and its length.
fn colour(text: &str) -> Option<(usize, usize)> {
    let is_part = |char: char| char.is_ascii_digit() || char == ';';
    text.match_indices("\x1b[").find_map(|(at, start)| {
        let rest = text[at + start.len()..].trim_start_matches(is_part);
        rest.starts_with('m').then_some((at, text.len() - at - rest.len() + 1))
    })
}

/// A list of one auto step that runs this.
fn one(run: &str) -> String {
    format!(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: auto\n    commands:\n      - {{ id: c, kind: bash, run: {} }}\n",
        serde_json::Value::from(run)
    )
}

#[test]
fn a_long_command_is_seen_to_go_on_and_leaves_no_trace_of_that() {
    let project =
        Project::with(&one("printf 'first\\nlast \\033[31mline\\n'; until test -e go; do sleep 0.02; done"));
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("\r     - 0 s  last line\x1b[K").sees("\r     \\ ");
    project.write("go", "");
    dialogue.sees("\r\x1b[K     ok, ");
    dialogue.ends(0).says("[x] a");
}

#[test]
fn a_signal_takes_the_line_away_and_keeps_the_place() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let project = Project::with(&one("echo working; test -e go || sleep 60"));
        let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
        dialogue.sees("s  working\x1b[K").signal(signal).sees("\r\x1b[K").sees("Your place is kept");
        let shown = dialogue.ends(code).out;
        let line = shown.rfind("\r     ").expect("it was drawn");
        assert!(shown.rfind("\r\x1b[K").is_some_and(|erased| erased > line), "{shown:?}");
        assert_eq!(project.step("a"), "interrupted");
        project.write("go", "");
        project.run(&["resume"]).code(10).says("checklist resume --rerun a/c");
        project.run(&["resume", "--rerun", "a/c"]).ok().says("[x] a");
    }
}

#[test]
fn nothing_is_drawn_where_that_is_not_wanted() {
    // Long enough that the first sign would have been given.
    let project = Project::with(&one("echo working; sleep 0.7"));
    project.run(&["run", "list.yaml"]).ok();
    for environment in [
        &[("TERM", "dumb")][..],
        &[("TERM", "xterm"), ("CHECKLIST_SCREEN_READER", "1")],
        &[("TERM", "xterm"), ("NO_COLOR", "1")],
        &[("TERM", "xterm"), ("CI", "true")],
        &[("TERM", "xterm"), ("CHECKLIST_AGENT", "1")],
    ] {
        let answer = Dialogue::with(&project, &["run", "--new"], environment).ends(0);
        assert!(!answer.out.contains(ERASE) && !answer.out.contains("s  working"), "{answer:?}");
    }
    let piped = project.run(&["run", "--new"]).ok();
    assert!(!piped.err.contains(['\r', '\x1b']), "{piped:?}");
}

#[test]
fn an_interactive_command_is_not_drawn_over_and_leaves_the_terminal_as_it_was() {
    let list = one("stty -echo -icanon; echo 'type here'; until test -e go; do sleep 0.02; done; kill -9 $$");
    let project = Project::with(&list.replace("id: c,", "id: c, interactive: true,"));
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("type here");
    std::thread::sleep(Duration::from_millis(500));
    project.write("go", "");
    dialogue.sees("r try again").types("q\n");
    let answer = dialogue.ends(14).says("ended by signal 9");
    assert!(!answer.out.contains(ERASE), "{answer:?}");
}

#[test]
fn a_secret_is_not_shown_and_a_signal_shows_what_is_typed_again() {
    let list = "checklist: 1\nid: t\ntitle: T\nvariables: { token: { secret: true, from_env: NOT_SET, required: true } }\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ kind: bash, run: \
                'test ${#token} = 13' }] }\n";
    let project = Project::with(list);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
        dialogue.sees("token (secret; not shown, not stored): ").signal(signal).ends(code);
        assert_eq!(project.step("a"), "pending");
    }
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue.sees("not stored): ").types("hunter6-typed\n");
    let answer = dialogue.ends(0).says("[x] a");
    assert!(!answer.out.contains("hunter6"), "{answer:?}");
}

#[test]
fn a_danger_is_asked_about_and_no_is_the_default() {
    let project = Project::with(DANGER);
    let log = || std::fs::read_to_string(project.root.join("log")).unwrap_or_default();
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml", "--yes"]);
    dialogue.sees("danger: Restarts web-1 for everybody.").sees("| echo pushed >> log");
    dialogue
        .sees("Run deploy/push? [y/N] ")
        .types("\n")
        .sees("deploy/push was not run")
        .sees("> ")
        .types("q\n");
    dialogue.ends(10).says("Your place is kept: deploy");
    assert_eq!((log().as_str(), project.step("deploy").as_str()), ("", "pending"));
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue.sees("Run deploy/push? [y/N] ").types("n\n").sees("> ").types("r\n");
    dialogue.sees("Run deploy/push? [y/N] ").types("y\n").sees("[x] deploy");
    dialogue.ends(0);
    let mut dialogue = Dialogue::start(&project, &["rollback", "deploy"]);
    dialogue.sees("Run deploy/rollback/undo? [y/N] ").types("y\n").sees("was rolled back").ends(0);
    assert_eq!(log(), "built\npushed\nundone\n");
}

#[test]
fn a_person_is_asked_what_becomes_of_a_step_that_failed() {
    let project = Project::with(FAILING);
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("test/cargo failed: exit 1").sees("r try again   s skip   g go on with 3 others   q leave");
    dialogue.types("?\n").sees("it stays as it is").sees("> ").types("r\n").sees("test/cargo failed: exit 1");
    // It goes on with what does not need it, to the person, and does not come back.
    dialogue
        .sees("> ")
        .types("g\n")
        .sees("[x] docs")
        .sees("4/5  tell")
        .sees("> ")
        .types("d\n")
        .sees("[x] tell");
    dialogue.sees("lint did not pass its check").sees("> ").types("s\nnot today\n").sees("[-] lint");
    dialogue.sees("Left: test/cargo failed: exit 1").sees("Nothing can be done now.").ends(14);
    assert_eq!(project.read("tries"), b"try\ntry\n");
    // The next walk begins with it again; leaving says that it failed.
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue.sees("r try again   s skip   q leave").types("q\n").sees("Your place is kept: test").ends(14);
    project.write("fixed", "");
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue.sees("[x] test").sees("[x] ship").sees("All 5 steps are settled").ends(0);
}

#[test]
fn a_step_that_is_done_alone_is_tried_again_where_a_person_says_so() {
    let project = Project::with(FAILING);
    project.run(&["run", "list.yaml"]).code(14);
    let mut dialogue = Dialogue::start(&project, &["run", "--step", "lint"]);
    dialogue.sees("lint did not pass its check").sees("r try again").sees("> ");
    project.write("linted", "");
    dialogue.types("r\n").sees("[x] lint").ends(0);
}

#[test]
fn what_was_typed_before_a_question_was_asked_does_not_answer_it() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: slow, title: Slow, type: auto, commands: [{ id: c, kind: bash, run: 'until test -e go; do sleep 0.02; done' }] }\n  \
                - { id: tell, title: Tell }\n  - { id: boom, title: Boom, type: auto, commands: [{ id: c, kind: bash, run: 'true', danger: It does harm. }] }\n";
    let project = Project::with(list);
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("until test -e go").types("d\ny\n");
    // The terminal has it once it is echoed.
    dialogue.sees("d").sees("y");
    project.write("go", "");
    dialogue.sees("[x] slow").sees("2/3  tell").sees("> ");
    assert_eq!(project.step("tell"), "pending");
    dialogue.types("d\ny\n").sees("[x] tell").sees("Run boom/c? [y/N] ");
    dialogue.types("n\n").sees("boom/c was not run").sees("> ").types("q\n").ends(10);
}

#[test]
fn what_was_typed_is_asked_for_until_it_is_right() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: go, title: Go, type: confirm, killer: true, confirm: { by: human, message: 'Ship it?', type_to_confirm: prod } }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml", "--yes"]).code(10).says("go waits for a person at a terminal");
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue
        .sees("> ")
        .types("d\n")
        .sees("Type \"prod\" to confirm: ")
        .types("Prod\n")
        .sees("was not confirmed");
    dialogue.sees("> ").types("s\nno time\nwrong\n").sees("refused: go is a KILLER step");
    dialogue.sees("> ").types("d\n").sees("to confirm: ").types("prod\n").sees("[x] go").ends(0);
}

#[test]
fn a_command_that_a_person_has_run_may_fail_too() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, commands: [{ id: c, kind: bash, run: test -e fixed }] }\n";
    let project = Project::with(list);
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("r run").sees("> ").types("r\n").sees("a/c failed: exit 1").sees("r try again").sees("> ");
    project.write("fixed", "");
    dialogue.types("r\n").sees("r run").sees("> ").types("r\n").sees("[x] a").ends(0);
}

#[test]
fn q_leaves_also_where_a_reason_is_asked_for() {
    let project = Project::with(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, validation: [{ kind: file_exists, path: proof }] }\n",
    );
    let mut dialogue = Dialogue::start(&project, &["run", "list.yaml"]);
    dialogue.sees("> ").types("d\n").sees("give a reason (empty: no, q: leave): ").types("q\n");
    dialogue.ends(0).says("Your place is kept");
    let mut dialogue = Dialogue::start(&project, &["run"]);
    dialogue.sees("> ").types("s\n").sees("Why (q: leave): ").types("Q\n");
    dialogue.ends(0).says("Your place is kept");
    assert_eq!(project.step("a"), "pending");
    assert_eq!(project.status()["rev"], 1, "nothing was recorded");
}
