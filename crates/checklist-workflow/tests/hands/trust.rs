//! Approvals: what they hold for, and that a power cut leaves them whole or absent.

use crate::Place;
use checklist_store::env::Fs as _;
use checklist_store::env::mem::{Budget, DiskImage, World};
use checklist_workflow::trust::{Approval, ContentHash, TrustError, TrustStore, state_home};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

const HOME: &str = "/home/ana/.local/state/checklist";

fn project() -> &'static Path {
    Path::new("/home/ana/code/api")
}

fn store(world: &World) -> TrustStore {
    TrustStore::at(world.env(), Path::new(HOME))
}

#[test]
fn content_is_trusted_byte_for_byte() {
    let world = World::new(1);
    let store = store(&world);
    let hash = ContentHash::of(b"checklist: 1\n");
    assert!(!store.is_trusted(&hash, project()).unwrap(), "nothing is trusted at first");
    store.approve(&hash, "release", project(), Approval::Shown).unwrap();
    assert!(store.is_trusted(&hash, project()).unwrap());
    assert!(store.is_trusted(&hash, Path::new("/elsewhere")).unwrap(), "shown is shown");
    assert!(!store.is_trusted(&ContentHash::of(b"checklist: 1"), project()).unwrap());
    store.approve(&hash, "release", project(), Approval::Shown).unwrap();
    let records = store.records().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].sha256.as_str(), records[0].template.as_str()),
        (hash.to_string().as_str(), "release")
    );
    assert_eq!(records[0].project, "/home/ana/code/api");
}

#[test]
fn what_this_program_wrote_is_trusted_where_it_wrote_it_only() {
    let world = World::new(1);
    let store = store(&world);
    let hash = ContentHash::of(b"well known");
    store.approve(&hash, "hello", project(), Approval::Written).unwrap();
    assert!(store.is_trusted(&hash, project()).unwrap());
    assert!(!store.is_trusted(&hash, Path::new("/home/ana/code/cloned")).unwrap());
    store.approve(&hash, "hello", Path::new("/home/ana/code/other"), Approval::Written).unwrap();
    assert!(store.is_trusted(&hash, project()).unwrap(), "another project's approval takes nothing away");
}

#[test]
fn trust_can_be_taken_back() {
    let world = World::new(1);
    let store = store(&world);
    let hash = ContentHash::of(b"x");
    assert!(!store.revoke(&hash, project()).unwrap(), "there was none");
    for approval in [Approval::Shown, Approval::Written] {
        store.approve(&hash, "x", project(), approval).unwrap();
    }
    assert!(store.revoke(&hash, project()).unwrap());
    assert!(!store.is_trusted(&hash, project()).unwrap());
    for (outcome, image) in world.fs.image().crashes(&Budget::WHOLE) {
        let after = self::store(&World::from_image(&image, 2));
        assert!(!after.is_trusted(&hash, project()).unwrap(), "it came back after {outcome}");
    }
}

