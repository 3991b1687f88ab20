//! The topic `templates`: lists in YAML and in Markdown, by example.

use crate::manual::{Section, code, examples, section, terms, text};

/// A template with the parts that most lists have; a test reads it.
pub(super) const TEMPLATE: &str = r#"
checklist: 1
id: ship
title: Ship ${version}
variables:
  version: { required: true, pattern: '^\d+\.\d+\.\d+$' }
  target: { enum: [staging, prod], default: staging }
steps:
  - id: clean
    title: Nothing is left uncommitted
    type: check
    validation:
      - { kind: bash, run: 'test -z "$(git status --porcelain -- :!.checklist)"' }
  - id: notes
    title: Write the notes for ${version}
    validation:
      - { kind: file_contains, path: CHANGELOG.md, text: "${version}" }
  - id: approve
    title: Somebody says yes
    type: confirm
    condition: vars.target == "prod"
    killer: true
  - id: push
    title: Push the tag
    type: auto
    needs: [clean, notes, approve]
    commands:
      - { id: push, kind: bash, run: 'git push origin "v${version}"', on_interrupt: verify }
    validation:
      - { kind: bash, run: 'git ls-remote --exit-code origin "refs/tags/v${version}"' }
"#;

/// A list in Markdown; a test reads it.
pub(super) const MARKDOWN: &str = r"
# Ship it

- [ ] Write the notes
- [ ] Run the tests <!-- checklist: auto -->

  ```sh
  make test
  ```

- [ ] Push the tag <!-- checklist: id=push needs=run-the-tests killer -->
";

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("checklist init --list", "the lists that come with the program"),
                ("checklist validate ship.yaml", "every mistake, with line, caret and a way out"),
                ("checklist run ship.yaml --var version=1.4.0", "run a file as it stands"),
                ("checklist import RELEASE.md", "keep a list in .checklist/templates/"),
                ("checklist schema > template-1.json", "the JSON Schema, for editors"),
            ])],
        ),
        section("In YAML", vec![code(TEMPLATE)]),
        section("In Markdown", vec![code(MARKDOWN)]),
        section(
            "Steps",
            vec![terms(&[
                (
                    "type",
                    "task: someone does it (default); check: the tool looks; confirm: someone answers for it; input: someone gives a value; auto: the tool does it",
                ),
                ("needs", "the ids that come first; absent: the step above; []: none"),
                ("condition", "when it applies: checklist help conditions"),
                ("commands", "kind bash, with run; or kind agent, with prompt"),
                ("validation", "kind bash, file_exists, file_contains or expr; all must hold"),
                ("confirm", "by human takes a person at a terminal; type_to_confirm has them type something"),
                ("killer", "true: skipping it takes a reason and its id"),
                ("skippable", "true: without a reason; false: not at all"),
                ("rollback", "commands that take it back, run by checklist rollback alone"),
                ("outputs", "what these commands print is kept as ${step_name}"),
            ])],
        ),
        section(
            "Commands",
            vec![terms(&[
                ("run", "bash; ${version} is exported, never pasted, so write \"${version}\""),
                (
                    "on_interrupt",
                    "ask (default), verify by the step's checks, rerun (takes idempotent: true), or fail",
                ),
                ("danger", "why it can do harm: asked about before the step begins"),
                ("timeout, retries", "10m; { max: 2, backoff: 5s, on_exit: [101] }"),
                ("interactive", "true: it gets the terminal"),
            ])],
        ),
        section(
            "Rules",
            vec![text(
                "An unknown key is an error, and keys that begin with x- are yours. Commands run only after this exact \
                 content was approved on this machine. Every part, with more examples: docs/templates.md.",
            )],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use checklist_workflow::list::List;

    #[test]
    fn the_lists_of_the_page_are_valid() {
        let template = List::parse("ship.yaml", TEMPLATE).unwrap_or_else(|found| panic!("{found}")).template;
        assert!(template.notes.is_empty(), "{}", template.notes);
        let template = List::parse("ship.md", MARKDOWN).unwrap_or_else(|found| panic!("{found}")).template;
        let steps: Vec<(&str, usize)> =
            template.steps.iter().map(|step| (step.id.as_str(), step.commands.len())).collect();
        assert_eq!(steps, [("write-the-notes", 0), ("run-the-tests", 1), ("push", 0)]);
    }
}
