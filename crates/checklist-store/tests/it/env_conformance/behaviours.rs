//! What every file system behind the seam does: one function for each behaviour, run on each of them.

use checklist_store::env::{Access, Extent, Fs, Kind, write_fully};
use std::io;
use std::path::{Path, PathBuf};

/// One behaviour, tried in an empty directory.
pub(crate) type Behaviour = fn(&dyn Fs, &Path);

/// All of them.
pub(crate) const ALL: &[(&str, Behaviour)] = &[
    ("reads_are_cut_off_at_the_end_of_the_file", reads_are_cut_off_at_the_end_of_the_file),
    ("what_is_missing_is_not_found", what_is_missing_is_not_found),
    (
        "files_and_directories_are_not_taken_for_each_other",
        files_and_directories_are_not_taken_for_each_other,
    ),
    ("create_empties_what_was_there", create_empties_what_was_there),
    ("appends_land_at_the_end_whoever_writes", appends_land_at_the_end_whoever_writes),
    ("a_created_file_is_written_from_its_own_position", a_created_file_is_written_from_its_own_position),
    (
        "rename_replaces_the_file_and_takes_its_identity_along",
        rename_replaces_the_file_and_takes_its_identity_along,
    ),
    ("rename_moves_between_directories", rename_moves_between_directories),
    ("lists_are_sorted_and_hold_whole_paths", lists_are_sorted_and_hold_whole_paths),
    ("an_edit_shows_in_stat", an_edit_shows_in_stat),
    (
        "a_lock_excludes_another_handle_until_it_is_dropped",
        a_lock_excludes_another_handle_until_it_is_dropped,
    ),
    ("an_open_file_outlives_its_name", an_open_file_outlives_its_name),
    ("exchanged_names_swap_their_files", exchanged_names_swap_their_files),
    ("a_reopened_file_is_written_in_place", a_reopened_file_is_written_in_place),
    ("an_extent_is_what_stat_tells_but_for_times", an_extent_is_what_stat_tells_but_for_times),
    ("a_reopened_file_is_read_where_one_asks", a_reopened_file_is_read_where_one_asks_whatever_name_it_has),
    ("what_is_created_belongs_to_its_user", what_is_created_belongs_to_its_user),
];

fn put(fs: &dyn Fs, path: &Path, bytes: &[u8]) {
    let mut file = fs.create(path, Access::Private).expect("create");
    write_fully(&mut *file, bytes).expect("write");
    file.sync().expect("sync");
}

fn all(fs: &dyn Fs, path: &Path) -> Vec<u8> {
    fs.read(path, 0..u64::MAX).expect("read")
}

fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
    result.err().map(|error| error.kind())
}

fn reads_are_cut_off_at_the_end_of_the_file(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    put(fs, &path, b"0123456789");
    assert_eq!(all(fs, &path), b"0123456789");
    assert_eq!(fs.read(&path, 0..3).expect("read"), b"012");
    assert_eq!(fs.read(&path, 8..100).expect("read"), b"89");
    assert_eq!(fs.read(&path, 10..20).expect("read"), b"");
    assert_eq!(fs.read(&path, 50..60).expect("read"), b"");
    assert_eq!(fs.read(&path, 4..4).expect("read"), b"");
}

fn what_is_missing_is_not_found(fs: &dyn Fs, dir: &Path) {
    let missing = dir.join("missing");
    let below = missing.join("below");
    let not_found = Some(io::ErrorKind::NotFound);
    assert_eq!(kind(fs.stat(&missing)), not_found);
    assert_eq!(kind(fs.read(&missing, 0..1)), not_found);
    assert_eq!(kind(fs.remove(&missing)), not_found);
    assert_eq!(kind(fs.rename(&missing, &dir.join("other"))), not_found);
    assert_eq!(kind(fs.list(&missing)), not_found);
    assert_eq!(kind(fs.sync_dir(&missing)), not_found);
    assert_eq!(kind(fs.create(&below, Access::Private)), not_found);
    assert_eq!(kind(fs.append(&below, Access::Private)), not_found);
    assert_eq!(kind(fs.create_dir(&below)), not_found);
    assert_eq!(kind(fs.try_lock(&below)), not_found);
    put(fs, &dir.join("there"), b"");
    assert_eq!(kind(fs.rename(&dir.join("there"), &below)), not_found);
}

