//! At a terminal: keys, confirmations, trust, and that nothing asks without one.

use crate::pty::{END, pieces, terminal};
use crate::support::{Answer, LIST, Project};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Longer than the longest wait of the program itself.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Runs the program at a terminal whose other end types a line of `keys` whenever it is asked something; everything
/// it shows is `out`.
pub(crate) fn at_terminal(project: &Project, arguments: &[&str], keys: &str) -> Answer {
    typed(terminal(), project.command(arguments), keys, None)
}

/// How long a terminal is silent before it is asked whether its program has ended.
const ASKED_AFTER: Duration = Duration::from_millis(20);

/// Both sides of a terminal that does not show what is typed.
pub(crate) fn silent_terminal() -> (File, File) {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let (ours, theirs) = terminal();
    let mut modes = tcgetattr(&theirs).expect("it has modes");
    modes.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&theirs, OptionalActions::Now, &modes).expect("they are set");
    (ours, theirs)
}

/// Runs a program at a terminal; when the prompt is there, it gets the signal.
pub(crate) fn typed(
    (mut ours, mut theirs): (File, File),
    mut command: Command,
    keys: &str,
    signal: Option<Signal>,
) -> Answer {
    let stream = |file: &File| Stdio::from(OwnedFd::from(file.try_clone().expect("a copy")));
    command.stdin(stream(&theirs)).stdout(stream(&theirs)).stderr(stream(&theirs));
    if !command.get_envs().any(|(name, _)| name == "TERM") {
        command.env("TERM", "dumb");
    }
    let mut child = command.spawn().expect("the program starts");
    drop(command);
    let mut shown = Vec::new();
    let mut signal = signal;
    let pieces = pieces(ours.try_clone().expect("a copy"));
    let (mut lines, mut answered) = (keys.split_inclusive('\n'), 0);
    let (mut has_ended, mut heard) = (false, Instant::now());
    while !shown.ends_with(END.as_bytes()) {
        match pieces.recv_timeout(ASKED_AFTER) {
            Ok(piece) => {
                shown.extend_from_slice(&piece);
                heard = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => panic!("the terminal went away"),
            Err(RecvTimeoutError::Timeout) => {
                if !has_ended && child.try_wait().expect("it is ours").is_some() {
                    has_ended = true;
                    theirs.write_all(END.as_bytes()).expect("the terminal is there");
                }
                // Nobody waits for a program that asks what nobody answers.
                if heard.elapsed() > SILENCE_MAX {
                    child.kill().expect("it is there");
                    panic!("it waits: {}", String::from_utf8_lossy(&shown));
                }
            }
        }
        // Who types before the question is there answers nothing.
        if shown.len() > answered
            && is_question(&shown)
            && let Some(line) = lines.next()
        {
            answered = shown.len();
            ours.write_all(line.as_bytes()).expect("the keys are typed");
        }
        if shown.ends_with(b"\n> ")
            && let Some(signal) = signal.take()
        {
            kill_process(Pid::from_child(&child), signal).expect("it is there");
        }
    }
    shown.truncate(shown.len() - END.len());
    let status = child.wait().expect("it ends");
    Answer {
        code: status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)),
        out: String::from_utf8_lossy(&shown).into_owned(),
        err: String::new(),
    }
}

/// Whether the last that was shown waits for an answer.
fn is_question(shown: &[u8]) -> bool {
    ["> ", ": ", "] ", "? "].iter().any(|end| shown.ends_with(end.as_bytes()))
}

#[test]
fn a_person_walks_through_with_keys() {
    let project = Project::with(LIST);
    project.write("NOTES.md", "## 1.2\n");
    // A value, done, the confirmation typed wrong and then right, done.
    let keys = "1.2\nd\nd\n1.1\nd\n1.2\nd\n";
    let walked = at_terminal(&project, &["run", "list.yaml"], keys).ok();
    let walked = walked.says("version (What to ship): ").says("Type \"1.2\" to confirm: ");
    walked
        .says("approve was not confirmed")
        .says("All 5 steps are settled: 5 done, 0 skipped.")
        .says("approve (human, ana)");
    let history = project.run(&["history", "--plain"]).ok();
    history.says("ana\tapprove\tapprove\t\ttyped \"1.2\" on a terminal");
    project.run(&["status"]).ok().says("[x] approve").says("claimed");
    project.run(&["export", "--md"]).ok().says("typed \"1.2\" on a terminal");
    project.run(&["undo"]).ok().says("done tell");
    project.run(&["undo"]).ok().says("approve approve (typed \"1.2\" on a terminal)");
}

