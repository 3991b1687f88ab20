//! Paths and permissions: modes, links, names that leave the project, and files that are none.

use crate::support::{Answer, LIST, Project};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Every file and folder below, without those that links lead to.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if fs::symlink_metadata(&found[at]).unwrap().is_dir() {
            found.extend(fs::read_dir(&found[at]).unwrap().map(|entry| entry.unwrap().path()));
        }
        at += 1;
    }
    found
}

/// Runs the program with a umask of its own.
fn masked(project: &Project, mask: &str, words: &[&str]) -> Answer {
    let own = project.command(words);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")]).arg(own.get_program()).args(words);
    shell.current_dir(&project.root).env_clear();
    for (name, value) in own.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    Answer::of(shell.stdin(Stdio::null()).output().expect("a shell starts"))
}

/// The modes of DESIGN: folders 0700, files 0600, and what is tracked as the umask says.
fn has_the_modes(project: &Project, mask: u32) {
    let store = project.root.join(".checklist");
    let mut looked_at = 0;
    for path in below(&store) {
        let meta = fs::symlink_metadata(&path).unwrap();
        let name = path.strip_prefix(&store).unwrap();
        let is_tracked = name == Path::new("state.yaml")
            || name == Path::new(".gitignore")
            || name.starts_with("templates");
        // A state that was replaced is kept as the file it was, in a folder that nobody else can enter.
        let was_tracked = name.starts_with(".backup") && name.extension().is_some_and(|ext| ext == "yaml");
        let is_tracked = is_tracked || (was_tracked && meta.permissions().mode() & 0o077 != 0);
        let expected = match (meta.is_dir(), is_tracked) {
            (true, _) => 0o700,
            (false, true) => 0o666 & !mask,
            (false, false) => 0o600,
        };
        assert_eq!(
            format!("{:o}", meta.permissions().mode() & 0o7777),
            format!("{expected:o}"),
            "{}",
            path.display()
        );
        looked_at += 1;
    }
    assert!(looked_at > 10, "{looked_at}");
}

#[test]
fn modes_are_those_that_are_promised_after_every_command() {
    for (mask, bits) in [("022", 0o022), ("002", 0o002), ("077", 0o077)] {
        let project = Project::new();
        project.write("list.yaml", LIST);
        project.trust("list.yaml");
        masked(&project, mask, &["init"]).ok();
        has_the_modes(&project, bits);
        masked(&project, mask, &["run", "list.yaml", "--var", "version=1"]).code(10);
        has_the_modes(&project, bits);
        masked(&project, mask, &["done", "--claim", "seen"]).ok();
        masked(&project, mask, &["run"]).code(10);
        has_the_modes(&project, bits);
        let state = String::from_utf8(project.read(".checklist/state.yaml")).unwrap();
        let harmed = format!("<<<<<<< ours\n{state}");
        fs::write(project.root.join(".checklist/state.yaml"), harmed).unwrap();
        masked(&project, mask, &["recover"]).ok();
        has_the_modes(&project, bits);
        masked(&project, mask, &["undo"]).ok();
        has_the_modes(&project, bits);
    }
}

#[test]
fn a_store_is_not_reached_through_a_link() {
    let other = Project::begun();
    let before: Vec<PathBuf> = below(&other.root);
    let state = other.read(".checklist/state.yaml");
    let project = Project::new();
    project.ends_unsound();
    symlink(other.root.join(".checklist"), project.root.join(".checklist")).unwrap();
    for words in [&["status"][..], &["done"], &["run"], &["init"], &["recover"], &["doctor"]] {
        let answer = project.run(words);
        assert!(![0, 1, 101].contains(&answer.code), "{words:?}: {answer:#?}");
        assert!(answer.err.contains("symbolic link"), "{words:?}: {answer:#?}");
    }
    assert_eq!(before, below(&other.root), "nothing came and nothing went");
    assert_eq!(state, other.read(".checklist/state.yaml"));
}

#[test]
fn nothing_behind_a_link_in_the_store_is_changed() {
    let parts = [
        "state.yaml",
        ".wal",
        "history.jsonl",
        ".tmp",
        ".backup",
        ".locks",
        ".locks/state.lock",
        ".locks/state.owner",
        "templates",
        "logs",
        ".gitignore",
    ];
    for part in parts {
        let project = Project::begun();
        project.ends_unsound();
        let place = project.root.join(".checklist").join(part);
        let victim = project.home().join("victim");
        match fs::symlink_metadata(&place) {
            Ok(meta) if meta.is_dir() => {
                fs::remove_dir_all(&place).unwrap();
                fs::create_dir(&victim).unwrap();
                fs::write(victim.join("precious"), "precious").unwrap();
            }
            found => {
                if found.is_ok() {
                    fs::remove_file(&place).unwrap();
                }
                fs::write(&victim, "precious").unwrap();
            }
        }
        symlink(&victim, &place).unwrap();
        let words: [&[&str]; 6] = [&["status"], &["done"], &["run"], &["undo"], &["doctor"], &["recover"]];
        for words in words {
            let answer = project.run(words);
            assert!(![1, 101].contains(&answer.code), "{part} {words:?}: {answer:#?}");
            assert!(!answer.err.contains("os error"), "{part} {words:?}: {answer:#?}");
        }
        let found = below(&victim);
        if fs::symlink_metadata(&victim).unwrap().is_dir() {
            assert_eq!(found, [victim.clone(), victim.join("precious")], "{part}");
        } else {
            assert_eq!(fs::read(&victim).unwrap(), b"precious", "{part}");
        }
    }
}

