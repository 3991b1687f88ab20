//! Conditions, inputs, outputs, secrets and rollbacks where a run is moved, taken back, claimed, verified, put aside
//! and reported.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_store::Store;
use checklist_workflow::engine::Setup;
use checklist_workflow::template::BaseSource;
use checklist_workflow::{Error, List, ListKind, Refusal, StepStatus, WorkflowEngine};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const SECRET: &str = "hunter2-correct-horse";

fn parsed(source: &str) -> List {
    List::parse("t.yaml", source).unwrap_or_else(|found| panic!("{found}"))
}

fn acting(project: &TestProject, actor: &str, secret: Option<&'static str>) -> WorkflowEngine {
    let setup = Setup {
        store: Store::options().holder("a test"),
        actor: actor.to_owned(),
        branch: None,
        observers: Vec::new(),
        environment: Arc::new(move |name| secret.filter(|_| name == "TEST_TOKEN").map(str::to_owned)),
        has_terminal: false,
        tracer: None,
    };
    WorkflowEngine::create(project.folder.project(), setup).unwrap()
}

const ASKING: &str = "checklist: 1
id: t
title: T
variables:
  target: { enum: [staging, prod], required: true }
  who: { required: true }
steps:
  - { id: where, title: Where, type: input, needs: [], input: { variable: target } }
  - { id: name, title: Who, type: input, needs: [], input: { variable: who } }
  - { id: ship, title: Ship, needs: [], condition: 'vars.target == \"prod\"' }
  - { id: drill, title: Drill, needs: [], condition: 'vars.target == \"staging\"' }
";

#[test]
fn an_earlier_answer_is_taken_back_while_a_later_one_stands() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", ASKING);
    engine.answer("where", Some("prod"), &NOW).unwrap();
    engine.answer("name", Some("ana"), &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status_of("drill"), StepStatus::Hidden);

    // What was hidden by the answer follows from it, so it is no reason to refuse.
    engine.undo_one(2, &NOW).unwrap();
    let run = engine.run().unwrap();
    assert!(!run.variables.contains_key("target") && run.variables["who"] == "ana");
    assert_eq!((run.status_of("drill"), run.status_of("ship")), (StepStatus::Pending, StepStatus::Pending));
    engine.answer("where", Some("staging"), &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status_of("ship"), StepStatus::Hidden);
    engine.undo(&NOW).unwrap();
    engine.undo_one(3, &NOW).unwrap();
    assert!(engine.run().unwrap().variables.is_empty());

    // A step whose condition looked at the answer depends on it.
    engine.answer("where", Some("prod"), &NOW).unwrap();
    let op = engine.run().unwrap().rev;
    done(&mut engine, "ship").unwrap();
    let depends = engine.undo_one(op, &NOW);
    assert!(matches!(&depends, Err(Error::UndoDepends { steps, .. }) if *steps == ["ship"]), "{depends:?}");
}

#[test]
fn going_back_and_forth_hides_and_shows_again() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", ASKING);
    engine.answer("where", Some("prod"), &NOW).unwrap();
    done(&mut engine, "ship").unwrap();
    engine.answer("name", Some("ana"), &NOW).unwrap();
    let (steps, variables) = (engine.run().unwrap().steps.clone(), engine.run().unwrap().variables.clone());
    engine.undo_to(1, &NOW).unwrap();
    assert_eq!((statuses(&engine).as_str(), engine.run().unwrap().variables.len()), ("[ ][ ][ ][ ]", 0));
    engine.redo(&NOW).unwrap();
    let run = engine.run().unwrap();
    let told = |steps: &BTreeMap<String, checklist_workflow::run::StepState>| -> Vec<_> {
        steps.iter().map(|(step, state)| (step.clone(), state.status)).collect()
    };
    assert_eq!((told(&run.steps), &run.variables), (told(&steps), &variables));
}