#[test]
fn an_approval_says_how_it_was_given() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, type: confirm, confirm: { by: human } }\n  \
                - { id: b, title: B, type: confirm, confirm: { by: anyone } }\n";
    let project = Project::with(list);
    at_terminal(&project, &["run", "list.yaml"], "d\ny\nq\n").ok().says("[x] a");
    project.run(&["run", "--yes"]).ok().says("[x] b");
    let history = project.run(&["history", "--plain"]).ok();
    history.says("approve\ta\t\tconfirmed on a terminal").says("approve\tb\t\tconfirmed, not on a terminal");
    // A word that is not typed for an approval is a claim, and called one.
    project.run(&["back", "b"]).ok();
    project.run(&["done", "b", "--claim", "seen"]).ok();
    project.run(&["history", "--plain", "-n", "1"]).ok().says("done\tb\t\tclaimed  seen");
}

#[test]
fn leaving_skipping_and_going_back_with_keys() {
    let project = Project::new();
    project.run(&["init"]).ok();
    let left = at_terminal(&project, &["run"], "?\nd\ns\nno tests here\nb\nq\n").ok();
    let left = left
        .says("b  back")
        .says("[-] tests")
        .says("[ ] tests is open again")
        .says("Your place is kept: tests");
    assert!(!left.out.contains("c copy"), "there is no prompt to copy");
    assert_eq!(project.step("read-diff"), "done");
    assert_eq!(project.step("tests"), "pending");
}

#[test]
fn a_prompt_is_copied_through_the_terminal() {
    let project = Project::with(LIST);
    let answer = at_terminal(&project, &["run", "list.yaml", "--var", "version=1.2"], "c\nq\n").ok();
    answer.says("\u{1b}]52;c;V3JpdGUgTk9URVMubWQgZm9yIDEuMi4=\u{7}");
}

#[test]
fn a_failed_check_can_be_claimed_with_a_reason() {
    let project = Project::with(LIST);
    let keys = "d\n\nd\nread by two people\nq\n";
    let answer = at_terminal(&project, &["run", "list.yaml", "--var", "version=1.2"], keys).ok();
    answer.says("not done: notes did not pass its check").says("[x] notes").says("claimed");
}

#[test]
fn approval_is_asked_for_and_no_is_the_default() {
    let project = Project::new();
    project.write("list.yaml", LIST);
    let asked = at_terminal(&project, &["run", "list.yaml", "--var", "version=1.2"], "\n").code(77);
    asked.says("you have not approved").says("echo built > built").says("Run them?");
    assert!(!project.root.join(".checklist").exists());
    at_terminal(&project, &["run", "list.yaml", "--var", "version=1.2"], "y\nq\n").ok().says("[x] clean");
    project.run(&["trust", "list.yaml"]).ok().says("approved already");
}

#[test]
fn interrupted_commands_are_asked_about() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: fall, title: Fall, type: auto, commands: [{ id: kill, kind: bash, run: 'kill -9 \"$PPID\"' }] }\n  - { id: come-back, title: Come back }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(-9);
    at_terminal(&project, &["resume"], "q\n").ok().says("r  run it again").says("kill -9 \"$PPID\"");
    assert_eq!(project.step("fall"), "interrupted");
    at_terminal(&project, &["resume"], "x\nd\n").ok().says("r, d, f or q > ").says("[x] fall");
    at_terminal(&project, &[], "").ok().says("[>] come-back");
}

#[test]
fn nobody_is_asked_who_forbade_it() {
    let project = Project::new();
    project.write("list.yaml", LIST);
    at_terminal(&project, &["run", "list.yaml", "--no-input", "--var", "version=1"], "y\n").code(77);
    project.run(&["init"]).ok();
    at_terminal(&project, &["run", "start", "--no-input"], "d\n").code(10).says("waits for a person");
    let json = at_terminal(&project, &["run", "--json"], "d\n").code(10);
    assert!(json.out.contains("\"schema\":\"checklist.run/1\""), "{json:?}");
}

