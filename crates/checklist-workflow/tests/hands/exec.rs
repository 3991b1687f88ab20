//! Commands as real processes: how they end, what they leave behind, what they inherit.

use crate::{Place, eventually};
use checklist_store::env::os;
use checklist_workflow::exec::{Attempt, Command, Exit, Outcome};
use checklist_workflow::output::tail as read_tail;
use rustix::process::{Pid, Signal, test_kill_process};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn not_started(exit: &Exit) -> &str {
    match exit {
        Exit::NotStarted(reason) => reason,
        other => panic!("it ran: {other}"),
    }
}

/// The process whose number a script wrote into a file.
fn pid_in(path: &Path) -> Option<Pid> {
    Pid::from_raw(std::fs::read_to_string(path).ok()?.trim().parse().ok()?)
}

/// Whether a process runs; one that ended and nobody reaped does not.
fn is_alive(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    match stat {
        Ok(stat) => !stat[stat.rfind(')').unwrap()..].starts_with(") Z"),
        Err(_) => !Path::new("/proc/self/stat").exists() && test_kill_process(pid).is_ok(),
    }
}

/// Runs a command and cancels it from another thread once `ready`.
fn cancel_when(place: &Place, command: &Command, ready: impl Fn() -> bool + Send) -> Outcome {
    let cancel = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            eventually("the command is ready", ready);
            cancel.store(true, Ordering::Relaxed);
        });
        command.run(&place.env, &cancel)
    })
}

#[test]
fn exit_codes_are_reported() {
    for code in [0, 1, 3, 101, 255] {
        let place = Place::new();
        let outcome = place.run(&format!("exit {code}"));
        assert_eq!(outcome.exit, Exit::Code(code));
        assert_eq!(outcome.succeeded(), code == 0);
        assert_eq!(outcome.survivors_killed, 0);
    }
}

#[test]
fn a_signal_that_ends_it_is_reported() {
    let place = Place::new();
    let outcome = place.run("kill -KILL $$");
    assert_eq!(outcome.exit, Exit::Signal(9));
    assert_eq!(outcome.exit.to_string(), "ended by signal 9 (SIGKILL)");
}

