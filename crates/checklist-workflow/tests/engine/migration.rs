//! A run goes on with another version of its list: nothing is lost, and what is not certain is asked.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_workflow::diff::StepDiff;
use checklist_workflow::engine::Claim;
use checklist_workflow::migration::Decision;
use checklist_workflow::{Error, Evidence, List, RunStatus, StepStatus};
use std::collections::BTreeMap;

fn list(steps: &str) -> List {
    let source = format!("checklist: 1\nid: t\ntitle: T\nsteps:\n{steps}");
    List::parse("t.yaml", &source).unwrap_or_else(|found| panic!("{found}"))
}

const OLD: &str = "  - { id: a, title: Build it }\n  - { id: b, title: Tell everybody, needs: [] }\n  - { id: c, title: C, needs: [] }\n";
const NEW: &str = "  - { id: a, title: Build it well }\n  - { id: bee, title: Tell everybody now, needs: [] }\n  - { id: d, title: D, needs: [] }\n";

fn decided(decisions: &[(&str, Decision)]) -> BTreeMap<String, Decision> {
    decisions.iter().map(|(step, decision)| ((*step).to_owned(), decision.clone())).collect()
}

#[test]
fn progress_goes_by_ids_and_what_is_not_certain_is_asked() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &String::from_utf8(list(OLD).source).unwrap());
    done(&mut engine, "a").unwrap();
    done(&mut engine, "b").unwrap();
    let (new, none) = (list(NEW), BTreeMap::new());
    let differences = engine.diff(&new).unwrap();
    assert!(
        matches!(&differences.steps[..], [
        StepDiff::Changed { what, .. }, StepDiff::Added { .. }, StepDiff::Added { .. },
        StepDiff::Removed { .. }, StepDiff::Removed { .. }] if *what == ["title"]),
        "{differences:?}"
    );

    let before = project.engine().run().unwrap().clone();
    let Err(Error::Undecided(asks)) = engine.migrate(&new, &none, &none_given(), &NOW) else {
        panic!("it asks")
    };
    assert_eq!((asks.len(), asks[0].step.as_str(), asks[0].suggestion.as_deref()), (1, "b", Some("bee")));
    assert_eq!(*project.engine().run().unwrap(), before, "nothing was changed");

    let decisions = decided(&[("b", Decision::Becomes("bee".to_owned()))]);
    let migrated = engine.migrate(&new, &decisions, &none_given(), &NOW).unwrap();
    assert_eq!(migrated.migration.renamed, [("b".to_owned(), "bee".to_owned())]);
    assert_eq!(migrated.migration.added, ["d"]);
    assert_eq!(statuses(&project.engine()), "[x][x][ ]");
    assert_eq!(project.engine().template().unwrap().steps[0].title, "Build it well");
    let again = engine.migrate(&new, &BTreeMap::new(), &none_given(), &NOW).unwrap();
    assert_eq!(again.saved, None);

    // It is an operation like any other: undo gives the run its former list.
    engine.undo(&NOW).unwrap();
    assert_eq!(
        (statuses(&engine).as_str(), engine.template().unwrap().steps[1].id.as_str()),
        ("[x][x][ ]", "b")
    );
    assert_eq!(project.engine().template().unwrap().steps[1].id, "b");
    engine.redo(&NOW).unwrap();
    assert_eq!(engine.template().unwrap().steps[1].id, "bee");
    done(&mut engine, "d").unwrap();
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);
}

fn none_given() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[test]
fn decisions_that_make_no_sense_are_refused() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &String::from_utf8(list(OLD).source).unwrap());
    done(&mut engine, "a").unwrap();
    done(&mut engine, "b").unwrap();
    let new = list(NEW);
    for decisions in [
        decided(&[("b", Decision::Becomes("x".to_owned()))]),
        decided(&[("b", Decision::Becomes("a".to_owned()))]),
        decided(&[("a", Decision::Goes)]),
        decided(&[("c", Decision::Goes)]),
    ] {
        let refused = engine.migrate(&new, &decisions, &none_given(), &NOW);
        assert!(matches!(refused, Err(Error::CannotMigrate(_))), "{decisions:?}: {refused:?}");
    }
    let other =
        List::parse("o.yaml", "checklist: 1\nid: o\ntitle: O\nsteps:\n  - { id: a, title: A }\n").unwrap();
    assert!(matches!(
        engine.migrate(&other, &BTreeMap::new(), &none_given(), &NOW),
        Err(Error::CannotMigrate(_))
    ));
    engine.migrate(&new, &decided(&[("b", Decision::Goes)]), &none_given(), &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][ ][ ]");
}

#[test]
fn a_complete_run_goes_on_and_what_other_checks_verified_counts_as_claimed() {
    let project = TestProject::new();
    let check =
        |text: &str| format!("  - {{ id: a, title: A, validation: [{{ kind: bash, run: \"{text}\" }}] }}\n");
    let mut engine = project.started("t.yaml", &String::from_utf8(list(&check("true")).source).unwrap());
    done(&mut engine, "a").unwrap();
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);
    let new = list(&format!("{}  - {{ id: b, title: B }}\n", check("test 1 = 1")));
    let migrated = engine.migrate(&new, &BTreeMap::new(), &none_given(), &NOW).unwrap();
    assert_eq!(migrated.migration.unverified, ["a"]);
    let run = engine.run().unwrap();
    assert_eq!((run.status, run.steps["a"].evidence), (RunStatus::Active, Some(Evidence::Claimed)));
    assert_eq!(run.current_step_id.as_deref(), Some("b"));
}

#[test]
fn verify_looks_again_and_records_only_when_asked() {
    let project = TestProject::new();
    let source = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, validation: [{ kind: file_exists, path: a }] }\n  \
                  - { id: b, title: B, validation: [{ kind: file_exists, path: b }] }\n  - { id: c, title: C }\n";
    let mut engine = project.started("t.yaml", source);
    let file = |name: &str| project.folder.project().join(name);
    std::fs::write(file("a"), "").unwrap();
    done(&mut engine, "a").unwrap();
    engine.done("b", Claim::Because("trust me"), &NOW, &never()).unwrap();
    done(&mut engine, "c").unwrap();
    std::fs::remove_file(file("a")).unwrap();
    std::fs::write(file("b"), "").unwrap();

    let rev = engine.run().unwrap().rev;
    let looked = engine.verify(&[], false, &NOW, &never(), &mut |_| {}).unwrap();
    let holds: Vec<_> = looked.steps.iter().map(|step| (step.step.as_str(), step.holds)).collect();
    assert_eq!(holds, [("a", Some(false)), ("b", Some(true)), ("c", None)]);
    assert_eq!((engine.run().unwrap().rev, looked.saved), (rev, None), "looking changes nothing");

    let recorded = engine.verify(&[], true, &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(recorded.saved.map(|saved| saved.rev), Some(rev + 1));
    let run = project.engine().run().unwrap().clone();
    assert_eq!((run.status, run.steps["a"].status), (RunStatus::Active, StepStatus::Failed));
    assert!(run.steps["a"].note.as_deref().is_some_and(|note| note.contains("does not hold any more")));
    assert_eq!(run.steps["b"].evidence, Some(Evidence::Verified));
    let named = engine.verify(&["a".to_owned()], false, &NOW, &never(), &mut |_| {});
    assert!(matches!(named, Err(Error::Refused(_))), "it is not done: {named:?}");
}
