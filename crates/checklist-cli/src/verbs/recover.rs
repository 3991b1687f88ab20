//! `recover`: rebuilds a damaged state from its backups, the history and the log. It never deletes a file.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::recovery;
use checklist_store::{RepairPlan, Standing, Store};
use serde_json::{Value, json};

pub(crate) fn recover(ctx: &Context, arguments: &cli::Recover) -> Result<Exit, Failure> {
    let folder = ctx.project()?.folder();
    if let Some(into) = &arguments.salvage {
        return super::salvage::salvage(ctx, &folder, into);
    }
    if Store::check_at(&ctx.store_options(), &folder)?.is_sound() {
        return nothing_to_do(ctx, &folder, arguments.dry_run);
    }
    if let Ok(store) = ctx.store_options().intent(checklist_store::Intent::Read).open(&folder) {
        // It opens, so what is not sound is a hand edit or a broken history: a choice, or nothing to rebuild.
        if *store.standing() == Standing::Edited {
            return Err(Failure::refused("state.yaml was edited by hand; it is not damaged")
                .advise("Take the edit in: checklist adopt")
                .advise("Or put back what was saved: checklist restore"));
        }
    }
    let plan = Store::plan_repair(&ctx.store_options(), &folder)?;
    if arguments.dry_run {
        ctx.ui.answer(&format!("{}Nothing was changed.\n\nNext: checklist recover\n", planned(&plan)));
        let mut fields = fields(ctx, &plan);
        fields["changed"] = json!(false);
        fields["next_commands"] = json!(["checklist recover"]);
        ctx.ui.object(json::object("recover", fields));
        return Ok(Exit::Ok);
    }
    let done = Store::repair(&ctx.store_options(), &folder)?;
    let from: Vec<&str> = done.sources.iter().map(|source| source.name).collect();
    let lost = match &done.lost {
        Some(lost) => format!("Lost: {lost}. Last certain: record {}.", done.ends_at),
        None => "Nothing was lost.".to_owned(),
    };
    let kept = done.kept.as_deref().map(|path| ctx.shown(path));
    let copy = kept.map(|path| format!("\nWhat was replaced is kept: {path}")).unwrap_or_default();
    ctx.ui.answer(&format!(
        "Rebuilt state.yaml at record {} from {}. {lost}{}{copy}\n\nNext: checklist status\n",
        done.ends_at,
        from.join(" + "),
        unproven(&done, "Put aside")
    ));
    let mut fields = fields(ctx, &done);
    fields["changed"] = json!(true);
    fields["next_commands"] = json!(["checklist status"]);
    ctx.ui.object(json::object("recover", fields));
    Ok(Exit::Ok)
}

/// Nothing is damaged. What a crash left is repaired by opening, as every command does.
fn nothing_to_do(ctx: &Context, folder: &std::path::Path, dry_run: bool) -> Result<Exit, Failure> {
    let mut changed = false;
    let mut text = "Nothing is damaged.".to_owned();
    if !dry_run {
        let store = ctx.store_options().open(folder)?;
        if let Some(line) = recovery::recovered(store.recovery()) {
            (changed, text) = (true, line);
        }
    }
    let nothing = if changed { "" } else { " Nothing was changed." };
    ctx.ui.answer(&format!("{text}{nothing}\n\nNext: checklist status\n"));
    ctx.ui.object(json::object(
        "recover",
        json!({"changed": changed, "sources": [], "lost": null,
        "next_commands": ["checklist status"]}),
    ));
    Ok(Exit::Ok)
}

fn planned(plan: &RepairPlan) -> String {
    let mut text = String::from("Sources, in the order they are applied:\n");
    for (index, source) in plan.sources.iter().enumerate() {
        let letter = char::from(b'A' + u8::try_from(index.min(25)).expect("at most 25"));
        text.push_str(&format!(
            "  {letter}  {:<8}  up to record {:<6}  {}\n",
            source.name, source.lsn, source.detail
        ));
    }
    let lost = match &plan.lost {
        Some(lost) => format!("Lost would be: {lost}."),
        None => "Nothing would be lost.".to_owned(),
    };
    text.push_str(&format!("Plan: apply them in this order. Ends at record {}. {lost}\n", plan.ends_at));
    text.push_str(unproven(plan, "Put aside would be").trim_start());
    if !plan.unproven.is_empty() {
        text.push('\n');
    }
    text.push_str("The damaged file is kept in .checklist/.backup/.\n");
    text
}

/// What does not verify and is not needed.
fn unproven(plan: &RepairPlan, word: &str) -> String {
    plan.unproven.iter().map(|what| format!("\n{word}: {what}")).collect()
}

fn fields(ctx: &Context, plan: &RepairPlan) -> Value {
    let sources: Vec<Value> = plan
        .sources
        .iter()
        .map(|source| json!({"name": source.name, "detail": source.detail, "record": source.lsn.0}))
        .collect();
    json!({
        "sources": sources,
        "ends_at": plan.ends_at.0,
        "lost": plan.lost,
        "proven": plan.is_proven,
        "put_aside": plan.unproven,
        "kept": plan.kept.as_deref().map(|path| ctx.shown(path)),
    })
}
