//! The topic `conditions`: when a step applies.

use crate::manual::{Section, code, examples, section, terms, text};

/// Conditions as steps of a template have them; a test reads them.
pub(super) const CONDITIONS: [&str; 6] = [
    r#"vars.target == "prod""#,
    r#"vars.target in ["staging", "prod"] && !vars.dry"#,
    r#"steps.publish.status == "done""#,
    r#"steps.tag.outputs.sha != """#,
    r#"has(vars.ticket) && vars.ticket.matches("^[A-Z]+-[0-9]+$")"#,
    r#"os == "linux" || run.branch.startsWith("release/")"#,
];

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![
                code(&CONDITIONS.map(|condition| format!("condition: '{condition}'")).join("\n")),
                examples(&[
                    (
                        "checklist explain approve",
                        "hidden: vars.target == \"prod\" is false (vars.target = \"staging\")",
                    ),
                    (
                        "checklist validate ship.yaml",
                        "finds every unknown name and wrong type before anything runs",
                    ),
                ]),
            ],
        ),
        section(
            "Language",
            vec![terms(&[
                ("compare", "== != < <= > >=, and in with a list"),
                ("join", "&& || !, a ? b : c, parentheses"),
                ("values", "\"text\" 'text' r\"\\d+\", 12 1.5, true false, [\"a\", \"b\"]"),
                (
                    "names",
                    "vars.x, steps.build.status, steps[\"a-b\"].exit_code, steps.build.outputs.x, run.template, run.version, run.branch, os",
                ),
                ("functions", "has(vars.x), size(x), x.startsWith(y), endsWith, contains, matches"),
            ])],
        ),
        section(
            "Rules",
            vec![text(
                "It is a part of CEL, without arithmetic and loops. A step whose condition is false is hidden, and shown \
                 again as soon as it holds. A condition looks at a step once that is settled or has failed; until then its \
                 own step waits. One that cannot be decided stops its step with the reason: it is never taken for false.",
            )],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use checklist_workflow::list::List;

    #[test]
    fn the_conditions_of_the_page_are_valid() {
        for condition in CONDITIONS {
            let text = format!(
                "checklist: 1\nid: t\ntitle: T\nvariables:\n  target: {{ enum: [staging, prod], default: staging }}\n  dry: \
                 {{ type: boolean, default: false }}\n  ticket: {{}}\nsteps:\n  - {{ id: publish, title: P }}\n  - id: tag\n    \
                 title: T\n    type: auto\n    commands: [{{ kind: bash, run: 'true' }}]\n    outputs: {{ sha: echo x }}\n  - id: \
                 last\n    title: L\n    condition: '{condition}'\n"
            );
            List::parse("t.yaml", &text).unwrap_or_else(|found| panic!("{found}"));
        }
    }
}
