//! `pause`: the run is put aside on purpose.

use super::act;
use crate::cli::Revision;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use serde_json::json;

pub(crate) fn pause(ctx: &Context, revision: &Revision) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "pause", revision)? else { return Ok(Exit::Ok) };
    let saved = engine.pause(&act::options(revision))?;
    ctx.remember(&engine);
    ctx.ui
        .answer(&format!("Paused. Your place is kept.   op {}, saved\nNext: checklist resume\n", saved.rev));
    let fields = json!({"changed": true, "run": saved.run, "rev": saved.rev, "status": "paused",
        "next_commands": ["checklist resume"]});
    ctx.ui.object(json::object("pause", fields));
    Ok(Exit::Ok)
}
