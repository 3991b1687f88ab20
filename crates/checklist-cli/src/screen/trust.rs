//! The commands of a list, as a person has to see them before approving them.

use super::layout::{Look, Role, clean, counted};
use checklist_workflow::output::plain_text;
use checklist_workflow::template::{BashRole, DEFAULT_SHELL, Template};
use checklist_workflow::trust::ContentHash;

/// `path`, hash, and every text that would be handed to a shell, whole.
pub(crate) fn trust(path: &str, hash: &ContentHash, template: &Template, look: Look) -> String {
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
