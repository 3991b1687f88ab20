//! One kind of call on one file fails, whenever it is made: what is said, what is left, and what goes on all the same.

use super::{behind, deferred, write};
use checklist_sim::gate::{Attempt, Fate, Gate};
use checklist_sim::model::root;
use checklist_store::env::mem::{CallKind, World};
use checklist_store::env::volume::Volume;
use checklist_store::env::{Access, Extent, File, Fs, HeldLock, Stat};
use checklist_store::{ErrorKind, Event, Key, Options, Outcome, Standing, Store};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Fails every call of a kind on paths that hold this.
#[derive(Debug)]
struct Denies(CallKind, &'static str, io::ErrorKind);

impl Gate for Denies {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let is_meant = attempt.kind == self.0 && attempt.path.to_string_lossy().contains(self.1);
        if is_meant { Fate::Fail(self.2) } else { Fate::Pass }
    }
}

fn empty() -> World {
    let world = World::new(3);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    world
}

fn names(world: &World, folder: &str) -> Vec<String> {
    let paths = world.fs.list(&root().join(folder)).unwrap_or_default();
    paths.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

fn document(world: &World) -> serde_json::Value {
    let store = Store::options().env(world.env()).open(root()).expect("the store opens");
    assert_eq!(*store.standing(), Standing::Sound);
    assert!(store.check().expect("it can be checked").is_sound());
    store.snapshot().to_value()
}

#[test]
fn where_names_cannot_be_exchanged_a_state_is_copied_and_then_replaced() {
    let world = empty();
    let options = behind(&world, Denies(CallKind::Exchange, "", io::ErrorKind::Unsupported));
    for value in 1..=3 {
        write(&options, "/a", value).expect("it is saved");
    }
    let text = world.fs.image().read(&root().join("state.yaml")).map(<[u8]>::to_vec).expect("it is there");
    assert!(String::from_utf8_lossy(&text).contains("a: 3"), "it is published");
    let copies = names(&world, ".backup");
    assert_eq!(copies.iter().filter(|name| name.starts_with("published-")).count(), 3, "{copies:?}");
    assert_eq!(names(&world, ".tmp"), [""; 0]);
    assert_eq!(document(&world), serde_json::json!({"a": 3}));
}

#[test]
fn what_was_staged_in_vain_is_not_left() {
    for (kind, ending) in [(CallKind::Exchange, ""), (CallKind::Rename, ".tmp/.gitignore")] {
        let world = empty();
        if kind == CallKind::Exchange {
            write(&Store::options().env(world.env()), "/a", 1).expect("it is saved");
        }
        let options = behind(&world, Denies(kind, ending, io::ErrorKind::Other));
        let saved = write(&options, "/a", 2).is_ok();
        assert_eq!(
            saved,
            kind == CallKind::Exchange,
            "a commit is in the log, whatever becomes of the state"
        );
        assert_eq!(names(&world, ".tmp"), [""; 0], "{kind:?}");
        write(&Store::options().env(world.env()), "/b", 3).expect("it is saved");
        document(&world);
    }
}

#[test]
fn a_copy_that_cannot_be_removed_is_told_and_one_that_is_gone_is_not_missed() {
    for (kind, error, said) in [
        (CallKind::Remove, io::ErrorKind::Other, Some("remove the old copy")),
        (CallKind::Remove, io::ErrorKind::NotFound, None),
        (CallKind::Stat, io::ErrorKind::Other, Some("look at")),
        (CallKind::Stat, io::ErrorKind::NotFound, None),
    ] {
        let world = empty();
        let options = Store::options().env(world.env()).backups(1, 1 << 20);
        write(&options, "/a", 1).expect("it is saved");
        for value in 2..=4 {
            write(&deferred(options.clone()), "/a", value).expect("it is saved");
            drop(options.clone().open(root()).expect("it is recovered"));
        }
        write(&deferred(options), "/a", 5).expect("it is saved");
        let limited = behind(&world, Denies(kind, ".backup/recovery-", error)).backups(1, 1 << 20);
        let opened = limited.open(root()).map_err(|error| error.to_string());
        match said {
            None => drop(opened.expect("nothing is amiss")),
            Some(said) => assert!(opened.expect_err("it is told").contains(said), "{kind:?} {error:?}"),
        }
        assert_eq!(document(&world), serde_json::json!({"a": 5}));
    }
}

/// Fails every listing of the folder of the store.
#[derive(Debug)]
struct DeniesListing;

impl Gate for DeniesListing {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let is_meant = attempt.kind == CallKind::List && attempt.path == root();
        if is_meant { Fate::Fail(io::ErrorKind::PermissionDenied) } else { Fate::Pass }
    }
}