#[test]
fn a_claimed_step_is_answered_hidden_and_rolled_back_by_its_rules() {
    let project = TestProject::new();
    let source = format!(
        "{ASKING}  - id: tag\n    title: Tag\n    type: auto\n    needs: []\n    commands: [{{ kind: bash, run: 'echo x > tag' }}]\n    \
         rollback: [{{ kind: bash, run: 'rm tag' }}]\n"
    );
    drop(project.started("t.yaml", &source));
    let (mut one, mut two) = (acting(&project, "one", None), acting(&project, "two", None));
    one.claim(Some("where"), Some(Duration::from_secs(60)), &NOW).unwrap();
    let refused = two.answer("where", Some("prod"), &NOW);
    assert!(matches!(refused, Err(Error::Refused(Refusal::ClaimedBy { .. }))), "{refused:?}");
    one.claim(Some("tag"), None, &NOW).unwrap();
    let refused = two.execute("tag", &NOW, &never(), &mut |_| {});
    assert!(matches!(refused, Err(Error::Refused(Refusal::ClaimedBy { .. }))), "{refused:?}");
    assert!(!project.folder.project().join("tag").exists(), "nothing ran");

    // What turns out not to apply is nobody's any more.
    two.claim(Some("drill"), None, &NOW).unwrap();
    one.answer("where", Some("prod"), &NOW).unwrap();
    assert!(
        !one.run().unwrap().claims.contains_key("drill") && !one.run().unwrap().claims.contains_key("where")
    );

    // An undo brings the claim back with the step.
    one.execute("tag", &NOW, &never(), &mut |_| {}).unwrap();
    let undone = one.undo(&NOW).unwrap();
    assert!(undone.commands.iter().all(|ran| ran.has_rollback) && undone.commands.len() == 1);
    assert_eq!(one.run().unwrap().claims["tag"].by, "one");
    let refused = two.rollback("tag", &NOW, &never(), &mut |_| {});
    assert!(matches!(refused, Err(Error::Refused(Refusal::ClaimedBy { .. }))), "{refused:?}");
    one.rollback("tag", &NOW, &never(), &mut |_| {}).unwrap();
    assert!(!project.folder.project().join("tag").exists());
    let undone = one.undo(&NOW).unwrap();
    let told: Vec<_> = undone
        .commands
        .iter()
        .map(|ran| (ran.command.as_str(), ran.script.as_deref(), ran.has_rollback))
        .collect();
    assert_eq!(told, [("rollback/1", Some("rm tag"), false)]);
}

#[test]
fn a_rollback_that_was_cut_off_goes_on_when_its_request_is_repeated() {
    let project = TestProject::new();
    let source = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: tag\n    title: Tag\n    type: auto\n    \
                  commands: [{ kind: bash, run: 'echo x > tag' }]\n    rollback: [{ kind: bash, run: 'rm tag && test -e ok' }]\n";
    let mut engine = project.started("t.yaml", source);
    engine.execute("tag", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(engine.begin_request("k", "rollback tag", false).unwrap(), None);
    assert!(matches!(engine.rollback("tag", &NOW, &never(), &mut |_| {}), Err(Error::CommandFailed { .. })));
    let mut engine = project.engine();
    let answered = engine.begin_request("k", "rollback tag", false).unwrap();
    assert_eq!(answered, None, "what failed half-way was not answered");
    for name in ["ok", "tag"] {
        std::fs::write(project.folder.project().join(name), "").unwrap();
    }
    engine.rollback("tag", &NOW, &never(), &mut |_| {}).unwrap();
    let answered = project.engine().begin_request("k", "rollback tag", false).unwrap();
    assert_eq!(answered.unwrap().1.verb, "rollback");
}

#[test]
fn what_is_hidden_is_no_progress_and_is_decided_anew_by_another_list() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", ASKING);
    engine.answer("where", Some("prod"), &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status_of("drill"), StepStatus::Hidden);
    // The list is the same but for a blank line above everything: no step of it says anything else.
    let moved = parsed(&ASKING.replace("steps:\n", "\nsteps:\n"));
    assert!(engine.diff(&moved).unwrap().steps.is_empty());

    let none = BTreeMap::new();
    let other = ASKING
        .replace("  - { id: drill, title: Drill, needs: [], condition: 'vars.target == \"staging\"' }\n", "")
        .replace(
            "{ id: ship, title: Ship, needs: [], condition: 'vars.target == \"prod\"' }",
            "{ id: ship, title: Ship, needs: [], condition: 'vars.target == \"staging\"' }",
        );
    let migrated = engine.migrate(&parsed(&other), &none, &BTreeMap::new(), &NOW);
    let migrated = migrated.map(|migrated| migrated.migration.dropped);
    assert!(
        matches!(&migrated, Ok(dropped) if *dropped == ["drill"]),
        "nobody is asked about it: {migrated:?}"
    );
    assert_eq!(engine.run().unwrap().status_of("ship"), StepStatus::Hidden);

    let free = other.replace(", condition: 'vars.target == \"staging\"'", "");
    engine.migrate(&parsed(&free), &none, &BTreeMap::new(), &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status_of("ship"), StepStatus::Pending);
    engine.undo(&NOW).unwrap();
    assert_eq!(engine.run().unwrap().status_of("ship"), StepStatus::Hidden);
}

