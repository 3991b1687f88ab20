//! The conditions of steps: which steps are hidden, and what a condition says now.

use super::{Stamp, settle};
use crate::condition::{Explanation, Verdict};
use crate::outline::Outline;
use crate::run::{Run, StepStatus};
use crate::scope::RunScope;
use crate::template::{Condition, Step, Template};

/// What the condition of a step says now; `None` for a step that has none.
pub(super) fn of(run: &Run, outline: &Outline<'_>, step: &Step) -> Option<Verdict> {
    let condition = step.condition.as_ref()?;
    Some(condition.expression.verdict(&RunScope { run, outline }))
}

/// The steps that have to be settled before every condition of a step is decided, those of its commands and
/// checks among them.
pub(super) fn waits(run: &Run, outline: &Outline<'_>, step: &Step) -> Vec<String> {
    let scope = RunScope { run, outline };
    let mut steps: Vec<String> = Vec::new();
    for condition in step.conditions() {
        if let Verdict::Waits(more) = condition.expression.verdict(&scope) {
            steps.extend(more.into_iter().filter(|id| !steps.contains(id)).collect::<Vec<_>>());
        }
    }
    steps
}

/// What a condition says now, and why.
pub(crate) fn explain(run: &Run, outline: &Outline<'_>, condition: &Condition) -> Explanation {
    condition.expression.explain(&RunScope { run, outline })
}

/// Hides the steps to do whose condition does not hold, and shows the hidden ones whose condition does, or
/// may. What was begun or settled stays. One step being hidden can decide the condition of the next, so that
/// goes on until nothing changes; conditions look at each other in no circle, so it ends.
pub(super) fn hide(run: &mut Run, template: &Template, outline: &Outline<'_>, stamp: &Stamp) {
    let conditional: Vec<&Step> = template.steps.iter().filter(|step| step.condition.is_some()).collect();
    for _ in 0..=conditional.len() {
        let mut has_changed = false;
        for step in &conditional {
            let is_hidden = match run.status_of(&step.id) {
                StepStatus::Hidden => true,
                StepStatus::Pending => false,
                _ => continue,
            };
            let hides = of(run, outline, step) == Some(Verdict::False);
            if hides == is_hidden {
                continue;
            }
            has_changed = true;
            let status = if hides { StepStatus::Hidden } else { StepStatus::Pending };
            settle(run, &step.id, status, None, stamp);
            if !hides && run.steps.get(&step.id).is_some_and(|state| state.commands.is_empty()) {
                run.steps.remove(&step.id);
            }
        }
        if !has_changed {
            return;
        }
    }
}
