//! `restore`: the state goes back to an earlier one, as a new operation; or, alone, a hand edit of state.yaml is
//! undone and what was saved is put back.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::restoration;
use checklist_store::{Lsn, Standing, Target};
use checklist_workflow::engine::{Restoration, RunChange};
use serde_json::{Value, json};

pub(crate) fn restore(ctx: &Context, arguments: &cli::Restore) -> Result<Exit, Failure> {
    match target(ctx, &arguments.target)? {
        Some(target) => go_back(ctx, &target, arguments.yes),
        None => undo_edit(ctx),
    }
}

fn target(ctx: &Context, given: &cli::RestoreTarget) -> Result<Option<Target>, Failure> {
    let time = |text: &String| {
        ctx.calendar().meant(text).ok_or_else(|| {
            Failure::usage(format!("\"{text}\" is not a time"))
                .advise("Write 14:30, \"2026-11-22 14:30\", an RFC 3339 time, or \"20 minutes ago\".")
        })
    };
    Ok(match given {
        cli::RestoreTarget { to: Some(lsn), .. } => Some(Target::Lsn(Lsn(*lsn))),
        cli::RestoreTarget { at: Some(text), .. } => Some(Target::Time(time(text)?)),
        cli::RestoreTarget { backup: Some(name), .. } => Some(Target::Backup(name.clone())),
        _ => None,
    })
}

fn go_back(ctx: &Context, target: &Target, is_agreed: bool) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    if *engine.store().standing() == Standing::Edited {
        return Err(Failure::refused("state.yaml was edited by hand")
            .advise("Take the edit in first: checklist adopt")
            .advise("Or undo it first: checklist restore"));
    }
    let calendar = ctx.calendar();
    let plan = engine.plan_restore(target)?;
    if !plan.is_change() {
        ctx.ui.answer(&restoration::nothing(&plan));
        let mut fields = fields(&plan);
        fields["changed"] = json!(false);
        ctx.ui.object(json::object("restore", fields));
        return Ok(Exit::Ok);
    }
    if !is_agreed {
        let Some(prompt) = ctx.prompt() else {
            let shown = restoration::planned(&plan, &calendar, ctx.ui.look());
            let mut failure =
                Failure::new(Exit::NeedsHuman, "going back waits for a person").lead("").data(fields(&plan));
            failure.details.extend(shown.lines().map(str::to_owned));
            return Err(failure.advise("If that is meant, the same command with --yes."));
        };
        ctx.ui.talk(&restoration::planned(&plan, &calendar, ctx.ui.look_of_talk()));
        if !prompt.yes("Go back?") {
            ctx.ui.answer("Nothing changed.\n");
            let mut fields = fields(&plan);
            fields["changed"] = json!(false);
            ctx.ui.object(json::object("restore", fields));
            return Ok(Exit::Ok);
        }
    }
    let done = engine.restore_to(target)?;
    ctx.remember(&engine);
    ctx.ui.answer(&restoration::done(&done, &calendar));
    let mut fields = fields(&done);
    fields["changed"] = json!(done.saved.is_some());
    fields["next_commands"] = json!(["checklist status", format!("checklist restore --to {}", done.from)]);
    ctx.ui.object(json::object("restore", fields));
    Ok(Exit::Ok)
}

fn fields(found: &Restoration) -> Value {
    let runs: Vec<Value> = found.runs.iter().map(run).collect();
    json!({
        "to": found.to.0,
        "time": (found.to != Lsn(0)).then(|| found.time.to_string()),
        "from": found.from.0,
        "source": found.source,
        "record": found.saved.map(|lsn| lsn.0),
        "runs": runs,
        "other_changes": found.others,
    })
}

fn run(change: &RunChange) -> Value {
    let steps = change.steps.iter();
    let steps: Vec<Value> = steps
        .map(|(step, from, to)| json!({"step": step, "from": from.as_str(), "to": to.as_str()}))
        .collect();
    json!({
        "run": change.run,
        "template": change.template,
        "from": change.before.map(checklist_workflow::RunStatus::as_str),
        "to": change.after.map(checklist_workflow::RunStatus::as_str),
        "steps": steps,
    })
}

fn undo_edit(ctx: &Context) -> Result<Exit, Failure> {
    let project = ctx.project()?;
    let mut store = ctx.store_options().open(project.folder())?;
    if *store.standing() == Standing::Sound {
        ctx.ui.answer(
            "state.yaml is as it was saved: there is no edit to undo. Nothing changed.\n\nTo go back to an earlier \
             state: checklist restore --at TIME, --to RECORD\nor --backup NAME (checklist backup --list)\n",
        );
        ctx.ui.object(json::object("restore", json!({"changed": false})));
        return Ok(Exit::Ok);
    }
    let plan = store.restore()?;
    let kept = plan.kept.as_deref().map(|path| ctx.shown(path));
    let copy = kept.as_deref().map(|path| format!("\nThe edited file is kept: {path}")).unwrap_or_default();
    let lost = plan.lost.as_deref().map(|lost| format!("\nLost: {lost}")).unwrap_or_default();
    ctx.ui.answer(&format!(
        "Restored: state.yaml is as it was saved (record {}).{copy}{lost}\n\nNext: checklist status\n",
        plan.ends_at
    ));
    let fields = json!({"changed": true, "record": plan.ends_at.0, "kept": kept, "lost": plan.lost,
        "next_commands": ["checklist status"]});
    ctx.ui.object(json::object("restore", fields));
    Ok(Exit::Ok)
}
