//! What each verb prints on stdout and stderr, and its exit code, in every form: kept in `tests/snapshots/`.
//!
//! `CHECKLIST_SNAPSHOTS=accept` writes what is printed now; the difference is then read in review.

use crate::cases::{CASES, Case, SILENT};
use crate::support::{Answer, Project};
use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");

/// The forms of an answer: none of them is at a terminal.
const MODES: [(&str, &[&str], &str); 4] = [
    ("80 columns", &[], "80"),
    ("60 columns", &[], "60"),
    ("plain", &["--plain"], "80"),
    ("json", &["--json"], "80"),
];

/// The verbs that are laid out in another way for a screen reader.
const SPOKEN: [&str; 17] = [
    "status", "next", "show", "explain", "run", "history", "doctor", "ls", "ui", "verify", "stats", "backup",
    "trust", "watch", "help", "logs", "wal show",
];

/// The form for a screen reader, which the environment asks for.
const SCREEN_READER: &str = "screen reader";

/// What differs from run to run, and what is shown instead, as long as that.
pub(crate) struct Masks(Vec<(Regex, &'static str)>);

impl Masks {
    pub(crate) fn new() -> Masks {
        let masks = [
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
            (r"\b\d{4}-\d\d-\d\d (\d\d:\d\d UTC)\b", "<day> $1"),
            // Shortly before midnight it is a day.
            (r"\buntil (\d\d:\d\d|\d{4}-\d\d-\d\d)\. {2,}", "until 00:00.  "),
            (r"\b\d\d:\d\d(:\d\d)?\b", "00:00"),
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
            (r"\b01[0-9A-HJKMNP-TV-Z]{24}\b", "<run>"),
            (r"\b01[0-9A-HJKMNP-TV-Z]{4,6}\b", "01RUN0"),
            (r"\b[0-9A-HJKMNP-TV-Z]{6}: was begun", "<run>: was begun"),
            (r"\b\d+(\.\d+)? (us|ms|s)\b", "<duration>"),
            (r" {2,}<duration>", "  <duration>"),
            (r"<duration>\) {2,}", "<duration>)  "),
            (r#""(\w+_ns)": \d+"#, "\"$1\": 0"),
            (r"(?m)^(command\t\S+(\t\d+){5})(\t\d+)+$", "$1\t<ns>"),
            (r"(?m)^(opening\t\w+)\t\d+$", "$1\t<ns>"),
            (r#""(duration_ms|sync_us|bytes|size)": ?\d+"#, "\"$1\":0"),
            (r"\b\d+ (B|KiB|MiB|GiB)\b", "<size>"),
            (r"file system +.*", "file system  <any>"),
            (r#""name": "[a-z0-9]+",\s+"sync_us"#, "\"name\": \"<any>\",\n        \"sync_us"),
            (r#""detail": "[a-z0-9]+, sync[^"]*""#, "\"detail\": \"<any>\""),
            (r"\b[0-9a-f]{16,64}\b", "<hash>"),
            // How many records an operation takes depends on the clock: two within a millisecond change one value less.
            (r"\brecord [1-9]\d* {2,}", "record <record>  "),
            (r"\brecord [1-9]\d*\b", "record <record>"),
            (r"(checksum matches, at) [1-9]\d*\b", "$1 <record>"),
            (r#""(record|lsn)": [1-9]\d*\b"#, "\"$1\": \"<record>\""),
            (r"\b(asked|base|published|restore)-\d{10}\b", "$1-<record>"),
        ];
        Masks(masks.map(|(pattern, shown)| (Regex::new(pattern).unwrap(), shown)).into())
    }

    pub(crate) fn masked(&self, text: &str, project: &Project) -> String {
        let mut text = text.replace(project.home().to_str().unwrap(), "<home>");
        for (pattern, shown) in &self.0 {
            text = pattern.replace_all(&text, *shown).into_owned();
        }
        text
    }
}

/// One case in every form; forms that say the same as the one before are told of in a line.
fn shown(case: &Case, masks: &Masks) -> String {
    let mut text = format!("==== {}: checklist {}\n", case.name, case.arguments.join(" "));
    let mut before = String::new();
    let spoken = [(SCREEN_READER, &[][..], "60")].into_iter().filter(|_| SPOKEN.contains(&case.verb));
    for (mode, flags, columns) in MODES.into_iter().chain(spoken) {
        let project = (case.setup)();
        let arguments: Vec<&str> = case.arguments.iter().chain(flags).copied().collect();
        let mut command = project.command(&arguments);
        command.env("COLUMNS", columns);
        if mode == SCREEN_READER {
            command.env("CHECKLIST_SCREEN_READER", "1");
        }
        let output = command.output().unwrap();
        let answer = Answer::of(output);
        let out = readable(&answer.out).unwrap_or(answer.out);
        let (out, err) = (masks.masked(&out, &project), masks.masked(&answer.err, &project));
        let mut now = format!("exit {}\n", answer.code);
        for (stream, said) in [("stdout", out), ("stderr", err)] {
            if !said.is_empty() {
                write!(now, "{stream}:\n{said}").unwrap();
                now.push_str(if said.ends_with('\n') { "" } else { "\n" });
            }
        }
        match now == before {
            true => writeln!(text, "-- {mode}: the same").unwrap(),
            false => write!(text, "-- {mode}: {now}").unwrap(),
        }
        before = now;
    }
    text
}

/// An object in JSON, one member a line.
fn readable(out: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(out).ok()?;
    value.is_object().then(|| format!("{value:#}\n"))
}

/// Answers whose figures are those of the machine.
fn is_of_the_machine(case: &Case) -> bool {
    case.verb == "torture" && case.code == 0 || case.verb == "stats" && case.name == "measured"
}

/// Compares with what was accepted, or accepts it; `Some` where they differ.
pub(crate) fn judge(name: &str, now: &str) -> Option<String> {
    let path = format!("{FOLDER}/{name}.txt");
    if std::env::var("CHECKLIST_SNAPSHOTS").is_ok_and(|word| word == "accept") {
        std::fs::create_dir_all(FOLDER).unwrap();
        std::fs::write(&path, now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let (line, (was, is)) = first_difference(&kept, now)?;
    Some(format!("{path}:{line}:\n  was {was:?}\n  is  {is:?}"))
}

#[test]
fn each_verb_says_in_every_form_what_it_said_before() {
    let masks = Masks::new();
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for case in CASES.iter().chain(SILENT).filter(|case| !is_of_the_machine(case)) {
        files.entry(case.verb).or_default().push_str(&shown(case, &masks));
    }
    let differing: Vec<String> =
        files.iter().filter_map(|(verb, now)| judge(&verb.replace(' ', "-"), now)).collect();
    assert!(differing.is_empty(), "accept with CHECKLIST_SNAPSHOTS=accept:\n{}", differing.join("\n"));
    let listed = Project::new().run(&["schema", "--list", "--json"]).ok().json();
    let rows = listed["schemas"].as_array().unwrap().iter();
    let verbs: BTreeSet<&str> =
        rows.flat_map(|row| row["verbs"].as_array().unwrap()).map(|verb| verb.as_str().unwrap()).collect();
    let without: Vec<&&str> = verbs.iter().filter(|verb| !files.contains_key(**verb)).collect();
    assert!(without.is_empty(), "verbs without a snapshot: {without:?}");
}

fn first_difference<'t>(kept: &'t str, now: &'t str) -> Option<(usize, (&'t str, &'t str))> {
    let end = std::iter::repeat("<the end>");
    let (mut was, mut is) = (kept.lines().chain(end.clone()), now.lines().chain(end));
    let longest = kept.lines().count().max(now.lines().count());
    (1..=longest)
        .map(|line| (line, (was.next().unwrap(), is.next().unwrap())))
        .find(|(_, (was, is))| was != is)
}