#[test]
fn output_of_both_kinds_goes_to_the_log_in_order_and_is_counted() {
    let place = Place::new();
    let outcome = place.run("echo one; echo two >&2; echo three");
    assert_eq!(place.logged(), "one\ntwo\nthree\n");
    assert_eq!(outcome.log_bytes, 14);
    let again = place.run("echo four");
    assert_eq!(place.logged(), "one\ntwo\nthree\nfour\n");
    assert_eq!(again.log_bytes, 5);
    assert_eq!(std::fs::metadata(place.log()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_megabyte_of_output_arrives_whole() {
    let place = Place::new();
    let outcome = place.run("for ((i = 0; i < 16384; i++)); do printf '%063d\\n' $i; done");
    assert_eq!(outcome.exit, Exit::Code(0));
    assert_eq!(outcome.log_bytes, 1024 * 1024);
    let last = read_tail(&place.env, &place.log(), 20, 64 * 1024).unwrap();
    let expected: Vec<String> = (16364..16384).map(|number| format!("{number:063}")).collect();
    assert_eq!(last, expected);
}

#[test]
fn output_that_is_no_text_is_shown_harmlessly() {
    let place = Place::new();
    let outcome = place.run(r"printf 'caf\xe9\n\x1b]0;title\x07\x1b[31mred\x1b[0m\n10%%\r99%%\n\x1bc\n'");
    assert_eq!(outcome.exit, Exit::Code(0));
    let last = read_tail(&place.env, &place.log(), 20, 4096).unwrap();
    assert_eq!(last, ["caf\u{fffd}", "red", "99%", "^[c"]);
}

#[test]
fn a_tail_never_begins_in_the_middle_of_a_line_unless_it_says_so() {
    let place = Place::new();
    place.write("log", "first\nsecond\nthird\n");
    let tail = |lines, bytes| read_tail(&place.env, &place.path().join("log"), lines, bytes).unwrap();
    assert_eq!(tail(20, 4096), ["first", "second", "third"]);
    assert_eq!(tail(2, 4096), ["second", "third"]);
    assert_eq!(tail(20, 13), ["second", "third"], "exactly two lines fit");
    assert_eq!(tail(20, 12), ["third"], "the second is cut, and left out");
    assert_eq!(tail(20, 3), ["...rd"]);
    assert_eq!(tail(0, 4096), [""; 0]);
    place.write("log", "");
    assert_eq!(read_tail(&place.env, &place.path().join("log"), 20, 10).unwrap(), [""; 0]);
    let missing = read_tail(&place.env, &place.path().join("none"), 20, 10).unwrap_err();
    assert!(missing.to_string().ends_with("none: there is no such file or folder"), "{missing}");
}

#[test]
fn undefined_variables_and_failing_pipes_end_the_script() {
    let place = Place::new();
    assert_eq!(place.run("echo ${nowhere}; echo reached").exit, Exit::Code(1));
    assert_eq!(place.run("false | true").exit, Exit::Code(1));
    assert!(!place.logged().contains("reached"));
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let place = Place::new();
    let mut command = place.command("sleep 600 & echo $! > child; wait");
    command.timeout = Some(Duration::from_secs(2));
    command.grace = Duration::from_secs(60);
    let outcome = command.run(&place.env, &AtomicBool::new(false));
    assert_eq!(outcome.exit, Exit::TimedOut);
    assert_eq!(outcome.survivors_killed, 0);
    assert!(outcome.duration >= Duration::from_secs(2));
    assert!(outcome.duration < command.grace, "whoever obeys is not waited for: {:?}", outcome.duration);
    assert!(!is_alive(pid_in(&place.path().join("child")).unwrap()));
}

#[test]
fn a_grandchild_that_ignores_sigterm_is_killed_after_the_grace() {
    let place = Place::new();
    let script = "(trap '' TERM; echo $BASHPID > stubborn; while :; do sleep 0.05; done) & \
                  sleep 600 & echo $! > tame; wait";
    let mut command = place.command(script);
    command.grace = Duration::from_millis(300);
    let ready = ["stubborn", "tame"].map(|name| place.path().join(name));
    let outcome = cancel_when(&place, &command, || ready.iter().all(|path| pid_in(path).is_some()));
    assert_eq!(outcome.exit, Exit::Cancelled);
    assert!(outcome.survivors_killed >= 1, "the stubborn one had to be killed");
    assert!(outcome.duration >= Duration::from_millis(300));
    for name in ["stubborn", "tame"] {
        assert!(!is_alive(pid_in(&place.path().join(name)).unwrap()), "{name} is alive");
    }
}

#[test]
fn a_command_may_clean_up_when_it_times_out() {
    let place = Place::new();
    let mut command = place.command("trap 'echo cleaned; exit 0' TERM; sleep 600 & wait");
    command.timeout = Some(Duration::from_secs(2));
    command.grace = Duration::from_secs(60);
    let outcome = command.run(&place.env, &AtomicBool::new(false));
    assert_eq!(outcome.exit, Exit::TimedOut, "code 0 after a timeout is no success");
    assert_eq!(place.logged(), "cleaned\n");
}

#[test]
fn cancelling_ends_the_group() {
    let place = Place::new();
    let child = place.path().join("child");
    let command = place.command("sleep 600 & echo $! > child; wait");
    let outcome = cancel_when(&place, &command, || pid_in(&child).is_some());
    assert_eq!(outcome.exit, Exit::Cancelled);
    assert!(!is_alive(pid_in(&place.path().join("child")).unwrap()));

    let late = place.command("touch started").run(&place.env, &AtomicBool::new(true));
    assert_eq!(not_started(&late.exit), "it was cancelled before it began");
    assert!(!place.path().join("started").exists());
}

#[test]
fn what_a_successful_command_leaves_running_is_left_alone() {
    let place = Place::new();
    let outcome = place.run("sleep 600 & echo $! > daemon");
    assert_eq!(outcome.exit, Exit::Code(0));
    let daemon = pid_in(&place.path().join("daemon")).unwrap();
    assert!(is_alive(daemon));
    rustix::process::kill_process(daemon, Signal::KILL).unwrap();
}

#[test]
fn a_command_that_asks_the_terminal_ends_instead_of_hanging() {
    let place = Place::new();
    // What the system sends to a group in the background that reads the terminal.
    let outcome = place.run("kill -TTIN 0; echo answered");
    assert_eq!(outcome.exit, Exit::Signal(Signal::TTIN.as_raw()));
    assert!(outcome.exit.to_string().starts_with("it asked for input on a terminal"), "{}", outcome.exit);
    assert_eq!(place.logged(), "");
}

#[test]
fn a_command_that_somebody_stopped_goes_on_when_continued() {
    let place = Place::new();
    let outcome =
        place.run("while sleep 0.3; do kill -CONT $$; done & kill -STOP $$; echo continued; kill $!");
    assert_eq!(outcome.exit, Exit::Code(0));
    assert_eq!(place.logged(), "continued\n");
}

#[test]
fn stdin_is_empty() {
    let place = Place::new();
    let outcome = place.run("if read -r line; then echo got; else echo nothing; fi");
    assert_eq!((outcome.exit, place.logged().as_str()), (Exit::Code(0), "nothing\n"));
}

#[test]
fn what_keeps_a_command_from_starting_is_named() {
    let place = Place::new();
    let never = AtomicBool::new(false);
    let reason = |change: &dyn Fn(&mut Command)| {
        let mut command = place.command("touch ran");
        change(&mut command);
        not_started(&command.run(&place.env, &never).exit).to_owned()
    };
    let missing = reason(&|command| command.shell = vec!["no-such-shell".to_owned(), "-c".to_owned()]);
    assert!(missing.starts_with("cannot find the shell \"no-such-shell\""), "{missing}");
    let dir = reason(&|command| command.dir = place.path().join("gone"));
    assert!(dir.ends_with("gone: there is no such file or folder"), "{dir}");
    let file = reason(&|command| command.dir = std::env::current_exe().unwrap());
    assert!(file.ends_with(": it is not a folder"), "{file}");
    let log = reason(&|command| command.log = place.path().join("a/b/c.log"));
    assert!(log.starts_with("cannot write its log"), "{log}");
    assert!(reason(&|command| command.shell = Vec::new()).contains("empty shell"));
    assert!(reason(&|command| command.script.push('\0')).contains("NUL"));
    let name = reason(&|command| command.env = vec![("a=b".to_owned(), "c".to_owned())]);
    assert!(name.contains("cannot be the name"), "{name}");
    let value = reason(&|command| command.env = vec![("token".to_owned(), "hush\0".to_owned())]);
    assert!(value.contains("token") && !value.contains("hush"), "{value}");
    let long = reason(&|command| command.env = vec![("long".to_owned(), "x".repeat(8 << 20))]);
    assert!(long.contains("longer than the system allows"), "{long}");
    assert!(!place.path().join("ran").exists());
}

#[test]
fn a_log_that_is_a_link_is_not_written_through() {
    let place = Place::new();
    place.write("victim", "precious");
    std::fs::create_dir(place.path().join("logs")).unwrap();
    std::os::unix::fs::symlink(place.path().join("victim"), place.log()).unwrap();
    let outcome = place.run("echo overwritten");
    assert!(not_started(&outcome.exit).contains("symbolic link"), "{}", outcome.exit);
    assert_eq!(std::fs::read(place.path().join("victim")).unwrap(), b"precious");
}

#[test]
fn hostile_values_stay_values() {
    for value in
        ["a; touch pwn", "$(touch pwn)", "`touch pwn`", "'; touch pwn; '", "\" && touch pwn \"", "a\nb"]
    {
        let place = Place::new();
        let attempt = Attempt { run: "01JD3V", step: "tag", number: 2, key: "k-1" };
        let mut command = place.command(
            r#"printf '%s|' "$version" "$CHECKLIST_RUN" "$CHECKLIST_STEP" "$CHECKLIST_ATTEMPT" "$CHECKLIST_KEY"
               echo $version > /dev/null"#,
        );
        command.env = attempt.environment([("version", value), ("CHECKLIST_RUN", "forged")]);
        let outcome = command.run(&place.env, &AtomicBool::new(false));
        assert_eq!(outcome.exit, Exit::Code(0));
        assert_eq!(place.logged(), format!("{value}|01JD3V|tag|2|k-1|"));
        assert!(!place.path().join("pwn").exists(), "{value:?} was run");
        assert!(!format!("{command:?}").contains(value), "a value is shown by Debug");
    }
}

#[test]
fn the_rest_of_the_environment_and_the_folder_are_inherited() {
    let place = Place::new();
    let outcome = place.run("test \"$PATH\" && pwd -P");
    assert_eq!(outcome.exit, Exit::Code(0));
    assert_eq!(Path::new(place.logged().trim_end()), place.path().canonicalize().unwrap());
}

#[test]
fn locks_are_not_inherited() {
    let place = Place::new();
    let lock = place.path().join("lock");
    let held = place.env.fs.try_lock(&lock).unwrap().unwrap();
    let outcome = place.run("sleep 600 & echo $! > daemon");
    assert_eq!(outcome.exit, Exit::Code(0));
    assert!(place.env.fs.try_lock(&lock).unwrap().is_none(), "the lock is held");
    drop(held);
    // A child of another test may hold it for the moment between its birth and its program.
    eventually("the lock is free beside the daemon", || place.env.fs.try_lock(&lock).unwrap().is_some());
    let daemon = pid_in(&place.path().join("daemon")).unwrap();
    assert!(is_alive(daemon));
    rustix::process::kill_process(daemon, Signal::KILL).unwrap();
}

/// Runs this test binary again for one of the ignored tests below, which act as another program.
fn another_program(program: &mut Process, test: &str, place: &Path) -> std::process::Child {
    let arguments = ["--ignored", "--exact", test];
    let program = program.args(arguments).env("HANDS_PLACE", place);
    program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The place that another test handed to this one; absent where somebody runs the ignored tests by hand.
fn handed_place() -> Option<PathBuf> {
    let place = std::env::var_os("HANDS_PLACE").map(PathBuf::from);
    if place.is_none() {
        say!("SKIPPED: this acts as another program and is started by the test that its attribute names");
    }
    place
}

#[test]
#[ignore = "acts as another program for killing_this_program_leaves_the_command_and_its_log_alone"]
fn program_that_is_killed() {
    let Some(place) = handed_place() else { return };
    let script = "echo before; until test -e go; do sleep 0.02; done; echo after; touch finished";
    let command = Command::new(script, &place, place.join("logs/step-1.log"));
    panic!("not killed: {}", command.run(&os::env(), &AtomicBool::new(false)).exit);
}

#[test]
fn killing_this_program_leaves_the_command_and_its_log_alone() {
    let place = Place::new();
    let mut itself = Process::new(std::env::current_exe().unwrap());
    let mut program = another_program(&mut itself, "exec::program_that_is_killed", place.path());
    eventually("the command starts", || std::fs::read(place.log()).is_ok_and(|log| log == b"before\n"));
    program.kill().unwrap();
    program.wait().unwrap();
    place.write("go", "");
    eventually("the command ends by itself", || place.path().join("finished").exists());
    assert_eq!(place.logged(), "before\nafter\n");
}

#[test]
#[ignore = "acts as another program for an_interactive_command_has_the_terminal_of_its_program"]
fn program_with_a_person() {
    let Some(place) = handed_place() else { return };
    let mut command = Command::new("read -r line; echo \"got $line\" > answer", &place, place.join("log"));
    command.interactive = true;
    let outcome = command.run(&os::env(), &AtomicBool::new(false));
    assert_eq!((outcome.exit, outcome.log_bytes), (Exit::Code(0), 0));
    let detached = Command::new("! read -r line", &place, place.join("detached"));
    assert_eq!(
        detached.run(&os::env(), &AtomicBool::new(false)).exit,
        Exit::Code(0),
        "it took the second line"
    );
    command.script = "echo $BASHPID > child; sleep 600".to_owned();
    command.timeout = Some(Duration::from_secs(2));
    let outcome = command.run(&os::env(), &AtomicBool::new(false));
    assert_eq!((outcome.exit, outcome.survivors_killed), (Exit::TimedOut, 0));
    std::fs::write(place.join("survived"), "").unwrap();
}

#[test]
fn an_interactive_command_has_the_terminal_of_its_program() {
    let place = Place::new();
    place.write("typed", "hello\nanother line\n");
    let mut itself = Process::new(std::env::current_exe().unwrap());
    let typed = place.path().join("typed");
    itself.stdin(rustix::fs::open(typed, rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap());
    let mut program = another_program(&mut itself, "exec::program_with_a_person", place.path());
    assert!(program.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(place.path().join("answer")).unwrap(), "got hello\n");
    assert!(!place.path().join("log").exists());
    assert!(place.path().join("survived").exists(), "ending the command ended its program");
    assert!(!is_alive(pid_in(&place.path().join("child")).unwrap()));
}

#[test]
#[ignore = "acts as another program for an_outcome_that_the_system_forgot_is_called_unknown"]
fn program_without_child_signals() {
    let Some(place) = handed_place() else { return };
    let outcome = Command::new("exit 3", &place, place.join("log")).run(&os::env(), &AtomicBool::new(false));
    std::fs::write(place.join("answer"), format!("{:?}", outcome.exit)).unwrap();
}

#[test]
fn an_outcome_that_the_system_forgot_is_called_unknown() {
    let place = Place::new();
    let ignoring = ["--ignore-signal=CHLD", "true"];
    if !Process::new("env").args(ignoring).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    {
        say!("SKIPPED: env of this system cannot ignore signals (needs GNU coreutils 8.31)");
        return;
    }
    let mut env = Process::new("env");
    env.arg(ignoring[0]).arg(std::env::current_exe().unwrap());
    let mut program = another_program(&mut env, "exec::program_without_child_signals", place.path());
    program.wait().unwrap();
    let answer = std::fs::read_to_string(place.path().join("answer")).unwrap();
    assert!(answer.starts_with("Unknown("), "{answer}");
}
