//! Opening what is incomplete, foreign or damaged: what a clone lacks is made, what is lost is refused.
#![expect(clippy::disallowed_methods, reason = "symbolic links exist on the real disk alone")]

use crate::fixture::{TestStore, begin_error, root, used, write};
use checklist_store::workspace::Workspace;
use checklist_store::{ErrorKind, Lsn, Options, Publish, Standing, Store, Verdict};
use serde_json::json;
use std::path::Path;

/// Takes a folder and all in it out of the disk.
fn without(test: &TestStore, name: &str) -> TestStore {
    let gone = root().join(name);
    let fork = TestStore::absent();
    for (path, bytes) in test.image().entries() {
        match bytes {
            _ if path.starts_with(&gone) => {}
            Some(bytes) => fork.world.fs.place(&path, bytes).expect("the disk takes it"),
            None => fork.world.fs.place_dir(&path).expect("the disk takes it"),
        }
    }
    fork
}

#[test]
fn an_empty_state_is_damage() {
    for waiting in [false, true] {
        let whole = used(waiting).text("state.yaml");
        let zeros = "\0".repeat(whole.len());
        for text in ["", "\n", "   \n\n", "\0", &zeros, "...\n", "---\n...\n", "{}\n...\n", "null\n...\n"] {
            let test = used(waiting);
            test.ends_unsound().put("state.yaml", text);
            let before = test.files();
            let expected = used(waiting).open().snapshot().to_value();
            match test.options().open(root()) {
                // What nobody can have written is put back, for what is left proves it.
                Ok(store) => {
                    assert_eq!(store.recovery().verdict, Verdict::Restored, "{text:?}");
                    assert_eq!(store.snapshot().to_value(), expected, "{text:?}");
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "{text:?}: {error}");
                    assert_eq!(test.files(), before, "{text:?}");
                }
            }
        }
    }
}

#[test]
fn a_state_cut_at_any_byte_is_damage() {
    let test = used(false);
    let whole = test.bytes("state.yaml");
    for len in 0..whole.len() {
        let fork = test.fork();
        fork.put("state.yaml", &whole[..len]);
        if len == 0 {
            assert_eq!(fork.open().recovery().verdict, Verdict::Restored);
            continue;
        }
        // An editor may be saving it just now.
        assert_eq!(fork.ends_unsound().refused().kind(), ErrorKind::Corrupt, "cut at {len}");
        assert_eq!(fork.bytes("state.yaml"), &whole[..len], "cut at {len}");
    }
}

#[test]
fn whatever_can_be_made_again_may_be_missing() {
    for waiting in [false, true] {
        for name in [".tmp", ".locks", ".backup", "templates", "logs", ".gitignore", "history.jsonl"] {
            let test = without(&used(waiting), name);
            let context = format!("without {name}, waiting {waiting}");
            let mut store = test.options().open(root()).unwrap_or_else(|error| panic!("{context}: {error}"));
            let result = store.transact(|draft| draft.write(&crate::fixture::key("/more"), 1));
            result.unwrap_or_else(|error| panic!("{context}: {error}"));
            store
                .keep("templates/mine.yaml", b"checklist: 1\n")
                .unwrap_or_else(|error| panic!("{context}: {error}"));
            let mut expected = json!({"title": "alpha", "more": 1});
            if waiting {
                expected["waiting"] = json!(1);
            }
            assert_eq!(test.open().snapshot().to_value(), expected, "{context}");
        }
    }
}

#[test]
fn an_edit_can_be_undone_or_adopted_whatever_folder_is_missing() {
    for name in [".tmp", ".locks", ".backup"] {
        for adopting in [true, false] {
            let test = without(&used(false), name);
            test.edit("alpha", "beta");
            let context = format!("without {name}, adopting {adopting}");
            let mut store = test.options().open(root()).unwrap_or_else(|error| panic!("{context}: {error}"));
            assert_eq!(*store.standing(), Standing::Edited);
            let result = if adopting { store.adopt("ana").map(drop) } else { store.restore().map(drop) };
            result.unwrap_or_else(|error| panic!("{context}: {error}"));
        }
    }
}

#[test]
fn a_missing_log_at_rest_is_an_empty_one() {
    let test = used(false);
    test.remove(".wal");
    let mut store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Clean);
    write(&mut store, "/title", "beta");
    let mut store = test.open_deferred();
    write(&mut store, "/title", "gamma");
    assert_eq!(test.open().snapshot().to_value(), json!({"title": "gamma"}));
}

#[test]
fn a_fresh_clone_works_and_goes_on() {
    let origin = used(true);
    drop(origin.open());
    let test = origin.cloned_by_git();
    let mut store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Clean);
    assert_eq!(store.snapshot().to_value(), json!({"title": "alpha", "waiting": 1}));
    assert!(store.history().unwrap().is_empty());
    let commit = write(&mut store, "/title", "beta");
    assert!(commit.lsn > Lsn(6));
    assert_eq!(test.open().history().unwrap().len(), 1);
    for name in [".tmp", ".backup", ".locks", "templates", "logs"] {
        assert!(test.world.env().fs.stat(&root().join(name)).is_ok(), "{name} was not made");
    }
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);
}

