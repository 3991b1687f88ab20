//! Lists that change and lists of others: merged imports, conversions, differences, migrations and trust.

use crate::support::Project;
use std::path::Path;

#[test]
fn a_file_that_is_named_goes_before_a_list_that_was_taken_in_and_is_called_alike() {
    let list =
        |title: &str| format!("checklist: 1\nid: t\ntitle: {title}\nsteps:\n  - {{ id: a, title: A }}\n");
    let project = Project::new();
    project.write("t.yaml", &list("Taken in"));
    project.run(&["init", "--from", "t.yaml"]).ok();
    project.write("t.yaml", &list("Changed here"));
    project.run(&["run", "t.yaml"]).code(10).says("Changed here");
    assert_eq!(project.status()["title"], "Changed here");
    // By its name, or where no such file is, it is the one that was taken in.
    project.run(&["run", "t"]).code(10).says("Taken in");
    std::fs::remove_file(project.root.join("t.yaml")).unwrap();
    project.run(&["run", "t.yaml", "--new"]).code(10).says("Taken in");
}

#[test]
fn a_list_that_is_imported_again_is_merged_and_open_runs_go_on_with_it() {
    let project = Project::new();
    project.run(&["init", "hello"]).ok();
    project.write("r.md", "# R\n\n- [ ] Run the tests\n- [ ] Tag the release\n- [ ] Phone home\n");
    project.run(&["import", "r.md"]).ok().says("byte for byte");
    project.run(&["run", "r"]).code(10);
    project.run(&["done", "tag-the-release"]).ok();
    project.run(&["done", "phone-home"]).ok();
    project.write("r.md", "# R\n\n- [ ] Run the tests\n- [ ] Tag the new release\n- [ ] Tell the others\n");
    project.run(&["import", "r.md", "--dry-run"]).ok().says("~ tag-the-release").says("Nothing was changed.");
    let merged = project.run(&["import", "r.md"]).ok().says("+ tell-the-others").says("- phone-home");
    merged.says("No status was changed.").says("goes on with it").says("--confirm-removed");
    let status = project.status();
    let steps: Vec<_> = status["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["id"].as_str().unwrap(), step["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            ("run-the-tests", "pending"),
            ("tag-the-release", "done"),
            ("tell-the-others", "pending"),
            ("phone-home", "done")
        ]
    );
    project.run(&["import", "r.md"]).ok().says("says this already. Nothing changed.");
    project.run(&["import", "r.md", "--confirm-removed"]).ok().says("dropped");
    assert_eq!(project.status()["progress"]["total"], 3);
    assert_eq!(project.status()["progress"]["done"], 1);
    project.run(&["undo"]).ok();
    assert_eq!(project.status()["progress"]["done"], 2, "undo gives the run its former list");
    project.write("r.md", "- [ ] something else\n");
    project.run(&["import", "r.md"]).code(12).says("no item is in both");
}

#[test]
fn an_item_that_another_one_needs_is_not_dropped_and_the_way_out_is_told() {
    let project = Project::new();
    project.run(&["init", "hello"]).ok();
    project.write("t.md", "- [ ] Pack\n- [ ] Buy\n- [ ] Leave <!-- checklist: needs=pack,buy -->\n");
    project.run(&["import", "t.md"]).ok();
    let kept = project.read(".checklist/templates/t.md");
    project.write("t.md", "# Trip\n\n- [ ] Buy\n- [ ] Leave <!-- checklist: needs=pack,buy -->\n");
    let refused = project.run(&["import", "t.md", "--confirm-removed"]).code(65);
    let refused =
        refused.says("t.md:4:1: `leave` needs `pack`, which is no longer in the list and would be dropped");
    refused
        .says("take `pack` out of these needs, or put the item back: Pack")
        .says("To take the rest in and keep what is gone as removed: checklist import t.md\n")
        .says("1 error.");
    assert_eq!(project.read(".checklist/templates/t.md"), kept);
    // Each of the ways out is one.
    project.run(&["import", "t.md"]).ok().says("- pack   Pack (kept as removed)");
    project.run(&["import", "t.md", "--confirm-removed"]).code(65);
    project.write("t.md", "- [ ] Buy\n- [ ] Leave <!-- checklist: needs=buy -->\n");
    project.run(&["import", "t.md", "--confirm-removed"]).ok().says("- pack   Pack (dropped)");
}

#[test]
fn commands_of_a_markdown_list_run_only_when_they_are_approved() {
    let project = Project::new();
    project.write("m.md", "- [ ] look\n\n  ```sh\n  touch ran\n  ```\n");
    project.run(&["run", "m.md"]).code(10).says("look waits for a person");
    project.run(&["show", "look"]).ok().says("$ touch ran");
    project.write(
        "a.md",
        "- [ ] count <!-- checklist: auto -->\n\n  ```console\n  $ touch ran\n  ```\n- [ ] tell\n",
    );
    project.run(&["run", "a.md"]).code(77).says("not approved");
    assert!(!project.root.join("ran").exists());
    project.trust("a.md");
    project.run(&["run", "a.md"]).code(10).says("[x] count");
    assert!(project.root.join("ran").exists());
    project.run(&["trust", "--all"]).ok().says(project.root.to_str().unwrap());
    project.run(&["trust", "a.md", "--revoke"]).ok().says("may not run commands any more");
    project.run(&["trust", "a.md", "--revoke"]).ok().says("Nothing changed");
    project.run(&["run", "a.md", "--new"]).code(77);
    // Changed content asks again.
    project.trust("a.md");
    project.write(
        "a.md",
        "- [ ] count <!-- checklist: auto -->\n\n  ```console\n  $ touch other\n  ```\n- [ ] tell\n",
    );
    project.run(&["run", "a.md", "--new"]).code(77);
}

