//! The kernel's locks, where children share an open file and people remove files.

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
    try_lock(path, || open_plainly(path)).expect("the file system has locks")
}

#[test]
fn a_child_that_shares_the_open_file_does_not_keep_the_lock() {
    let (_folder, path) = place();
    let held = lock(&path).expect("it is free");
    // What a fork would leave in the child: the same open file, under another number.
    let shared = Stdio::from(held.file.try_clone().expect("a second number for it"));
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
    let of_child = OsLock { file: held.file.try_clone().expect("a second number"), owner: held.owner + 1 };
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
        let held = try_lock(&path, open).expect("locks work").expect("it is free");
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
    assert!(try_lock(&path, always).expect("locks work").is_none());
}
