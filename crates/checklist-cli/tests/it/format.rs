//! Everything a template can say, as it works in the program: conditions, answers, secrets, retries,
//! rollback, shared parts.

use crate::support::Project;
use std::fs;

const CONDITIONS: &str = "\
checklist: 1
id: ship
title: Ship to ${target}
variables:
  target: { enum: [staging, prod], default: staging }
  ticket: {}
steps:
  - { id: build, title: Build }
  - { id: approve, title: Approve, killer: true, condition: vars.target == \"prod\" }
  - { id: publish, title: Publish, needs: [build, approve] }
  - { id: announce, title: Announce, condition: steps.publish.status == \"done\" }
  - { id: close, title: Close it, needs: [], condition: vars.ticket.startsWith(\"T\") }
";

#[test]
fn a_hidden_step_says_why_and_comes_back() {
    let project = Project::with(CONDITIONS);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["status"]).ok().says("[~] approve").says("hidden by its condition").says("[ ] announce");
    let progress = &project.status()["progress"];
    assert_eq!((&progress["skipped"], &progress["hidden"]), (&0.into(), &1.into()), "{progress}");
    project.run(&["status"]).ok().says("1 hidden.");
    let explained = project.run(&["explain", "approve"]).ok();
    let explained = explained.says("hidden: vars.target == \"prod\" is false (vars.target = \"staging\")");
    assert!(!explained.out.contains("It is hidden"), "said once: {explained:?}");
    let json = project.run(&["explain", "approve", "--json"]).json();
    assert_eq!(json["condition"]["verdict"], "false");
    assert_eq!(json["condition"]["why"], "vars.target == \"prod\" is false (vars.target = \"staging\")");
    project
        .run(&["explain", "announce"])
        .ok()
        .says("not decided: steps.publish.status == \"done\" waits for publish");
    project.run(&["done", "announce"]).code(12).says("announce waits for publish");
    project.run(&["done", "approve"]).code(12).says("approve is hidden");
    let undecided = project.run(&["done", "close"]).code(12);
    undecided
        .says(
            "the condition of close cannot be decided: vars.ticket has no value; ask has(vars.ticket) first",
        )
        .says("checklist explain close");
    project.run(&["done", "build"]).ok();
    project.run(&["done", "publish"]).ok().says("Next: announce");
}

#[test]
fn mistakes_in_conditions_are_found_before_anything_runs() {
    let project = Project::new();
    project.write("list.yaml", &CONDITIONS.replace("vars.target == \"prod\"", "vars.taget == \"prod\""));
    let found = project.run(&["validate", "list.yaml"]).code(65);
    found
        .says("list.yaml:9:61: unknown name `vars.taget` in the condition")
        .says("did you mean vars.target?");
    project.run(&["run", "list.yaml"]).code(65);
    assert!(!project.root.join(".checklist").exists());
}

#[test]
fn an_input_step_waits_for_its_answer() {
    let project = Project::with(
        "checklist: 1\nid: ask\ntitle: Ask\nvariables: { size: { type: number, required: true, description: How large } }\nsteps:\n  - { id: size, title: The size, type: input, \
         input: { variable: size } }\n  - { id: large, title: Large, condition: vars.size > 10 }\n  - { id: end, title: End }\n",
    );
    project.run(&["run", "list.yaml"]).code(10).says("checklist done size --value ...").says("answers size");
    let next = project.run(&["next", "--json"]).json();
    assert_eq!(next["step"]["input"]["variable"], "size");
    project.run(&["done"]).code(10).says("size asks for a value, and none was given");
    project.run(&["done", "size", "--value", "much"]).code(2).says("it has to be a number");
    project.run(&["done", "size", "--value", "3"]).ok().says("[x] size").says("Next: end");
    assert_eq!(project.step("large"), "hidden");
    project.run(&["back", "size"]).ok();
    project.run(&["done", "size", "--value", "30"]).ok().says("Next: large");
    project.run(&["done", "large", "--value", "1"]).code(12).says("large asks for no value");
    // Put back to its beginning, the list asks again and offers what was answered.
    let reset = project.run(&["reset", "--json"]).ok().json();
    assert_eq!(reset["kept_answers"], serde_json::json!(["size"]));
    assert_eq!((project.step("size"), project.step("large")), ("pending".into(), "pending".into()));
    project.run(&["done", "size"]).ok().says("Next: large");
    let told = project.run(&["reset"]).ok();
    told.says("What was answered is kept, and offered when its step asks again: size");
    let nothing = project.run(&["reset"]).ok();
    assert!(!nothing.out.contains("answered"), "nothing was: {nothing:?}");
}

const SECRET: &str = "hunter5-planted-value";

fn secret_list() -> Project {
    Project::with(
        "checklist: 1\nid: publish\ntitle: Publish\nvariables: { token: { secret: true, from_env: PLANTED_TOKEN, required: true } }\nsteps:\n  - { id: push, title: Push, type: auto, \
         commands: [{ kind: bash, run: 'echo \"with $token\"; test -e go' }] }\n",
    )
}

fn below(folder: &std::path::Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_secret_is_neither_shown_nor_stored() {
    let project = secret_list();
    let missing = project.run(&["run", "list.yaml"]).code(10);
    missing.says("the secret token has no value: PLANTED_TOKEN is not set").says("Set PLANTED_TOKEN");
    let given = project.run(&["run", "list.yaml", "--new", "--var", &format!("token={SECRET}")]).code(2);
    assert!(!given.err.contains(SECRET), "{given:?}");
    for verb in [
        &["run"][..],
        &["run", "--json"],
        &["logs", "push"],
        &["status", "--json"],
        &["show", "push"],
        &["explain", "push"],
        &["history"],
    ] {
        let output = project.command(verb).env("PLANTED_TOKEN", SECRET).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&said).contains(SECRET), "{verb:?}");
    }
    let failed = project.command(&["run"]).env("PLANTED_TOKEN", SECRET).output().unwrap();
    assert_eq!(failed.status.code(), Some(14));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("| with ***"), "{failed:?}");
    project.write("go", "");
    let done = project.command(&["run"]).env("PLANTED_TOKEN", SECRET).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(below(project.home(), SECRET), [""; 0]);
}

#[test]
fn retries_dangers_and_what_is_left_out_are_said() {
    let project = Project::with(
        "checklist: 1\nid: t\ntitle: T\nvariables: { dry: { type: boolean, default: true } }\nsteps:\n  - id: a\n    title: A\n    type: auto\n    commands:\n      - { id: real, kind: bash, \
         run: 'touch real', condition: '!vars.dry' }\n      - { id: go, kind: bash, run: 'echo x >> out; test $(wc -l < out) = 3', retries: { max: 3 }, danger: It touches a file }\n",
    );
    let run = project.run(&["run", "list.yaml", "--allow-danger", "a/go"]).ok();
    run.says("real is left out: !vars.dry is false (vars.dry = true)")
        .says("danger: It touches a file")
        .says("go is tried again now (retry 1 of 3)")
        .says("go is tried again now (retry 2 of 3)");
    assert!(!project.root.join("real").exists());
    project.run(&["show", "a"]).ok().says("left out: !vars.dry is false");
    let json = project.run(&["show", "a", "--json"]).json();
    assert_eq!(json["step"]["commands"][1]["retries"], serde_json::json!({"used": 2, "max": 3}));
}

#[test]
fn a_rollback_is_run_by_its_verb_and_by_nothing_else() {
    let project = Project::with(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: tag, title: Tag, type: auto, commands: [{ kind: bash, run: touch tag }], rollback: [{ kind: bash, run: 'rm tag' }], \
         outputs: { name: 'echo v1' } }\n  - { id: tell, title: 'Tell of ${tag_name}' }\n",
    );
    project.run(&["rollback", "tag"]).code(3);
    project.run(&["run", "list.yaml"]).code(10).says("Tell of v1");
    project
        .run(&["show", "tag"])
        .ok()
        .says("Taken back, on request alone, by: checklist rollback tag")
        .says("output name: v1");
    project.run(&["done", "tell"]).ok();
    project.run(&["undo"]).ok();
    let undone = project.run(&["undo"]).ok().says("can be taken back: checklist rollback tag");
    undone.says("Nothing outside .checklist/ was reversed");
    project.run(&["redo"]).ok();
    project.run(&["redo"]).ok();
    assert!(project.root.join("tag").exists());
    let rolled = project.run(&["rollback", "tag"]).ok();
    rolled
        .says("$ rm tag")
        .says("[ ] tag was rolled back and is to do again.                         op 12, saved\n")
        .says("Settled, and built on it: tell.");
    assert!(!project.root.join("tag").exists());
    assert_eq!(project.step("tag"), "pending");
    project.run(&["rollback", "tag"]).code(12).says("tag has nothing to take back");
    project.run(&["rollback", "tell"]).code(12);
}

