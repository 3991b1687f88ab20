//! `doctor`: each line says what is so, each fault has its fix, and nothing is changed by looking.

use crate::support::{Answer, BINARY, Project};
use checklist_store::workspace::Workspace;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A run with its first step settled.
/// Every file of the project but for the locks, with its bytes.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join(".checklist")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            if !path.starts_with(root.join(".checklist/.locks")) {
                let bytes = if path.is_dir() { Vec::new() } else { fs::read(&path).expect("a file") };
                found.insert(path, bytes);
            }
        }
    }
    found
}

fn finding(project: &Project, subject: &str) -> Value {
    let answer = project.run(&["doctor", "--json"]).json();
    let findings = answer["findings"].as_array().expect("findings");
    findings.iter().find(|finding| finding["subject"] == subject).expect("that subject is looked at").clone()
}

fn git(project: &Project, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=ana", "-c", "user.email=ana@example.org"]).args(arguments);
    let output = command.current_dir(&project.root).env("HOME", project.home()).output().expect("git starts");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_healthy_project_is_measured_tried_and_left_as_it_was() {
    let project = Project::with_run();
    let before = files(&project.root);
    let answer = project.run(&["doctor"]).ok().says("Nothing needs repair.");
    assert!(answer.out.contains("keeps a second process out while it is held"), "{answer:?}");
    assert!(answer.out.contains(", sync ") && answer.out.contains(" (median of 5)"), "{answer:?}");
    assert!(!answer.out.contains("bad  "), "{answer:?}");
    assert_eq!(files(&project.root), before, "doctor changed something");

    let disk = finding(&project, "file system");
    assert!(disk["data"]["sync_us"].as_u64().expect("a measured time") > 0, "{disk}");
    assert!(disk["data"]["name"].is_string() && disk["data"]["trusted"].is_boolean(), "{disk}");
    assert!(finding(&project, "free space")["data"]["bytes"].as_u64().expect("bytes") > 0);
    assert_eq!(finding(&project, "lock")["grade"], "ok");
}

#[test]
fn a_clone_that_nothing_was_written_in_stays_as_git_brought_it() {
    let project = Project::with_run();
    let clone = Project::new();
    fs::create_dir(clone.root.join(".checklist")).expect("a folder");
    for name in [".checklist/state.yaml", ".checklist/.gitignore"] {
        fs::write(clone.root.join(name), project.read(name)).expect("a file");
    }
    let before = files(&clone.root);
    clone.run(&["doctor"]).says("sync not measured: nothing was written here yet");
    assert_eq!(finding(&clone, "lock")["grade"], "ok");
    let after = files(&clone.root);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
}

#[test]
fn a_writer_is_named_and_not_waited_for() {
    let project = Project::with_run();
    let lock = fs::File::options().write(true).open(project.root.join(".checklist/.locks/state.lock"));
    let lock = lock.expect("the lock file is there");
    lock.lock().expect("it is free");
    let begin = std::time::Instant::now();
    let answer = project.run(&["doctor"]).ok().says("held: ");
    assert!(answer.out.contains("sync not measured: another process is writing"), "{answer:?}");
    assert!(begin.elapsed().as_secs() < 5, "doctor waited for the lock");
    lock.unlock().expect("it is held");
    project.run(&["lock-probe", ".checklist"]).ok();
}

#[test]
fn git_is_asked_what_it_tracks_and_ignores() {
    let project = Project::with_run();
    assert_eq!(finding(&project, "git")["detail"], "no repository around the project");
    git(&project, &["init", "-q"]);
    let untracked = finding(&project, "git");
    assert_eq!(
        (untracked["grade"].as_str(), untracked["fix"].as_str()),
        (Some("note"), Some("git add .checklist"))
    );
    git(&project, &["add", ".checklist"]);
    git(&project, &["commit", "-qm", "Begin"]);
    let fine = finding(&project, "git");
    assert_eq!(fine["grade"], "ok");
    assert_eq!(fine["detail"], "state.yaml is tracked; the log, locks and copies are ignored");

    git(&project, &["add", "-f", ".checklist/.wal", ".checklist/.locks"]);
    let leaked = finding(&project, "git");
    assert_eq!(leaked["grade"], "warn");
    assert!(
        leaked["detail"].as_str().expect("words").contains("is tracked: a checkout would put an old one")
    );
    assert_eq!(leaked["fix"], "git rm -rf --cached .checklist/.wal .checklist/.locks");
    let fix: Vec<&str> = leaked["fix"].as_str().expect("a command").split(' ').skip(1).collect();
    git(&project, &fix);
    assert_eq!(finding(&project, "git")["grade"], "ok", "the fix cures it");
    assert!(project.root.join(".checklist/.wal").exists(), "and takes the files away from git alone");

    fs::write(project.root.join(".checklist/.gitignore"), "").expect("a file");
    let open = finding(&project, "git");
    assert_eq!(open["detail"], ".checklist/.wal is not ignored: the log may be committed");
    fs::write(project.root.join(".checklist/.gitignore"), "*\n").expect("a file");
    git(&project, &["rm", "-q", "--cached", ".checklist/state.yaml"]);
    assert!(finding(&project, "git")["detail"].as_str().expect("words").contains("state.yaml too"));
}

#[test]
fn what_git_does_not_answer_is_read_from_its_files() {
    let project = Project::with_run();
    git(&project, &["init", "-q"]);
    let path = project.home().join("no-programs");
    fs::create_dir(&path).expect("a folder");
    let answer =
        Answer::of(project.command(&["doctor"]).env("PATH", &path).output().expect("it starts")).ok();
    answer.says(".checklist/.gitignore leaves state.yaml");
}

#[test]
fn a_narrow_screen_has_whole_lines() {
    let project = Project::with_run();
    let output = project.command(&["doctor"]).env("COLUMNS", "60").output().expect("it starts");
    let answer = Answer::of(output).ok();
    let widest = answer.out.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(60), "{answer:#?}");
    let plain = project.run(&["doctor", "--plain"]).ok();
    assert!(plain.out.lines().any(|line| line.contains("keeps a second process out while it is held")));
}

#[test]
fn a_place_in_memory_is_doubted_once_and_by_doctor_always() {
    let Ok(home) = Workspace::within(Path::new("/dev/shm")) else {
        say!("SKIPPED: there is no file system in memory here");
        return;
    };
    let run = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(home.project()).env("HOME", home.project()).env("COLUMNS", "200");
        Answer::of(command.output().expect("it starts"))
    };
    let doubt = "everything is gone after a restart";
    let first = run(&["init"]).ok();
    let second = run(&["run", "--no-input"]);
    let said = [&first, &second].iter().filter(|answer| answer.err.contains(doubt)).count();
    assert_eq!(said, 1, "{first:#?} {second:#?}");
    assert!(!run(&["done"]).err.contains(doubt), "it is said once");
    run(&["doctor"]).ok().says("warn  file system").says(doubt).says("fix: keep .checklist/ on a disk");
}
