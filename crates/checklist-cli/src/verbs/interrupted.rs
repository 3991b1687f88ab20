//! Interrupted commands: settled as their `on_interrupt` says, or asked about. Nothing is guessed.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::prompt::Prompt;
use crate::screen::layout::clean;
use crate::verbs::run::progress::Progress;
use checklist_workflow::engine::{ActOptions, Settled, UnknownCommand, WorkflowEngine};
use checklist_workflow::run::Evidence;
use checklist_workflow::transition::Resolution;
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
    for unknown in engine.unknown_commands(step) {
        ctx.ui.talk(&format!(
            "{} was running when the process died. It may or may not have worked.\n",
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
            for acted in &acted {
                let detail = acted.detail.as_deref().map(clean).unwrap_or_default();
                ctx.ui.talk(format!("     {} is {} {detail}", acted.step, acted.status).trim_end());
                ctx.ui.talk("\n");
            }
            let failed = acted.iter().any(|acted| acted.status.as_str() == "failed");
            return Ok(if failed { Settling::Failed } else { Settling::GoOn });
        }
        Settled::Asks(asks) => asks,
    };
    let Some(prompt) = ctx.prompt() else { return Err(unanswered(&asks)) };
    for unknown in &asks {
        let Some(resolution) = ask(&prompt, unknown) else { return Ok(Settling::Left) };
        engine.resolve(step, &unknown.command, resolution, &ActOptions::default())?;
        ctx.remember(engine);
        if resolution == Resolution::Failed {
            return Ok(Settling::Failed);
        }
    }
    Ok(Settling::GoOn)
}

fn ask(prompt: &Prompt<'_>, unknown: &UnknownCommand) -> Option<Resolution> {
    let script = clean(&unknown.script);
    let question = format!(
        "  r  run it again      ({script})\n  d  it did work, mark it done (recorded as claimed)\n  \
         f  it failed, mark it failed\n  q  decide later\n> "
    );
    let mut shown = question.as_str();
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
