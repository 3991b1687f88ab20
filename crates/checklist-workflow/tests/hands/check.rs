//! Checks against real files and scripts.

use crate::Place;
use checklist_store::env::os;
use checklist_workflow::check::{self, CheckKind, CheckResult};
use checklist_workflow::condition::Expression;
use checklist_workflow::exec::Exit;
use checklist_workflow::template::{Check, Condition, Validation};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const LOG: &str =
    "# Changelog\n\nAll notable changes.\n\n```\n## [9.9.9] in a fence\n```\n## [1.3.2]\n- fix\n## [1.3.1]\n";

fn contains(place: &Place, path: &str, text: &str) -> CheckResult {
    check::file_contains(&place.env, place.path(), path, text, Some("write it first"))
}

#[test]
fn a_text_that_is_there_is_located() {
    let place = Place::new();
    place.write("CHANGELOG.md", LOG);
    let result = contains(&place, "CHANGELOG.md", "## [1.3.2]");
    assert!(result.passed);
    assert_eq!(result.detail, "CHANGELOG.md line 8");
    assert_eq!(result.label(), "file_contains CHANGELOG.md \"## [1.3.2]\"");
    place.write("windows.txt", "one\r\ntwo\r\nthree");
    let result = contains(&place, "windows.txt", "two\nthree");
    assert_eq!((result.passed, result.detail.as_str()), (true, "windows.txt line 2"));
    assert_eq!(result.label(), "file_contains windows.txt \"two\" ...");
}

#[test]
fn a_missing_heading_is_answered_with_the_newest_one() {
    let place = Place::new();
    place.write("CHANGELOG.md", LOG);
    place.write("guide.md", "# Guide\ntext\n## Setup\n");
    let result = contains(&place, "CHANGELOG.md", "## [1.4.0]");
    assert!(!result.passed);
    assert_eq!(result.detail, "CHANGELOG.md has \"## [1.3.2]\" as its newest heading (line 8)");
    assert_eq!(result.found.as_deref(), Some("## [1.3.2]"));
    assert_eq!(result.message.as_deref(), Some("write it first"));
    let other = contains(&place, "guide.md", "## Usage");
    assert_eq!(other.detail, "guide.md has \"## Setup\" as its first heading (line 3)");
    let level = contains(&place, "guide.md", "### Usage");
    assert_eq!(level.detail, "guide.md has no heading that begins with \"### \"");
}

#[test]
fn a_near_miss_is_pointed_out() {
    let place = Place::new();
    place.write("Cargo.toml", "[package]\nname =  \"api\"\nVersion = \"1.4.0\"\n");
    let result = contains(&place, "Cargo.toml", "version = \"1.4.0\"");
    assert_eq!(result.detail, "Cargo.toml line 3 differs in case or spaces: \"Version = \"1.4.0\"\"");
    assert!(!result.passed);
    let none = contains(&place, "Cargo.toml", "edition");
    assert_eq!((none.passed, none.detail.as_str()), (false, "Cargo.toml does not contain it (3 lines)"));
    place.write("empty", "");
    assert_eq!(contains(&place, "empty", "x").detail, "empty is empty");
    assert!(!contains(&place, "Cargo.toml", "").passed, "no text is no evidence");
}

