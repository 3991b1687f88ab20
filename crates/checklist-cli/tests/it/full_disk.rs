//! A disk without a free block: who looks is answered, and who writes goes on when there is space.

use crate::damage::with_own_mounts;
use crate::support::{Answer, Project};

/// What a script says in a project that has a disk of its own, half a megabyte large, and this list, approved; `None`
/// where no disk can be had.
fn on_a_small_disk(list: &str, script: &str) -> Option<Answer> {
    const BEGIN: &str = "mount -t tmpfs -o size=512k none \"$ROOT\" && cd \"$ROOT\" || exit 1
        printf '%s' \"$LIST\" > list.yaml
        HASH=$(\"$BIN\" trust list.yaml 2>&1 | sed -n 's/.*--sha256 //p')
        \"$BIN\" trust list.yaml --sha256 $HASH >/dev/null";
    with_own_mounts(&Project::new(), &format!("LIST=$(cat <<'END'\n{list}END\n)\n{BEGIN}\n{script}"))
}

/// A step whose command kills the program that runs it.
const KILLED: &str = "\
checklist: 1
id: killed
title: Killed
steps:
  - { id: deploy, title: Deploy, type: auto, commands: [{ id: go, kind: bash, run: 'echo ran >> ran; kill -9 $PPID' }] }
  - { id: tell, title: Tell the others }
";

#[test]
fn a_cut_off_step_is_shown_although_it_cannot_be_recorded() {
    let script = "\"$BIN\" run list.yaml >/dev/null 2>&1; echo \"killed: $?\"
        cp .checklist/state.yaml \"$HOME/before\"
        dd if=/dev/zero of=filler bs=4k 2>/dev/null
        \"$BIN\" status --plain; echo \"full: $?\"
        cmp .checklist/state.yaml \"$HOME/before\" && echo untouched
        \"$BIN\" resume --done deploy/go; echo \"not written: $?\"
        rm filler
        \"$BIN\" resume --done deploy/go >/dev/null; echo \"written: $?\"
        \"$BIN\" status --plain; wc -l < ran";
    let Some(answer) = on_a_small_disk(KILLED, script) else { return };
    let answer =
        answer.says("killed: 137").says("[?]\tdeploy\tinterrupted").says("full: 0").says("untouched");
    let answer = answer.says("NOT saved").says("not written: 74").says("written: 0");
    assert!(answer.out.ends_with("\n1\n"), "the command ran once: {answer:#?}");
}

/// A step whose command takes all the space there is.
const FILLS: &str = "\
checklist: 1
id: fills
title: Fills
steps:
  - { id: deploy, title: Deploy, type: auto, commands: [{ id: go, kind: bash, run: 'echo ran >> ran; dd if=/dev/zero of=filler bs=4k 2> /dev/null; true' }] }
  - { id: tell, title: Tell the others }
";

#[test]
fn a_command_whose_end_cannot_be_recorded_is_named() {
    let script = "\"$BIN\" run list.yaml 2>&1; echo \"full: $?\"
        \"$BIN\" run list.yaml >/dev/null 2>&1; echo \"again: $?\"
        rm filler
        \"$BIN\" resume --done deploy/go; echo \"written: $?\"
        wc -l < ran";
    let Some(answer) = on_a_small_disk(FILLS, script) else { return };
    let answer = answer.says("full: 74").says("was NOT saved");
    let answer = answer.says("deploy/go had begun; how it ended is not recorded.");
    let answer = answer.says("When the disk can be written: checklist resume").says("written: 0");
    assert!(answer.out.ends_with("\n1\n"), "the command ran once: {answer:#?}");
}
