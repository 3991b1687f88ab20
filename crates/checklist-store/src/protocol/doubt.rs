//! Telling once for each volume that its locks or syncs cannot be relied upon.

use super::options::Options;
use crate::disk::layout::Layout;
use crate::disk::lock::WriteLock;
use crate::env::{Access, write_fully};
use crate::event::Event;

/// What `.locks/volume` may have at most: the name of a file system and an option.
const NAME_BYTES_MAX: u64 = 256;

/// Emits [`Event::VolumeDoubted`], unless the file beside the lock says that it was told of this volume. A handle
/// looks at its volume once: then `is_known`.
///
/// All of it is a courtesy: whatever fails here is no reason to refuse a change, and is told again next time.
pub(crate) fn tell_once(options: &Options, layout: &Layout, _lock: &WriteLock, is_known: &mut bool) {
    if std::mem::replace(is_known, true) {
        return;
    }
    let fs = &options.env.fs;
    let Ok(volume) = fs.describe(layout.root()) else { return };
    let Some(doubt) = volume.doubt() else { return };
    let name = match volume.option {
        Some(option) => format!("{} ({option})", volume.name),
        None => volume.name,
    };
    let path = layout.doubted_volume();
    let told = fs.read(&path, 0..NAME_BYTES_MAX).unwrap_or_default();
    if told.trim_ascii_end() == name.as_bytes() {
        return;
    }
    options.emit(&Event::VolumeDoubted { name: name.clone(), doubt });
    let line = format!("{name}\n");
    let _ = fs.create(&path, Access::Private).and_then(|mut file| write_fully(&mut *file, line.as_bytes()));
}
