//! The disk under the project: its file system, how long a sync takes, and how much is free.

use super::{Grade, Item};
use crate::context::Context;
use crate::time::precise;
use checklist_store::env::volume::Volume;
use checklist_store::{ErrorKind, Store};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How often the sync is measured.
const SYNCS: usize = 5;

/// A sync that takes longer is worth a note: every step that is done waits for a few of them.
const SYNC_MAX: Duration = Duration::from_millis(100);

/// Less than this is worth a warning: a state and its log fit many times, a build does not.
const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

pub(super) fn items(ctx: &Context, folder: &Path) -> Vec<Item> {
    match ctx.env.fs.describe(folder) {
        Ok(volume) => vec![file_system(ctx, folder, &volume), free_space(volume.free_bytes)],
        Err(error) => {
            vec![Item::new(Grade::Note, "file system", format!("the system does not say: {error}"))]
        }
    }
}

fn file_system(ctx: &Context, folder: &Path, volume: &Volume) -> Item {
    const SUBJECT: &str = "file system";
    let name = match volume.option {
        Some(option) => format!("{} ({option})", volume.name),
        None => volume.name.clone(),
    };
    let (sync, words) = match measured(ctx, folder) {
        Measured::Median(median) => (Some(median), format!(", sync {} (median of {SYNCS})", precise(median))),
        Measured::Not(why) => (None, format!(", sync not measured: {why}")),
        Measured::Failed(error) => {
            return Item::new(Grade::Warn, SUBJECT, format!("{name}: a sync failed: {error}"))
                .fix("nothing can be saved here until the disk can be written: df -h, dmesg");
        }
    };
    let data = json!({
        "name": volume.name,
        "trusted": volume.doubt().is_none(),
        "sync_us": sync.map(|sync| u64::try_from(sync.as_micros()).unwrap_or(u64::MAX)),
    });
    let item = match (volume.doubt(), sync) {
        (Some(doubt), _) => {
            // What is wrong, and what to do about it.
            let (what, fix) = doubt.split_once("; ").unwrap_or((doubt, ""));
            let item = Item::new(Grade::Warn, SUBJECT, format!("{name}{words}; {what}"));
            if fix.is_empty() { item } else { item.fix(fix) }
        }
        (None, Some(sync)) if sync > SYNC_MAX => {
            Item::new(Grade::Note, SUBJECT, format!("{name}{words}: every step waits for a few of these"))
                .fix("keep .checklist/ on a faster or less busy disk")
        }
        (None, _) => Item::new(Grade::Ok, SUBJECT, format!("{name}{words}")),
    };
    item.data(data)
}

enum Measured {
    Median(Duration),
    /// There is nothing wrong, but nothing to measure either.
    Not(&'static str),
    Failed(checklist_store::Error),
}

/// How long a sync takes, without waiting for anybody and without creating what is not there.
fn measured(ctx: &Context, folder: &Path) -> Measured {
    if !super::lock::has_lock_file(ctx, folder) {
        return Measured::Not("nothing was written here yet");
    }
    let options = ctx.store_options().lock_timeout(Duration::ZERO);
    match Store::measure_sync(&options, folder, SYNCS) {
        Ok(mut times) => {
            times.sort_unstable();
            times
                .get(times.len() / 2)
                .map_or(Measured::Not("the clock stands still"), |median| Measured::Median(*median))
        }
        Err(error) => match error.kind() {
            ErrorKind::LockTimeout => Measured::Not("another process is writing"),
            ErrorKind::ReadOnly => Measured::Not("this place is read-only"),
            _ => Measured::Failed(error),
        },
    }
}

fn free_space(free_bytes: Option<u64>) -> Item {
    const SUBJECT: &str = "free space";
    let Some(free) = free_bytes else { return Item::new(Grade::Note, SUBJECT, "the system does not say") };
    let item = match free < FREE_BYTES_MIN {
        true => {
            Item::new(Grade::Warn, SUBJECT, size(free)).fix("free some space: df -h, du -sh .checklist/*")
        }
        false => Item::new(Grade::Ok, SUBJECT, size(free)),
    };
    item.data(json!({"bytes": free}))
}

/// `72 GiB`, `512 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut amount = bytes;
    let mut unit = 0;
    while amount >= 10 * 1024 && unit + 1 < UNITS.len() {
        amount /= 1024;
        unit += 1;
    }
    format!("{amount} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_one_unit() {
        assert_eq!(size(100), "100 bytes");
        assert_eq!(size(20 * 1024), "20 KiB");
        assert_eq!(size(72 << 30), "72 GiB");
    }
}
