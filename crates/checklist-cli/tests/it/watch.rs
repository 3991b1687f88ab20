//! `watch`: what other processes do, as they do it.

use crate::support::Project;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A watch that has begun, its lines, and what it says beside them.
struct Watched {
    child: Child,
    lines: Receiver<String>,
    talk: Receiver<String>,
    /// What it said it follows.
    begun: String,
}

/// The lines of a pipe, one after the other.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    lines
}

/// The first line from here on that has this text.
#[track_caller]
fn with(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nothing about {text:?}"));
        if line.contains(text) {
            return line;
        }
    }
}

impl Watched {
    /// Begins to watch.
    fn start(project: &Project, arguments: &[&str]) -> Watched {
        Watched::of(project.start(arguments))
    }

    fn of(mut child: Child) -> Watched {
        let told = lines(child.stdout.take().expect("stdout is a pipe"));
        let talk = lines(child.stderr.take().expect("stderr is one"));
        Watched { child, lines: told, talk, begun: String::new() }
    }

    /// Begins to watch, and waits until it says what it follows: what is done from then on, it tells.
    #[track_caller]
    fn begin(project: &Project, arguments: &[&str]) -> Watched {
        let mut watched = Watched::start(project, arguments);
        watched.begun = match arguments.contains(&"--json") {
            true => watched.next("watch:started"),
            false => with(&watched.talk, "Following "),
        };
        watched
    }

    #[track_caller]
    fn next(&self, text: &str) -> String {
        with(&self.lines, text)
    }

    /// Ends it with a signal, and gives its exit code and what it said at its end.
    fn end(mut self, signal: Signal) -> (i32, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, with(&self.talk, "No longer following"))
    }
}

impl Drop for Watched {
    /// A test that failed leaves nobody who watches on.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn object(line: &str) -> Value {
    serde_json::from_str(line).expect("one object per line")
}

#[test]
fn what_others_do_is_told_until_ctrl_c() {
    let project = Project::begun();
    let watched = Watched::begin(&project, &["watch", "--since", "0"]);
    let said = watched.begun.split_once("of start: ").expect("the list is named").1;
    assert_eq!(said, "1 of 3 done, tests is next (op 2).");
    with(&watched.talk, "Ctrl-C ends it.");
    watched.next("run");
    project.run(&["skip", "--reason", "not today", "--actor", "ben"]).ok();
    let line = watched.next("skip");
    assert!(line.contains("[-]") && line.contains("ben") && line.contains("not today"), "{line}");
    project.run(&["undo"]).ok();
    assert!(watched.next("undo").contains("[ ]"));
    project.run(&["reset"]).ok();
    watched.next("reset");
    let (code, said) = watched.end(Signal::INT);
    assert_eq!(code, 130);
    assert!(said.contains("No longer following run ") && said.ends_with("checklist status"), "{said}");
    let all = Watched::begin(&project, &["watch", "--all", "--plain"]);
    assert_eq!(all.begun, "Following every run of ~/code: 1 of 1 run open.");
    assert_eq!(all.end(Signal::TERM).0, 143);
}

#[test]
fn a_program_gets_a_line_of_json_for_each_thing_and_an_end() {
    let project = Project::new();
    project.write("two.md", "- [ ] one\n- [ ] two\n");
    project.run(&["run", "two.md"]).code(10);
    // What was before is told before it says from where on it follows.
    let since = Watched::start(&project, &["watch", "--json", "--since", "0"]);
    let begun = object(&since.next("operation:saved"));
    assert_eq!((&begun["schema"], &begun["verb"]), (&"checklist.event/1".into(), &"run".into()));
    let started = object(&since.next("watch:started"));
    assert_eq!((&started["run"], &started["lsn"]), (&begun["run"], &begun["lsn"]));
    assert_eq!((&started["op"], &started["step"]), (&1.into(), &"one".into()));
    assert_eq!((&started["progress"]["done"], &started["progress"]["total"]), (&0.into(), &2.into()));
    drop(since);
    let mut watched = Watched::begin(&project, &["watch", "--json", "--until-done"]);
    assert_eq!(object(&watched.begun)["lsn"], started["lsn"]);
    project.run(&["done", "one", "--claim", "seen"]).ok();
    let moved = object(&watched.next("step:changed"));
    assert_eq!(
        (&moved["step"], &moved["status"], &moved["verb"]),
        (&"one".into(), &"done".into(), &"done".into())
    );
    project.run(&["done", "two", "--claim", "seen"]).ok();
    assert_eq!(object(&watched.next("workflow:completed"))["run"], begun["run"]);
    assert_eq!(watched.child.wait().unwrap().code(), Some(0));
    // A run that is completed already is waited for no more.
    let over = project.run(&["watch", "--until-done"]).ok();
    assert!(over.err.ends_with("2 of 2 done, completed (op 3).\n"), "{over:?}");
}

