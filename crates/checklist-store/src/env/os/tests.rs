//! The kernel's locks, where children share an open file and people remove files.

use super::lock::{IDLE_LOCKS_MAX, OsLock};
use super::*;
use std::cell::Cell;
use std::process::{Command, Stdio};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state.lock");
    (folder, path)
}

fn open_plainly(path: &Path) -> io::Result<std::fs::File> {
    open(options(Access::Private).read(true).write(true).create(true).truncate(false), path)
}

fn lock(path: &Path) -> Option<OsLock> {
    lock_again(path, &Idle::default())
}

/// The same by somebody who may have had it before.
fn lock_again(path: &Path, idle: &Idle) -> Option<OsLock> {
    try_lock(path, idle, || open_plainly(path)).expect("the file system has locks")
}

/// The same open file under another number, as a forked child has it.
fn second_number(held: &OsLock) -> std::fs::File {
    held.file.as_ref().and_then(|file| file.try_clone().ok()).expect("a second number for it")
}

#[test]
fn a_child_that_shares_the_open_file_does_not_keep_the_lock() {
    let (_folder, path) = place();
    let held = lock(&path).expect("it is free");
    // What a fork would leave in the child: the same open file, under another number.
    let shared = Stdio::from(second_number(&held));
    let mut child = Command::new("sleep").arg("60").stdin(shared).spawn().expect("a child starts");
    assert!(lock(&path).is_none(), "it is held");
    drop(held);
    let free = lock(&path).is_some();
    child.kill().and_then(|()| child.wait()).expect("the child ends");
    assert!(free, "the child kept it");
}

#[test]
fn a_child_that_drops_its_copy_does_not_release_the_lock() {
    let (_folder, path) = place();
    let held = lock(&path).expect("it is free");
    let of_child = OsLock {
        file: Some(second_number(&held)),
        id: held.id,
        path: path.clone(),
        owner: held.owner + 1,
        idle: Idle::default(),
    };
    drop(of_child);
    assert!(lock(&path).is_none(), "the copy released it");
    drop(held);
    assert!(lock(&path).is_some());
}

#[test]
fn a_lock_file_that_is_replaced_or_removed_before_it_is_locked_is_noticed() {
    let (_folder, path) = place();
    for replace in [true, false] {
        let opened = Cell::new(0);
        let open = || {
            let file = open_plainly(&path)?;
            opened.set(opened.get() + 1);
            if opened.get() <= 2 {
                std::fs::remove_file(&path)?;
                if replace {
                    std::fs::write(&path, b"")?;
                }
            }
            Ok(file)
        };
        let held = try_lock(&path, &Idle::default(), open).expect("locks work").expect("it is free");
        assert_eq!(opened.get(), 3, "it was opened until the file had the name");
        assert!(lock(&path).is_none(), "others find it held");
        drop(held);
    }
    // Replaced every time, it is not had, rather than looked for without end.
    let always = || {
        let file = open_plainly(&path)?;
        std::fs::remove_file(&path)?;
        Ok(file)
    };
    assert!(try_lock(&path, &Idle::default(), always).expect("locks work").is_none());
}

#[test]
fn a_lock_file_that_is_kept_open_is_the_lock_only_while_it_has_the_name() {
    let (_folder, path) = place();
    let idle = Idle::default();
    let first = lock_again(&path, &idle).expect("it is free");
    let id = first.id;
    drop(first);
    assert_eq!(idle.lock().unwrap().len(), 1);
    let second = lock_again(&path, &idle).expect("it is free");
    assert_eq!((second.id, idle.lock().unwrap().len()), (id, 0), "the open file was used");
    assert!(lock_again(&path, &idle).is_none(), "held by the same process, under another open file");
    drop(second);
    // Somebody replaces the file: the open one is nobody's lock any more, held or not.
    let stale = lock(&path).expect("it is free");
    let aside = path.with_extension("aside");
    std::fs::write(&aside, "").expect("a file");
    std::fs::rename(&aside, &path).expect("it is replaced");
    let third = lock_again(&path, &idle).expect("the new file is free");
    assert_ne!(third.id, id);
    assert!(lock(&path).is_none(), "who opens it now finds it held");
    drop((third, stale));
}

#[test]
fn only_so_many_lock_files_are_kept_open() {
    let (_folder, path) = place();
    let idle = Idle::default();
    for number in 0..IDLE_LOCKS_MAX + 3 {
        drop(lock_again(&path.with_extension(number.to_string()), &idle).expect("it is free"));
    }
    assert_eq!(idle.lock().unwrap().len(), IDLE_LOCKS_MAX);
}
