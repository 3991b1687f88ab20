//! Whether the write lock keeps another process out, tried with another process.

use super::{Grade, Item};
use crate::context::Context;
use crate::exit::Exit;
use checklist_store::{Result, Store};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SUBJECT: &str = "lock";

/// How long the other process may take to start and look.
const PROBE_TIME_MAX: Duration = Duration::from_secs(10);

/// Whether anybody ever wrote here: trying the lock would create it.
pub(super) fn has_lock_file(ctx: &Context, folder: &Path) -> bool {
    Store::lock_at(&ctx.store_options(), folder).is_ok_and(|lock| lock.exists())
}

pub(super) fn item(ctx: &Context, folder: &Path) -> Item {
    if !has_lock_file(ctx, folder) {
        return Item::new(Grade::Ok, SUBJECT, "free; nothing was written here yet");
    }
    match tried(ctx, folder) {
        Ok(item) => item,
        Err(error) => Item::new(Grade::Warn, SUBJECT, error.to_string()),
    }
}

/// Takes the lock and lets another process look, releases it and lets another process look again.
fn tried(ctx: &Context, folder: &Path) -> Result<Item> {
    if let Some(who) = Store::writer_at(&ctx.store_options(), folder)? {
        return Ok(Item::new(Grade::Ok, SUBJECT, format!("held: {who}")));
    }
    let held = match Store::lock_at(&ctx.store_options(), folder)?.try_acquire("checklist doctor") {
        Ok(Some(held)) => held,
        Ok(None) => return Ok(Item::new(Grade::Ok, SUBJECT, "taken by another process just now")),
        Err(error) if error.kind() == checklist_store::ErrorKind::ReadOnly => {
            return Ok(Item::new(Grade::Ok, SUBJECT, "free; not tried, because this place is read-only"));
        }
        Err(error) => return Err(error),
    };
    let while_held = probe(ctx, folder);
    drop(held);
    let found = (while_held, probe(ctx, folder));
    Ok(match found {
        (Some(Exit::Busy), Some(Exit::Ok)) => {
            Item::new(Grade::Ok, SUBJECT, "free; keeps a second process out while it is held")
        }
        // Another process may have come in between.
        (Some(Exit::Busy), Some(Exit::Busy)) => {
            Item::new(Grade::Ok, SUBJECT, "keeps a second process out while it is held; taken again since")
        }
        (Some(Exit::Ok), _) => Item::new(
            Grade::Repair,
            SUBJECT,
            "a second process got in while it was held: two could write at once",
        )
        .fix("keep .checklist/ on a local disk, and let one machine write at a time until then"),
        _ => Item::new(Grade::Note, SUBJECT, "free; it could not be tried with a second process"),
    })
}

/// What another process finds; `None` if it could not be started or does not answer.
fn probe(ctx: &Context, folder: &Path) -> Option<Exit> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    command.arg("lock-probe").arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let begin = ctx.env.clock.instant();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let code = status.code()?;
                return [Exit::Ok, Exit::Busy].into_iter().find(|exit| i32::from(exit.code()) == code);
            }
            Ok(None) if ctx.env.clock.instant().since(begin) < PROBE_TIME_MAX => {
                ctx.env.clock.sleep(Duration::from_millis(2));
            }
            _ => {
                // It may have ended meanwhile, which is as good.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}
