//! Completions as a person gets them: Tab in a real bash, zsh and fish; and what asking for them leaves untouched.

use crate::support::{BINARY, Project};
use crate::window::Window;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const LIST: &str = "\
checklist: 1
id: ship
title: Ship ${version}
variables:
  version: { required: true, description: What to ship }
  target: { enum: [staging, prod], default: staging }
steps:
  - { id: build-it, title: 'Build ${version}', type: auto, commands: [{ id: make, kind: bash, run: 'test -e go || kill -9 $PPID' }] }
  - id: push
    title: Push it
    type: auto
    needs: []
    killer: true
    commands: [{ id: tag, kind: bash, run: 'true', danger: It is public at once. }]
    rollback: [{ id: untag, kind: bash, run: 'true' }]
  - { id: write-notes, title: Write the notes, needs: [] }
";

/// A project in which a list was begun, and one of whose commands was cut off.
fn project() -> Project {
    let project = Project::new();
    project.run(&["init"]).ok();
    project.write("list.yaml", LIST);
    project.trust("list.yaml");
    project.run(&["run", "list.yaml", "--var", "version=1.2", "--name", "for ana"]).code(-9);
    project
}

/// What zsh and the others are told for the words behind the program.
fn offered(project: &Project, words: &[&str]) -> String {
    let all: Vec<&str> = ["complete", "zsh", "--"].into_iter().chain(words.iter().copied()).collect();
    project.run(&all).ok().out
}

/// The values alone.
fn values(project: &Project, words: &[&str]) -> Vec<String> {
    let offered = offered(project, words);
    offered.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn steps_runs_and_lists_are_those_of_the_moment() {
    let project = project();
    assert_eq!(values(&project, &["done", ""]), ["build-it", "push", "write-notes"]);
    assert!(offered(&project, &["done", "b"]).contains("build-it\t[>] Build 1.2\n"));
    assert_eq!(values(&project, &["resume", "--done", ""]), ["build-it/make"]);
    assert_eq!(values(&project, &["resume", "--rerun=b"]), ["--rerun=build-it/make"]);
    assert_eq!(values(&project, &["run", "--allow-danger", ""]), ["push/tag"]);
    assert_eq!(values(&project, &["rollback", ""]), ["push"]);
    assert_eq!(values(&project, &["skip", "push", "--killer", ""]), ["push"]);
    assert_eq!(values(&project, &["logs", ""]), ["build-it", "build-it/make"]);
    assert_eq!(values(&project, &["status", "--run", ""]), ["for ana"]);
    // A run is named here as everywhere: by its name, the beginning of that, or its list.
    for run in ["for ana", "FOR", "LIST"] {
        let run = if run == "LIST" {
            project.status()["template"].as_str().unwrap().to_owned()
        } else {
            run.to_owned()
        };
        let steps = values(&project, &["--run", &run, "show", ""]);
        assert_eq!(steps, values(&project, &["show", ""]), "{run}");
        assert!(!steps.is_empty(), "{run}");
    }
    assert_eq!(values(&project, &["switch", "f"]), ["for ana"]);
    assert_eq!(values(&project, &["run", "st"]), ["start"]);
    assert!(offered(&project, &["run", ""]).starts_with("files\n"));
    assert!(offered(&project, &["-C", ""]).starts_with("folders\n"));
    assert_eq!(values(&project, &["run", "list.yaml", "--var", ""]), ["version=", "target="]);
    assert!(offered(&project, &["run", "list.yaml", "--var", "v"]).starts_with("open\n"));
    assert_eq!(values(&project, &["run", "list.yaml", "--var", "target=p"]), ["target=prod"]);
    project.run(&["done", "write-notes"]).ok();
    assert_eq!(values(&project, &["done", "w"]), [""; 0]);
    assert_eq!(values(&project, &["back", ""]), ["build-it", "write-notes"]);
    assert_eq!(values(&project, &["verify", ""]), ["write-notes"]);
    assert_eq!(values(&project, &["verify", "write-notes", ""]), [""; 0]);
}

#[test]
fn commands_options_and_topics_come_from_the_program() {
    let project = Project::new();
    assert_eq!(values(&project, &["und"]), ["undo"]);
    assert_eq!(values(&project, &["wal", ""]), ["show"]);
    assert_eq!(values(&project, &["undo", "--t"]), ["--to"]);
    assert_eq!(values(&project, &["undo", "--to", "3", "--t"]), [""; 0], "it was given");
    assert_eq!(values(&project, &["--color", "a"]), ["auto", "always"]);
    assert_eq!(values(&project, &["status", "--color=n"]), ["--color=never"]);
    assert_eq!(values(&project, &["help", "rec"]), ["recover", "recovery"]);
    assert_eq!(values(&project, &["init", "h"]), ["hello"]);
    assert_eq!(values(&project, &["completions", ""]), ["bash", "zsh", "fish", "powershell"]);
    // What is hidden is not offered, and neither is anything behind a mistake.
    assert_eq!(values(&project, &["tort"]), ["torture"]);
    assert_eq!(values(&project, &["nonsense", ""]), [""; 0]);
    assert_eq!(values(&project, &["done", ""]), [""; 0], "there is no project");
    project.run(&["complete", "fish", "--", "done", ""]).ok();
    // An empty word that did not arrive, from PowerShell.
    let all = project.run(&["complete", "powershell", "--new-word", "--", "help", "wal"]).ok().out;
    assert_eq!(all, "\nshow\tWhat the log holds\n");
}

/// Every file below a folder, with its bytes and when it was changed.
fn files(folder: &Path) -> BTreeMap<std::path::PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
            found.insert(path.clone(), (std::fs::read(&path).unwrap(), changed));
        }
    }
    found
}

