//! `HeadMarker`: `.wal.head`, the only witness of the newest commit while it is not published.
//!
//! Every record of the log promises what lies before it to be durable, so the newest one has nobody behind it
//! to speak for it: cut off or damaged it would look like a torn tail. The marker is written after the sync
//! of such a commit returned, and says up to where the log was promised from then on. It is not synced itself:
//! a power cut may take it, and then the newest commit has again no witness, which is no worse than without
//! it. Two slots take turns, so that a torn write leaves the older one (the redundant headers of
//! TigerBeetle's journal, `src/vsr/journal.zig`, serve the same end).

use super::layout::Layout;
use super::lock::WriteLock;
use crate::env::{Access, Env, File, write_fully, write_fully_at};
use crate::error::{Error, Result};
use crate::model::digits;
use crate::model::line;
use crate::model::record::{Generation, LSN_MAX};
use crate::report::Lsn;
use serde::Deserialize;
use std::io::{self, Write as _};

/// The bytes of one slot, its newline included.
const SLOT_BYTES: usize = 73;

/// Up to where a life of the log was promised to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) generation: Generation,
    pub(crate) lsn: Lsn,
}

/// The marker, open for writing.
#[derive(Debug, Default)]
pub(crate) struct HeadMarker {
    file: Option<Box<dyn File>>,
    slot: u64,
}

/// The newest promise; `None` if there is none, or none that verifies.
pub(crate) fn read(env: &Env, layout: &Layout) -> Result<Option<Promise>> {
    let path = layout.wal_head();
    match env.fs.read(&path, 0..2 * SLOT_BYTES as u64) {
        Ok(bytes) => Ok(parse(&bytes).into_iter().flatten().max_by_key(|promise| promise.lsn)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read the head marker", &path, error)),
    }
}

impl HeadMarker {
    /// Writes down a promise, in the slot that does not hold the newest one.
    pub(crate) fn write(
        &mut self,
        env: &Env,
        layout: &Layout,
        _lock: &WriteLock,
        promise: Promise,
    ) -> io::Result<()> {
        let path = layout.wal_head();
        let slot = render(promise);
        if self.file.is_none() {
            match env.fs.reopen(&path) {
                Ok(file) => {
                    let [first, second] = parse(&env.fs.read(&path, 0..2 * SLOT_BYTES as u64)?);
                    let lsn = |promise: Option<Promise>| promise.map(|promise| promise.lsn);
                    self.slot = u64::from(lsn(first) >= lsn(second));
                    self.file = Some(file);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return write_fully(&mut *env.fs.create(&path, Access::Private)?, &slot);
                }
                Err(error) => return Err(error),
            }
        }
        let file = self.file.as_mut().expect("the file was just opened");
        write_fully_at(&mut **file, self.slot * SLOT_BYTES as u64, &slot)?;
        self.slot = 1 - self.slot;
        Ok(())
    }
}

fn render(Promise { generation, lsn }: Promise) -> Vec<u8> {
    let mut slot = Vec::with_capacity(SLOT_BYTES);
    slot.extend_from_slice(b"{\"v\":1,\"gen\":\"");
    digits::push_hex::<16>(&mut slot, generation.0.into());
    // Padded, so that every slot has the same place and width.
    write!(slot, "\",\"lsn\":{:>16}", lsn.0).expect("memory takes it");
    line::seal(&mut slot, 0);
    slot
}

fn parse(bytes: &[u8]) -> [Option<Promise>; 2] {
    #[derive(Deserialize)]
    struct Slot {
        r#gen: String,
        lsn: u64,
    }
    let slot = |bytes: &[u8]| {
        let sealed = line::open(bytes.strip_suffix(b"\n")?)?;
        let Slot { r#gen: generation, lsn } = serde_json::from_str(sealed.text).ok()?;
        let generation = Generation(u64::from_str_radix(&generation, 16).ok()?);
        (lsn <= LSN_MAX).then_some(Promise { generation, lsn: Lsn(lsn) })
    };
    let mut slots = bytes.chunks(SLOT_BYTES).map(slot);
    [slots.next().flatten(), slots.next().flatten()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(lsn: u64) -> Promise {
        Promise { generation: Generation(0x9f3c_2a7e_51d0_4b88), lsn: Lsn(lsn) }
    }

    #[test]
    fn every_slot_has_one_width_and_reads_back() {
        for lsn in [0, 1, 42, LSN_MAX] {
            let slot = render(promise(lsn));
            assert_eq!(slot.len(), SLOT_BYTES, "{}", String::from_utf8_lossy(&slot));
            assert_eq!(parse(&slot), [Some(promise(lsn)), None]);
        }
    }

    #[test]
    fn a_slot_that_is_torn_leaves_the_other_one() {
        let both = [render(promise(7)), render(promise(9))].concat();
        assert_eq!(parse(&both), [Some(promise(7)), Some(promise(9))]);
        for cut in SLOT_BYTES..both.len() {
            assert_eq!(parse(&both[..cut]), [Some(promise(7)), None], "cut at {cut}");
        }
        for bit in 0..SLOT_BYTES * 8 {
            let mut damaged = both.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&damaged), [None, Some(promise(9))], "bit {bit}");
        }
    }
}
