//! A converted workflow as the text of a template that people read and edit.

use super::Step;

/// The template.
pub(super) fn template(id: &str, title: &str, description: &str, steps: &[Step]) -> String {
    let mut text =
        String::from("# Converted from a BMAD workflow by `checklist import`. It is yours to edit.\n");
    text.push_str(&format!("checklist: 1\nid: {id}\n"));
    member(&mut text, 0, "title", title);
    member(&mut text, 0, "description", description);
    text.push_str("\nsteps:\n");
    for (index, step) in steps.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        text.push_str(&format!("{gap}  - id: {}\n", step.id));
        member(&mut text, 4, "title", &step.title);
        member(&mut text, 4, "description", &step.description);
        if let Some(assignee) = &step.assignee {
            member(&mut text, 4, "assignee", assignee);
        }
        if step.skippable {
            text.push_str("    skippable: true\n");
        }
        if let Some(prompt) = &step.prompt {
            text.push_str("    commands:\n      - kind: agent\n");
            member(&mut text, 8, "prompt", prompt);
        }
    }
    text
}

/// `name: value`, as a block of lines where it has several; nothing where there is no value.
fn member(text: &mut String, indent: usize, name: &str, value: &str) {
    let value = plain(value);
    if value.is_empty() {
        return;
    }
    let indent = " ".repeat(indent);
    if !value.contains('\n') || value.starts_with([' ', '\n']) {
        // A JSON string is a YAML string.
        let quoted = serde_json::Value::from(value).to_string();
        text.push_str(&format!("{indent}{name}: {quoted}\n"));
        return;
    }
    text.push_str(&format!("{indent}{name}: |-\n"));
    for line in value.lines() {
        text.push_str(format!("{indent}  {line}").trim_end());
        text.push('\n');
    }
}

/// A text without what a template would take for something else: control characters, and `${` of a variable.
fn plain(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| line.replace(char::is_control, " ").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n").replace("${", "$ {")
}
