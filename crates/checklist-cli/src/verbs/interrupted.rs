//! Interrupted commands: settled as their `on_interrupt` says, or asked about. Nothing is guessed.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::prompt::Prompt;
use crate::screen::layout::clean;
use crate::verbs::run::progress::Progress;
use checklist_workflow::engine::{ActOptions, Settled, UnknownCommand, WorkflowEngine};
use checklist_workflow::run::{CommandStatus, Evidence};
use checklist_workflow::transition::Resolution;
use checklist_workflow::view::{CommandView, StepView};
use serde_json::json;

/// What became of the interrupted commands of a step.
pub(crate) enum Settling {
    /// All are known of again; the step can go on.
    GoOn,
    /// One is said to have failed.
    Failed,
    /// The person left.
    Left,
}

/// Settles every interrupted command of `step`: by its rule, or by asking. Without a terminal what has to be
/// asked is an error that names the flags.
pub(crate) fn settle(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    step: &str,
    options: &ActOptions,
) -> Result<Settling, Failure> {
    let cut_off = engine.unknown_commands(step);
    for unknown in &cut_off {
        ctx.ui.notice(&format!(
            "{} was running when the process died. It may or may not have worked.",
            unknown.command
        ));
    }
    let mut progress = Progress::new(ctx);
    let mut watch = |event: &checklist_workflow::engine::Progressed<'_>| progress.show(event);
    let settled = engine.settle_interrupted(step, options, ctx.signals.cancel(), &mut watch)?;
    drop(progress);
    ctx.remember(engine);
    let asks = match settled {
        Settled::Resolved(acted) => {
            let view = engine.view()?;
            let of_step = view.steps.iter().find(|known| known.id == step);
            let commands = of_step.into_iter().flat_map(StepView::all_commands);
            for command in commands.filter(|known| cut_off.iter().any(|unknown| unknown.command == known.id))
            {
                ctx.ui.notice(&became(command));
            }
            let failed = acted.iter().any(|acted| acted.status.as_str() == "failed");
            return Ok(if failed { Settling::Failed } else { Settling::GoOn });
        }
        Settled::Asks(asks) => asks,
    };
    let Some(prompt) = ctx.prompt() else { return Err(unanswered(&asks)) };
    for unknown in &asks {
        let Some(resolution) = ask(ctx, &prompt, unknown) else { return Ok(Settling::Left) };
        engine.resolve(step, &unknown.command, resolution, &ActOptions::default())?;
        ctx.remember(engine);
        if resolution == Resolution::Failed {
            return Ok(Settling::Failed);
        }
    }
    Ok(Settling::GoOn)
}

/// What its rule made of a command that was cut off.
fn became(command: &CommandView) -> String {
    let id = &command.id;
    match command.status {
        CommandStatus::Done => format!("{id} is done, confirmed by the check. It is not run again."),
        CommandStatus::Pending => format!("{id} is run again, as its list says."),
        _ => format!("{id} counts as failed: {}", clean(command.outcome.as_deref().unwrap_or_default())),
    }
}

fn ask(ctx: &Context, prompt: &Prompt<'_>, unknown: &UnknownCommand) -> Option<Resolution> {
    let script = clean(&unknown.script);
    // The command is one to be read as it is, so it stays in one piece.
    match ctx.ui.look_of_talk().is_spoken() {
        true => ctx.ui.talk(&format!("r, run it again: {script}\n")),
        false => ctx.ui.talk(&format!("  r  run it again      ({script})\n")),
    }
    let mut shown = "  d  it did work, mark it done (recorded as claimed)\n  f  it failed, mark it failed\n  \
                     q  decide later\n> ";
    loop {
        match prompt.line(shown)?.to_lowercase().as_str() {
            "r" => return Some(Resolution::Rerun),
            "d" => return Some(Resolution::Done(Evidence::Claimed)),
            "f" => return Some(Resolution::Failed),
            "q" => return None,
            _ => shown = "r, d, f or q > ",
        }
    }
}

/// What has to be said by a person, with the flags that say it.
fn unanswered(asks: &[UnknownCommand]) -> Failure {
    let names: Vec<String> =
        asks.iter().map(|unknown| format!("{}/{}", unknown.step, unknown.command)).collect();
    let mut failure = Failure::new(
        Exit::NeedsHuman,
        format!("{} was running when the process died; it may or may not have worked", names.join(", ")),
    )
    .lead("")
    .detail("Nothing was run again, and nothing is called done. Somebody has to say what became of it.");
    for name in &names {
        failure = failure
            .advise(format!("To run it again: checklist resume --rerun {name}"))
            .advise(format!("If it did work (recorded as claimed): checklist resume --done {name}"))
            .advise(format!("If it failed: checklist resume --failed {name}"));
    }
    failure.data(json!({"interrupted": names}))
}