#[test]
fn a_folder_that_goes_and_comes_back_is_waited_for() {
    let project = Project::begun();
    let watched = Watched::begin(&project, &["watch", "--all"]);
    let (folder, away) = (project.root.join(".checklist"), project.root.join("away"));
    project.run(&["pause"]).ok();
    watched.next("pause");
    std::fs::rename(&folder, &away).unwrap();
    watched.next("error:");
    std::fs::rename(&away, &folder).unwrap();
    project.run(&["resume"]).ok();
    watched.next("resume");
    with(&watched.talk, "The project can be read again.");
    // Another project in its place has records of its own, which are told although they are fewer.
    std::fs::remove_dir_all(&folder).unwrap();
    watched.next("error:");
    project.run(&["init"]).ok();
    project.run(&["run", "--name", "second"]).code(10);
    watched.next("run");
    assert_eq!(watched.end(Signal::INT).0, 130);
}

#[test]
fn a_run_that_is_put_aside_moves_no_step_and_is_followed_on_when_it_is_taken_up_again() {
    let project = Project::begun();
    let watched = Watched::begin(&project, &["watch"]);
    project.run(&["archive", "--unfinished"]).ok();
    watched.next("archive");
    with(&watched.talk, "No longer in the state: run ");
    project.run(&["archive", "start", "--back"]).ok();
    let next = watched.lines.recv_timeout(PATIENCE).unwrap();
    assert!(next.contains("unarchive"), "the archive moved no step: {next}");
    project.run(&["done", "--claim", "seen"]).ok();
    let next = watched.lines.recv_timeout(PATIENCE).unwrap();
    assert!(next.contains("[x]  tests"), "taking it up moved no step: {next}");
    assert_eq!(watched.end(Signal::INT).0, 130);

    // Whose end is waited for is not waited for in vain, and is not called completed.
    let mut waiting = Watched::begin(&project, &["watch", "--until-done"]);
    project.run(&["archive", "--unfinished"]).ok();
    with(&waiting.talk, "is not in the state any more, and was not completed");
    assert_eq!(waiting.child.wait().unwrap().code(), Some(12));
    let id = project.run(&["ls", "--archived", "--json"]).ok().json()["runs"][0]["id"].clone();
    project
        .run(&["watch", "--until-done", "--run", id.as_str().unwrap()])
        .code(12)
        .says("checklist ls --archived");
}

#[test]
fn a_state_that_goes_back_is_told_as_what_it_is_and_what_comes_after_it_too() {
    let project = Project::begun();
    project.run(&["backup"]).ok();
    let watched = Watched::begin(&project, &["watch"]);
    project.run(&["done", "--claim", "seen"]).ok();
    watched.next("[x]  tests");
    // To a copy: one more operation, of no run.
    let copies = project.run(&["backup", "--list", "--json"]).ok().json();
    let name = copies["backups"][0]["name"].as_str().unwrap().to_owned();
    project.run(&["restore", "--backup", &name, "--yes"]).ok();
    watched.next("restore");
    assert_eq!(project.step("tests"), "pending");
    project.run(&["done", "--claim", "again"]).ok();
    assert!(watched.next("[x]  tests").contains("again"));
    // By undo.
    project.run(&["undo"]).ok();
    assert!(watched.next("undo").contains("[ ]  tests"));
    // By hand, which is an edit: nothing is told of it until it is taken in or undone, and nothing twice then.
    let state = project.read(".checklist/state.yaml");
    project.run(&["skip", "--reason", "no need"]).ok();
    watched.next("skip");
    std::fs::write(project.root.join(".checklist/state.yaml"), state).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    project.run(&["restore"]).ok();
    assert_eq!(project.step("tests"), "skipped");
    project.run(&["pause"]).ok();
    let next = watched.lines.recv_timeout(PATIENCE).unwrap();
    assert!(next.contains("pause"), "nothing was told twice: {next}");
    assert_eq!(watched.end(Signal::INT).0, 130);
}

#[test]
fn a_screen_reader_is_told_what_happens_in_sentences() {
    let project = Project::with_run();
    let mut watch = project.command(&["watch", "--all"]);
    let watched = Watched::of(watch.env("CHECKLIST_SCREEN_READER", "1").spawn().unwrap());
    with(&watched.talk, "Following ");
    project.run(&["done", "notes", "--claim", "seen"]).ok();
    let line = watched.next("notes");
    let (state, rest) = line.split_once(": ").unwrap();
    assert_eq!((state, rest.split(", ").next()), ("done", Some("notes")), "{line}");
    assert!(line.ends_with(", seen") && line.contains(", ana, run 01") && !line.contains("  "), "{line}");
    project.run(&["rename", "spring"]).ok();
    assert!(watched.next("rename").starts_with("rename: "), "{line}");
    watched.end(Signal::INT);
}