#[test]
fn another_sound_state_put_in_place_by_git_is_not_mixed_up_with_this_history() {
    // A checkout of an older commit, while the history (which git does not track) stays.
    let test = used(false);
    let older = test.bytes("state.yaml");
    let mut store = test.open();
    write(&mut store, "/title", "beta");
    let last = write(&mut store, "/title", "gamma").lsn;
    test.put("state.yaml", older);
    let mut store = test.open();
    assert_eq!(store.snapshot().to_value(), json!({"title": "alpha"}));
    // Like an edit: it is shown, and writing waits until somebody says that it is meant.
    assert_eq!(begin_error(&mut store), ErrorKind::Edited);
    store.adopt("ana").unwrap();
    let commit = write(&mut store, "/title", "delta");
    assert!(commit.lsn > last, "{} was given to another transaction before", commit.lsn);
    let history = test.open().history().unwrap();
    let times = history.iter().filter(|entry| entry.txn == commit.txn).count();
    assert_eq!(times, 1, "the transaction is in the history once");
    assert_eq!(test.open().snapshot().to_value(), json!({"title": "delta"}));
}

#[test]
fn a_later_state_put_in_place_by_git_is_not_undone_by_a_repair() {
    // A colleague's later commit is pulled, while this machine's history ends earlier.
    let origin = used(false);
    let test = origin.fork();
    let mut store = origin.open();
    write(&mut store, "/title", "beta");
    write(&mut store, "/theirs", true);
    test.put("state.yaml", origin.bytes("state.yaml"));
    let mut store = test.open();
    if *store.standing() == Standing::Edited {
        store.adopt("ana").unwrap();
    }
    write(&mut store, "/mine", true);
    let expected = json!({"title": "beta", "theirs": true, "mine": true});
    assert_eq!(test.open().snapshot().to_value(), expected);
    test.put("state.yaml", "damaged");
    match Store::repair(&test.options(), &root()) {
        Ok(plan) if plan.lost.is_some() => {}
        Ok(plan) => assert_eq!(test.open().snapshot().to_value(), expected, "{plan:?}"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            test.ends_unsound();
        }
    }
}

#[test]
fn a_copied_log_of_another_store_is_refused() {
    let (ours, theirs) = (used(false), used(false));
    let mut store = theirs.open();
    write(&mut store, "/title", "theirs");
    let mut store = theirs.open_deferred();
    write(&mut store, "/other", 1);
    drop(store);
    ours.ends_unsound().put(".wal", theirs.bytes(".wal"));
    let before = ours.files();
    assert_eq!(ours.refused().kind(), ErrorKind::Corrupt);
    assert_eq!(ours.files(), before);
}

#[test]
fn recovery_is_reported_once_and_copies_are_bounded() {
    let test = used(false);
    for count in 0..14 {
        write(&mut test.open_deferred(), "/count", count);
        let report = test.open().recovery().clone();
        assert_eq!((report.verdict, report.redone.len()), (Verdict::Redone, 1));
        let copies = test.list(".backup");
        assert!(copies.iter().filter(|name| name.starts_with("recovery-")).count() <= 20, "{copies:?}");
    }
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);
    let copies = test.list(".backup");
    assert!(
        copies.iter().any(|name| name.starts_with("recovery-0000000006-")),
        "the oldest stays: {copies:?}"
    );
}

#[test]
fn leftovers_in_staging_are_swept_and_never_read() {
    let test = used(false);
    test.put(".tmp/state.yaml-0", test.text("state.yaml").replace("alpha", "staged"));
    test.put(".tmp/anything", "x");
    let mut store = test.open();
    assert_eq!(store.snapshot().to_value(), json!({"title": "alpha"}));
    write(&mut store, "/more", 1);
    assert!(test.list(".tmp").is_empty());
}