#[test]
fn asking_writes_nothing_waits_for_nobody_and_never_fails() {
    let project = project();
    let store = project.root.join(".checklist");
    let asked: [&[&str]; 2] =
        [&["complete", "zsh", "--", "done", ""], &["complete", "bash", "--", "checklist skip w"]];
    let before = files(project.home());
    for words in asked {
        assert!(project.run(words).ok().out.contains("write-notes"));
    }
    assert!(before == files(project.home()), "nothing was written, and nothing repaired");
    let lock = std::fs::File::options().write(true).open(store.join(".locks/state.lock")).unwrap();
    lock.lock().unwrap();
    for words in asked {
        assert!(project.run(words).ok().out.contains("write-notes"));
    }
    drop(lock);
    std::fs::write(store.join("state.yaml"), "checksum: [").unwrap();
    for words in asked {
        let answer = project.run(words).ok();
        assert_eq!((answer.out.trim(), answer.err.as_str()), ("", ""));
    }
    project.ends_unsound();
}

/// The folder of the program at the front of PATH.
fn path() -> String {
    let folder = Path::new(BINARY).parent().unwrap().display().to_string();
    format!("PATH={folder}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Whether a shell is there; says so where it is not.
fn has(shell: &str) -> bool {
    let is_there = Command::new(shell).arg("--version").output().is_ok();
    if !is_there {
        say!("SKIPPED: completions in {shell}: it is missing");
    }
    is_there
}

/// Types at the prompt of a shell, presses Tab, and waits for what the line becomes.
#[track_caller]
fn tab(window: &Window<'_>, typed: &str, line: &str) {
    window.types(typed);
    window.press("Tab");
    window.wait_until(line, |screen| screen.lines().any(|shown| shown.trim_end() == line.trim_end()));
    window.press("C-u");
    window.types("clear");
    window.press("Enter");
    window.wait_until("an empty screen", |screen| screen.trim() == "$");
}

#[test]
fn tab_completes_in_bash() {
    let project = project();
    if !has("bash") {
        return;
    }
    let shell = [&path(), "PS1=$ ", "bash", "--norc", "--noprofile", "-i"];
    let Some(window) = Window::with_shell(&project, 100, 20, &shell) else { return };
    window.types("eval \"$(checklist completions bash)\"; clear");
    window.press("Enter");
    window.wait_until("an empty screen", |screen| screen.trim() == "$");
    tab(&window, "checklist und", "$ checklist undo ");
    tab(&window, "checklist done w", "$ checklist done write-notes ");
    tab(&window, "checklist --run=f", "$ checklist --run=for\\ ana ");
    tab(&window, "checklist status --run f", "$ checklist status --run for\\ ana ");
    tab(&window, "checklist run --step=wr", "$ checklist run --step=write-notes ");
    tab(&window, "checklist resume --done b", "$ checklist resume --done build-it/make ");
    tab(&window, "checklist validate li", "$ checklist validate list.yaml ");
    tab(&window, "checklist run list.yaml --var t", "$ checklist run list.yaml --var target=");
    tab(&window, "checklist run list.yaml --var target=p", "$ checklist run list.yaml --var target=prod ");
    // Several are shown, in the order of the list.
    window.types("checklist done ");
    window.press("Tab");
    window.press("Tab");
    window.wait_for("build-it     push         write-notes");
}

#[test]
fn tab_completes_in_zsh() {
    let project = project();
    if !has("zsh") {
        return;
    }
    let shell = [&path(), "PS1=$ ", "zsh", "-f", "-i"];
    let Some(window) = Window::with_shell(&project, 100, 20, &shell) else { return };
    window.types("autoload -Uz compinit; compinit -u; eval \"$(checklist completions zsh)\"; clear");
    window.press("Enter");
    window.wait_until("an empty screen", |screen| screen.trim() == "$");
    tab(&window, "checklist und", "$ checklist undo ");
    tab(&window, "checklist done w", "$ checklist done write-notes ");
    tab(&window, "checklist status --run f", "$ checklist status --run for\\ ana ");
    tab(&window, "checklist run --step=wr", "$ checklist run --step=write-notes ");
    tab(&window, "checklist validate li", "$ checklist validate list.yaml ");
    tab(&window, "checklist run list.yaml --var t", "$ checklist run list.yaml --var target=");
    window.types("checklist done ");
    window.press("Tab");
    let screen = window.wait_for("write-notes  -- [ ] Write the notes");
    assert!(screen.contains("build-it  -- [>] Build 1.2"), "{screen}");
}

#[test]
fn completions_come_in_fish() {
    let project = project();
    if !has("fish") {
        return;
    }
    let complete = |line: &str| {
        let mut fish = project.command(&[]);
        let script = format!("checklist completions fish | source; complete -C '{line}'");
        let path = path();
        let mut shell = Command::new("fish");
        shell.args(["--no-config", "-c", &script]).current_dir(&project.root).env_clear();
        shell.envs(fish.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", path.trim_start_matches("PATH="));
        let answer = shell.output().unwrap();
        fish.env_clear();
        String::from_utf8(answer.stdout).unwrap()
    };
    assert_eq!(
        complete("checklist und"),
        "undo\tTake back the last operation, or another one, or everything behind one\n"
    );
    let steps = "build-it\t[>] Build 1.2\npush\t[ ] Push it\nwrite-notes\t[ ] Write the notes\n";
    assert_eq!(complete("checklist done "), steps);
    assert!(complete("checklist validate li").starts_with("list.yaml"));
    assert!(complete("checklist run --step=wr").starts_with("--step=write-notes\t"));
}

#[test]
fn completions_come_in_powershell() {
    if !has("pwsh") {
        return;
    }
    let project = project();
    let script = "checklist completions powershell | Out-String | Invoke-Expression; \
                  (TabExpansion2 'checklist done w' 16).CompletionMatches.CompletionText";
    let mut shell = Command::new("pwsh");
    shell.args(["-NoProfile", "-Command", script]).current_dir(&project.root);
    shell.env("PATH", path().trim_start_matches("PATH="));
    let answer = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    assert_eq!(answer.trim(), "write-notes");
}
