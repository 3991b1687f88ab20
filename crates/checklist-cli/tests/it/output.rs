//! The form of answers: JSON with a schema, plain lines, colour, width, streams, pipes.

use crate::support::{LIST, Project};
use std::process::Stdio;
use unicode_width::UnicodeWidthStr as _;

#[test]
fn every_verb_answers_with_one_object_that_names_its_schema() {
    let project = Project::with_run();
    project.write("more.md", "- [ ] a\n");
    let cases: &[(&[&str], &str)] = &[
        (&["status"], "status"),
        (&["next"], "next"),
        (&["show", "tell"], "show"),
        (&["explain", "tell"], "explain"),
        (&["done", "--claim", "x"], "done"),
        (&["skip", "build", "--reason", "x"], "skip"),
        (&["back"], "back"),
        (&["undo"], "undo"),
        (&["redo"], "redo"),
        (&["history"], "history"),
        (&["pause"], "pause"),
        (&["resume"], "resume"),
        (&["reset"], "reset"),
        (&["ls"], "ls"),
        (&["validate", "list.yaml"], "validate"),
        (&["import", "more.md"], "import"),
        (&["trust", "list.yaml"], "trust"),
        (&["wal", "show"], "wal"),
        (&["recover"], "recover"),
        (&["adopt"], "adopt"),
        (&["restore"], "restore"),
        (&["backup"], "backup"),
        (&["doctor"], "doctor"),
        (&["logs"], "logs"),
    ];
    for (arguments, verb) in cases {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let answer = project.run(&arguments).ok();
        let value = answer.json();
        assert_eq!(value["schema"], format!("checklist.{verb}/1"), "{arguments:?}");
        assert_eq!(value["ok"], true, "{arguments:?}");
        assert!(answer.out.starts_with("{\"schema\":\"checklist."), "{}", answer.out);
    }
}

#[test]
fn an_agent_gets_what_it_needs_to_do_the_step() {
    let project = Project::with_run();
    let next = project.command(&["next"]).env("CHECKLIST_AGENT", "1").output().unwrap();
    let next: serde_json::Value = serde_json::from_slice(&next.stdout).unwrap();
    assert_eq!(next["state"], "waiting_for_agent");
    assert_eq!(next["step"]["prompt"], "Write NOTES.md for 1.2.");
    assert_eq!(next["step"]["checks"][0]["text"], "## 1.2");
    assert_eq!(next["next_commands"][0], "checklist done notes --if-rev 2");
    assert_eq!(next["progress"]["total"], 5);
    let actor = project.run(&["done", "--claim", "seen", "--actor", "agent:tester", "--json"]).ok().json();
    assert_eq!(actor["changed"], true);
    let history = project.run(&["history", "-n", "1", "--json"]).ok().json();
    assert_eq!(history["operations"][0]["who"], "agent:tester");
}