fn files_and_directories_are_not_taken_for_each_other(fs: &dyn Fs, dir: &Path) {
    let (file, sub) = (dir.join("file"), dir.join("sub"));
    put(fs, &file, b"x");
    fs.create_dir(&sub).expect("create_dir");
    assert_eq!(kind(fs.create_dir(&sub)), Some(io::ErrorKind::AlreadyExists));
    assert_eq!(kind(fs.create_dir(&file)), Some(io::ErrorKind::AlreadyExists));
    assert_eq!(kind(fs.read(&sub, 0..1)), Some(io::ErrorKind::IsADirectory));
    assert_eq!(kind(fs.create(&sub, Access::Private)), Some(io::ErrorKind::IsADirectory));
    assert_eq!(kind(fs.append(&sub, Access::Private)), Some(io::ErrorKind::IsADirectory));
    assert_eq!(kind(fs.rename(&file, &sub)), Some(io::ErrorKind::IsADirectory));
    assert_eq!(kind(fs.list(&file)), Some(io::ErrorKind::NotADirectory));
    assert_eq!(kind(fs.stat(&file.join("below"))), Some(io::ErrorKind::NotADirectory));
    assert!(fs.remove(&sub).is_err());
    assert_eq!(fs.stat(&file).expect("stat").kind, Kind::File);
    assert_eq!(fs.stat(&sub).expect("stat").kind, Kind::Directory);
}

fn create_empties_what_was_there(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    put(fs, &path, b"a long content");
    put(fs, &path, b"short");
    assert_eq!(all(fs, &path), b"short");
}

fn appends_land_at_the_end_whoever_writes(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("log");
    let mut first = fs.append(&path, Access::Private).expect("append");
    let mut second = fs.append(&path, Access::Private).expect("append");
    write_fully(&mut *first, b"one ").expect("write");
    write_fully(&mut *second, b"two ").expect("write");
    write_fully(&mut *first, b"three").expect("write");
    assert_eq!(all(fs, &path), b"one two three");
    first.truncate(4).expect("truncate");
    write_fully(&mut *second, b"four").expect("write");
    assert_eq!(all(fs, &path), b"one four");
    second.truncate(0).expect("truncate");
    assert_eq!(fs.stat(&path).expect("stat").len, 0);
    write_fully(&mut *first, b"five").expect("write");
    first.sync().expect("sync");
    assert_eq!(all(fs, &path), b"five");
}

fn a_created_file_is_written_from_its_own_position(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let mut file = fs.create(&path, Access::Shared).expect("create");
    write_fully(&mut *file, b"0123").expect("write");
    file.truncate(2).expect("truncate");
    write_fully(&mut *file, b"45").expect("write");
    assert_eq!(all(fs, &path), b"01\0\x0045");
    file.truncate(8).expect("truncate");
    assert_eq!(all(fs, &path), b"01\0\x0045\0\0");
}

fn rename_replaces_the_file_and_takes_its_identity_along(fs: &dyn Fs, dir: &Path) {
    let (from, to) = (dir.join("from"), dir.join("to"));
    put(fs, &from, b"new");
    put(fs, &to, b"old");
    let moved = fs.stat(&from).expect("stat");
    let replaced = fs.stat(&to).expect("stat");
    fs.rename(&from, &to).expect("rename");
    fs.sync_dir(dir).expect("sync_dir");
    assert_eq!(all(fs, &to), b"new");
    assert_eq!(kind(fs.stat(&from)), Some(io::ErrorKind::NotFound));
    let now = fs.stat(&to).expect("stat");
    assert_eq!((now.id, now.len), (moved.id, 3));
    assert_ne!(now.id, replaced.id);
}

fn rename_moves_between_directories(fs: &dyn Fs, dir: &Path) {
    let sub = dir.join("sub");
    fs.create_dir(&sub).expect("create_dir");
    put(fs, &sub.join("staged"), b"content");
    fs.rename(&sub.join("staged"), &dir.join("final")).expect("rename");
    assert_eq!(all(fs, &dir.join("final")), b"content");
    assert_eq!(fs.list(&sub).expect("list"), Vec::<PathBuf>::new());
}

fn lists_are_sorted_and_hold_whole_paths(fs: &dyn Fs, dir: &Path) {
    for name in ["b", "a", ".hidden", "c"] {
        put(fs, &dir.join(name), b"");
    }
    fs.create_dir(&dir.join("ab")).expect("create_dir");
    fs.remove(&dir.join("c")).expect("remove");
    let names = [".hidden", "a", "ab", "b"].map(|name| dir.join(name));
    assert_eq!(fs.list(dir).expect("list"), names);
}

fn an_edit_shows_in_stat(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    put(fs, &path, b"one");
    let before = fs.stat(&path).expect("stat");
    assert_eq!(fs.stat(&path).expect("stat"), before, "looking changes nothing");
    let mut file = fs.append(&path, Access::Private).expect("append");
    write_fully(&mut *file, b"two").expect("write");
    let appended = fs.stat(&path).expect("stat");
    assert_ne!(appended, before);
    assert_eq!(appended.id, before.id);
    put(fs, &dir.join("other"), b"onetwo");
    fs.rename(&dir.join("other"), &path).expect("rename");
    assert_ne!(fs.stat(&path).expect("stat"), appended, "another file with the same bytes is a change");
}

