//! `Unproven`: the transactions and records in a store's files that verify by themselves and that nothing
//! leads to: behind a hole, or of another life of the log.

use crate::disk::backup;
use crate::disk::history;
use crate::disk::layout::Layout;
use crate::disk::line_reader::LineReader;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::model::crc::Crc;
use crate::model::entry;
use crate::model::line::{self, Sealed};
use crate::model::record::{BATCH_BYTES_MAX, Body, Digest, Record};
use crate::report::{Lsn, TxnId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was found, as JSON Lines: where, what kind, and the line or lines as they are.
#[derive(Debug, Default)]
pub(crate) struct Unproven {
    pub(crate) lines: Vec<u8>,
    pub(crate) count: usize,
    /// The same line may be in several files.
    seen: BTreeSet<(Lsn, u32)>,
}

/// Reads the log, the history and all copies of both, and collects what is above `proven`.
pub(crate) fn collect(env: &Env, layout: &Layout, proven: Lsn) -> Result<Unproven> {
    let mut files = vec![layout.wal()];
    files.extend(history::files(env, layout)?);
    let copied = backup::copies(env, layout)?.into_iter().flat_map(|copy| copy.files);
    files.extend(copied.filter(|path| !path.to_string_lossy().ends_with(".yaml")));
    let mut found = Unproven::default();
    for path in files {
        found.read(env, layout, &path, proven)?;
    }
    Ok(found)
}

/// The records of one transaction, so far.
#[derive(Default)]
struct Batch {
    txn: Option<TxnId>,
    offset: u64,
    texts: Vec<String>,
    digest: Digest,
    prev: Option<Crc>,
    first: Lsn,
}

impl Unproven {
    fn read(&mut self, env: &Env, layout: &Layout, path: &Path, proven: Lsn) -> Result<()> {
        let name = path.strip_prefix(layout.root()).map_or_else(|_| PathBuf::from(path), Path::to_owned);
        let mut reader = LineReader::new(env, path, BATCH_BYTES_MAX);
        let mut batch = Batch::default();
        while let Some(line) = reader.next_line().map_err(|error| Error::io("read", path, error))? {
            let Some(sealed) = line::open(line.bytes) else { continue };
            match Record::parse(sealed) {
                Ok(record) if record.lsn > proven => {
                    self.take_record(&name, line.offset, record, sealed, &mut batch);
                }
                Ok(_) => {}
                Err(_) => {
                    let lsn = entry::parse_line(sealed).ok().map(|entry| entry.transaction.lsn);
                    if let Some(lsn) =
                        lsn.filter(|lsn| *lsn > proven && self.seen.insert((*lsn, sealed.crc.0)))
                    {
                        self.push(&name, line.offset, "transaction", lsn, "line", sealed.text);
                    }
                }
            }
        }
        self.flush(&name, &mut batch);
        Ok(())
    }

    fn take_record(
        &mut self,
        name: &Path,
        offset: u64,
        record: Record,
        sealed: Sealed<'_>,
        batch: &mut Batch,
    ) {
        let continues = batch.prev == Some(record.prev);
        match record.body {
            Body::Base { .. } => self.flush(name, batch),
            _ if !self.seen.insert((record.lsn, sealed.crc.0)) => {}
            Body::Operation { txn, .. } => {
                if batch.txn != Some(txn) || !continues {
                    self.flush(name, batch);
                    (batch.txn, batch.offset, batch.first) = (Some(txn), offset, record.lsn);
                }
                batch.texts.push(sealed.text.to_owned());
                batch.digest.update(sealed.text.as_bytes());
                batch.digest.update(b"\n");
            }
            Body::Commit { txn, first, count, digest, .. } => {
                let is_whole = batch.txn == Some(txn)
                    && continues
                    && batch.first == first
                    && batch.texts.len() as u64 == count
                    && batch.digest.finish() == digest;
                if is_whole {
                    batch.texts.push(sealed.text.to_owned());
                    let all = format!("[{}]", batch.texts.join(","));
                    self.push(name, batch.offset, "transaction", record.lsn, "records", &all);
                    *batch = Batch::default();
                } else {
                    self.flush(name, batch);
                    self.push(name, offset, "record", record.lsn, "line", sealed.text);
                }
            }
        }
        batch.prev = Some(sealed.crc);
    }

    /// Writes down the records of a transaction that is not whole, each by itself.
    fn flush(&mut self, name: &Path, batch: &mut Batch) {
        let Batch { offset, texts, first, .. } = std::mem::take(batch);
        let mut place = (offset, first);
        for text in texts {
            self.push(name, place.0, "record", place.1, "line", &text);
            place = (place.0 + text.len() as u64 + 1, place.1.next());
        }
    }

    /// Adds one line; `content` is JSON already.
    fn push(&mut self, name: &Path, offset: u64, kind: &str, lsn: Lsn, member: &str, content: &str) {
        let name = serde_json::Value::from(name.to_string_lossy());
        let line = format!(
            "{{\"file\":{name},\"offset\":{offset},\"kind\":\"{kind}\",\"lsn\":{lsn},\"{member}\":{content}}}\n"
        );
        self.lines.extend_from_slice(line.as_bytes());
        self.count += 1;
    }
}
