//! A run to draw: a release with one step of every standing.

use checklist_store::env::Timestamp;
use checklist_workflow::check::CheckKind;
use checklist_workflow::event::Progress;
use checklist_workflow::run::{CommandStatus, Evidence, RunStatus, StepStatus};
use checklist_workflow::template::{Mode, StepKind};
use checklist_workflow::view::{CheckView, CommandView, ConfirmView, RunView, StepView};

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("the sample writes RFC 3339")
}

pub(crate) fn step(id: &str, title: &str, kind: StepKind) -> StepView {
    StepView {
        id: id.to_owned(),
        title: title.to_owned(),
        description: None,
        kind,
        section: None,
        parent: None,
        depth: 0,
        has_parts: false,
        status: StepStatus::Pending,
        evidence: None,
        at: None,
        by: None,
        note: None,
        killer: false,
        needs_human: false,
        skippable: None,
        assignee: None,
        waits_for: Vec::new(),
        is_current: false,
        commands: Vec::new(),
        prompts: Vec::new(),
        checks: Vec::new(),
        confirm: None,
        input: None,
        condition: None,
        outputs: Vec::new(),
        rollback: Vec::new(),
        claim: None,
    }
}

fn contains(path: &str, text: &str) -> CheckView {
    CheckView { kind: CheckKind::FileContains, path: Some(path.to_owned()), text: Some(text.to_owned()) }
}

fn command(id: &str, script: &str, status: CommandStatus) -> CommandView {
    CommandView {
        id: id.to_owned(),
        script: script.to_owned(),
        danger: None,
        condition: None,
        interactive: false,
        status,
        attempt: 1,
        retries: (0, 0),
        outcome: (status == CommandStatus::Done).then(|| "exit 0".to_owned()),
        at: Some(at("2026-11-19T14:32:05Z")),
        duration_ms: None,
        log: None,
    }
}

/// The release while its changelog is to be written.
pub(crate) fn release() -> RunView {
    let tree = StepView {
        status: StepStatus::Done,
        evidence: Some(Evidence::Verified),
        at: Some(at("2026-11-19T14:29:00Z")),
        by: Some("ana".to_owned()),
        ..step("clean-tree", "Working tree is clean", StepKind::Check)
    };
    let changelog = StepView {
        is_current: true,
        prompts: vec!["Write the CHANGELOG.md entry for 1.4.0.\nDo not invent entries.".to_owned()],
        checks: vec![contains("CHANGELOG.md", "## [1.4.0]")],
        ..step("changelog", "Write the changelog for 1.4.0", StepKind::Task)
    };
    let approve = StepView {
        killer: true,
        needs_human: true,
        confirm: Some(Box::new(ConfirmView {
            message: "Ship 1.4.0 to production?".to_owned(),
            type_to_confirm: Some("1.4.0".to_owned()),
            by_human: true,
        })),
        ..step("approve-prod", "Release manager approves", StepKind::Confirm)
    };
    let publish = StepView {
        killer: true,
        waits_for: ["changelog", "test", "approve-prod"].map(str::to_owned).to_vec(),
        commands: vec![
            command("tag", "git tag v1.4.0", CommandStatus::Pending),
            command("push", "git push origin v1.4.0", CommandStatus::Pending),
        ],
        ..step("publish", "Publish", StepKind::Auto)
    };
    let announce = StepView {
        waits_for: vec!["publish".to_owned()],
        ..step("announce", "Announce in the team channel", StepKind::Task)
    };
    RunView {
        id: "01JD3V8BDDJ9Z0A3053T3M0CTM".to_owned(),
        short: "01JD3V".to_owned(),
        name: None,
        template: "release".to_owned(),
        origin: ".checklist/templates/release.yaml".to_owned(),
        title: "Ship a release".to_owned(),
        version: None,
        owner: None,
        reviewed: None,
        status: RunStatus::Active,
        rev: 4,
        started_at: at("2026-11-19T14:28:00Z"),
        updated_at: at("2026-11-19T14:29:00Z"),
        archived_at: None,
        branch: Some("release/1.4".to_owned()),
        variables: [("version", "1.4.0"), ("target", "prod")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .to_vec(),
        progress: Progress { done: 1, total: 6, verified: 1, ..Progress::default() },
        current: Some("changelog".to_owned()),
        is_running: false,
        mode: Mode::ReadDo,
        steps: vec![
            tree,
            changelog,
            step("test", "Test suite passes", StepKind::Auto),
            approve,
            publish,
            announce,
        ],
    }
}

/// The same after a crash while the tag was pushed.
pub(crate) fn crashed() -> RunView {
    let mut run = release();
    run.rev = 19;
    run.current = Some("publish".to_owned());
    run.progress = Progress {
        done: 4,
        skipped: 1,
        interrupted: 1,
        total: 6,
        verified: 3,
        claimed: 1,
        ..Progress::default()
    };
    for step in &mut run.steps {
        step.is_current = false;
        step.waits_for.clear();
        if matches!(step.status, StepStatus::Pending) {
            step.status = StepStatus::Done;
            step.evidence = Some(Evidence::Verified);
            step.at = Some(at("2026-11-19T14:30:00Z"));
            step.by = Some("ana".to_owned());
        }
    }
    let publish = &mut run.steps[4];
    publish.status = StepStatus::Interrupted;
    publish.evidence = None;
    publish.is_current = true;
    publish.at = Some(at("2026-11-19T14:32:05Z"));
    publish.commands[0].status = CommandStatus::Done;
    publish.commands[0].outcome = Some("exit 0".to_owned());
    publish.commands[1].status = CommandStatus::Interrupted;
    let announce = &mut run.steps[5];
    announce.status = StepStatus::Skipped;
    announce.evidence = None;
    announce.note = Some("no channel for a patch release".to_owned());
    run
}