#[test]
fn colour_is_asked_for_or_not_there() {
    let project = Project::with_run();
    let plain = project.run(&["status"]).ok();
    assert!(!plain.out.contains('\u{1b}'));
    let coloured = project.run(&["status", "--color", "always"]).ok();
    assert!(coloured.out.contains('\u{1b}'));
    let with = |name: &str, value: &str| {
        let output = project.command(&["status"]).env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    assert!(with("CLICOLOR_FORCE", "1"));
    assert!(!with("NO_COLOR", "1"));
    let both = project.command(&["status"]).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(!String::from_utf8(both.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn sixty_columns_are_enough() {
    let project = Project::with_run();
    for verb in [&["status"][..], &["history"], &["next"], &["explain", "tell"]] {
        let output = project.command(verb).env("COLUMNS", "60").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // The last lines are whole commands, which are not cut: they are there to be copied.
        let body = text.split("\nNext: ").next().unwrap();
        for line in body.lines() {
            assert!(line.width() <= 60, "{verb:?}: {line:?} has {} columns", line.width());
        }
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn plain_lines_have_tabs_and_no_padding() {
    let project = Project::with_run();
    let plain = project.run(&["status", "--plain"]).ok();
    assert_eq!(plain.out.lines().count(), 5);
    assert_eq!(plain.out.lines().next(), Some("[x]\tclean\tdone\tverified\t\tThe tree is clean"));
    assert_eq!(project.run(&["next", "--plain"]).ok().out, "notes\tWrite the notes for 1.2\n");
    project.run(&["ls", "--plain"]).ok().says("active\t");
    project.run(&["history", "--plain"]).ok().says("\trun\t");
}

#[test]
fn answers_go_to_stdout_and_talk_to_stderr() {
    let project = Project::with(LIST);
    let run = project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(10);
    assert!(run.out.contains("[x] clean") && !run.out.contains("$ true"), "{run:?}");
    assert!(run.err.contains("$ true") && run.err.contains("ok, "), "{run:?}");
    let status = project.run(&["status"]).ok();
    assert_eq!(status.err, "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::with_run();
    let mut child = project.command(&["status"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn what_a_template_says_cannot_drive_the_terminal() {
    let project = Project::new();
    project.write("evil.md", "- [ ] red \u{1b}[31m and \u{1b}]0;title\u{7} bell\u{7}\n");
    let run = project.run(&["run", "evil.md"]).code(10);
    let status = project.run(&["status"]).ok();
    for text in [run.out, run.err, status.out] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn another_folder_can_be_named() {
    let project = Project::with_run();
    let output = project.command(&["-C", "code", "status"]).current_dir(project.home()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    std::fs::create_dir(project.root.join("deep")).unwrap();
    let output = project.command(&["status"]).current_dir(project.root.join("deep")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "the project is found from below");
    let help = project.run(&[]).ok();
    assert!(help.out.contains("Begin:"), "without a terminal and a command: help");
}

#[test]
fn what_settles_a_step_is_a_line_of_its_own_for_programs() {
    let project = Project::with_run();
    let done = project.run(&["done", "--claim", "seen  twice", "--plain"]).ok().out;
    assert_eq!(done, "[x]\tnotes\tdone\tclaimed\t3\tseen twice\n");
    let skipped = project.run(&["skip", "build", "--reason", "no need", "--plain"]).ok().out;
    assert_eq!(skipped, "[-]\tbuild\tskipped\t\t4\tno need\n");
    let back = project.run(&["back", "build", "--plain"]).ok().out;
    assert_eq!(back.split('\t').take(3).collect::<Vec<_>>(), ["[ ]", "build", "pending"]);
    let again = project.run(&["done", "notes", "--plain"]).ok().out;
    assert_eq!(again.split('\t').nth(4), Some(""), "no operation was saved: {again}");
}

#[test]
fn what_is_said_beside_an_answer_is_in_its_object() {
    let notices = |answer: &crate::support::Answer| {
        let object = answer.json();
        let notices = object["notices"].as_array().cloned().unwrap_or_default();
        notices.iter().map(|notice| notice.as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let project = Project::new();
    project.write("more.md", "- [ ] a\n");
    let made = notices(&project.run(&["import", "more.md", "--json"]).ok());
    assert!(made.starts_with("Created .checklist/ in "), "{made}");
    project.run(&["run", "more"]).code(10);
    project.run(&["pause"]).ok();
    let went_on = notices(&project.run(&["run", "--json"]).code(10));
    assert_eq!(went_on, "The run goes on; it was paused. Saved as op 3.");
    // What the arguments should have been is a part of the error.
    let misspelled = project.run(&["done", "--jsonn", "--json"]).code(2).json();
    assert_eq!(misspelled["details"][0], "tip: a similar argument exists: '--json'", "{misspelled}");
    let missing = project.run(&["explain", "--json"]).code(2).json();
    assert_eq!(missing["details"], serde_json::json!(["<STEP>"]), "{missing}");
}