#[test]
fn a_shared_part_is_approved_and_kept_with_the_list() {
    let project = Project::new();
    let common = "checklist: 1\nid: common\ntitle: Common\nsteps:\n  - { id: first, title: First, type: auto, commands: [{ kind: bash, run: 'echo first >> out' }] }\n";
    project.write("common.yaml", common);
    project.write(
        "list.yaml",
        "checklist: 1\nid: t\ntitle: T\nextends: common\nsteps:\n  - { id: last, title: Last }\n",
    );
    project.run(&["validate", "list.yaml"]).ok().says("list.yaml: ok, 2 steps");
    project.run(&["run", "list.yaml"]).code(77);
    project.trust("list.yaml");
    project.run(&["run", "list.yaml"]).code(10).says("[x] first");
    // The run goes by its own copies, whatever becomes of the files.
    fs::remove_file(project.root.join("common.yaml")).unwrap();
    project.run(&["done"]).ok();
    project
        .run(&["validate", "list.yaml"])
        .code(65)
        .says("`common` cannot be extended: there is no common.yaml beside this file");
    // Changed content is asked about again.
    project.write("common.yaml", &common.replace("echo first", "echo other"));
    project.run(&["run", "list.yaml", "--new"]).code(77);
}

#[test]
fn the_schema_is_printed_for_editors_and_programs() {
    let project = Project::new();
    let printed = project.run(&["schema"]).ok();
    let schema: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(project.run(&["schema", "--json"]).json()["json_schema"], schema);
}