#[test]
fn ctrl_c_at_a_prompt_leaves_at_once() {
    let project = Project::new();
    project.run(&["init"]).ok();
    typed(terminal(), project.command(&["run"]), "", Some(Signal::INT)).code(130);
    typed(terminal(), project.command(&["run"]), "", Some(Signal::TERM)).code(143);
    assert_eq!(project.step("read-diff"), "pending");
}

#[test]
fn a_section_is_confirmed_as_one() {
    let project = Project::with(crate::format::BLOCKS);
    // All of it, but one check does not hold: it is asked about alone, and then the next section as one.
    let asked = at_terminal(&project, &["run", "list.yaml"], "?\na\nq\n").ok();
    let asked = asked.says("Outside: do these, then confirm.").says("o  one by one").says("[x] fuel");
    asked.says("not done: flaps did not pass its check").says("Your place is kept: flaps");
    project.write("flaps", "");
    let walked = at_terminal(&project, &["run"], "d\na\n").ok();
    walked.says("[x] flaps").says("Inside: do these, then confirm.").says("All 4 steps are settled");
}

#[test]
fn a_value_is_asked_for_where_its_step_is() {
    let list = "checklist: 1\nid: t\ntitle: T\nvariables: { size: { type: number, default: 4, description: How large } }\nsteps:\n  - { id: size, title: Size, type: input, input: { variable: size } }\n  \
                - { id: large, title: Large, condition: vars.size > 10 }\n";
    let project = Project::with(list);
    let asked = at_terminal(&project, &["run", "list.yaml"], "d\nmany\nd\n12\nd\n").ok();
    asked
        .says("size (How large) [4]: ")
        .says("it has to be a number")
        .says("[x] size")
        .says("All 2 steps are settled");
}

#[test]
fn a_secret_that_is_missing_is_asked_for_and_not_shown() {
    let list = "checklist: 1\nid: t\ntitle: T\nvariables: { token: { secret: true, from_env: NOT_SET, required: true } }\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ kind: bash, run: \
                'test \"$token\" = hunter6-typed && echo \"got $token\" > /dev/null' }] }\n";
    let project = Project::with(list);
    let asked = at_terminal(&project, &["run", "list.yaml"], "hunter6-typed\n").ok();
    asked.says("token (secret; not shown, not stored): ").says("[x] a");
}

#[test]
fn a_value_to_begin_with_is_asked_for_until_it_may_be_one_and_nothing_is_made_for_a_wrong_one() {
    let list = "checklist: 1\nid: t\ntitle: T\nvariables:\n  name: { required: true, pattern: '^[a-z]+$' }\n  level: { required: true, type: number, enum: [1, 2] }\nsteps:\n  \
                - { id: a, title: A }\n";
    let project = Project::new();
    project.write("list.yaml", list);
    for wrong in ["name=Ana", "level=3"] {
        let refused =
            project.run(&["run", "list.yaml", "--var", "name=ana", "--var", "level=1", "--var", wrong]);
        refused.code(2).says("variable ").says("Nothing was changed.");
        assert!(!project.root.join(".checklist").exists(), "{wrong}");
    }
    let asked = at_terminal(&project, &["run", "list.yaml"], "Ana\nana\n3\n2\nq\n").ok();
    asked.says("does not match the pattern").says("level, one of 1, 2: ").says("it has to be one of 1, 2");
    assert_eq!(project.status()["variables"], serde_json::json!({"name": "ana", "level": "2"}));
}

#[test]
fn a_notice_is_broken_between_words_at_a_terminal_and_not_in_a_pipe() {
    let project = Project::new();
    for list in ["a.md", "b.md"] {
        project.write(list, "- [ ] one\n");
    }
    project.run(&["run", "a.md"]).code(10);
    at_terminal(&project, &["run", "b.md"], "q\n")
        .ok()
        .says("the open run of a is kept:\r\n  checklist ls\r\n");
    project.run(&["run", "a.md", "--new"]).code(10).says("the open run of b is kept: checklist ls\n");
}

/// Runs the program at a terminal of 60 columns.
fn at_narrow_terminal(project: &Project, arguments: &[&str], keys: &str) -> Answer {
    let mut command = project.command(arguments);
    command.env("COLUMNS", "60");
    typed(terminal(), command, keys, None)
}

