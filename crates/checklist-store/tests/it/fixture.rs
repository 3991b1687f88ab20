//! `TestStore`: a store on a simulated disk, whose integrity is checked when a test is done with it.

use checklist_store::env::mem::{DiskImage, World};
use checklist_store::env::{Access, Fs as _};
use checklist_store::workspace::Workspace;
use checklist_store::{Commit, Draft, Error, ErrorKind, Key, Options, Publish, Store, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A store in a world of its own.
pub(crate) struct TestStore {
    pub(crate) world: World,
    workspace: Workspace,
}

impl TestStore {
    /// A world without a store.
    pub(crate) fn absent() -> TestStore {
        let world = World::new(1);
        world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
        TestStore { workspace: Workspace::in_memory(&world), world }
    }

    /// A world with a new store.
    pub(crate) fn new() -> TestStore {
        let test = TestStore::absent();
        test.open().close().expect("a new store closes");
        test
    }

    /// What a new process finds on a disk.
    pub(crate) fn on(image: &DiskImage) -> TestStore {
        let world = World::from_image(image, 2);
        TestStore { workspace: Workspace::in_memory(&world), world }
    }

    /// The same disk, forked: what is done to the copy does not show here.
    pub(crate) fn fork(&self) -> TestStore {
        TestStore::on(&self.image())
    }

    /// Says that the store is left damaged, edited or missing.
    pub(crate) fn ends_unsound(&self) -> &TestStore {
        self.workspace.ends_unsound();
        self
    }

    pub(crate) fn options(&self) -> Options {
        Store::options().env(self.world.env())
    }

    pub(crate) fn deferred(&self) -> Options {
        self.options().publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(0)
    }

    pub(crate) fn open(&self) -> Store {
        self.options().open(root()).expect("the store opens")
    }

    pub(crate) fn open_deferred(&self) -> Store {
        self.deferred().open(root()).expect("the store opens")
    }

    /// Opens and expects to be refused.
    pub(crate) fn refused(&self) -> Error {
        self.options().open(root()).expect_err("the store is refused")
    }

    pub(crate) fn image(&self) -> DiskImage {
        self.world.fs.image()
    }

    /// The bytes of a file of the store, nothing if it is missing.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.image().read(&root().join(name)).map(<[u8]>::to_vec).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("the file is text")
    }

    /// Puts a file there, durably, as somebody else would.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.world.fs.place(&root().join(name), bytes.as_ref()).expect("the disk takes it");
    }

    /// Takes a file away, durably.
    pub(crate) fn remove(&self, name: &str) {
        self.world.fs.remove(&root().join(name)).expect("the file is there");
        self.world.fs.settle();
    }

    /// Replaces text in `state.yaml`, as somebody with an editor would.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = self.text("state.yaml");
        assert!(text.contains(from), "the state does not hold {from:?}");
        self.put("state.yaml", text.replace(from, to));
    }

    /// Every file of the store but for the locks, which say nothing about it.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.image())
    }

    /// The disk as a clone by git leaves it: only what is tracked.
    pub(crate) fn cloned_by_git(&self) -> TestStore {
        let test = TestStore::absent();
        for name in [".gitignore", "state.yaml"] {
            test.put(name, self.bytes(name));
        }
        test
    }

    /// Takes every copy of the state away.
    pub(crate) fn remove_copies(&self) {
        for name in self.list(".backup") {
            self.remove(&format!(".backup/{name}"));
        }
    }

    /// The names in a folder of the store.
    pub(crate) fn list(&self, folder: &str) -> Vec<String> {
        let paths = self.world.fs.list(&root().join(folder)).unwrap_or_default();
        paths.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    }
}

/// A store with one published commit and, if asked for, one that waits in the log.
pub(crate) fn used(waiting: bool) -> TestStore {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    if waiting {
        write(&mut test.open_deferred(), "/waiting", 1);
    }
    test
}

/// Where the simulated stores live.
pub(crate) fn root() -> PathBuf {
    PathBuf::from("/project/.checklist")
}

pub(crate) fn files(image: &DiskImage) -> BTreeMap<PathBuf, Vec<u8>> {
    let locks = root().join(".locks");
    let counted = |path: &Path| path.starts_with(root()) && !path.starts_with(&locks);
    let entries = image.entries().into_iter().filter(|(path, _)| counted(path));
    entries.filter_map(|(path, bytes)| Some((path, bytes?.to_vec()))).collect()
}

pub(crate) const fn key(pointer: &'static str) -> Key<'static> {
    Key::from_static(pointer)
}

/// Commits one write.
pub(crate) fn write(store: &mut Store, pointer: &'static str, value: impl Into<Value>) -> Commit {
    let mut transaction = store.begin().expect("a transaction begins");
    transaction.write(&key(pointer), value.into()).expect("the value is accepted");
    transaction.commit().expect("the transaction commits")
}

/// An edit function that writes one value.
pub(crate) fn writes(
    pointer: &'static str,
    value: impl Into<Value>,
) -> impl FnOnce(&mut Draft) -> Result<(), Error> {
    let value = value.into();
    move |draft| draft.write(&key(pointer), value)
}

/// The kind of the error that beginning a transaction ends in.
pub(crate) fn begin_error(store: &mut Store) -> ErrorKind {
    store.begin().map(drop).expect_err("beginning is refused").kind()
}

/// Seals a line as the log and the history do; `body` lacks its closing brace.
pub(crate) fn sealed(body: &str) -> String {
    format!("{body},\"crc\":\"{:08x}\"}}\n", crc32c::crc32c(body.as_bytes()))
}

/// Recomputes the CRC of a sealed line after `change` was made to it.
pub(crate) fn resealed(line: &str, change: impl FnOnce(&str) -> String) -> String {
    let body = line.trim_end().rsplit_once(",\"crc\":").expect("the line is sealed").0;
    sealed(&change(body))
}

/// Appends bytes to a file of the simulated disk, durably.
pub(crate) fn append(test: &TestStore, name: &str, bytes: &[u8]) {
    let mut file = test.world.fs.append(&root().join(name), Access::Private).expect("the file opens");
    checklist_store::env::write_fully(&mut *file, bytes).expect("the disk has space");
    test.world.fs.settle();
}
