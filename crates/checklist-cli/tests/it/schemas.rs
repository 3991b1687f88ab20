//! Every object that the program prints is as its published schema says, and holds nothing that it does not name.

use crate::cases::CASES;
use crate::support::{Answer, Project};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The same schema, in which no object may have a member that it does not name.
fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            for member in members.values_mut() {
                *member = closed(member.take());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = closed(item.take())),
        _ => {}
    }
    schema
}

/// The published schemas, as files, closed.
struct Published(BTreeMap<String, Validator>);

impl Published {
    fn read(project: &Project) -> (Published, Vec<Value>) {
        let listed = project.run(&["schema", "--list", "--json"]).ok().json();
        let rows = listed["schemas"].as_array().unwrap().clone();
        let of = |row: &Value| {
            let name = row["name"].as_str().unwrap();
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema");
            let text = std::fs::read_to_string(format!("{folder}/{name}-1.json")).unwrap();
            let schema = closed(serde_json::from_str(&text).unwrap());
            let validator =
                jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            (row["schema"].as_str().unwrap().to_owned(), validator)
        };
        let answers = rows.iter().filter(|row| row["name"] != "template");
        (Published(answers.map(of).collect()), rows)
    }

    /// What is wrong with an object, and the schema that it names.
    fn judge(&self, value: &Value) -> (String, Vec<String>) {
        let id = value["schema"].as_str().unwrap_or_default().to_owned();
        let Some(validator) = self.0.get(&id) else { return (id, vec!["no such schema".to_owned()]) };
        let wrong = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
        (id, wrong.collect())
    }
}