fn a_lock_excludes_another_handle_until_it_is_dropped(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("lock");
    let held = fs.try_lock(&path).expect("try_lock").expect("nobody else holds it");
    assert_eq!(fs.stat(&path).expect("the lock file was created").len, 0);
    assert!(fs.try_lock(&path).expect("try_lock").is_none());
    assert!(fs.try_lock(&dir.join("another")).expect("try_lock").is_some());
    drop(held);
    assert!(fs.try_lock(&path).expect("try_lock").is_some());
    assert!(fs.try_lock(&path).expect("try_lock").is_some(), "a dropped lock is free at once");
}

fn an_open_file_outlives_its_name(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let mut file = fs.append(&path, Access::Private).expect("append");
    write_fully(&mut *file, b"one").expect("write");
    fs.rename(&path, &dir.join("elsewhere")).expect("rename");
    write_fully(&mut *file, b"two").expect("write");
    assert_eq!(all(fs, &dir.join("elsewhere")), b"onetwo");
    fs.remove(&dir.join("elsewhere")).expect("remove");
    write_fully(&mut *file, b"three").expect("write");
    file.sync().expect("sync");
    assert_eq!(fs.list(dir).expect("list"), Vec::<PathBuf>::new());
}

fn exchanged_names_swap_their_files(fs: &dyn Fs, dir: &Path) {
    let sub = dir.join("sub");
    fs.create_dir(&sub).expect("create the directory");
    let (here, there) = (sub.join("here"), dir.join("there"));
    put(fs, &here, b"new");
    assert_eq!(kind(fs.exchange(&here, &there)), Some(io::ErrorKind::NotFound));
    put(fs, &there, b"old");
    let (new, old) = (fs.stat(&here).expect("stat").id, fs.stat(&there).expect("stat").id);
    fs.exchange(&here, &there).expect("exchange");
    assert_eq!((all(fs, &here), all(fs, &there)), (b"old".to_vec(), b"new".to_vec()));
    assert_eq!((fs.stat(&here).expect("stat").id, fs.stat(&there).expect("stat").id), (old, new));
}

fn a_reopened_file_is_written_in_place(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    assert_eq!(fs.reopen(&path).map(drop).map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
    assert!(fs.stat(&path).is_err(), "reopening creates nothing");
    put(fs, &path, b"0123456789");
    let mut file = fs.reopen(&path).expect("reopen");
    for (start, text) in [(3, "xyz"), (9, "longer")] {
        let mut written = 0;
        while written < text.len() {
            written += file.write_at((start + written) as u64, &text.as_bytes()[written..]).expect("write");
        }
    }
    file.sync().expect("sync");
    assert_eq!(all(fs, &path), b"012xyz678longer");
}

fn an_extent_is_what_stat_tells_but_for_times(fs: &dyn Fs, dir: &Path) {
    let (file, other) = (dir.join("file"), dir.join("other"));
    put(fs, &file, b"0123456789");
    put(fs, &other, b"");
    for path in [&file, &other, &dir.to_path_buf()] {
        assert_eq!(fs.extent(path).expect("extent"), Extent::from(fs.stat(path).expect("stat")), "{path:?}");
    }
    let before = fs.extent(&file).expect("extent");
    assert_eq!((before.kind, before.len), (Kind::File, 10));
    fs.exchange(&file, &other).or_else(|_| fs.rename(&other, &file)).expect("exchange");
    let after = fs.extent(&file).expect("extent");
    assert_eq!(after.len, 0);
    assert_ne!(after.id, before.id, "another file has the name");
    assert_eq!(fs.extent(&dir.join("none")).expect_err("missing").kind(), io::ErrorKind::NotFound);
}

fn a_reopened_file_is_read_where_one_asks_whatever_name_it_has(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    put(fs, &path, b"0123456789");
    let mut file = fs.reopen(&path).expect("reopen");
    fs.rename(&path, &dir.join("moved")).expect("rename");
    put(fs, &path, b"another file");
    let mut read = |offset, len| {
        let mut bytes = vec![b'?'; len];
        let read = file.read_at(offset, &mut bytes).expect("read");
        bytes.truncate(read);
        bytes
    };
    assert_eq!(read(3, 4), b"3456");
    assert_eq!(read(8, 4), b"89", "up to the end");
    assert_eq!(read(10, 1), b"", "at the end");
    assert_eq!(read(1 << 40, 1), b"", "far behind it");
    assert_eq!(file.write_at(10, b"a").expect("write"), 1, "reading left it as it was");
    assert_eq!(all(fs, &dir.join("moved")), b"0123456789a");
}

fn what_is_created_belongs_to_its_user(fs: &dyn Fs, dir: &Path) {
    put(fs, &dir.join("file"), b"");
    assert_eq!(fs.stat(&dir.join("file")).expect("stat").foreign_owner, None);
}
