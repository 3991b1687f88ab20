//! Paths against real folders and real links.

use crate::Place;
use checklist_workflow::confine::confine;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn what_lies_in_the_project_is_allowed() {
    let place = Place::new();
    place.write("docs/a b/release.md", "x");
    let root = place.path();
    for (path, expected) in [
        ("docs/a b/release.md", "docs/a b/release.md"),
        ("./docs//a b/", "docs/a b"),
        ("not/there/yet", "not/there/yet"),
        ("docs/a b/release.md/below-a-file", "docs/a b/release.md/below-a-file"),
        ("..hidden/...", "..hidden/..."),
    ] {
        assert_eq!(confine(&place.env, root, path).unwrap(), root.join(expected), "{path}");
    }
    assert_eq!(confine(&place.env, root, ".").unwrap(), root);
}

#[test]
fn what_leaves_by_its_text_is_refused() {
    let place = Place::new();
    for path in ["", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "~/x", "a\0b", "C:\\x", "a\\..\\x"] {
        let refused = confine(&place.env, place.path(), path).unwrap_err();
        assert_eq!(refused.path(), path);
        assert!(refused.to_string().starts_with("the path "), "{refused}");
        assert!(!refused.to_string().contains('\0'));
    }
}

#[test]
fn links_that_stay_inside_are_followed_to_the_real_file() {
    let place = Place::new();
    place.write("shared/guide/release.md", "x");
    place.write("app/x", "x");
    let root = place.path();
    symlink("../shared/guide", root.join("app/docs")).unwrap();
    symlink("./app/docs/release.md", root.join("RELEASE.md")).unwrap();
    symlink("app/../shared", root.join("s")).unwrap();
    let real = root.join("shared/guide/release.md");
    for path in ["app/docs/release.md", "RELEASE.md", "s/guide/release.md"] {
        assert_eq!(confine(&place.env, root, path).unwrap(), real, "{path}");
    }
    symlink(".", root.join("itself")).unwrap();
    assert_eq!(confine(&place.env, root, "itself").unwrap(), root);
}

#[test]
fn links_that_leave_are_refused_wherever_they_are() {
    let place = Place::new();
    place.write("secret", "x");
    place.write("project/docs/x", "x");
    let root = place.path().join("project");
    symlink("..", root.join("up")).unwrap();
    symlink("../../secret", root.join("docs/secret")).unwrap();
    symlink(place.path().join("secret"), root.join("absolute")).unwrap();
    symlink(root.join("docs"), root.join("absolute-inside")).unwrap();
    symlink("docs/../../secret", root.join("climbs")).unwrap();
    symlink("../nowhere", root.join("dangling")).unwrap();
    symlink("../project/docs", root.join("out-and-in")).unwrap();
    symlink("docs/secret", root.join("chain")).unwrap();
    for path in [
        "up",
        "up/secret",
        "docs/secret",
        "absolute",
        "absolute-inside/x",
        "climbs",
        "dangling",
        "out-and-in/x",
        "chain",
    ] {
        let refused = confine(&place.env, &root, path).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the path {path:?} leaves the project through a symbolic link")
        );
    }
}

#[test]
fn a_circle_of_links_ends() {
    let place = Place::new();
    symlink("b", place.path().join("a")).unwrap();
    symlink("a", place.path().join("b")).unwrap();
    symlink("deep/x", place.path().join("deep")).unwrap();
    for path in ["a", "b/c", "deep"] {
        let refused = confine(&place.env, place.path(), path).unwrap_err();
        assert!(refused.to_string().contains("more than 40 symbolic links"), "{refused}");
    }
}

/// The kernel's own answer for every path of a small alphabet over a folder with all kinds of links.
#[cfg(target_os = "linux")]
#[test]
fn the_kernel_agrees_about_every_existing_path() {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
    let place = Place::new();
    place.write("secret", "x");
    place.write("project/a/x", "x");
    let root = place.path().join("project");
    for (target, link) in [
        ("a", "in"),
        ("../a", "a/back"),
        ("../../secret", "a/out"),
        ("/etc", "b"),
        ("in/..", "dots"),
        ("..", "up"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    let dir = openat(CWD, &root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let names = ["a", "x", "in", "back", "out", "b", "dots", "up", ".", ".."];
    let mut compared = 0;
    for first in names {
        for second in names {
            for third in names {
                let path = format!("{first}/{second}/{third}");
                let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
                let opened = openat2(&dir, &path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve);
                match (opened, confine(&place.env, &root, &path)) {
                    (Ok(_), Ok(real)) => {
                        assert_eq!(real.canonicalize().unwrap(), real, "{path} is not resolved");
                        assert_eq!(real, root.join(&path).canonicalize().unwrap(), "{path}");
                        compared += 1;
                    }
                    (Ok(_), Err(_)) => {
                        assert!(path.contains(".."), "{path}: only dots are refused in addition");
                    }
                    (Err(rustix::io::Errno::XDEV), answer) => {
                        assert!(answer.is_err(), "{path} leaves");
                        compared += 1;
                    }
                    // Not there, or below a file: harmless either way, as long as it is inside.
                    (Err(_), Ok(inside)) => assert!(inside.starts_with(&root), "{path}"),
                    (Err(_), Err(_)) => {}
                }
            }
        }
    }
    assert!(compared > 100, "only {compared} paths were comparable");
}

#[test]
fn a_folder_that_may_not_be_looked_into_is_an_answer() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.write("closed/x", "x");
    let closed = place.path().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let answer = confine(&place.env, place.path(), "closed/x");
    let may_look = std::fs::symlink_metadata(closed.join("x")).is_ok();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    match answer {
        Ok(path) => assert!(may_look && path == Path::new(&closed).join("x")),
        Err(refused) => assert!(refused.to_string().ends_with("permission denied"), "{refused}"),
    }
}
