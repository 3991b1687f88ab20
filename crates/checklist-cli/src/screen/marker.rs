//! The markers of the Markdown task lists, and the words beside them.

use super::layout::{Look, Role};
use checklist_workflow::condition::Verdict;
use checklist_workflow::run::StepStatus;
use checklist_workflow::template::StepKind;
use checklist_workflow::view::StepView;

/// The marker of a step: `[>]` also for the step to do now.
pub(crate) fn marker(step: &StepView) -> &'static str {
    match step.status {
        StepStatus::Pending if step.is_current => StepStatus::Active.marker(),
        status => status.marker(),
    }
}

/// The meaning of a marker.
pub(crate) fn role(step: &StepView) -> Role {
    match step.status {
        StepStatus::Active => Role::Now,
        StepStatus::Pending if step.is_current => Role::Now,
        StepStatus::Pending => Role::Strong,
        StepStatus::Done => Role::Good,
        StepStatus::Skipped | StepStatus::Hidden => Role::Quiet,
        StepStatus::Failed => Role::Bad,
        StepStatus::Interrupted => Role::Doubt,
    }
}

pub(crate) fn painted(step: &StepView, look: Look) -> String {
    look.paint(role(step), marker(step))
}

/// The word of the template for a type of step.
pub(crate) fn kind_word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Task => "task",
        StepKind::Check => "check",
        StepKind::Confirm => "confirm",
        StepKind::Input => "input",
        StepKind::Auto => "auto",
    }
}

/// Who does the step, in a word; empty where the template does not say.
pub(crate) fn whose(step: &StepView) -> String {
    match step.kind {
        _ if step.needs_human => "human".to_owned(),
        StepKind::Task if !step.prompts.is_empty() => "agent".to_owned(),
        StepKind::Task => step.assignee.clone().unwrap_or_default(),
        kind => kind_word(kind).to_owned(),
    }
}

/// Whether its condition has no value: neither true nor false, and nothing to wait for.
pub(crate) fn is_undecided(step: &StepView) -> bool {
    step.condition.as_ref().is_some_and(|condition| matches!(condition.verdict, Verdict::Failed(_)))
}

/// `waits for a, b`, and `+2` for those that `columns` have no room for.
pub(crate) fn waits(needs: &[String], columns: usize) -> String {
    let mut text = String::from("waits for ");
    for (index, need) in needs.iter().enumerate() {
        let left = needs.len() - index;
        let rest = if left > 1 { format!(" +{}", left - 1) } else { String::new() };
        let comma = if index == 0 { "" } else { ", " };
        if index > 0 && text.len() + comma.len() + need.len() + rest.len() > columns {
            text.push_str(&format!(" +{left}"));
            break;
        }
        text.push_str(comma);
        text.push_str(need);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::waits;

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let needs = ["changelog", "test", "approve"].map(str::to_owned);
        assert_eq!(waits(&needs, 80), "waits for changelog, test, approve");
        assert_eq!(waits(&needs, 30), "waits for changelog, test +1");
        assert_eq!(waits(&needs, 12), "waits for changelog +2");
    }
}
