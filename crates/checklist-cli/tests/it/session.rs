//! A whole session without a terminal, and what every verb answers in it.

use crate::support::{LIST, Project};

#[test]
fn from_init_to_the_end() {
    let project = Project::with(LIST);
    let created = project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(10);
    let created = created.says("Created .checklist/").says("[x] clean");
    created.says("notes waits for an agent or a person").says("Write NOTES.md for 1.2.");

    project.run(&["done"]).code(11).says("there is no NOTES.md").says("Nothing was changed.");
    project.write("NOTES.md", "## 1.1\n");
    project.run(&["done"]).code(11).says("NOTES.md has \"## 1.1\"");
    project.write("NOTES.md", "## 1.2\n");
    project.run(&["done"]).ok().says("verified").says("op 3, saved").says("run it: checklist run");
    project.run(&["done", "notes"]).ok().says("Nothing changed");

    let stopped =
        project.run(&["run"]).code(10).says("[x] build").says("approve waits for a person at a terminal");
    stopped.says("checklist skip approve --reason \"...\" --killer approve");
    assert_eq!(project.read("built"), b"built\n");
    project.run(&["done"]).code(10).says("waits for a person");
    project.run(&["skip"]).code(12).says("KILLER").says("Nothing was changed.");

    project
        .run(&["skip", "approve", "--reason", "alone here", "--killer", "approve"])
        .ok()
        .says("skipped: alone here");
    project.run(&["undo"]).ok().says("Undid op 7: skip approve").says("approve is to do again");
    assert_eq!(project.step("approve"), "pending");
    project.run(&["redo"]).ok().says("Redid op 7");
    assert_eq!(project.step("approve"), "skipped");

    // A skipped KILLER step settles nothing for the step that needs it.
    project.run(&["explain", "tell"]).ok().says("KILLER step that was skipped");
    project.run(&["run"]).code(10).says("checklist back approve");
    project.run(&["skip", "tell", "--reason", "nobody waits"]).ok();
    let status = project.status();
    assert_eq!(
        (status["status"].as_str(), status["progress"]["done"].as_u64()),
        (Some("completed"), Some(3))
    );
    project.run(&["status", "--exit-code"]).ok();
    project
        .run(&["run"])
        .ok()
        .says("All 5 steps are settled: 3 done, 2 skipped.")
        .says("Killer steps: approve");

    project.run(&["back"]).ok().says("tell is open again").says("was: skipped");
    project.run(&["status", "--exit-code"]).code(10);
    let history = project.run(&["history", "--json"]).ok().json();
    let verbs: Vec<&str> = history["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["verb"].as_str().unwrap())
        .collect();
    assert_eq!(
        verbs,
        ["back", "skip", "redo", "undo", "skip", "done", "end", "start", "done", "done", "run"]
    );
    assert_eq!(history["operations"][0]["who"], "ana");
}

#[test]
fn init_makes_a_project_once_and_overwrites_nothing() {
    let project = Project::new();
    let made = project.run(&["init", "hello"]).ok().says("Created .checklist/ in ~/code");
    made.says("Nothing outside .checklist/ was changed, but for a note on this machine")
        .says("Next: checklist run");
    let names: Vec<_> =
        std::fs::read_dir(&project.root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [".checklist"]);
    let before = (project.read(".checklist/state.yaml"), project.read(".checklist/templates/hello.yaml"));
    project.run(&["init", "hello"]).ok().says("already here").says("Nothing changed.");
    project.run(&["init"]).ok().says("Nothing changed.");
    assert_eq!(
        before,
        (project.read(".checklist/state.yaml"), project.read(".checklist/templates/hello.yaml"))
    );
    // A list that is named and missing is added; the program wrote it, so it is approved here.
    project.run(&["init", "release"]).ok().says("Added templates/release.yaml");
    project.run(&["trust", "release"]).ok().says("approved already");
    project.run(&["init", "helo"]).code(2).says("Did you mean: hello");
}

#[test]
fn a_list_from_markdown_keeps_its_bytes() {
    let project = Project::new();
    let text = "# Move out\r\n\r\n- [ ] pack the books\r\n- [x] tell the landlord\r\n  - [ ] by letter\r\n";
    project.write("move.md", text);
    project
        .run(&["import", "move.md", "--dry-run"])
        .ok()
        .says("3 steps from 3 boxes")
        .says("Nothing was changed.");
    assert!(!project.root.join(".checklist").exists());
    project.run(&["init", "--from", "move.md"]).ok().says("Next: checklist run move");
    assert_eq!(project.read(".checklist/templates/move.md"), text.as_bytes());
    project.run(&["import", "move.md"]).ok().says("holds exactly this already");
    project.write("move.md", "- [ ] something else\n");
    project.run(&["import", "move.md"]).code(12).says("holds something else");
    project.run(&["run", "move"]).code(10).says("pack-the-books waits for a person");
    project.run(&["done", "by-letter"]).ok();
    project.run(&["done", "pack-the-books"]).ok().says("All 3 steps are settled");
}

#[test]
fn several_runs_and_switching_between_them() {
    let project = Project::new();
    project.run(&["init"]).ok();
    project.write("other.md", "- [ ] one\n- [ ] two\n");
    project.run(&["run"]).code(10);
    project.run(&["run", "other.md"]).code(10).says("A new run was begun");
    project.run(&["done"]).ok().says("[x] one");
    let runs = project.run(&["ls", "--json"]).ok().json();
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    let first = runs.iter().find(|run| run["active"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    project.run(&["done", "--run", &first]).ok().says("[x] read-diff").says("--run");
    assert_eq!(project.status()["template"], "other", "--run is for one command");
    project.run(&["switch", &first]).ok().says("Switched to start");
    project.run(&["switch", &first]).ok().says("Already on start");
    assert_eq!(project.status()["template"], "start");
    project.run(&["run", "other.md"]).code(10).says("Switched to the open run");
    assert_eq!(project.status()["template"], "other");
    project.run(&["switch", "ZZZZ"]).code(2).says("checklist ls");
    project.run(&["ls"]).ok().says("[>]");
}

#[test]
fn pause_reset_and_going_on() {
    let project = Project::new();
    project.run(&["init"]).ok();
    project.run(&["run"]).code(10);
    project.run(&["done"]).ok();
    project.run(&["pause"]).ok().says("op 3, saved");
    project.run(&["done"]).code(12).says("the run is paused").says("checklist resume");
    project.run(&["status"]).ok().says("Paused just now");
    project.run(&["resume"]).ok().says("The run goes on");
    project.run(&["resume"]).ok().says("Nothing to resume");
    project.run(&["reset"]).ok().says("The run is at its beginning again (1 done, 0 skipped before).");
    assert_eq!(project.status()["progress"]["done"], 0);
    project.run(&["undo"]).ok();
    assert_eq!(project.status()["progress"]["done"], 1);
}

#[test]
fn yes_confirms_what_anyone_may_confirm_and_nothing_else() {
    let list = "checklist: 1\nid: c\ntitle: C\nsteps:\n  - { id: soft, title: Soft, type: confirm }\n  \
                - { id: hard, title: Hard, type: confirm, confirm: { by: human } }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(10).says("soft waits");
    project.run(&["run", "--yes"]).code(10).says("[x] soft").says("hard waits for a person at a terminal");
    project.run(&["done", "hard"]).code(10).says("waits for a person");
    assert_eq!(project.step("hard"), "pending");
}

#[test]
fn a_step_may_be_named_by_its_first_words_and_a_slip_is_answered() {
    let project = Project::new();
    project.write("l.md", "- [ ] check the oil level\n- [ ] check tyres\n");
    project.run(&["run", "l.md"]).code(10);
    project.run(&["done", "check-the-oil"]).ok().says("[x] check-the-oil-level");
    project.run(&["done", "check"]).code(2).says("no step \"check\"");
    project.run(&["done", "check-tyers"]).code(2).says("Did you mean: check-tyres");
    project.run(&["show", "check-tyr..."]).ok().says("check-tyres");
}

#[test]
fn what_was_done_on_the_way_to_a_failure_is_not_called_nothing() {
    let project = Project::with(
        "checklist: 1\nid: c\ntitle: C\nsteps:\n  - { id: first, title: First, type: auto, commands: [{ kind: bash, run: 'true' }] }\n  \
         - { id: second, title: Second, type: check, validation: [{ kind: file_exists, path: proof }] }\n",
    );
    let failed =
        project.run(&["run", "list.yaml"]).code(11).says("[x] first").says("What happened is saved.");
    assert!(!failed.err.contains("Nothing was changed"), "{failed:?}");
    project.run(&["run"]).code(11).says("Nothing was changed.");
    project.run(&["back", "first"]).ok();
    assert_eq!(project.run(&["run", "--json"]).code(11).json()["changed"], true);
}
