//! The commands of a list, as a person has to see them before approving them.

use super::layout::{Look, Role, clean, counted};
use crate::time::Calendar;
use checklist_store::env::Timestamp;
use checklist_workflow::output::plain_text;
use checklist_workflow::template::{BashRole, DEFAULT_SHELL, Template};
use checklist_workflow::trust::{ContentHash, TrustRecord};

/// `path`, hash, and every text that would be handed to a shell, whole.
pub(crate) fn trust(path: &str, hash: &ContentHash, template: &Template, look: Look) -> String {
    if look.is_spoken() {
        return spoken(path, hash, template);
    }
    let commands = template.commands();
    let count = counted(commands.len(), "command");
    let mut text = format!("  {}   sha256 {}   {count}\n", clean(path), hash.short());
    if template.defaults.shell != DEFAULT_SHELL {
        text.push_str(&format!("  run by: {}\n", clean(&template.defaults.shell.join(" "))));
    }
    for bash in &commands {
        let role = match bash.role {
            BashRole::Command => "",
            BashRole::Validation => "check: ",
            BashRole::Output => "output: ",
            BashRole::Rollback => "rollback: ",
        };
        for (index, line) in bash.run.trim_end().lines().enumerate() {
            let role = if index == 0 { role } else { "  " };
            text.push_str(&format!("    {role}{}\n", plain_text(line)));
        }
        let Some(command) = bash.command else { continue };
        if let Some(dir) = &command.dir {
            text.push_str(&format!("      in: {}\n", clean(dir)));
        }
        for (name, value) in &command.env {
            text.push_str(&format!("      with: {}={}\n", clean(name), clean(value)));
        }
        if let Some(danger) = &command.danger {
            let danger = look.paint(Role::Bad, &format!("danger: {}", clean(danger)));
            text.push_str(&format!("      {danger}\n"));
        }
    }
    text
}

/// The same without columns. How many lines a command has is said before them, so that none of them can be taken for
/// something else that is said here.
fn spoken(path: &str, hash: &ContentHash, template: &Template) -> String {
    let commands = template.commands();
    let count = counted(commands.len(), "command");
    let mut text = format!("{}, sha256 {}, {count}\n", clean(path), hash.short());
    if template.defaults.shell != DEFAULT_SHELL {
        text.push_str(&format!("run by: {}\n", clean(&template.defaults.shell.join(" "))));
    }
    for (index, bash) in commands.iter().enumerate() {
        let role = match bash.role {
            BashRole::Command => "of",
            BashRole::Validation => "a check of",
            BashRole::Output => "an output of",
            BashRole::Rollback => "a rollback of",
        };
        let lines: Vec<&str> = bash.run.trim_end().lines().collect();
        let (number, step, count) = (index + 1, &bash.step.id, counted(lines.len(), "line"));
        text.push_str(&format!("command {number}, {role} {step}, {count}:\n"));
        text.extend(lines.into_iter().map(|line| format!("{}\n", plain_text(line))));
        let Some(command) = bash.command else { continue };
        if let Some(dir) = &command.dir {
            text.push_str(&format!("in: {}\n", clean(dir)));
        }
        for (name, value) in &command.env {
            text.push_str(&format!("with: {}={}\n", clean(name), clean(value)));
        }
        if let Some(danger) = &command.danger {
            text.push_str(&format!("danger: {}\n", clean(danger)));
        }
    }
    text
}

/// What was approved on this machine, oldest first.
pub(crate) fn records(records: &[TrustRecord], calendar: &Calendar, look: Look) -> String {
    if records.is_empty() {
        return "Nothing was approved on this machine.\n".to_owned();
    }
    let line = |record: &TrustRecord| {
        let digits = record.sha256.get(..16).unwrap_or(&record.sha256);
        let at = Timestamp::parse(&record.approved).map(|at| calendar.short(at)).unwrap_or_default();
        let (template, project) = (clean(&record.template), clean(&record.project));
        match look.is_spoken() {
            true => format!("approved: {template}, in {project}, {at}, sha256 {digits}\n"),
            false => format!("{digits}  {at:<10}  {template}  {project}\n"),
        }
    };
    records.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::layout::Drawing;
    use checklist_workflow::List;

    #[test]
    fn what_is_read_aloud_says_how_many_lines_belong_to_a_command() {
        let source = "checklist: 1\nid: a\ntitle: A\nsteps:\n  - id: push\n    title: Push\n    type: auto\n    commands:\n      \
                      - { id: go, kind: bash, run: \"echo one\\ncommand 2, of tell, 1 line:\", danger: It is public then. }\n    \
                      validation: [{ kind: bash, run: \"true\" }]\n";
        let list = List::parse("a.yaml", source).expect("a template");
        let look = Look { drawing: Drawing::Spoken, ..Look::PLAIN };
        let hash = ContentHash::of(source.as_bytes());
        assert_eq!(
            trust("a.yaml", &hash, &list.template, look),
            format!(
                "a.yaml, sha256 {}, 2 commands\ncommand 1, of push, 2 lines:\necho one\ncommand 2, of tell, 1 line:\n\
                 danger: It is public then.\ncommand 2, a check of push, 1 line:\ntrue\n",
                hash.short()
            )
        );
    }
}
