//! Finding the project, its branch and its people, on a simulated disk and beside the real git.

use crate::Place;
use checklist_store::env::mem::World;
use checklist_workflow::project::{Branch, DiscoverError, actor, branch, discover, display_path};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command as Process;

fn world(files: &[(&str, &str)]) -> World {
    let world = World::new(1);
    for (path, content) in files {
        world.fs.place(Path::new(path), content.as_bytes()).unwrap();
    }
    world
}

fn variables(table: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
    move |name| table.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
}

#[test]
fn the_nearest_project_is_found() {
    let world =
        world(&[("/home/ana/code/.checklist/state.yaml", ""), ("/home/ana/code/api/.checklist/x", "")]);
    world.fs.place_dir(Path::new("/home/ana/code/api/src/deep")).unwrap();
    let find = |start| discover(&world.env(), Path::new(start), Some(Path::new("/home/ana"))).unwrap();
    assert_eq!(find("/home/ana/code/api/src/deep").root, Path::new("/home/ana/code/api"));
    assert_eq!(find("/home/ana/code/api").folder(), Path::new("/home/ana/code/api/.checklist"));
    assert_eq!(find("/home/ana/code").root, Path::new("/home/ana/code"));
}

#[test]
fn a_search_in_vain_says_where_it_looked_and_stops_below_home() {
    let world = world(&[("/home/ana/.checklist/state.yaml", ""), ("/.checklist", "")]);
    for dir in ["/home/ana/code/new", "/srv/app"] {
        world.fs.place_dir(Path::new(dir)).unwrap();
    }
    let look = |start, home: Option<&str>| discover(&world.env(), Path::new(start), home.map(Path::new));
    let missing = look("/home/ana/code/new", Some("/home/ana")).unwrap_err();
    assert_eq!(missing.to_string(), "no checklist here (looked in ~/code/new and its parents up to ~/code)");
    let DiscoverError::Missing(searched) = missing else { panic!("{missing}") };
    assert_eq!(
        (searched.from.as_path(), searched.to.as_path()),
        ("/home/ana/code/new".as_ref(), "/home/ana/code".as_ref())
    );
    assert_eq!(look("/home/ana", Some("/home/ana")).unwrap().root, Path::new("/home/ana"));
    assert_eq!(look("/home/ana/code", None).unwrap().root, Path::new("/home/ana"));
    let one = look("/home/ana/code", Some("/home/ana")).unwrap_err().to_string();
    assert_eq!(one, "no checklist here (looked in ~/code)");
    let file = look("/srv/app", Some("/home/ana")).unwrap_err();
    assert!(matches!(&file, DiscoverError::NotFolder(path) if path == Path::new("/.checklist")), "{file}");
}

#[test]
fn a_symlinked_folder_is_refused_and_not_passed_over() {
    let place = Place::new();
    place.write("outer/.checklist/state.yaml", "");
    place.write("outer/inner/x", "");
    std::os::unix::fs::symlink("../.checklist", place.path().join("outer/inner/.checklist")).unwrap();
    let refused = discover(&place.env, &place.path().join("outer/inner"), None).unwrap_err();
    assert!(matches!(refused, DiscoverError::Symlink(_)), "{refused}");
    assert!(refused.to_string().contains("inner/.checklist is a symbolic link"), "{refused}");
}

#[test]
fn the_branch_is_read_from_head() {
    let hash = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
    for (head, expected) in [
        ("ref: refs/heads/release/1.4\n", Some(Branch::Named("release/1.4".to_owned()))),
        (hash, Some(Branch::Detached(hash.to_owned()))),
        ("ref: refs/heads/.invalid\n", None),
        ("ref: refs/heads/a\x1b[31mb\n", Some(Branch::Named("ab".to_owned()))),
        ("garbage", None),
        ("", None),
    ] {
        let world = world(&[("/p/.git/HEAD", head), ("/p/sub/x", "")]);
        assert_eq!(branch(&world.env(), Path::new("/p/sub")), expected, "{head:?}");
    }
    assert_eq!(Branch::Detached(hash.to_owned()).to_string(), "1a2b3c4d (detached)");
    assert_eq!(branch(&world(&[("/p/x", "")]).env(), Path::new("/p")), None);
}