#[test]
fn damaged_and_forged_records_trust_nothing() {
    let (hash, other) = (ContentHash::of(b"x"), ContentHash::of(b"y"));
    let valid = format!(r#"{{"sha256":"{other}","template":"t","project":"p","approved":"now"}}"#);
    for content in ["", "{", "{}", "null", valid.as_str()] {
        let world = World::new(1);
        world.fs.place(&Path::new(HOME).join(format!("trust/{hash}.json")), content.as_bytes()).unwrap();
        let store = store(&world);
        assert!(!store.is_trusted(&hash, project()).unwrap(), "{content:?}");
        store.approve(&hash, "t", project(), Approval::Shown).unwrap();
        assert!(store.is_trusted(&hash, project()).unwrap(), "approving repairs {content:?}");
    }
}

#[test]
fn a_project_cannot_keep_its_own_approvals() {
    let world = World::new(1);
    let store = TrustStore::at(world.env(), Path::new("/home/ana/code/api/state"));
    let hash = ContentHash::of(b"x");
    for refused in [
        store.approve(&hash, "x", project(), Approval::Shown).unwrap_err(),
        store.is_trusted(&hash, project()).unwrap_err(),
    ] {
        assert!(matches!(refused, TrustError::InsideProject { .. }), "{refused}");
        assert!(refused.to_string().contains("set XDG_STATE_HOME"), "{refused}");
    }
    assert!(world.fs.list(Path::new("/")).unwrap().is_empty(), "nothing was written");
}

#[test]
fn a_power_cut_leaves_an_approval_whole_or_absent() {
    let hash = ContentHash::of(b"checklist: 1\n");
    let mut cuts = 0;
    // The second round finds the folders there.
    for prepared in [false, true] {
        let world = World::new(7);
        if prepared {
            world.fs.place_dir(&Path::new(HOME).join("trust")).unwrap();
        }
        let images: Arc<Mutex<Vec<DiskImage>>> = Arc::default();
        let seen = Arc::clone(&images);
        world.fs.on_call(move |_, fs| seen.lock().unwrap().push(fs.image()));
        store(&world).approve(&hash, "release", project(), Approval::Shown).unwrap();
        let acknowledged = world.fs.image();
        let images = std::mem::take(&mut *images.lock().unwrap());
        for (index, image) in images.iter().chain([&acknowledged]).enumerate() {
            for (outcome, left) in image.crashes(&Budget::SECTORS) {
                cuts += 1;
                let after = World::from_image(&left, 8);
                let trusted = store(&after).is_trusted(&hash, project()).unwrap();
                assert!(trusted || index < images.len(), "acknowledged and lost after {outcome}");
                store(&after).approve(&hash, "release", project(), Approval::Shown).unwrap();
                for (again, left) in after.fs.image().crashes(&Budget::WHOLE) {
                    let after = World::from_image(&left, 9);
                    let kept = store(&after).is_trusted(&hash, project()).unwrap();
                    assert!(kept, "call {index}, {outcome}, approved again, lost after {again}");
                }
            }
        }
    }
    assert!(cuts > 20, "only {cuts} power cuts were tried");
}

#[test]
fn records_are_private_and_written_side_by_side() {
    let place = Place::new();
    let home = place.path().join("a/b");
    let (home, env) = (&home, &place.env);
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            scope.spawn(move || {
                let store = TrustStore::at(env.clone(), home);
                for content in 0..8_u8 {
                    // Half of the contents are approved by all threads at the same time.
                    let owner = if content % 2 == 0 { thread } else { 0 };
                    let hash = ContentHash::of(&[content, owner]);
                    store.approve(&hash, "t", Path::new("/p"), Approval::Shown).unwrap();
                    assert!(store.is_trusted(&hash, Path::new("/p")).unwrap());
                }
            });
        }
    });
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for dir in ["a", "a/b", "a/b/trust"] {
        assert_eq!(mode(&place.path().join(dir)), 0o700, "{dir}");
    }
    let files: Vec<_> =
        std::fs::read_dir(home.join("trust")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 4 * 8 + 4, "one file for each content, and no stage left");
    assert!(files.iter().all(|file| mode(file) == 0o600));
}

#[test]
fn hashes_are_read_and_shown() {
    let hash = ContentHash::of(b"abc");
    // FIPS 180-4, example of "abc".
    let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hash.to_string(), digits);
    assert_eq!(hash.short(), "ba78..ad");
    assert_eq!(ContentHash::parse(digits), Some(hash));
    assert_eq!(ContentHash::parse(&digits.to_uppercase()), Some(hash));
    for text in
        ["", "ba78..ad", &digits[1..], &digits[2..], &format!("{digits}00"), &digits.replace('b', "g")]
    {
        assert_eq!(ContentHash::parse(text), None, "{text}");
    }
}

#[test]
fn the_state_folder_follows_the_base_directory_specification() {
    let home = |table: &'static [(&str, &str)]| {
        state_home(&move |name| {
            table.iter().find(|(known, _)| *known == name).map(|(_, v)| OsString::from(v))
        })
    };
    let default = Some("/home/ana/.local/state/checklist".into());
    assert_eq!(home(&[("XDG_STATE_HOME", "/s"), ("HOME", "/home/ana")]), Some("/s/checklist".into()));
    assert_eq!(home(&[("HOME", "/home/ana")]), default);
    assert_eq!(home(&[("XDG_STATE_HOME", "relative"), ("HOME", "/home/ana")]), default);
    assert_eq!(home(&[("XDG_STATE_HOME", ""), ("HOME", "/home/ana")]), default);
    assert_eq!(home(&[("HOME", "relative")]), None);
    assert_eq!(home(&[]), None);
}
