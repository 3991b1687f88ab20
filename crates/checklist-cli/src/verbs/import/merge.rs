//! Importing a list again: what was kept is merged with what it says now, and open runs go on with that.

use super::fields;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{Look, clean, counted, fit};
use checklist_workflow::engine::ActOptions;
use checklist_workflow::list::List;
use checklist_workflow::markdown::{self, Difference, Merged};
use checklist_workflow::migration::Decision;
use checklist_workflow::run::RunStatus;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn again(
    ctx: &Context,
    arguments: &cli::Import,
    name: &str,
    kept: &str,
    (old, new): (&str, &str),
) -> Result<Exit, Failure> {
    let merged = markdown::merge(name, old, new, arguments.confirm_removed).map_err(|found| {
        let failure = Failure::template(found);
        match arguments.confirm_removed {
            true => failure.advise(format!(
                "To take the rest in and keep what is gone as removed: checklist import {}",
                arguments.file
            )),
            false => failure,
        }
    })?;
    if merged.common == 0 {
        return Err(Failure::refused(format!("{kept} is there and holds something else: no item is in both"))
            .advise("It is not overwritten. Give this list another name, or run it where it is: checklist run FILE.md"));
    }
    let changed = merged.source != old;
    let mut text = differences(&merged, ctx.ui.look());
    let mut moved = Vec::new();
    if arguments.dry_run {
        text.push_str("Nothing was changed.\n");
    } else if changed {
        moved = put(ctx, kept, &merged)?;
        text.push_str(&format!("Merged into {kept}. No status was changed.\n"));
        for run in &moved {
            text.push_str(&format!("Run {run} goes on with it.\n"));
        }
    } else {
        text.push_str(&format!("{kept} says this already. Nothing changed.\n"));
    }
    if (0..merged.imported.template.steps.len()).any(|step| merged.imported.is_removed(step)) {
        text.push_str(&format!(
            "Items that are gone stay until you say so: checklist import {} --confirm-removed\n",
            arguments.file
        ));
    }
    let stem = kept.rsplit('/').next().unwrap_or(kept).trim_end_matches(".md");
    let command = format!("checklist run {stem}");
    ctx.ui.answer(&format!("{text}\nNext: {command}\n"));
    let mut object = fields(&merged.imported);
    object["changed"] = json!(changed && !arguments.dry_run);
    object["list"] = if arguments.dry_run { Value::Null } else { kept.into() };
    object["merged"] = merged.differences.iter().map(difference).collect();
    object["runs"] = moved.into();
    object["next_commands"] = json!([command]);
    ctx.ui.object(json::object("import", object));
    Ok(Exit::Ok)
}

/// Keeps the merged list, and lets the open runs of it go on with it.
fn put(ctx: &Context, kept: &str, merged: &Merged) -> Result<Vec<String>, Failure> {
    let mut engine = ctx.write()?;
    let place = kept.strip_prefix(".checklist/").unwrap_or(kept);
    engine.store().keep(place, merged.source.as_bytes())?;
    let list = List::parse(kept, &merged.source).map_err(Failure::template)?;
    let is_dropped = |difference: &Difference| match difference {
        Difference::Dropped { id, .. } => Some(id.clone()),
        _ => None,
    };
    let dropped: Vec<String> = merged.differences.iter().filter_map(is_dropped).collect();
    let open: Vec<String> = engine
        .runs()?
        .into_iter()
        .filter(|run| run.origin == kept && run.status != RunStatus::Completed)
        .map(|run| run.id)
        .collect();
    let mut moved = Vec::new();
    for id in open {
        engine.look_at(&id)?;
        let knows = |step: &&String| engine.run().is_some_and(|run| run.steps.contains_key(*step));
        let decisions: BTreeMap<String, Decision> =
            dropped.iter().filter(knows).map(|step| (step.clone(), Decision::Goes)).collect();
        let migrated = engine.migrate(&list, &decisions, &BTreeMap::new(), &ActOptions::default());
        match migrated {
            Ok(migrated) if migrated.saved.is_some() => moved.push(engine.view()?.short),
            Ok(_) => {}
            // The list is kept; a run that cannot follow now stays where it is, and somebody is told.
            Err(error) => ctx.ui.notice(&format!(
                "Note: run {id} does not go on with it yet ({}). Later: checklist migrate --run {id}",
                clean(&error.to_string())
            )),
        }
    }
    Ok(moved)
}

fn differences(merged: &Merged, look: Look) -> String {
    let are = if merged.common == 1 { "is" } else { "are" };
    let mut text = format!("{} {are} in both lists.\n", counted(merged.common, "item"));
    for difference in &merged.differences {
        let line = match difference {
            Difference::Added { id, title } => format!("  + {id}   {}", clean(title)),
            Difference::Reworded { id, before, after } => {
                format!("  ~ {id}   \"{}\" was \"{}\"", clean(after), clean(before))
            }
            Difference::Removed { id, title } => format!("  - {id}   {} (kept as removed)", clean(title)),
            Difference::Back { id, title } => format!("  + {id}   {} (is back)", clean(title)),
            Difference::Dropped { id, title } => format!("  - {id}   {} (dropped)", clean(title)),
        };
        text.push_str(&format!("{}\n", fit(&line, look.width)));
    }
    text
}

fn difference(difference: &Difference) -> Value {
    match difference {
        Difference::Added { id, title } => json!({"step": id, "what": "added", "title": title}),
        Difference::Reworded { id, before, after } => {
            json!({"step": id, "what": "reworded", "title": after, "before": before})
        }
        Difference::Removed { id, title } => json!({"step": id, "what": "removed", "title": title}),
        Difference::Back { id, title } => json!({"step": id, "what": "back", "title": title}),
        Difference::Dropped { id, title } => json!({"step": id, "what": "dropped", "title": title}),
    }
}