#[test]
fn every_verb_answers_as_its_schema_says_whether_it_succeeds_or_not() {
    let (published, rows) = Published::read(&Project::new());
    let (mut met, mut failed) = (BTreeSet::new(), BTreeSet::new());
    let mut wrong = Vec::new();
    for case in CASES {
        let project = (case.setup)();
        let arguments: Vec<&str> = case.arguments.iter().copied().chain(["--json"]).collect();
        let answer = project.run(&arguments);
        let what = format!("{} ({})", case.verb, case.name);
        if answer.code != case.code {
            wrong.push(format!("{what}: exit {} and not {}: {}", answer.code, case.code, answer.out));
            continue;
        }
        let mut value = answer.json();
        let (id, found) = published.judge(&value);
        wrong.extend(found.into_iter().map(|found| format!("{what}: {id}: {found}")));
        value["undeclared"] = json!(1);
        assert_ne!(published.judge(&value).1, [""; 0], "{what}: a member that no schema names is found");
        if id == "checklist.error/1" {
            failed.insert(case.verb);
        } else {
            met.insert(id);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for row in &rows {
        let id = row["schema"].as_str().unwrap();
        let verbs: Vec<&str> = row["verbs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(verbs.is_empty() || met.contains(id), "no case answers with {id}");
        for verb in verbs {
            assert!(failed.contains(verb), "no case in which {verb} fails");
        }
    }
}

#[test]
fn a_request_that_is_repeated_is_answered_as_the_schema_says() {
    let project = Project::with_run();
    let (published, _) = Published::read(&project);
    let requests: &[&[&str]] = &[
        &["done", "--claim", "x", "--key", "a", "--json"],
        &["undo", "--key", "b", "--json"],
        &["redo", "--key", "c", "--json"],
        &["claim", "build", "--key", "d", "--json"],
        &["rename", "spring", "--key", "e", "--json"],
        &["pause", "--key", "f", "--json"],
        &["resume", "--key", "g", "--json"],
        &["reset", "--key", "h", "--json"],
        &["archive", "--unfinished", "--key", "i", "--json"],
        &["archive", "ship", "--back", "--key", "j", "--json"],
    ];
    for request in requests {
        for is_repeated in [false, true] {
            let value = project.run(request).ok().json();
            assert_eq!(published.judge(&value).1, [""; 0], "{request:?}: {value}");
            assert_eq!(value["replayed"] == true, is_repeated, "{request:?}");
        }
    }
}

#[test]
fn lines_tell_what_happens_and_end_with_the_answer() {
    let list = "checklist: 1\nid: l\ntitle: L\nsteps:\n  - { id: make, title: Make, type: auto, commands: [{ id: sh, kind: \
                bash, run: \"touch made\" }], validation: [{ kind: file_exists, path: made }] }\n  - { id: end, title: End }\n";
    let project = Project::with(list);
    let (published, _) = Published::read(&project);
    let answer: Answer = project.run(&["run", "list.yaml", "--json=lines"]).code(10);
    assert_eq!(answer.err, "");
    let lines: Vec<Value> = answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_eq!(published.judge(line).1, [""; 0], "{line}");
    }
    let (last, events) = lines.split_last().unwrap();
    assert_eq!((last["schema"].as_str(), last["exit"].as_i64()), (Some("checklist.run/1"), Some(10)));
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let order = ["command:started", "command:ended", "check:started", "check:ended", "step:completed"];
    let at: Vec<Option<usize>> =
        order.iter().map(|name| names.iter().position(|told| told == name)).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{names:?}");
    // What was asked for again is the very object that --json alone prints.
    let streamed = project.run(&["run", "--json=lines"]).code(10);
    let alone = project.run(&["run", "--json"]).code(10);
    assert_eq!(streamed.out.lines().last(), alone.out.lines().last());
    assert_eq!(alone.out.lines().count(), 1);
    project.run(&["run", "--json=words"]).code(2).json();
}

#[test]
fn an_agent_is_primed_in_forty_lines_and_told_when_nothing_changed() {
    for project in [Project::new(), Project::begun(), Project::with_run()] {
        let text = project.run(&["prime"]).ok().out;
        assert!(text.lines().count() <= 40 && text.lines().all(|line| line.len() <= 100), "{text}");
        assert!(text.contains("checklist next --json") && text.contains("10 a person is needed"), "{text}");
    }
    let project = Project::with_run();
    let first = project.run(&["prime", "--json"]).ok().json();
    let since = first["since"].as_str().unwrap();
    project.run(&["prime"]).ok().says("checklist done notes --if-rev 2 --json").says(since);
    let again = project.run(&["prime", "--since", since]).ok();
    assert_eq!(again.out, format!("unchanged since op 2 of run {}\n", since.trim_end_matches(":2")));
    project.run(&["prime", "--since", "ZZZZZZ:2"]).ok().says("Rules:");
    project.run(&["done", "--claim", "x"]).ok();
    project.run(&["prime", "--since", since]).ok().says("Rules:");
}

#[test]
fn what_watch_tells_is_as_its_schema_says() {
    let project = Project::new();
    project.write("l.md", "- [ ] one\n- [ ] two\n- [ ] three\n");
    project.run(&["run", "l.md"]).code(10);
    project.run(&["skip", "one", "--reason", "x"]).ok();
    project.run(&["undo"]).ok();
    for step in ["one", "two", "three"] {
        project.run(&["done", step]).ok();
    }
    let (published, _) = Published::read(&project);
    let told = project.run(&["watch", "--since", "0", "--until-done", "--json"]).ok();
    let lines: Vec<Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_eq!(published.judge(line), ("checklist.event/1".to_owned(), Vec::new()), "{line}");
    }
    let names: BTreeSet<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    for name in ["operation:saved", "step:changed", "step:completed", "step:skipped", "workflow:completed"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
}

#[test]
fn the_history_says_what_an_undo_went_back_to() {
    let project = Project::with_run();
    project.run(&["done", "--claim", "x"]).ok();
    project.run(&["skip", "build", "--reason", "y"]).ok();
    project.run(&["undo", "--to", "2"]).ok();
    let told = project.run(&["history", "--json"]).ok().json();
    let newest = &told["operations"][0];
    assert_eq!((&newest["verb"], &newest["to"]), (&"undo".into(), &2.into()), "{newest}");
    assert_eq!(told["operations"][1]["to"], Value::Null);
}