#[test]
fn a_section_is_confirmed_as_one_without_a_terminal_too() {
    let project = Project::with(BLOCKS);
    project
        .run(&["run", "list.yaml"])
        .code(10)
        .says("Outside: do these, then confirm.")
        .says("[ ] flaps  Flaps");
    let json = project.run(&["run", "--json"]).code(10);
    assert!(json.out.contains("\"together\":[\"fuel\",\"flaps\"]"), "{json:?}");
    // In any order within the section, and not before it.
    project.write("flaps", "");
    project.run(&["done", "flaps"]).ok();
    project.run(&["done", "belts"]).code(12);
    project.run(&["done", "fuel"]).ok().says("Next: doors");
}

/// Two sections of two steps, done as blocks.
pub(crate) const BLOCKS: &str = "\
checklist: 1
id: preflight
title: Before take-off
mode: do-confirm
steps:
  - { id: fuel, title: Fuel, section: Outside }
  - { id: flaps, title: Flaps, section: Outside, validation: [{ kind: file_exists, path: flaps }] }
  - { id: doors, title: Doors, section: Inside }
  - { id: belts, title: Belts, section: Inside }
";

#[test]
fn retries_are_counted_across_a_kill() {
    let project = Project::with(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: auto\n    commands:\n      - { id: go, kind: bash, retries: { max: 2 }, run: 'echo x >> out; [ \
         $(wc -l < out) != 2 ] || kill -9 \"$PPID\"; exit 1' }\n",
    );
    // The first attempt fails, the second one kills the program that runs it.
    project.run(&["run", "list.yaml"]).code(-9);
    assert_eq!(project.step("a"), "interrupted");
    // Nobody runs it again unasked; asked to, it has the one retry that is left.
    project.run(&["run"]).code(10);
    project.run(&["resume", "--rerun", "a/go"]).code(14).says("go is tried again now (retry 2 of 2)");
    assert_eq!(project.read("out"), b"x\nx\nx\nx\n");
    let json = project.run(&["show", "a", "--json"]).json();
    assert_eq!(json["step"]["commands"][0]["attempt"], 4);
}
