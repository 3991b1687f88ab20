//! Asking for secrets that the environment does not have. What is typed is not shown, and kept in memory alone.

use crate::context::Context;
use crate::failure::Failure;
use crate::screen::layout::clean;
use checklist_workflow::engine::WorkflowEngine;

/// Asks for each required secret that has no value, where there is somebody to ask; else the engine says what
/// is missing when a command needs it.
pub(crate) fn ask(ctx: &Context, engine: &mut WorkflowEngine) -> Result<(), Failure> {
    for variable in engine.missing_secrets()? {
        let Some(prompt) = ctx.prompt() else { return Ok(()) };
        let about =
            variable.description.as_deref().map(|text| format!(", {}", clean(text))).unwrap_or_default();
        let question = format!("{} (secret{about}; not shown, not stored): ", variable.name);
        if let Some(value) = prompt.secret(&question).filter(|value| !value.is_empty()) {
            engine.provide_secret(&variable.name, &value)?;
        }
    }
    Ok(())
}