#[test]
fn worktrees_and_branches_are_read_as_git_made_them() {
    let place = Place::new();
    let git = |dir: &Path, arguments: &[&str]| {
        let mut git = Process::new("git");
        git.current_dir(dir)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] {
            git.env(name, "someone");
        }
        for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
            git.env(name, "someone@example.org");
        }
        git.output().is_ok_and(|output| output.status.success())
    };
    let main = place.path().join("main");
    std::fs::create_dir(&main).unwrap();
    if !git(&main, &["init", "--quiet"]) {
        say!("SKIPPED: there is no git to compare with");
        return;
    }
    assert!(git(&main, &["symbolic-ref", "HEAD", "refs/heads/trunk"]));
    assert!(git(&main, &["config", "user.name", "Ana \"A#\" Lima"]));
    assert!(git(&main, &["commit", "--quiet", "--allow-empty", "--message", "one"]));
    assert!(git(&main, &["worktree", "add", "--quiet", "-b", "release/1.4", "../tree"]));
    assert_eq!(branch(&place.env, &main), Some(Branch::Named("trunk".to_owned())));
    let tree = place.path().join("tree");
    assert_eq!(branch(&place.env, &tree), Some(Branch::Named("release/1.4".to_owned())));
    assert_eq!(actor(&place.env, Some(&tree), &|_| None), "Ana \"A#\" Lima");
    assert!(git(&tree, &["checkout", "--quiet", "--detach"]));
    assert!(matches!(branch(&place.env, &tree), Some(Branch::Detached(hash)) if hash.len() == 40));
}

#[test]
fn the_actor_is_the_first_name_that_is_said() {
    let full = world(&[
        ("/p/.git/HEAD", "ref: refs/heads/main"),
        ("/p/.git/config", "[user]\nname = Local\n"),
        ("/home/ana/.gitconfig", "[user]\nname = Global\n"),
        ("/home/ana/.config/git/config", "[user]\nname = Xdg\n"),
    ]);
    let bare = world(&[("/p/x", ""), ("/home/ana/.config/git/config", "[user]\nname = Xdg\n")]);
    let who = |world: &World, table: &'static [(&str, &str)]| {
        actor(&world.env(), Some(Path::new("/p")), &variables(table))
    };
    let home = &[("HOME", "/home/ana"), ("USER", "ana")];
    assert_eq!(who(&full, &[("CHECKLIST_ACTOR", "agent:x"), ("GIT_AUTHOR_NAME", "Env")]), "agent:x");
    assert_eq!(who(&full, &[("CHECKLIST_ACTOR", "  "), ("GIT_AUTHOR_NAME", "Env")]), "Env");
    assert_eq!(who(&full, home), "Local");
    assert_eq!(actor(&full.env(), None, &variables(home)), "Global");
    assert_eq!(who(&bare, home), "Xdg");
    assert_eq!(who(&bare, &[("HOME", "/nowhere"), ("USER", "ana")]), "ana");
    assert_eq!(who(&bare, &[("LOGNAME", "lima")]), "lima");
    assert_eq!(who(&bare, &[]), "unknown");
    assert_eq!(who(&bare, &[("CHECKLIST_ACTOR", "a\x1b]0;x\x07b\nc\td")]), "ab^Jc d");
}

#[test]
fn paths_in_home_are_shown_short() {
    let home = Some(Path::new("/home/ana"));
    for (path, shown) in
        [("/home/ana/code", "~/code"), ("/home/ana", "~"), ("/home/anabel", "/home/anabel"), ("/srv", "/srv")]
    {
        assert_eq!(display_path(Path::new(path), home), shown);
    }
    assert_eq!(display_path(Path::new("/srv"), Some(Path::new("/"))), "/srv");
}