#[test]
fn where_older_files_of_the_history_cannot_be_listed_none_is_shown_without_them() {
    let world = empty();
    for value in 1..=4 {
        write(&Store::options().env(world.env()).history_limit(400), "/a", value).expect("it is saved");
    }
    let history = |options: Options| options.open(root()).and_then(|store| store.history());
    assert_eq!(history(Store::options().env(world.env())).expect("it is read").len(), 4);
    let error = history(behind(&world, DeniesListing)).expect_err("it cannot be known");
    assert!(error.to_string().contains("list the folder"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    for folder in ["/.checklist", "/.tmp", "/.backup", "/templates", "/logs", "/.locks"] {
        let world = empty();
        let error = behind(&world, Denies(CallKind::CreateDir, folder, io::ErrorKind::Other))
            .open(root())
            .expect_err("a folder is missing");
        assert!(error.to_string().contains("create the folder"), "{folder}: {error}");
    }
}

#[test]
fn a_marker_that_cannot_be_opened_is_left_as_it_is() {
    let world = empty();
    let options = deferred(Store::options().env(world.env()));
    write(&options, "/a", 1).expect("it is saved");
    write(&options, "/a", 2).expect("it is saved");
    let marker =
        || world.fs.image().read(&root().join(".wal.head")).map(<[u8]>::to_vec).expect("it is there");
    let before = marker();
    let gate = Denies(CallKind::Reopen, ".wal.head", io::ErrorKind::Other);
    write(&deferred(behind(&world, gate)), "/a", 3).expect("the marker is not needed");
    assert_eq!(marker(), before, "neither slot is lost");
    assert_eq!(document(&world), serde_json::json!({"a": 3}));
}

#[test]
fn who_could_only_read_writes_again_once_others_can() {
    let world = empty();
    let options = deferred(Store::options().env(world.env()));
    write(&options, "/a", 1).expect("it is saved");
    let gate = Denies(CallKind::TryLock, "state.lock", io::ErrorKind::ReadOnlyFilesystem);
    let mut reader = behind(&world, gate).open(root()).expect("it is shown");
    assert!(matches!(reader.standing(), Standing::ReadOnly(_)));
    write(&options, "/a", 2).expect("it is saved");
    reader.refresh().expect("it is read on");
    assert_eq!(reader.snapshot().to_value(), serde_json::json!({"a": 2}));
    assert_eq!(*reader.standing(), Standing::Sound, "what stood in the way then is not asked again");
}

/// The history cannot be synced; counts how often names are exchanged.
#[derive(Debug, Default)]
struct LosesTheHistory {
    exchanges: Arc<AtomicUsize>,
}

impl Gate for LosesTheHistory {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        self.exchanges.fetch_add(usize::from(attempt.kind == CallKind::Exchange), Ordering::SeqCst);
        let is_lost = attempt.kind == CallKind::Sync && attempt.path.ends_with("history.jsonl");
        if is_lost { Fate::Fail(io::ErrorKind::Other) } else { Fate::Pass }
    }
}

#[test]
fn after_a_failed_sync_commits_go_into_the_log_until_it_is_full() {
    let world = empty();
    write(&Store::options().env(world.env()), "/a", 0).expect("it is saved");
    let gate = LosesTheHistory::default();
    let exchanges = Arc::clone(&gate.exchanges);
    let options = behind(&world, gate).wal_limit(3_000).fill_ahead(0);
    let mut store = options.open(root()).expect("the store opens");
    let mut save = |value: u64| store.transact(|draft| draft.write(&Key::from_static("/a"), value));
    let saved = (1..100).take_while(|value| match save(*value) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Poisoned, Outcome::NotSaved), "{error}");
            assert!(error.to_string().contains("it has reached its limit"), "{error}");
            false
        }
    });
    let saved = saved.count() as u64;
    assert!(saved > 3, "{saved}");
    assert_eq!(exchanges.load(Ordering::SeqCst), 1, "nothing is known of the history any more");
    drop(store);
    assert_eq!(document(&world), serde_json::json!({"a": saved}));
}