#[test]
fn a_bmad_workflow_becomes_a_template() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/bmad4-workflow-greenfield-ui.yaml");
    let Ok(source) = std::fs::read_to_string(corpus) else {
        say!("SKIPPED: the corpus is not here, so no published workflow was imported");
        return;
    };
    let project = Project::new();
    project.run(&["init", "hello"]).ok();
    project.write("w.yaml", &source);
    project.run(&["import", "w.yaml", "--dry-run"]).ok().says("18 steps from the 18 of the sequence");
    project
        .run(&["import", "w.yaml"])
        .ok()
        .says(".checklist/templates/greenfield-ui.yaml")
        .says("left out: flow_diagram");
    project.run(&["import", "w.yaml"]).ok().says("Nothing changed");
    project.run(&["validate", ".checklist/templates/greenfield-ui.yaml"]).ok();
    project.run(&["run", "greenfield-ui"]).code(10).says("Act as the BMAD agent `analyst`");
    let kept = project.read(".checklist/templates/greenfield-ui.yaml");
    std::fs::write(
        project.root.join(".checklist/templates/greenfield-ui.yaml"),
        [&kept[..], b"# mine\n"].concat(),
    )
    .unwrap();
    project.run(&["import", "w.yaml"]).code(12).says("may have been edited");
}

#[test]
fn a_list_that_changed_is_compared_and_the_run_goes_on_with_it() {
    let list = |steps: &str| format!("checklist: 1\nid: t\ntitle: T\nsteps:\n{steps}");
    let project = Project::new();
    project
        .write("l.yaml", &list("  - { id: a, title: A }\n  - { id: write-notes, title: Write the notes }\n"));
    project.run(&["run", "l.yaml"]).code(10);
    project.run(&["diff"]).ok().says("l.yaml is what the run goes by.");
    project.run(&["done", "a"]).ok();
    project.run(&["done", "write-notes"]).ok();
    project.write("l.yaml", &list("  - { id: a, title: A, killer: true }\n  - { id: notes, title: Write the notes }\n  - { id: z, title: Z }\n"));
    let told =
        project.run(&["diff", "--lines"]).ok().says("~ a   killer").says("+ notes").says("- write-notes");
    told.says("+   - { id: z, title: Z }").says("checklist migrate");
    let asks = project.run(&["migrate", "--json"]).code(10).json();
    assert_eq!(asks["detail"]["undecided"][0]["suggestion"], "notes");
    project.run(&["migrate"]).code(10).says("--map write-notes=notes").says("--drop write-notes");
    project.run(&["migrate", "--map", "write-notes"]).code(2).says("OLD=NEW");
    project.run(&["migrate", "--map", "write-notes=nots"]).code(2).says("no step \"nots\"");
    project
        .run(&["migrate", "--map", "write-notes=notes"])
        .ok()
        .says("renamed: write-notes is notes")
        .says("new: z");
    assert_eq!((project.step("notes"), project.step("z")), ("done".to_owned(), "pending".to_owned()));
    project.run(&["migrate"]).ok().says("Nothing changed");
    project.run(&["undo"]).ok();
    assert_eq!(project.step("write-notes"), "done");
    assert_eq!(project.status()["status"], "completed");
}

#[test]
fn importing_makes_a_project_and_takes_what_a_template_extends() {
    let project = Project::new();
    project.write("r.md", "- [ ] one\n");
    project.run(&["import", "r.md", "--dry-run"]).ok();
    assert!(!project.root.join(".checklist").exists(), "a dry run makes nothing");
    project.run(&["import", "r.md"]).ok().says("Created .checklist/").says("byte for byte");
    let template = |id: &str, more: &str, step: &str| {
        format!("checklist: 1\nid: {id}\ntitle: T\n{more}steps:\n  - {{ id: {step}, title: T }}\n")
    };
    project.write("common.yaml", &template("common", "", "first"));
    project.write("t.yaml", &template("t", "extends: common\n", "second"));
    project.run(&["import", "t.yaml"]).ok().says("2 steps");
    assert_eq!(project.read(".checklist/templates/common.yaml"), project.read("common.yaml"));
    project.run(&["run", "t"]).code(10).says("first waits");
    project.write("common.yaml", &template("common", "", "other"));
    project.run(&["import", "t.yaml"]).code(12).says(".checklist/templates/common.yaml is there");

    let fresh = Project::new();
    fresh.write("common.yaml", &template("common", "", "first"));
    fresh.write("t.yaml", &template("t", "extends: common\n", "second"));
    fresh.run(&["init", "--from", "t.yaml"]).ok();
    fresh.run(&["run", "t"]).code(10).says("first waits");
}

#[test]
fn a_killer_that_was_set_where_the_list_is_kept_survives_another_import() {
    let project = Project::new();
    project.write("r.md", "- [ ] back up\n- [ ] wipe the disk\n");
    project.run(&["import", "r.md"]).ok();
    let kept = ".checklist/templates/r.md";
    project.write(kept, "- [ ] back up\n- [ ] wipe the disk <!-- checklist: killer -->\n");
    project.write("r.md", "- [ ] back up everything\n- [ ] wipe the disk\n");
    project.run(&["import", "r.md"]).ok();
    project.run(&["run", "r"]).code(10);
    project.run(&["skip", "wipe-the-disk", "--reason", "no"]).code(12).says("KILLER");
}
