//! `watch`: what other processes do, as they do it.

use crate::support::{Answer, Project};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A watch that has begun, and its lines.
struct Watched {
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    /// Begins to watch, and waits until it tells of an operation: what is done before that, it need not see.
    fn begin(project: &Project, arguments: &[&str]) -> Watched {
        let mut child = project.start(arguments);
        let out = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let (send, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Watched { child, lines }
    }

    #[track_caller]
    fn next(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nothing about {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    fn interrupt(mut self) -> i32 {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

#[test]
fn what_others_do_is_told_until_ctrl_c() {
    let project = Project::begun();
    let watched = Watched::begin(&project, &["watch", "--since", "0"]);
    watched.next("run");
    project.run(&["skip", "--reason", "not today", "--actor", "ben"]).ok();
    let line = watched.next("skip");
    assert!(line.contains("[-]") && line.contains("ben") && line.contains("not today"), "{line}");
    project.run(&["undo"]).ok();
    assert!(watched.next("undo").contains("[ ]"));
    project.run(&["reset"]).ok();
    watched.next("reset");
    assert_eq!(watched.interrupt(), 130);
}

#[test]
fn a_program_gets_a_line_of_json_for_each_thing_and_an_end() {
    let project = Project::new();
    project.write("two.md", "- [ ] one\n- [ ] two\n");
    project.run(&["run", "two.md"]).code(10);
    let mut watched = Watched::begin(&project, &["watch", "--json", "--until-done", "--since", "0"]);
    let object = |line: &str| serde_json::from_str::<Value>(line).expect("one object per line");
    let begun = object(&watched.next("operation:saved"));
    assert_eq!((&begun["schema"], &begun["verb"]), (&"checklist.event/1".into(), &"run".into()));
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
    Answer::of(project.command(&["watch", "--until-done"]).output().unwrap()).ok();
}

#[test]
fn a_folder_that_goes_and_comes_back_is_waited_for() {
    let project = Project::begun();
    let watched = Watched::begin(&project, &["watch", "--all"]);
    let (folder, away) = (project.root.join(".checklist"), project.root.join("away"));
    // Told before the folder goes, so that it is known to have begun.
    std::thread::sleep(Duration::from_millis(500));
    project.run(&["pause"]).ok();
    watched.next("pause");
    std::fs::rename(&folder, &away).unwrap();
    watched.next("error:");
    std::fs::rename(&away, &folder).unwrap();
    project.run(&["resume"]).ok();
    watched.next("resume");
    assert_eq!(watched.interrupt(), 130);
}