#[test]
fn kept_files_stay_in_their_places() {
    let test = used(false);
    let store = test.open();
    let path = store.keep("templates/deep/er/mine.yaml", b"one").unwrap();
    assert_eq!(path, root().join("templates/deep/er/mine.yaml"));
    store.keep("templates/deep/er/mine.yaml", b"two").unwrap();
    let cut = TestStore::on(&test.image().survive(&checklist_store::env::mem::Survival::nothing()));
    assert_eq!(cut.bytes("templates/deep/er/mine.yaml"), b"two", "kept files are durable");
    assert_eq!(store.place("logs/run/1.log").unwrap(), root().join("logs/run/1.log"));
    let before = test.files();
    for bad in [
        "",
        "templates",
        "logs",
        "templates/",
        "state.yaml",
        ".wal",
        "history.jsonl",
        "templates/../state.yaml",
        "templates/../../x",
        "../x",
        "/etc/x",
        "tmp/x",
        ".tmp/x",
        "templates/a/../../state.yaml",
        "./templates/x",
        "templates/a\0b",
        "Templates/x",
    ] {
        assert_eq!(store.keep(bad, b"x").unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
        assert_eq!(store.place(bad).unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
    }
    assert_eq!(test.files(), before);
}

/// A store on the real disk with one commit.
fn on_disk(folder: &Path) -> std::path::PathBuf {
    let root = folder.join(".checklist");
    // Without a deadline: on a busy machine any thread may stand still for a while.
    write(&mut Store::options().deadline(None).open(&root).expect("a store is created"), "/title", "alpha");
    root
}

#[cfg(unix)]
#[test]
fn no_symbolic_link_is_followed() {
    let folder = Workspace::on_disk();
    let root = on_disk(folder.project());
    let outside = folder.project().join("outside");
    std::fs::create_dir(&outside).unwrap();

    let link = folder.project().join("link");
    std::os::unix::fs::symlink(&root, &link).unwrap();
    let error = Store::open(&link).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Invalid, Some(&*link)));
    assert!(error.to_string().contains("never reached through a symbolic link"), "{error}");
    let file = folder.project().join("file");
    std::fs::write(&file, "text").unwrap();
    let error = Store::open(&file).unwrap_err();
    assert!(error.to_string().contains("this is not a directory"), "{error}");
    let dangling = folder.project().join("dangling");
    std::os::unix::fs::symlink(folder.project().join("nowhere"), &dangling).unwrap();
    assert_eq!(Store::open(&dangling).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(Store::check_at(&Options::default(), &link).unwrap_err().kind(), ErrorKind::Invalid);

    for name in ["state.yaml", ".wal", "history.jsonl"] {
        let (path, target) = (root.join(name), outside.join(name.trim_start_matches('.')));
        let bytes = std::fs::read(&path).unwrap_or_default();
        std::fs::write(&target, &bytes).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        let result = Store::open(&root)
            .and_then(|mut store| store.transact(|draft| draft.write(&crate::fixture::key("/title"), name)));
        assert!(result.is_err(), "{name} was reached through a link");
        assert_eq!(std::fs::read(&target).unwrap(), bytes, "{name} was written through a link");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        if name == ".wal" {
            drop(Store::open(&root).unwrap());
        }
    }
}

#[cfg(unix)]
#[test]
fn no_folder_of_the_store_is_reached_through_a_symbolic_link() {
    for name in ["templates", "logs", ".tmp", ".backup", ".locks"] {
        let folder = Workspace::on_disk();
        folder.ends_unsound();
        let root = on_disk(folder.project());
        let outside = folder.project().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::remove_dir_all(root.join(name)).unwrap();
        std::os::unix::fs::symlink(&outside, root.join(name)).unwrap();
        let relative = if name == "logs" { "logs/x" } else { "templates/x" };
        let result = Store::open(&root).and_then(|mut store| {
            store.transact(|draft| draft.write(&crate::fixture::key("/title"), "beta"))?;
            store.keep(relative, b"secret").map(drop)
        });
        let strays: Vec<_> = std::fs::read_dir(&outside).unwrap().collect();
        assert!(strays.is_empty(), "{name} led outside: {strays:?}");
        assert!(result.is_err(), "{name} is a link, and nobody minded");
    }
}

#[test]
fn the_real_disk_behaves_like_the_simulated_one() {
    let folder = Workspace::on_disk();
    let root = on_disk(folder.project());
    let deferred =
        || Store::options().deadline(None).publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(0);
    let mut store = deferred().open(&root).unwrap();
    write(&mut store, "/waiting", 1);
    drop(store);
    let mut log = std::fs::read(root.join(".wal")).unwrap();
    log.extend_from_slice(b"{\"v\":1,\"gen\":\"torn");
    std::fs::write(root.join(".wal"), log).unwrap();
    let mut store = deferred().open(&root).unwrap();
    let report = store.recovery();
    assert_eq!((report.verdict, report.redone.len(), report.discarded_bytes), (Verdict::Redone, 1, 18));
    write(&mut store, "/waiting", 2);
    store.close().unwrap();
    assert_eq!(std::fs::metadata(root.join(".wal")).unwrap().len(), 0);
    let text = std::fs::read_to_string(root.join("state.yaml")).unwrap();
    std::fs::write(root.join("state.yaml"), text.replace("alpha", "by hand")).unwrap();
    let mut store = deferred().open(&root).unwrap();
    assert_eq!(*store.standing(), Standing::Edited);
    store.adopt("ana").unwrap();
    std::fs::remove_file(root.join("state.yaml")).unwrap();
    let store = Store::open(&root).unwrap();
    assert_eq!(store.recovery().verdict, Verdict::Restored);
    assert_eq!(store.snapshot().to_value(), json!({"title": "by hand", "waiting": 2}));
    assert_eq!(store.history().unwrap().len(), 4);
    assert!(store.check().unwrap().is_sound());
}

#[cfg(unix)]
#[test]
fn what_is_private_is_created_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Workspace::on_disk();
    let root = on_disk(folder.project());
    let mode = |name: &str| std::fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o777;
    for name in ["", ".tmp", ".backup", ".locks", "templates", "logs"] {
        assert_eq!(mode(name), 0o700, "{name:?}");
    }
    for name in [".wal", "history.jsonl", ".locks/state.lock", ".locks/state.owner"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}