#[test]
fn messages_fit_a_narrow_terminal_and_what_is_copied_from_them_is_whole() {
    use unicode_width::UnicodeWidthStr as _;
    let project = Project::with(LIST);
    project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(10);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["done"], 11, "checklist done notes --claim \"why\""),
        (&["done", "tell"], 12, "checklist explain tell"),
        (
            &["skip", "approve", "--reason", "x"],
            12,
            "checklist skip approve --reason \"...\" --killer approve",
        ),
        (&["run", "list.yaml", "--var", "version=2"], 2, "Or begin another: add --new"),
        (&["run", "lst"], 2, "list"),
        (&["done", "--jsonn"], 2, "a similar argument exists"),
        (&["restore", "--to", "0"], 0, "Nothing outside .checklist/ is reversed."),
    ];
    for (arguments, code, whole) in cases {
        let answer = at_narrow_terminal(&project, arguments, "\n").code(*code).says(whole);
        for line in answer.out.lines().filter(|line| !line.starts_with("Usage: ")) {
            let is_command = line.trim_start().starts_with("checklist ");
            assert!(line.width() <= 60 || is_command, "{arguments:?}: {line:?}");
        }
    }
    // In a pipe each message is a line.
    let piped = project.command(&["done"]).env("COLUMNS", "60").output().unwrap();
    let piped = Answer::of(piped).code(11);
    piped.says("To record it anyway as claimed, with a reason: checklist done notes --claim \"why\"\n");
    // The keys of a step stand on one line, each with what it does.
    at_narrow_terminal(&project, &["run"], "q\n")
        .ok()
        .says("     c copy   d done   s skip   b back   q leave   ? help\r\n> ");
}

#[test]
fn what_an_agent_is_asked_is_framed_only_where_there_are_frames() {
    let project = Project::with(LIST);
    // The terminal of these tests is a dumb one.
    let dumb = at_terminal(&project, &["run", "list.yaml", "--var", "version=1.2"], "q\n").ok();
    let dumb = dumb.says("     for your agent:\r\n       Write NOTES.md for 1.2.\r\n");
    assert!(!dumb.out.contains("+-") && !dumb.out.contains("| "), "{dumb:?}");
    let status = project.command(&["next"]).env("TERM", "xterm").output().unwrap();
    Answer::of(status).ok().says("+- for your agent ---").says("| Write NOTES.md");
}

#[test]
fn a_screen_reader_hears_sentences_and_keys_by_their_names() {
    let project = Project::with(LIST);
    let spoken = |arguments: &[&str], keys: &str| {
        let mut command = project.command(arguments);
        command.env("ACCESSIBLE", "1").env("COLUMNS", "40");
        typed(terminal(), command, keys, None)
    };
    let asked = spoken(&["run", "list.yaml", "--var", "version=1.2"], "?\nd\n\nq\n").ok();
    let asked = asked.says("ship, Ship 1.2, run ").says("done: clean, verified (ok, ");
    let asked =
        asked.says("now: notes, Write the notes for 1.2, step 2 of 5, agent\r\nprompt for your agent:\r\n");
    let asked = asked.says("\r\nc copy, d done, s skip, b back, q leave (your place is kept), ? help\r\n> ");
    let asked = asked.says("\r\nd, it is done: its checks run, if it has any\r\n");
    let asked = asked.says("not done: notes did not pass its check\r\nfile_contains NOTES.md");
    for line in asked.out.lines() {
        assert!(!line.contains("  ") && !line.starts_with([' ', '|', '+', '[']), "{line:?} in {asked:?}");
    }
    spoken(&["ui"], "").code(2).says("read aloud").says("To walk through it line by line: checklist run");
    // Its own name goes first, and 0 is no.
    let mut command = project.command(&["status"]);
    command.env("ACCESSIBLE", "1").env("CHECKLIST_SCREEN_READER", "0");
    Answer::of(command.output().unwrap()).ok().says("  [x] clean");
}

#[test]
fn an_interactive_command_talks_to_the_person() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ kind: bash, interactive: true, run: 'read -r -p \"name? \" name; echo \"hello $name\"' }] }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(10).says("its command 1 talks to a person at a terminal");
    at_terminal(&project, &["run"], "ana\n").ok().says("name? ").says("hello ana").says("[x] a");
}

#[test]
fn a_terminal_that_can_only_write_lines_gets_no_panel() {
    // The terminal of these tests is a dumb one.
    let project = Project::begun();
    at_terminal(&project, &["ui"], "").code(2).says("TERM is dumb").says("checklist status");
}
