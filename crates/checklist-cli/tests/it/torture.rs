//! `torture`: what it finds where nothing is wrong, and that nothing of it is left behind.

use crate::support::{Answer, Project};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// The processes that were started with `word` in their arguments.
fn processes_with(word: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("a /proc");
    let arguments = entries.flatten().filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    arguments.filter(|bytes| String::from_utf8_lossy(bytes).contains(word)).count()
}

/// The folder of a storm under way.
fn folder_of_storm(parent: &Path) -> Option<String> {
    let names = std::fs::read_dir(parent).ok()?.flatten().map(|entry| entry.file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    names.find(|name| name.starts_with(".torture-"))
}

fn within<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < limit, "{what} within {limit:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A storm that would go on for long, with at least two writers at work.
fn started(project: &Project) -> (Child, String) {
    let child = project.start(&["torture", "--kills", "100000", "--seconds", "600"]);
    let folder = within(Duration::from_secs(30), "a folder", || folder_of_storm(&project.root));
    if Path::new("/proc/self/cmdline").exists() {
        within(Duration::from_secs(30), "writers", || (processes_with(&folder) >= 2).then_some(()));
    }
    (child, folder)
}

#[test]
fn a_storm_finds_nothing_and_leaves_nothing() {
    let project = Project::new();
    project.run(&["init"]).ok();
    let before = project.read(".checklist/state.yaml");
    let object = project.run(&["torture", "--kills", "60", "--writers", "4", "--json"]).ok().json();
    assert_eq!(object["schema"], "checklist.torture/1");
    assert!(object["kills"].as_u64().unwrap() >= 60, "{object}");
    assert!(object["acknowledged"].as_u64().unwrap() > 0 && object["recoveries"].as_u64().unwrap() > 0);
    assert_eq!((&object["lost"], &object["found"]), (&0.into(), &serde_json::Value::Null));
    assert!(object["histories"].as_u64().unwrap() > 0 && object["histories_undecided"] == 0, "{object}");
    assert!(object["folder"].as_str().unwrap().ends_with(".checklist"), "{object}");
    assert_eq!(project.read(".checklist/state.yaml"), before);
    assert_eq!(folder_of_storm(&project.root.join(".checklist")), None);
    project.run(&["doctor"]).ok();
}

#[test]
fn where_it_works_and_what_it_says_to_people() {
    let project = Project::new();
    std::fs::create_dir(project.root.join("disk")).unwrap();
    let answer = project.run(&["torture", "--kills", "8", "--writers", "1", "--seed", "7", "--in", "disk"]);
    let answer = answer.ok().says("kills, nothing lost").says("0 lost, 0 doubled, 0 half").says("in disk");
    let answer = answer.says("seed          7 ").says("found linearizable").says("(median of 21)");
    assert!(answer.err.lines().all(|line| line.starts_with("torture: ")), "{answer:?}");
    assert!(!answer.err.contains(['\r', '\u{1b}']), "no bar where there is no terminal");
    assert_eq!(std::fs::read_dir(project.root.join("disk")).unwrap().count(), 0);
    project.run(&["torture", "--kills", "0"]).code(2);
    project.run(&["torture", "--in", "nowhere"]).code(2).says("there is no folder nowhere");
    project.write("file", "");
    project.run(&["torture", "--in", "file"]).code(2).says("file is not a folder");
}

#[test]
fn ctrl_c_ends_the_storm_and_cleans_up() {
    let project = Project::new();
    let (child, folder) = started(&project);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap()).code(130);
    answer.says("nothing lost, stopped early");
    assert_eq!(folder_of_storm(&project.root), None);
    assert_eq!(processes_with(&folder), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn writers_do_not_outlive_the_storm_that_was_killed_itself() {
    let project = Project::new();
    let (mut child, folder) = started(&project);
    child.kill().unwrap();
    child.wait().unwrap();
    within(Duration::from_secs(10), "no writer is left", || (processes_with(&folder) == 0).then_some(()));
}

#[test]
fn thirty_histories_of_three_to_eight_processes_are_linearizable() {
    let (mut histories, mut operations, mut kills) = (0, 0, 0);
    for writers in ["3", "5", "8"] {
        let project = Project::new();
        let words =
            ["torture", "--kills", "1", "--histories", "10", "--seconds", "120", "--writers", writers];
        let object = project.run(&[&words[..], &["--json"]].concat()).ok().json();
        assert_eq!(object["histories_undecided"], 0, "{object}");
        histories += object["histories"].as_u64().unwrap();
        operations += object["operations"].as_u64().unwrap();
        kills += object["kills"].as_u64().unwrap();
    }
    assert!(histories >= 30, "{histories} histories in six minutes");
    say!("histories: {operations} operations in {histories} histories, {kills} kills: all linearizable");
}
