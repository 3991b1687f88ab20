//! `restore`: a hand edit of state.yaml is undone; what was saved is put back.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_store::Standing;
use serde_json::json;

pub(crate) fn restore(ctx: &Context) -> Result<Exit, Failure> {
    let project = ctx.project()?;
    let mut store = ctx.store_options().open(project.folder())?;
    if *store.standing() == Standing::Sound {
        ctx.ui.answer("state.yaml is as it was saved: there is no edit to undo. Nothing changed.\n");
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