#[test]
fn names_that_leave_the_project_are_refused() {
    let project = Project::begun();
    fs::write(project.home().join("outside.md"), "- [ ] a\n").unwrap();
    symlink(project.home().join("outside.md"), project.root.join("link.md")).unwrap();
    let outside = project.home().join("outside.md");
    let outside = outside.to_str().unwrap();
    for name in ["../outside.md", outside, "link.md", "x/../../outside.md", ".checklist/../../outside.md"] {
        for words in [&["run", name][..], &["import", name], &["trust", name]] {
            let answer = project.run(words);
            assert!(![0, 1, 10, 101].contains(&answer.code), "{words:?}: {answer:#?}");
        }
    }
    project.write("leave.yaml", "checklist: 1\nid: l\ntitle: L\nsteps:\n  - { id: a, title: A, validation: [{ kind: file_exists, path: ../outside.md }] }\n");
    let answer = project.run(&["run", "leave.yaml", "--new"]);
    assert!(![0, 1, 101].contains(&answer.code), "{answer:#?}");
    let done = project.run(&["done", "a"]);
    assert!(![0, 1, 101].contains(&done.code), "a check does not look outside: {done:#?}");
}

/// Runs a command that may not wait for anybody.
fn promptly(project: &Project, words: &[&str]) -> Answer {
    let mut child = project.command(words).spawn().unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("{words:?} hangs: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Answer::of(child.wait_with_output().unwrap())
}

#[test]
fn what_is_no_file_in_the_place_of_a_file_is_named_and_not_waited_for() {
    let files = [
        "state.yaml",
        ".wal",
        "history.jsonl",
        ".locks/state.lock",
        ".locks/state.owner",
        "templates/start.yaml",
    ];
    let mut made = vec!["directory", "fifo", "socket"];
    if rustix::process::geteuid().is_root() {
        made.push("device");
    } else {
        say!("SKIPPED: only root can make a device file");
    }
    for file in files {
        for kind in &made {
            let project = Project::begun();
            project.ends_unsound();
            let place = project.root.join(".checklist").join(file);
            let _ = fs::remove_file(&place);
            match *kind {
                "directory" => fs::create_dir(&place).unwrap(),
                "fifo" => assert!(Command::new("mkfifo").arg(&place).status().unwrap().success()),
                "socket" => drop(std::os::unix::net::UnixListener::bind(&place).unwrap()),
                _ => {
                    let made = Command::new("mknod").arg(&place).args(["c", "1", "7"]).status();
                    if !made.unwrap().success() {
                        say!("SKIPPED: this user may not make a device file");
                        continue;
                    }
                }
            }
            let words: [&[&str]; 6] =
                [&["status"], &["done"], &["undo"], &["doctor"], &["recover"], &["history"]];
            let mut told = String::new();
            for words in words {
                let answer = promptly(&project, words);
                assert!(![1, 101].contains(&answer.code), "{file} {kind} {words:?}: {answer:#?}");
                let said = format!("{}{}", answer.out, answer.err);
                assert!(!said.contains("os error"), "{file} {kind} {words:?}: {answer:#?}");
                told.push_str(&said);
            }
            // Who holds the lock is a hint, and the first list is needed by new runs alone.
            if !matches!(file, ".locks/state.owner" | "templates/start.yaml") {
                assert!(told.contains(file), "{file} as a {kind} is not named: {told}");
            }
            assert!(fs::symlink_metadata(&place).is_ok(), "{file} as a {kind} is still there");
        }
    }
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    if !rustix::process::geteuid().is_root() {
        say!("SKIPPED: only root can give a folder away");
        return;
    }
    let project = Project::begun();
    let store = project.root.join(".checklist");
    std::os::unix::fs::chown(&store, Some(12_345), None).unwrap();
    let before = project.read(".checklist/state.yaml");
    for words in [&["status"][..], &["done"], &["run"], &["recover"]] {
        let answer = project.run(words);
        assert!(![0, 1, 10, 101].contains(&answer.code), "{words:?}: {answer:#?}");
        assert!(answer.err.contains("another user"), "{words:?}: {answer:#?}");
    }
    assert_eq!(project.read(".checklist/state.yaml"), before);
    std::os::unix::fs::chown(&store, Some(0), None).unwrap();
    project.run(&["done"]).ok();
}
