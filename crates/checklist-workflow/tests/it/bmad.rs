//! BMAD workflow files become templates, with every step of their sequence.

#![expect(clippy::disallowed_methods, reason = "the corpus is on the real disk")]

use checklist_workflow::bmad::{convert, is_workflow};
use checklist_workflow::template::{Action, Command, Step};
use std::path::Path;

/// What `grep -cE '^    - (agent|step): '` counts between `  sequence:` and the next member of the workflow.
fn grep(source: &str) -> usize {
    let lines = source.lines().skip_while(|line| *line != "  sequence:").skip(1);
    let sequence = lines.take_while(|line| line.starts_with("    ") || line.is_empty());
    sequence.filter(|line| line.starts_with("    - agent: ") || line.starts_with("    - step: ")).count()
}

/// What a step says, to people and to agents.
fn told(step: &Step) -> String {
    let prompt = |command: &Command| match &command.action {
        Action::Agent { prompt } => Some(prompt.clone()),
        Action::Bash { .. } => None,
    };
    let prompts = step.commands.iter().filter_map(prompt);
    step.description.clone().into_iter().chain(prompts).collect()
}

#[test]
fn every_step_of_every_published_workflow_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.is_dir() {
        say!("SKIPPED: the corpus is not here, so no published workflow was converted");
        return;
    }
    let mut counts = Vec::new();
    for name in ["brownfield-fullstack", "greenfield-service", "greenfield-ui"] {
        let path = folder.join(format!("bmad4-workflow-{name}.yaml"));
        let source = std::fs::read_to_string(path).expect("a text");
        assert!(is_workflow(&source));
        let converted = convert(name, &source).unwrap_or_else(|found| panic!("{found}"));
        let template = &converted.list.template;
        assert_eq!(template.steps.len(), grep(&source), "{name}");
        assert_eq!(template.id, name);
        // Every word of the notes of every step arrives once, and what an agent does is a prompt.
        let all: String = template.steps.iter().map(told).collect();
        for line in source.lines().filter_map(|line| line.trim_start().strip_prefix("notes: \"")) {
            let note = line.trim_end_matches('"');
            assert!(all.contains(note), "{name}: {note}");
            let twice = template.steps.iter().find(|step| told(step).matches(note).count() > 1);
            assert!(twice.is_none(), "{name}: {note}");
        }
        let agents =
            source.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("agent: "));
        let routed = source.lines().filter(|line| line.starts_with("          agent: ")).count();
        let prompts = template.steps.iter().flat_map(|step| &step.commands);
        let prompts = prompts.filter(|command| matches!(command.action, Action::Agent { .. })).count();
        assert_eq!(prompts, agents.count() - routed, "{name}");
        assert!(template.commands().is_empty(), "nothing of it is for a shell");
        counts.push(template.steps.len());
    }
    assert_eq!(counts, [18, 15, 18]);
}

#[test]
fn a_small_workflow_in_full() {
    let source = "workflow:\n  id: small\n  name: Small one\n  description: >-\n    Says\n    something.\n  type: greenfield\n  \
                  sequence:\n    - agent: pm\n      creates: prd.md\n      notes: \"Write ${it} down\"\n    - step: routing_decision\n      \
                  condition: based_on_size\n      routes:\n        small:\n          agent: pm\n        large:\n          continue: to_next_step\n    \
                  - agent: pm\n      creates: prd.md\n      optional: true\n  flow_diagram: |\n    a --> b\n";
    let converted = convert("small.yaml", source).unwrap_or_else(|found| panic!("{found}"));
    let steps = &converted.list.template.steps;
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["create-prd-md-pm", "routing-decision", "create-prd-md-pm-2"]);
    assert_eq!(steps[0].title, "Create prd.md (pm)");
    assert_eq!(steps[1].title, "Routing decision, if based on size");
    assert_eq!(steps[1].skippable, Some(true));
    let routes =
        "condition: based on size\nroutes:\n  small:\n    agent: pm\n  large:\n    continue: to_next_step";
    assert_eq!(steps[1].description.as_deref(), Some(routes));
    assert!(steps[0].description.is_none() && told(&steps[0]).ends_with("Write $ {it} down"));
    assert_eq!((steps[2].skippable, steps[2].assignee.as_deref()), (Some(true), Some("pm")));
    assert_eq!(converted.list.template.description.as_deref(), Some("Says something.\n\ntype: greenfield"));
    assert_eq!(converted.left_out.len(), 1);
}

#[test]
fn what_is_no_workflow_is_refused() {
    for (source, message) in [
        ("workflow:\n  id: a\n", "there is no sequence"),
        ("workflow:\n  sequence: []\n", "the sequence has no step"),
        ("workflow: [", "this is no YAML"),
    ] {
        let found = convert("a.yaml", source).expect_err("a mistake").to_string();
        assert!(found.contains(message), "{found}");
    }
    assert!(!is_workflow("checklist: 1\nid: a\n"));
}
