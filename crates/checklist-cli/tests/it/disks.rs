//! Disks that are slow, have no locks, or are none: what is said there.

use crate::damage::with_own_mounts;
use crate::support::{Answer, Project};
use std::process::{Command, Stdio};

/// Runs the program where the kernel answers one call otherwise; `None` where nobody may trace.
fn injected(project: &Project, call: &str, what: &str, words: &[&str]) -> Option<Answer> {
    let run = |arguments: &[&str]| {
        let own = project.command(arguments);
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
        strace.args(["-e", &format!("inject={call}:{what}")]).arg(own.get_program()).args(arguments);
        strace.current_dir(&project.root).env_clear();
        for (name, value) in own.get_envs() {
            strace.env(name, value.unwrap_or_default());
        }
        strace.stdin(Stdio::null()).output()
    };
    // Asking for help opens nothing, so that it works whatever is injected.
    if !run(&["help"]).is_ok_and(|output| output.status.success()) {
        say!("SKIPPED: strace is not here or may not trace, so the answers of the kernel cannot be changed");
        return None;
    }
    Some(Answer::of(run(words).expect("what started a moment ago starts again")))
}

#[test]
fn a_slow_sync_is_told_with_the_command_that_shows_more() {
    let project = Project::begun();
    // The log alone is synced without its metadata.
    let slow = "delay_exit=1200000:when=1";
    let Some(answer) = injected(&project, "fdatasync", slow, &["done"]) else { return };
    let answer = answer.ok().says("op 3, saved").says("Note: a sync took 1.2 s");
    answer.says("the disk is busy or failing. Look closer: checklist doctor");
}

#[test]
fn what_is_said_at_the_end_is_in_the_object_too() {
    // The log alone is synced without its metadata.
    let slow = "delay_exit=1200000:when=1";
    let project = Project::begun();
    let Some(answer) = injected(&project, "fdatasync", slow, &["done", "--json"]) else { return };
    let object = answer.ok().json();
    assert_eq!(object["schema"], "checklist.done/1");
    assert!(object["notices"][0].as_str().unwrap().starts_with("Note: a sync took 1.2 s"), "{object}");

    // In an error as well: the walk saves a step, slowly, and then fails.
    let project = Project::with(
        "checklist: 1\nid: r\ntitle: R\nsteps:\n  - { id: bad, title: Bad, type: auto, commands: [{ kind: bash, run: \"exit 3\" }] }\n",
    );
    let answer =
        injected(&project, "fdatasync", "delay_exit=1200000:when=1+", &["run", "list.yaml", "--json"])
            .expect("as before");
    let object = answer.code(14).json();
    assert_eq!(object["schema"], "checklist.error/1");
    let notices = object["notices"].as_array().unwrap_or_else(|| panic!("{object}"));
    assert!(notices.iter().any(|notice| notice.as_str().unwrap().contains("a sync took 1.2 s")), "{object}");
}

#[test]
fn where_there_are_no_locks_nothing_is_written_and_looking_works() {
    for (code, words) in [("ENOSYS", "this file system has no locks"), ("ENOLCK", "gives no locks")] {
        let project = Project::begun();
        let state = project.read(".checklist/state.yaml");
        let without = format!("error={code}");
        let Some(answer) = injected(&project, "flock", &without, &["done"]) else { return };
        let answer = answer.code(74).says(words).says("keep .checklist/ on a local disk");
        answer.says("`done` was NOT saved.");
        assert_eq!(project.read(".checklist/state.yaml"), state);
        injected(&project, "flock", &without, &["status"]).expect("it works").ok().says("[x] read-diff");
    }
}

#[test]
fn the_layer_of_a_container_is_doubted_once_and_by_doctor_always() {
    let project = Project::new();
    let script = "mount -t tmpfs none \"$ROOT\" && cd \"$ROOT\" && mkdir lower upper work top || exit 1
        mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work top || { echo none; exit 0; }
        cd top && \"$BIN\" init 2>&1; \"$BIN\" run --no-input 2>&1 >/dev/null; \"$BIN\" done 2>&1
        \"$BIN\" doctor; echo \"doctor: $?\"";
    let Some(answer) = with_own_mounts(&project, script) else { return };
    if answer.out.starts_with("none") {
        say!("SKIPPED: this kernel has no overlay, so the layer of a container cannot be had");
        return;
    }
    let notes =
        answer.out.matches("Note: this project is on overlay; it is the layer of a container").count();
    assert_eq!(notes, 1, "{answer:#?}");
    answer.says("warn  file system").says("fix: mount a volume for the project").says("doctor: 0");
}