#[test]
fn a_step_that_asks_for_another_value_is_to_do_again_and_a_secret_is_kept_no_longer() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", ASKING);
    engine.answer("where", Some("prod"), &NOW).unwrap();
    engine.answer("name", Some("ana"), &NOW).unwrap();
    let other = ASKING
        .replace(
            "  who: { required: true }\n",
            "  who: { secret: true, from_env: TEST_TOKEN }\n  boss: { required: true }\n",
        )
        .replace("input: { variable: who }", "input: { variable: boss }");
    let none = BTreeMap::new();
    let migrated = engine.migrate(&parsed(&other), &none, &BTreeMap::new(), &NOW).unwrap();
    assert_eq!(migrated.migration.reopened, ["name"]);
    let run = engine.run().unwrap();
    assert_eq!((run.status_of("where"), run.status_of("name")), (StepStatus::Done, StepStatus::Pending));
    assert_eq!(run.variables.keys().collect::<Vec<_>>(), ["target"]);
    let narrow =
        other.replace("enum: [staging, prod]", "enum: [staging, live]").replace("\"prod\"", "\"live\"");
    let refused = engine.migrate(&parsed(&narrow), &none, &BTreeMap::new(), &NOW);
    assert!(matches!(&refused, Err(Error::Variable { name, .. }) if name == "target"), "{refused:?}");
    let given = BTreeMap::from([("target".to_owned(), "live".to_owned())]);
    engine.migrate(&parsed(&narrow), &none, &given, &NOW).unwrap();
    assert_eq!(engine.run().unwrap().variables["target"], "live");
}

