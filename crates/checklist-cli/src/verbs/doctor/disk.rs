//! The disk under the project: its file system, how long a sync takes, and how much is free.

use super::{Grade, Item};
use crate::context::Context;
use checklist_store::Store;
use std::path::Path;
use std::time::Duration;

/// How often the sync is measured.
const SYNCS: usize = 5;

/// Less than this is worth a warning: a state and its log fit many times, a build does not.
const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// File systems by the number that statfs(2) gives, and whether locks and syncs are the disk's own.
const KINDS: [(u64, &str, bool); 17] = [
    (0xEF53, "ext4", true),
    (0x5846_5342, "xfs", true),
    (0x9123_683E, "btrfs", true),
    (0xF2F5_2010, "f2fs", true),
    (0x2FC1_2FC1, "zfs", true),
    (0xCA45_1A4E, "bcachefs", true),
    (0x794C_7630, "overlayfs", true),
    (0x0102_1994, "tmpfs", true),
    (0x4D44, "vfat", true),
    (0x2011_BAB0, "exfat", true),
    (0x5346_544E, "ntfs", true),
    (0x6969, "nfs", false),
    (0xFF53_4D42, "cifs", false),
    (0xFE53_4D42, "smb2", false),
    (0x0102_1997, "9p", false),
    (0x6573_5546, "fuse", false),
    (0x00C3_6400, "ceph", false),
];

pub(super) fn items(ctx: &Context, folder: &Path) -> Vec<Item> {
    vec![file_system(ctx, folder), free_space(folder)]
}

fn file_system(ctx: &Context, folder: &Path) -> Item {
    const SUBJECT: &str = "file system";
    let (name, is_local) = kind(folder);
    let sync = match Store::measure_sync(&ctx.store_options(), folder, SYNCS) {
        Ok(mut times) => {
            times.sort_unstable();
            times
                .get(times.len() / 2)
                .map(|median| format!(", sync {} (median of {SYNCS})", precise(*median)))
        }
        Err(error) => return Item::new(Grade::Warn, SUBJECT, format!("{name}: a sync failed: {error}")),
    };
    let sync = sync.unwrap_or_default();
    match (is_local, name) {
        (true, "tmpfs") => {
            Item::new(Grade::Warn, SUBJECT, format!("{name}{sync}: it is gone after a restart"))
        }
        (true, _) => Item::new(Grade::Ok, SUBJECT, format!("{name}{sync}")),
        (false, _) => Item::new(
            Grade::Warn,
            SUBJECT,
            format!(
                "{name}{sync}: locks and sync are only as good as the server; keep .checklist/ on a local disk"
            ),
        ),
    }
}

#[cfg(target_os = "linux")]
pub(super) fn kind(folder: &Path) -> (&'static str, bool) {
    let Ok(found) = rustix::fs::statfs(folder) else { return ("unknown", true) };
    let number = u64::try_from(found.f_type).unwrap_or(0);
    KINDS
        .iter()
        .find(|(known, ..)| *known == number)
        .map_or(("unknown", true), |(_, name, local)| (name, *local))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn kind(_: &Path) -> (&'static str, bool) {
    ("unknown", true)
}

fn free_space(folder: &Path) -> Item {
    const SUBJECT: &str = "free space";
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return Item::new(Grade::Note, SUBJECT, "the system does not say");
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let grade = if free < FREE_BYTES_MIN { Grade::Warn } else { Grade::Ok };
    Item::new(grade, SUBJECT, size(free))
}

/// `1.9 ms`, `72 µs`.
fn precise(time: Duration) -> String {
    let us = time.as_micros();
    if us < 1000 { format!("{us} us") } else { format!("{}.{} ms", us / 1000, us % 1000 / 100) }
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
        assert_eq!(precise(Duration::from_micros(1940)), "1.9 ms");
        assert_eq!(precise(Duration::from_micros(72)), "72 us");
    }
}
