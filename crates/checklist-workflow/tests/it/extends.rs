//! Templates that build on others: what is merged, and what does not fit.

use checklist_workflow::Template;
use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::template::BaseSource;
use std::time::Duration;

const COMMON: &str = "checklist: 1
id: common
title: Common
owner: everybody
variables: { version: { required: true }, target: { enum: [staging, prod], default: staging } }
defaults: { timeout: 5m, on_interrupt: ask }
steps:
  - { id: clean, title: Clean }
  - { id: notes, title: \"Notes for ${version}\", condition: 'vars.target == \"prod\"' }
";

fn parse(source: &str, common: &str) -> Result<Template, Diagnostics> {
    Template::parse_with("t.yaml", source, &mut |name| match name {
        "common" => Ok(BaseSource { name: "common.yaml".to_owned(), source: common.to_owned() }),
        "again" => Ok(BaseSource {
            name: "again.yaml".to_owned(),
            source: common.replace("id: common", "id: x\nextends: again"),
        }),
        _ => Err("there is no such file beside this one".to_owned()),
    })
}

fn with(rest: &str) -> String {
    format!("checklist: 1\nid: t\ntitle: T\nextends: common\n{rest}")
}

#[track_caller]
fn refused(source: &str, common: &str, said: &str) {
    let found = parse(source, common).expect_err("a mistake").to_string();
    assert!(found.contains(said), "{said:?} is not in {found}");
}

#[test]
fn variables_defaults_and_steps_come_first_and_give_way_to_their_like() {
    let source = with(
        "variables: { version: { default: \"1\" }, more: {} }\ndefaults: { timeout: 1m }\nsteps:\n  - { id: notes, title: \"Other notes for ${version}\" }\n  \
         - { id: publish, title: \"Publish ${more}\" }\n  - { id: tell, title: Tell, condition: 'steps.notes.status == \"done\"' }\n",
    );
    let template = parse(&source, COMMON).unwrap_or_else(|found| panic!("{found}"));
    let steps: Vec<_> = template.steps.iter().map(|step| (step.id.as_str(), step.needs.join(","))).collect();
    let expected = [("clean", ""), ("notes", "clean"), ("publish", "notes"), ("tell", "publish")];
    assert_eq!(steps, expected.map(|(id, needs)| (id, needs.to_owned())));
    assert_eq!(template.steps[1].title, "Other notes for ${version}");
    assert!(template.steps[1].condition.is_none(), "the whole step gave way");
    let names: Vec<_> = template.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["target", "version", "more"]);
    assert_eq!(template.defaults.timeout, Some(Duration::from_secs(60)));
    assert_eq!(template.owner.as_deref(), Some("everybody"));
    // Trust is given to both files.
    let other = parse(&source, &COMMON.replace("title: Clean", "title: Cleaner")).unwrap();
    assert_ne!(template.source_hash, other.source_hash);
}

#[test]
fn what_does_not_fit_is_refused() {
    let steps = "steps: [{ id: a, title: A }]\n";
    refused(
        &with(steps).replace("common", "nothing"),
        COMMON,
        "`nothing` cannot be extended: there is no such file",
    );
    refused(
        &with(steps).replace("common", "../common"),
        COMMON,
        "it is the name of a file in the same folder",
    );
    refused(&with(steps).replace("common", "again"), COMMON, "it extends itself: again -> again");
    refused(
        &with(steps),
        &COMMON.replace("title: Common", "titel: Common"),
        "common.yaml:3:1: unknown key `titel`",
    );
    refused(
        &with(&format!("variables: {{ target: {{ type: number }} }}\n{steps}")),
        COMMON,
        "`target` is string in the template this one extends",
    );
    refused(
        &with(&format!("variables: {{ target: {{ enum: [a, b] }} }}\n{steps}")),
        COMMON,
        "step `notes` of the template this one extends: vars.target is never `prod`",
    );
    refused(
        &with("steps: [{ id: clean, title: C, needs: [notes] }]\n"),
        COMMON,
        "these steps need each other",
    );
    refused(&with("steps: [{ id: a, title: \"${nope}\" }]\n"), COMMON, "unknown variable `nope`");
    // Alone, there is nowhere to look.
    assert!(Template::parse("t.yaml", &with(steps)).unwrap_err().to_string().contains("no folder here"));
}