#[test]
fn a_rollback_that_is_under_way_survives_another_list_only_as_far_as_that_has_it() {
    let project = TestProject::new();
    let source = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: tag\n    title: Tag\n    type: auto\n    \
                  commands: [{ kind: bash, run: 'true' }]\n    rollback: [{ id: untag, kind: bash, run: 'false' }]\n";
    let mut engine = project.started("t.yaml", source);
    engine.execute("tag", &NOW, &never(), &mut |_| {}).unwrap();
    assert!(engine.rollback("tag", &NOW, &never(), &mut |_| {}).is_err());
    let none = BTreeMap::new();
    let mended = source.replace("'false'", "'true'");
    engine.migrate(&parsed(&mended), &none, &BTreeMap::new(), &NOW).unwrap();
    assert!(engine.run().unwrap().steps["tag"].commands.contains_key("rollback/untag"));
    engine.rollback("tag", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(statuses(&engine), "[ ]");
}

#[test]
fn a_list_that_extends_another_is_migrated_with_what_it_extends() {
    let project = TestProject::new();
    let extending = "checklist: 1\nid: t\ntitle: T\nextends: base\nsteps:\n  - { id: own, title: Own }\n";
    let with_base = |steps: &str| {
        let source = format!("checklist: 1\nid: base\ntitle: Base\nsteps:\n{steps}");
        let mut find = |_: &str| Ok(BaseSource { name: "base.yaml".to_owned(), source: source.clone() });
        List::parse_as(ListKind::Yaml, "t.yaml", extending, &mut find)
            .unwrap_or_else(|found| panic!("{found}"))
    };
    let mut engine = project.engine();
    engine.start(&with_base("  - { id: first, title: First }\n"), &BTreeMap::new()).unwrap();
    done(&mut engine, "first").unwrap();
    let new = with_base("  - { id: first, title: First }\n  - { id: second, title: Second }\n");
    assert!(!engine.diff(&new).unwrap().is_empty(), "the base is part of the list");
    let migrated = engine.migrate(&new, &BTreeMap::new(), &BTreeMap::new(), &NOW).unwrap();
    assert_eq!(migrated.migration.added, ["second"]);
    let ids = |engine: &WorkflowEngine| -> Vec<String> {
        engine.template().unwrap().steps.iter().map(|step| step.id.clone()).collect()
    };
    assert_eq!(ids(&project.engine()), ["first", "second", "own"]);
    engine.undo(&NOW).unwrap();
    assert_eq!(
        (ids(&engine), ids(&project.engine())),
        (vec!["first".to_owned(), "own".to_owned()], ids(&engine))
    );
}

const TOLD: &str = "checklist: 1
id: t
title: T
variables:
  token: { secret: true, from_env: TEST_TOKEN, required: true }
  target: { default: prod }
steps:
  - id: tag
    title: Tag
    type: auto
    commands: [{ kind: bash, run: 'echo $token > tag' }]
    validation: [{ kind: file_exists, path: tag }]
    outputs: { sha: 'echo abc1234' }
    rollback: [{ kind: bash, run: 'rm tag' }]
  - { id: page, title: Page, condition: 'steps.tag.outputs.sha == \"abc1234\"' }
  - { id: drill, title: Drill, condition: 'vars.target == \"staging\"' }
";

#[test]
fn a_report_and_an_archive_hold_all_of_it_and_never_a_secret() {
    let project = TestProject::new();
    let mut engine = acting(&project, "ana", Some(SECRET));
    engine.start(&parsed(TOLD), &BTreeMap::new()).unwrap();
    engine.execute("tag", &NOW, &never(), &mut |_| {}).unwrap();
    let claim = checklist_workflow::Claim::Because("the token hunter2-correct-horse works");
    engine.done("page", claim, &NOW, &never()).unwrap();
    let report = engine.report().unwrap();
    let (markdown, page) = (report.to_markdown(), report.to_html());
    for told in ["\n  - `sha` = `abc1234`\n", "does not apply: not `vars.target == \"staging\"`"] {
        assert!(markdown.contains(told), "{told}: {markdown}");
    }
    for told in [
        "<dt>sha</dt><dd><code>abc1234</code></dd>",
        "only if <code>vars.target == &quot;staging&quot;</code>",
        "<summary>Taken back by</summary>",
        "<dt>target</dt>",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let archived = engine.archive(false, &Default::default()).unwrap();
    let file = std::fs::read_to_string(&archived.path).unwrap();
    assert!(file.contains("abc1234"), "{file}");
    assert!(![markdown, page, file].iter().any(|text| text.contains(SECRET) || text.contains("token</dt>")));
    let mut engine = acting(&project, "ana", None);
    engine.look_at(&archived.id).unwrap();
    assert!(engine.report().unwrap().to_markdown().contains("`sha` = `abc1234`"));
    engine.unarchive(&archived.id, &Default::default()).unwrap();
    assert_eq!(engine.run().unwrap().steps["tag"].outputs["sha"], "abc1234");
}

#[test]
fn what_was_said_while_a_secret_was_not_known_is_masked_where_it_is() {
    let project = TestProject::new();
    let mut engine = acting(&project, "ana", None);
    engine.start(&parsed(TOLD), &BTreeMap::new()).unwrap();
    engine.skip("drill", Some("it is hunter2-correct-horse"), None, &NOW).unwrap_err();
    engine
        .done("tag", checklist_workflow::Claim::Because("with hunter2-correct-horse"), &NOW, &never())
        .unwrap();
    assert!(engine.report().unwrap().to_markdown().contains(SECRET), "nobody knows that it is one");
    let engine = acting(&project, "ana", Some(SECRET));
    let report = engine.report().unwrap();
    assert!(!report.to_markdown().contains(SECRET) && !report.to_html().contains(SECRET));
}

#[test]
fn what_drifted_decides_conditions_again() {
    let project = TestProject::new();
    let mut engine = acting(&project, "ana", Some(SECRET));
    let source = format!(
        "{TOLD}  - {{ id: mend, title: Mend, needs: [], condition: 'steps.tag.status == \"failed\"' }}\n"
    );
    engine.start(&parsed(&source), &BTreeMap::new()).unwrap();
    engine.execute("tag", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(engine.run().unwrap().status_of("mend"), StepStatus::Hidden);
    std::fs::remove_file(project.folder.project().join("tag")).unwrap();
    let found = engine.verify(&[], true, &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(found.drifted().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["tag"]);
    assert_eq!(engine.run().unwrap().status_of("mend"), StepStatus::Pending);
    engine.undo(&NOW).unwrap();
    let run = engine.run().unwrap();
    assert_eq!((run.status_of("tag"), run.status_of("mend")), (StepStatus::Done, StepStatus::Hidden));
}
