//! `Case`: a command whose calls are made to fail, and the project it finds.

use super::world::World;

/// One command in one situation.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The command under test.
    pub(crate) words: &'static [&'static str],
    /// What it exits with where nothing fails.
    pub(crate) success: i32,
    /// Whether all it changes is one transaction: then *not saved* means that nothing at all has changed.
    pub(crate) is_one_change: bool,
    /// Makes the project, with commands that are not made to fail.
    pub(crate) prepare: fn(&World) -> Result<(), String>,
    /// What is then done to its files.
    pub(crate) harm: fn(&World) -> Result<(), String>,
}

/// A list for people.
pub(crate) const LIST: &str = "# Injected\n\n- [ ] One\n- [ ] Two\n- [ ] Three\n- [ ] Four\n";

/// The folder of this list's copy in the project.
pub(crate) const KEPT: &str = ".checklist/templates/list.md";

/// A list with a step that the tool runs, and one with a check.
const AUTO: &str = "\
checklist: 1
id: ship
title: Ship
steps:
  - { id: build, title: Build it, type: auto, commands: [{ id: make, kind: bash, run: \"echo ran >> ran\" }] }
  - id: notes
    title: Write the notes
    validation: [{ kind: file_contains, path: list.md, text: \"Injected\" }]
  - { id: tell, title: Tell the others }
  - { id: rest, title: Rest }
";

/// What every run of the `build` step leaves behind.
pub(crate) const MARK: &str = "ran";

const fn case(name: &'static str, words: &'static [&'static str]) -> Case {
    Case { name, words, success: 0, is_one_change: true, prepare: begun, harm: unharmed }
}

/// The commands, in the order a project meets them.
pub(crate) const CASES: &[Case] = &[
    Case { is_one_change: false, prepare: folder, ..case("init", &["-C", ".", "init", "--from", "list.md"]) },
    Case { success: 10, prepare: started, ..case("run", &["run", "list.md"]) },
    Case { success: 10, is_one_change: false, prepare: trusted, ..case("run-auto", &["run", "auto.yaml"]) },
    Case { prepare: trusted_and_run, ..case("done-check", &["done", "notes"]) },
    case("done", &["done"]),
    case("skip", &["skip", "--reason", "not this time"]),
    case("back", &["back"]),
    case("undo", &["undo"]),
    Case { prepare: undone, ..case("redo", &["redo"]) },
    case("status", &["status"]),
    Case { harm: conflicted, ..case("recover", &["recover"]) },
    Case { harm: cut_off, ..case("recover-cut", &["recover"]) },
    Case { harm: edited, ..case("adopt", &["adopt"]) },
    Case { harm: edited, ..case("restore", &["restore"]) },
    Case { harm: waiting, ..case("done-replay", &["done"]) },
];

/// A folder with two lists, and no project.
fn folder(world: &World) -> Result<(), String> {
    world.write("list.md", LIST)?;
    world.write("auto.yaml", AUTO)
}

/// A project without a run.
fn started(world: &World) -> Result<(), String> {
    folder(world)?;
    world.must(&["-C", ".", "init", "--from", "list.md"], 0).map(drop)
}

/// A run with its first step done.
fn begun(world: &World) -> Result<(), String> {
    started(world)?;
    world.must(&["run", "list.md"], 10)?;
    world.must(&["done"], 0).map(drop)
}

fn undone(world: &World) -> Result<(), String> {
    begun(world)?;
    world.must(&["undo"], 0).map(drop)
}

/// A project whose list with commands was approved.
fn trusted(world: &World) -> Result<(), String> {
    started(world)?;
    let shown = world.must(&["trust", "auto.yaml", "--json"], 77)?;
    let hash = shown.json()?["detail"]["sha256"].as_str().unwrap_or_default().to_owned();
    world.must(&["trust", "auto.yaml", "--sha256", &hash], 0).map(drop)
}

fn trusted_and_run(world: &World) -> Result<(), String> {
    trusted(world)?;
    world.must(&["run", "auto.yaml"], 10).map(drop)
}

fn unharmed(_: &World) -> Result<(), String> {
    Ok(())
}

/// What a merge leaves: text that is no state, and may be somebody's work.
fn conflicted(world: &World) -> Result<(), String> {
    let state = world.read(".checklist/state.yaml")?;
    let (head, tail) = state.split_at(state.len() / 2);
    let state = format!("{head}\n<<<<<<< ours\n{tail}\n=======\n{tail}\n>>>>>>> theirs\n");
    world.write(".checklist/state.yaml", &state)
}

fn cut_off(world: &World) -> Result<(), String> {
    let state = world.read(".checklist/state.yaml")?;
    world.write(".checklist/state.yaml", &state[..state.len() / 2])
}

fn edited(world: &World) -> Result<(), String> {
    let state = world.read(".checklist/state.yaml")?;
    let edit = state.replace("\"by\": \"ana\"", "\"by\": \"eve\"");
    if edit == state {
        return Err("the state names nobody, so that no edit can be made".to_owned());
    }
    world.write(".checklist/state.yaml", &edit)
}

/// What a kill right after the commit point leaves: the change in the log alone.
fn waiting(world: &World) -> Result<(), String> {
    let before = world.read(".checklist/state.yaml")?;
    let history = world.read(".checklist/history.jsonl")?;
    super::trace::kill_after_commit(world)?;
    if world.read(".checklist/.wal")?.is_empty() || world.read(".checklist/state.yaml")? != before {
        return Err("the kill did not come between the commit point and the publishing".to_owned());
    }
    if world.read(".checklist/history.jsonl")? != history {
        return Err("the history was written before the state".to_owned());
    }
    Ok(())
}
