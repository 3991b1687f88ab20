//! Killed in the middle of a command: what is said, and that nothing is run again by itself.

use crate::support::{Answer, Project};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::process::Child;

/// A step that says it began, counts its runs, and takes long the first time.
fn list(rule: &str) -> String {
    format!(
        "checklist: 1\nid: k\ntitle: K\nsteps:\n  - id: push\n    title: Push\n    type: auto\n    commands:\n      \
         - {{ id: sh, kind: bash, run: \"echo $$ > pid; echo x >> runs; touch begun; test -e again || sleep 60\"{rule} }}\n    \
         validation:\n      - {{ kind: bash, run: \"test -e pushed\" }}\n  - {{ id: last, title: Last }}\n"
    )
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The program is killed while it runs the step; the command goes on.
fn abandoned(rule: &str) -> Project {
    let project = Project::with(&list(rule));
    let mut child = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    kill_process(pid(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    project
}

/// The command, which leads a group of its own.
fn command(project: &Project) -> Pid {
    let text = String::from_utf8(project.read("pid")).unwrap();
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

/// Program and command are killed.
fn killed(rule: &str) -> Project {
    let project = abandoned(rule);
    kill_process_group(command(&project), Signal::KILL).unwrap();
    project
}

fn runs(project: &Project) -> usize {
    String::from_utf8(project.read("runs")).unwrap().lines().count()
}

#[test]
fn it_is_called_unknown_and_is_not_run_again() {
    let project = killed("");
    let status = project.run(&["status"]).ok();
    assert!(status.err.starts_with("Interrupted: the process that ran push died."), "{status:?}");
    let status = status.says("[?] push").says("sh  unknown   started").says("no result was recorded");
    status.says("Next: checklist resume");
    let again = project.run(&["status"]).ok();
    assert_eq!(again.err, "", "it is said once");
    project.run(&["status", "--exit-code"]).code(10);
    let asks = project.run(&["resume"]).code(10).says("checklist resume --rerun push/sh");
    asks.says("checklist resume --done push/sh").says("checklist resume --failed push/sh");
    let asks = project.run(&["run", "--json"]).code(10).json();
    assert_eq!(
        (asks["code"].as_str(), asks["detail"]["interrupted"][0].as_str()),
        (Some("needs_human"), Some("push/sh"))
    );
    assert_eq!(asks["hint"], "To run it again: checklist resume --rerun push/sh");
    project.run(&["done"]).code(12).says("it is not known what became of it").says("checklist resume");
    project.run(&["doctor"]).ok().says("unknown").says("checklist resume");
    assert_eq!(runs(&project), 1);
}

#[test]
fn a_command_that_still_runs_is_named_and_never_run_beside_itself() {
    for rule in ["", ", idempotent: true, on_interrupt: rerun", ", on_interrupt: fail"] {
        let project = abandoned(rule);
        let pid = command(&project).as_raw_nonzero();
        project.run(&["status"]).ok().says("[?] push");
        let before = project.read(".checklist/state.yaml");
        for words in
            [&["resume"][..], &["run"], &["resume", "--rerun", "push/sh"], &["resume", "--failed", "push"]]
        {
            let refused = project.run(words).code(75).says("push/sh still runs (pid ");
            let refused = refused.says(&pid.to_string());
            refused.says("the checklist that started it is gone").says("To end it: kill ");
        }
        let told = project.run(&["run", "--json"]).code(75).json();
        let processes = told["detail"]["processes"].as_array().unwrap();
        assert!(processes.contains(&pid.get().into()), "{told}");
        project.run(&["doctor"]).ok().says("push/sh still runs");
        assert_eq!((runs(&project), project.read(".checklist/state.yaml")), (1, before), "{rule}");

        kill_process_group(command(&project), Signal::KILL).unwrap();
        project.write("again", "");
        project.write("pushed", "");
        project.run(&["resume", "--rerun", "push/sh"]).ok().says("[x] push");
        assert_eq!(runs(&project), 2, "{rule}");
    }
}

#[test]
fn a_command_that_still_runs_is_found_where_its_output_goes_through_the_program() {
    const SECRETS: &str = "variables: { token: { secret: true, from_env: PLANTED_TOKEN } }\nsteps:\n";
    let project = Project::with(&list("").replace("steps:\n", SECRETS));
    let with_secret = |words: &[&str]| {
        let mut command = project.command(words);
        command.env("PLANTED_TOKEN", "hunter2-correct-horse");
        command
    };
    let mut child = with_secret(&["run", "list.yaml"]).spawn().unwrap();
    project.wait_for("begun");
    kill_process(pid(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    let again = || Answer::of(with_secret(&["resume", "--rerun", "push/sh"]).output().unwrap());
    let still = command(&project).as_raw_nonzero().to_string();
    again().code(75).says("push/sh still runs (pid ").says(&still);
    assert_eq!(runs(&project), 1);

    kill_process_group(command(&project), Signal::KILL).unwrap();
    project.write("again", "");
    project.write("pushed", "");
    again().ok().says("[x] push");
    assert_eq!(runs(&project), 2);
}

#[test]
fn somebody_may_answer_for_a_command_that_stays() {
    let project = abandoned("");
    project.write("pushed", "");
    project.run(&["resume", "--done", "push/sh"]).ok().says("[x] push").says("Next: last");
    assert_eq!(runs(&project), 1);
    kill_process_group(command(&project), Signal::KILL).unwrap();
}

#[test]
fn the_flags_say_what_became_of_it() {
    let project = killed("");
    project.run(&["resume", "--done", "push/other"]).code(12).says("push/other is not interrupted");
    project.write("pushed", "");
    project.run(&["resume", "--done", "push/sh"]).ok().says("[x] push").says("Next: last");
    assert_eq!(runs(&project), 1);

    let project = killed("");
    project.write("again", "");
    project.write("pushed", "");
    project.run(&["resume", "--rerun", "push/sh"]).ok().says("[x] push");
    assert_eq!(runs(&project), 2);

    let project = killed("");
    project.run(&["resume", "--failed", "push"]).ok().says("try again: checklist run");
    assert_eq!((project.step("push").as_str(), runs(&project)), ("failed", 1));
}

#[test]
fn the_rule_of_the_command_decides_without_a_person() {
    let project = killed(", idempotent: true, on_interrupt: verify");
    project.write("pushed", "");
    let confirmed = project.run(&["resume"]).ok().says("may or may not have worked").says("[x] push");
    confirmed.says("sh is done, confirmed by the check. It is not run again.");
    assert_eq!(runs(&project), 1, "the check confirmed it, so it was not run again");

    let project = killed(", idempotent: true, on_interrupt: rerun");
    project.write("again", "");
    project.write("pushed", "");
    project.run(&["run"]).code(10).says("[x] push").says("last waits");
    assert_eq!(runs(&project), 2);

    let project = killed(", on_interrupt: fail");
    let failed = project.run(&["run", "--json"]).code(14).json();
    assert_eq!(
        (failed["schema"].as_str(), failed["state"].as_str()),
        (Some("checklist.run/1"), Some("failed"))
    );
    assert_eq!((project.step("push").as_str(), runs(&project)), ("failed", 1));
    project.run(&["status"]).ok().says("sh  failed    cut off, and its on_interrupt is fail");
}

/// Two that were cut off, of which only one takes a person.
#[test]
fn a_step_that_takes_a_person_does_not_hold_up_the_others() {
    let step = |id: &str, rule: &str| {
        format!(
            "  - {{ id: {id}, title: T, type: auto, needs: [], commands: [{{ id: c, kind: bash, run: 'echo {id} >> runs; test -e again || kill -9 $PPID'{rule} }}] }}\n"
        )
    };
    let list = format!(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n{}{}",
        step("asks", ""),
        step("again", ", idempotent: true, on_interrupt: rerun")
    );
    let project = Project::with(&list);
    project.run(&["run", "list.yaml"]).code(-9);
    project.run(&["run", "--step", "again"]).code(-9);
    project.write("again", "");
    let resumed = project.run(&["resume"]).code(10).says("[x] again").says("resume --rerun asks/c");
    resumed.says("What happened is saved.").says("c is run again, as its list says.");
    assert_eq!((project.step("asks").as_str(), project.step("again").as_str()), ("interrupted", "done"));
    assert_eq!(project.read("runs"), b"asks\nagain\nagain\n");
}

#[test]
fn a_reset_does_not_forget_that_nobody_knows() {
    let project = killed("");
    project.run(&["reset"]).ok().says("What became of push is still not known").says("checklist resume");
    assert_eq!(project.step("push"), "interrupted");
}

#[test]
fn a_step_that_is_asked_for_by_name_is_done_and_not_only_settled() {
    let project = killed(", idempotent: true, on_interrupt: rerun");
    project.write("again", "");
    project.write("pushed", "");
    project.run(&["run", "--step", "push"]).ok().says("[x] push");
    assert_eq!(runs(&project), 2);
}

#[test]
fn ctrl_c_and_sigterm_end_the_command_and_keep_the_place() {
    for (signal, code, name) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let project = Project::with(&list(""));
        let child = project.start(&["run", "list.yaml", "--json"]);
        project.wait_for("begun");
        kill_process_group(pid(&child), signal).unwrap();
        let answer = Answer::of(child.wait_with_output().unwrap()).code(code);
        assert_eq!(answer.json()["code"], name);
        let status = project.run(&["status"]).ok();
        assert!(status.err.is_empty(), "it was recorded when it happened: {status:?}");
        assert_eq!(
            project.step("push"),
            "interrupted",
            "nobody knows what the command did until it was ended"
        );
        project.write("again", "");
        project.write("pushed", "");
        project.run(&["run"]).code(10).says("checklist resume --rerun push/");
        project.run(&["resume", "--rerun", "push/sh"]).ok().says("[x] push");
    }
}

#[test]
fn while_it_runs_others_see_that_and_cannot_run_it_too() {
    let project = Project::with(&list(""));
    let mut child = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    let status = project.run(&["status"]).ok().says("Running now, in another process.");
    assert!(status.err.is_empty(), "{status:?}");
    project.run(&["run"]).code(75).says("busy");
    kill_process_group(pid(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    assert_eq!(runs(&project), 1);
}