#[test]
fn a_state_that_cannot_be_replaced_keeps_no_commit_from_the_log_however_long_that_is() {
    let world = empty();
    write(&Store::options().env(world.env()), "/a", 0).expect("it is saved");
    let gate = Denies(CallKind::Exchange, "", io::ErrorKind::Other);
    let mut store = behind(&world, gate).wal_limit(1_000).open(root()).expect("the store opens");
    for value in 1..=10_u64 {
        store.transact(|draft| draft.write(&Key::from_static("/a"), value)).expect("it is saved");
    }
    drop(store);
    assert_eq!(document(&world), serde_json::json!({"a": 10}));
}

/// Neither writes to the log nor cuts it.
#[derive(Debug)]
struct TakesNothing;

impl Gate for TakesNothing {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let is_meant = attempt.path == root().join(".wal")
            && matches!(attempt.kind, CallKind::Write | CallKind::Truncate);
        if is_meant { Fate::Fail(io::ErrorKind::Other) } else { Fate::Pass }
    }
}

#[test]
fn a_part_of_one_transaction_is_nothing_even_where_it_cannot_be_cut_off() {
    let world = empty();
    write(&Store::options().env(world.env()), "/a", 1).expect("it is saved");
    let error = write(&behind(&world, TakesNothing), "/a", 2).expect_err("the log takes nothing");
    assert_eq!(error.outcome(), Outcome::NotSaved, "{error}");
    assert_eq!(document(&world), serde_json::json!({"a": 1}));
}

/// A disk on a volume of that name.
#[derive(Debug)]
struct Named(Arc<dyn Fs>, &'static str, &'static [&'static str]);

impl Fs for Named {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.0.stat(path)
    }
    fn extent(&self, path: &Path) -> io::Result<Extent> {
        self.0.extent(path)
    }
    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        self.0.read(path, range)
    }
    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.0.create(path, access)
    }
    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.0.append(path, access)
    }
    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.0.reopen(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()> {
        self.0.exchange(here, there)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.0.list(dir)
    }
    fn describe(&self, _path: &Path) -> io::Result<Volume> {
        let options: Vec<String> = self.2.iter().map(|option| (*option).to_owned()).collect();
        Ok(Volume::named(self.1, &options))
    }
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.create_dir(dir)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.sync_dir(dir)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        self.0.try_lock(path)
    }
}

#[test]
fn a_volume_that_cannot_be_relied_upon_is_told_of_once() {
    let world = empty();
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let on = |name: &'static str, mounted: &'static [&'static str]| {
        let (mut env, ears) = (world.env(), Arc::clone(&told));
        env.fs = Arc::new(Named(env.fs, name, mounted));
        let options = Store::options().env(env).observe(Arc::new(move |event: &Event| {
            if let Event::VolumeDoubted { name, .. } = event {
                ears.lock().expect("no panic").push(name.clone());
            }
        }));
        write(&options, "/a", 1).expect("it is saved");
        std::mem::take(&mut *told.lock().expect("no panic"))
    };
    assert_eq!(on("ext4", &[]), [""; 0]);
    assert_eq!(on("nfs", &[]), ["nfs"]);
    assert_eq!(on("nfs", &[]), [""; 0], "the file beside the lock says that it was told");
    assert_eq!(on("ext4", &["nobarrier"]), ["ext4 (nobarrier)"]);
    let note = world.fs.image().read(&root().join(".locks/volume")).map(<[u8]>::to_vec);
    assert_eq!(note.ok().as_deref(), Some(&b"ext4 (nobarrier)\n"[..]));
}
