//! `backup`: the state is copied because somebody asks for it, or the copies there are are listed.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::backups;
use crate::ui::Format;
use checklist_store::{Backup, Store};
use serde_json::{Value, json};

pub(crate) fn backup(ctx: &Context, arguments: &cli::Backup) -> Result<Exit, Failure> {
    let folder = ctx.project()?.folder();
    if arguments.list {
        let copies = Store::backups_at(&ctx.store_options(), &folder)?;
        return list(ctx, &copies);
    }
    let mut store = ctx.store_options().open(&folder)?;
    let taken = store.backup()?;
    let all = store.backups()?;
    let short = backups::short_name(&taken, &all);
    ctx.ui.answer(&backups::taken(&taken, &short));
    let mut fields = fields(ctx, &taken);
    fields["changed"] = json!(true);
    fields["next_commands"] = json!([format!("checklist restore --backup {short}")]);
    ctx.ui.object(json::object("backup", fields));
    Ok(Exit::Ok)
}

fn list(ctx: &Context, copies: &[Backup]) -> Result<Exit, Failure> {
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&backups::plain(copies)),
        _ => ctx.ui.answer(&backups::list(copies, &ctx.calendar(), ctx.ui.look())),
    }
    let found: Vec<Value> = copies.iter().map(|copy| fields(ctx, copy)).collect();
    ctx.ui.object(json::object("backup", json!({"changed": false, "backups": found})));
    Ok(Exit::Ok)
}

fn fields(ctx: &Context, copy: &Backup) -> Value {
    let files: Vec<String> = copy.files.iter().map(|path| ctx.shown(path)).collect();
    json!({
        "name": copy.name,
        "reason": copy.reason,
        "record": copy.lsn.0,
        "time": copy.time.map(|time| time.to_string()),
        "bytes": copy.bytes,
        "files": files,
        "verified": copy.is_verified,
        "restorable": copy.is_restorable,
    })
}
