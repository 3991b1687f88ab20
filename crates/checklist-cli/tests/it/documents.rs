//! The pages of the documentation: every block is run as it stands, and what it shows is what comes.

use crate::page::{Block, blocks};
use crate::snapshots::Masks;
use crate::support::{Answer, BINARY, Project};
use crate::terminal::{silent_terminal, typed};
use regex_lite::Regex;
use std::path::{Path, PathBuf};

/// Pages whose blocks are somebody else's.
const ELSEWHERE: [(&str, &str); 1] =
    [("docs/cli.md", "it is generated; each example in it is parsed where it is made, in `manual`")];

/// How many blocks say that they are not run. One more is a decision, and is made here.
const NOT_RUN: usize = 7;

/// What separates the commands of a session in what their shell prints: no program says it.
const MARK: char = '\u{2}';

/// The id of the run that is active, for the one that a page shows.
const THE_RUN: &str =
    r#"the_run() { checklist status --json | sed 's/.*"run":"\([0-9A-Z]\{26\}\)".*/\1/'; }"#;

/// Every page, in order, and what must be on one of them.
fn pages() -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let names = std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = names.map(|name| format!("docs/{name}")).collect();
    pages.retain(|page| ELSEWHERE.iter().all(|(elsewhere, _)| page != elsewhere));
    pages.push("README.md".to_owned());
    pages.sort();
    pages
}

/// A command of a session, and what the page shows of its answer.
#[derive(Debug, Default)]
struct Command {
    text: String,
    shown: Vec<String>,
    code: i32,
}

/// The commands of a block: what follows `$ `, going on behind `> ` where nothing was shown yet.
fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for line in block.text.lines() {
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command { text: text.to_owned(), ..Command::default() });
            continue;
        }
        let command = commands.last_mut().unwrap_or_else(|| panic!("{}: no command first", block.place));
        let code = line.strip_prefix("(exit ").and_then(|rest| rest.strip_suffix(')'));
        match (line.strip_prefix("> "), code) {
            (Some(more), _) if command.shown.is_empty() && block.keys.is_none() => {
                command.text = format!("{}\n{more}", command.text);
            }
            (_, Some(code)) => command.code = code.parse().unwrap(),
            _ => command.shown.push(line.to_owned()),
        }
    }
    commands
}

/// A section of a page: the project that its blocks share, and the folder that they came to.
struct Place {
    section: usize,
    project: Project,
    folder: PathBuf,
}

impl Place {
    /// A project with the program at hand, and a git that knows who commits.
    fn new(section: usize) -> Place {
        let project = Project::new();
        project.fake("checklist", &format!("exec '{BINARY}' \"$@\""));
        let config = "[user]\n\tname = Ana\n\temail = ana@example.org\n[init]\n\tdefaultBranch = main\n";
        std::fs::write(project.home().join(".gitconfig"), config).unwrap();
        let folder = project.root.clone();
        Place { section, project, folder }
    }
}

/// Runs a script in the folder, at a terminal if keys are typed.
fn bash(place: &Place, script: &str, keys: Option<&[String]>) -> Answer {
    let mut bash = place.project.program("timeout");
    bash.current_dir(&place.folder).args([
        "--foreground",
        "60",
        "bash",
        "--norc",
        "--noprofile",
        "-c",
        script,
    ]);
    match keys {
        None => Answer::of(bash.output().expect("bash starts")),
        Some(keys) => {
            let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
            typed(silent_terminal(), bash, &keys, None)
        }
    }
}

/// Runs a session and says what differs from the page.
fn session(place: &mut Place, block: &Block, masks: &Masks) -> Result<(), String> {
    let commands = commands(block);
    let mut script = format!("exec 2>&1\n{THE_RUN}\n");
    let an_id = Regex::new(r"\b01[0-9A-HJKMNP-TV-Z]{4,24}\b").unwrap();
    for command in &commands {
        let text = an_id.replace_all(&command.text, "$$(the_run)");
        script.push_str(&format!("{text}\nprintf '\\2%s\\2' $?\n"));
    }
    script.push_str("pwd");
    let answer = bash(place, &script, block.keys.as_deref());
    let parts: Vec<&str> = answer.out.split(MARK).collect();
    for (at, command) in commands.iter().enumerate() {
        let (Some(out), Some(code)) = (parts.get(2 * at), parts.get(2 * at + 1)) else {
            return Err(format!("$ {}\ndid not come to its end:\n{}", command.text, answer.out));
        };
        let shown = command.shown.join("\n").replace("/home/ana", "<home>");
        let keys = block.keys.clone().unwrap_or_default();
        let expected = lines(&masks.masked(&as_printed(&shown, keys), &place.project));
        let printed = lines(&masks.masked(out, &place.project));
        let is_as_shown = command.shown.is_empty() || is_like(&expected, &printed);
        if !is_as_shown || **code != *command.code.to_string() {
            return Err(format!("$ {}\nprints, with exit code {code}:\n{out}", command.text));
        }
    }
    place.folder = PathBuf::from(parts.last().expect("there is an end").trim());
    Ok(())
}