#[test]
fn files_that_cannot_be_searched_do_not_pass() {
    let place = Place::new();
    place.write("dir/x", "x");
    assert_eq!(contains(&place, "gone.md", "x").detail, "there is no gone.md");
    assert!(contains(&place, "dir", "x").detail.ends_with("it is a folder"));
    assert!(contains(&place, "../x", "x").detail.contains("contains `..`"));
    std::os::unix::fs::symlink("/etc/passwd", place.path().join("link")).unwrap();
    assert!(contains(&place, "link", "root").detail.ends_with("through a symbolic link"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(
        contains(&place, "pipe", "x").detail.ends_with("it is not a regular file"),
        "and nobody waits for it"
    );
    place.write("binary", b"\xff\xfe\0needle\xff");
    assert!(contains(&place, "binary", "needle").passed);
    let big = os::output_file(&place.path().join("big")).unwrap();
    big.set_len(check::SEARCH_BYTES_MAX + 1).unwrap();
    assert!(contains(&place, "big", "x").detail.contains("larger than"));
}

#[test]
fn what_is_quoted_from_a_file_is_harmless_and_short() {
    let place = Place::new();
    place.write("CHANGES", format!("## \x1b[31m{}\u{202e}\n", "x".repeat(500)));
    let result = contains(&place, "CHANGES", "## 2");
    assert!(result.detail.chars().count() < 200, "{}", result.detail);
    assert!(!result.detail.contains(['\x1b', '\u{202e}']));
}

#[test]
fn existence_is_reported() {
    let place = Place::new();
    place.write("dist/app", "x");
    std::os::unix::fs::symlink("dist/app", place.path().join("app")).unwrap();
    let exists = |path| check::file_exists(&place.env, place.path(), path, None);
    for (path, passed, detail) in [
        ("dist/app", true, "dist/app is there"),
        ("app", true, "app is there"),
        ("dist", true, "dist is there, a folder"),
        ("dist/other", false, "there is no dist/other"),
    ] {
        let result = exists(path);
        assert_eq!((result.passed, result.detail.as_str()), (passed, detail));
    }
    let outside = exists("/etc/passwd");
    assert!(!outside.passed && outside.detail.contains("is absolute"), "{outside}");
    assert_eq!(exists("dist").label(), "file_exists dist");
}

#[test]
fn a_script_passes_when_it_exits_with_zero() {
    let place = Place::new();
    let never = AtomicBool::new(false);
    let passed = check::bash(&place.env, &place.command("echo fine"), None, &never);
    assert!(passed.passed && passed.detail.starts_with("ok, "), "{passed}");
    assert_eq!(place.logged(), "fine\n");
    let failed = check::bash(&place.env, &place.command("exit 2\n"), Some("commit first"), &never);
    assert!(!failed.passed);
    assert_eq!((failed.detail.as_str(), failed.label().as_str()), ("exit 2", "bash exit 2"));
    assert_eq!(failed.outcome.unwrap().exit, Exit::Code(2));
    assert_eq!(failed.kind, CheckKind::Bash);
    let mut slow = place.command("sleep 600");
    slow.timeout = Some(Duration::from_millis(100));
    let slow = check::bash(&place.env, &slow, None, &never);
    assert!(!slow.passed && slow.detail.starts_with("timed out after "), "{slow}");
}

#[test]
fn validations_of_a_template_are_checked_with_their_variables() {
    let place = Place::new();
    place.write("CHANGELOG.md", LOG);
    let expand = |text: &str| {
        checklist_workflow::text::expand(text, |name| (name == "version").then(|| "1.3.2".to_owned()))
    };
    let mut command = place.command("never run");
    command.env = vec![("version".to_owned(), "1.3.2".to_owned())];
    let checker = check::Checker {
        env: &place.env,
        project: place.path(),
        command: &command,
        expand: &expand,
        evaluate: &|condition| (condition.expression.text() == "true", "as it says".to_owned()),
        cancel: &AtomicBool::new(false),
    };
    let file = |path: &str, text: &str| Check::FileContains { path: path.to_owned(), text: text.to_owned() };
    let expr = |text: &str| Check::Expr {
        expr: Condition { expression: Expression::parse(text).unwrap(), span: 0..0 },
    };
    for (check, passed, detail) in [
        (file("CHANGELOG.md", "## [${version}]"), true, "CHANGELOG.md line 8"),
        (file("CHANGELOG.md", "${unknown}"), false, "unknown variable `unknown`"),
        (Check::FileExists { path: "${version}.txt".to_owned() }, false, "there is no 1.3.2.txt"),
        (Check::FileExists { path: "${unknown}".to_owned() }, false, "unknown variable `unknown`"),
        (Check::Bash { run: "test \"$version\" = 1.3.2 && exit 4".to_owned() }, false, "exit 4"),
        (expr("true"), true, "as it says"),
        (expr("false"), false, "as it says"),
    ] {
        let message = Some("wants ${version} and ${unknown}".to_owned());
        let result = checker.check(&Validation { check: check.clone(), message });
        assert_eq!((result.passed, result.detail.as_str()), (passed, detail), "{check:?}");
        assert_eq!(result.message.as_deref(), Some("wants ${version} and ${unknown}"));
    }
    let message = Some("write ${version}".to_owned());
    let result = checker.check(&Validation { check: expr("false"), message });
    assert_eq!(result.message.as_deref(), Some("write 1.3.2"));
}