/// What a page shows of a terminal, without the keys that were typed behind a prompt: they are not echoed here.
fn as_printed(shown: &str, mut keys: Vec<String>) -> String {
    let mut text = String::new();
    for line in shown.lines() {
        let asked = |key: &String| {
            let before = line.strip_suffix(key.as_str()).filter(|_| !key.is_empty());
            before.filter(|before| ["> ", ": ", "] "].iter().any(|end| before.ends_with(end)))
        };
        match keys.iter().position(|key| asked(key).is_some()) {
            Some(at) => {
                text.push_str(asked(&keys[at]).expect("it was found"));
                keys.drain(..=at);
            }
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// Lines to be compared: how much space is between words is held by the snapshots.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace('\r', "");
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = text.lines().map(words).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Whether lines are as a page shows them: a line `...` stands for any lines, ` ...` at an end for the rest of it.
fn is_like(shown: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty() };
    if first == "..." {
        return (0..=printed.len()).any(|from| is_like(rest, &printed[from..]));
    }
    let Some((line, others)) = printed.split_first() else { return false };
    let is_same = match first.strip_suffix(" ...") {
        Some(begin) => line.starts_with(begin),
        None => line == first,
    };
    is_same && is_like(rest, others)
}

/// Runs one block in the project of its section.
fn run(place: &mut Place, block: &Block, masks: &Masks) -> Result<(), String> {
    for script in &block.before {
        let answer = bash(place, &format!("set -e\n{script}"), None);
        if answer.code != 0 {
            return Err(format!("what comes before it fails: {answer:#?}"));
        }
    }
    if let Some(file) = &block.file {
        let path = place.folder.join(file);
        std::fs::create_dir_all(path.parent().expect("it is in the project")).unwrap();
        std::fs::write(path, &block.text).unwrap();
    }
    let passes = |answer: Answer| match answer.code {
        0 => Ok(()),
        _ => Err(format!("{answer:#?}")),
    };
    match (block.language.as_str(), &block.file) {
        ("console", _) => session(place, block, masks),
        ("sh" | "bash", None) => passes(bash(place, &format!("set -eo pipefail\n{}", block.text), None)),
        ("python", None) => passes(bash(place, &format!("python3 - <<'END'\n{}END\n", block.text), None)),
        (language @ ("yaml" | "markdown"), file) => {
            let unnamed = if language == "yaml" { "example.yaml" } else { "example.md" };
            let name = file.clone().unwrap_or_else(|| unnamed.to_owned());
            let path = place.folder.join(&name).display().to_string();
            std::fs::write(&path, &block.text).unwrap();
            passes(place.project.run(&["validate", &path]))?;
            if block.is_approved {
                place.project.trust(&path);
            }
            Ok(())
        }
        ("json", _) => {
            let value: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
            value.map(|_| ()).map_err(|error| error.to_string())
        }
        (_, Some(_)) => Ok(()),
        (language, None) => Err(format!("nobody knows how to run {language:?}; say why it is not run")),
    }
}

#[test]
fn every_block_is_run_and_shows_what_comes() {
    let only = std::env::var("CHECKLIST_PAGE").ok();
    let masks = Masks::new();
    let (mut run_count, mut not_run, mut differing) = (0, Vec::new(), Vec::new());
    for page in pages().iter().filter(|page| only.as_ref().is_none_or(|only| page.contains(only))) {
        let mut place: Option<Place> = None;
        for block in blocks(page) {
            if let Some(reason) = &block.not_run {
                not_run.push(format!("{}: {reason}", block.place));
                continue;
            }
            if matches!(block.language.as_str(), "" | "text" | "rust") && block.file.is_none() {
                continue;
            }
            if place.as_ref().is_none_or(|place| place.section != block.section && !block.goes_on) {
                place = Some(Place::new(block.section));
            }
            let place = place.as_mut().expect("it was just made");
            place.section = block.section;
            match run(place, &block, &masks) {
                Ok(()) => run_count += 1,
                Err(found) => differing.push(format!("{}: {found}", block.place)),
            }
        }
    }
    say!("documents: {run_count} blocks run, {} not:\n  {}", not_run.len(), not_run.join("\n  "));
    assert!(differing.is_empty(), "{} differ:\n\n{}", differing.len(), differing.join("\n\n"));
    assert!(only.is_some() || not_run.len() == NOT_RUN, "{} are not run, {NOT_RUN} were", not_run.len());
    assert!(not_run.iter().all(|line| line.split_whitespace().count() > 4), "why? {not_run:#?}");
}

#[test]
fn a_page_that_shows_something_else_is_found() {
    let printed = ["one".to_owned(), "two words".to_owned(), "three".to_owned()];
    let like = |shown: &[&str]| is_like(&shown.iter().map(ToString::to_string).collect::<Vec<_>>(), &printed);
    assert!(
        like(&["one", "two words", "three"]) && like(&["one", "..."]) && like(&["...", "two ...", "..."])
    );
    assert!(!like(&["one", "two words"]) && !like(&["one", "...", "two"]) && !like(&["...", "four", "..."]));
    let keys = vec!["d".to_owned(), "not today".to_owned()];
    assert_eq!(as_printed("x\n> d\nWhy: not today\n[-] a", keys), "x\n> Why: [-] a\n");
    assert_eq!(as_printed("x\n> d\n", Vec::new()), "x\n> d\n");
    let mut place = Place::new(0);
    let mut session_of = |text: &str| {
        let block = Block { text: text.to_owned(), ..Block::default() };
        session(&mut place, &block, &Masks::new())
    };
    assert!(session_of("$ echo hello\nhello\n$ false\n(exit 1)\n$ cat <<E\n> a\n> E\na\n").is_ok());
    assert!(session_of("$ echo hello\nhallo\n").unwrap_err().contains("hello"));
    assert!(session_of("$ false\n").unwrap_err().contains("exit code 1"));
    assert!(session_of("$ exit 0\n").unwrap_err().contains("did not come to its end"));
}
