//! The readers of bytes that anybody may have written, bare: for fuzzers and for sweeps over every bit.
//!
//! Nothing of this exists in a build without the feature `fuzzing`, and nothing of it is promised.

use crate::coordinator::TransactionCoordinator;
use crate::disk::history;
use crate::disk::layout::Layout;
use crate::disk::wal_reader;
use crate::env::Timestamp;
use crate::env::mem::World;
use crate::error::Result;
use crate::key::Key;
use crate::model::batch::BatchWriter;
use crate::model::crc::Crc;
use crate::model::document::Document;
use crate::model::draft::{Draft, check_limits};
use crate::model::entry::Told as _;
use crate::model::line;
use crate::model::loose::LooseTransaction;
use crate::model::operation::CommittedTransaction;
use crate::model::record::{Digest, Generation, StateId};
use crate::model::yaml::{self, LastRecovery, Parsed, State};
use crate::protocol::crowd::Ticket;
use crate::protocol::look;
use crate::protocol::options::Options;
use crate::report::{Commit, Lsn, Standing};
use crate::schema::Schema;
use crate::store::Store;
use serde_json::Value;
use std::path::Path;

/// What the reader of the log makes of bytes.
#[derive(Debug, PartialEq)]
pub struct LogReading {
    /// The state that its life continues: LSN and CRC.
    pub base: Option<(Lsn, u32)>,
    /// Its committed transactions.
    pub transactions: Vec<CommittedTransaction>,
    /// Where the last committed transaction ends.
    pub committed_bytes: usize,
    /// The version of a newer program's record that stands in the way.
    pub newer: Option<u64>,
}

/// Reads a log.
#[must_use]
pub fn read_log(bytes: &[u8]) -> LogReading {
    let scan = wal_reader::scan(bytes);
    LogReading {
        base: scan.base.map(|base| (base.lsn, base.checksum.0)),
        committed_bytes: scan.bytes as usize,
        newer: scan.newer,
        transactions: scan.transactions,
    }
}

/// How a log relates to a state with that LSN and CRC, in a word.
#[must_use]
pub fn relate(bytes: &[u8], lsn: Lsn, checksum: u32) -> String {
    format!("{:?}", wal_reader::scan(bytes).relate(StateId { lsn, checksum: Crc(checksum) }))
}

/// Writes a log: a base, then these transactions with numbers of their own.
#[must_use]
pub fn write_log(generation: u64, base: (Lsn, u32), transactions: &[CommittedTransaction]) -> Vec<u8> {
    let state = StateId { lsn: base.0, checksum: Crc(base.1) };
    let mut writer = BatchWriter::new(Generation(generation), state.lsn, state.lsn, Crc(0));
    writer.base(state);
    for CommittedTransaction { txn, timestamp, operations, note, schema, .. } in transactions {
        let loose = LooseTransaction::new(*txn, *timestamp, operations, note).with_schema(*schema);
        writer.durable = writer.transaction(loose).lsn;
    }
    writer.bytes
}

/// What the reader of `state.yaml` makes of bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum StateReading {
    /// Proven, or read although it is not as it was written.
    Read {
        /// Whether its checksum proves it.
        is_sound: bool,
        /// What it holds.
        lsn: Lsn,
        /// When it was written.
        modified: Timestamp,
        /// The document.
        document: Value,
        /// The same state as this program writes it.
        rendered: Vec<u8>,
    },
    /// A newer program's.
    Newer(String),
    /// Not readable, and why.
    Damaged(String),
}

/// Reads `state.yaml`.
#[must_use]
pub fn read_state(bytes: &[u8]) -> StateReading {
    reading(yaml::parse(bytes))
}

/// What both readers of `state.yaml` make of these lines below a checksum that is theirs: the exact reader of
/// what this program writes, if it knows them, and the reader of any YAML.
#[must_use]
pub fn read_lines(lines: &[u8]) -> (Option<StateReading>, StateReading) {
    let bytes = yaml::with_checksum(lines);
    (yaml::parse_written(&bytes).map(reading), reading(yaml::parse_any(&bytes)))
}

/// Whether a transaction could make a document such as this.
#[must_use]
pub fn is_within_limits(document: &Value) -> bool {
    check_limits(&Key::ROOT, document).is_ok()
}

fn reading(parsed: Parsed) -> StateReading {
    let (is_sound, state) = match parsed {
        Parsed::Sound(_, state, _) => (true, state),
        Parsed::Edited(_, state) => (false, state),
        Parsed::Newer(version) => return StateReading::Newer(version),
        Parsed::Damaged(reason) | Parsed::Lost(reason) => return StateReading::Damaged(reason),
    };
    let rendered = yaml::render(&state).0;
    let State { lsn, modified, document, .. } = state;
    StateReading::Read { is_sound, lsn, modified, document: Value::from(document.root()), rendered }
}

/// Whether the checksum in `state.yaml` proves it; without that it is never taken for the program's own.
#[must_use]
pub fn state_proves_itself(bytes: &[u8]) -> bool {
    yaml::proves_itself(bytes)
}

/// Writes `state.yaml`; `None` if the document is not a mapping.
#[must_use]
pub fn write_state(lsn: Lsn, cause: Option<&str>, document: Value) -> Option<Vec<u8>> {
    let modified = Timestamp::from_millis(1_700_000_000_123);
    let recovery = cause.map(|cause| LastRecovery {
        when: modified,
        cause: cause.to_owned(),
        method: "redo".to_owned(),
        data_loss: false,
    });
    let document = Document::from_value(document)?;
    Some(yaml::render(&State { schema: Schema::FIRST, lsn, modified, recovery, document }).0)
}

/// What the readers of the history make of bytes.
#[derive(Debug)]
pub struct HistoryReading {
    /// All of it, chained.
    pub all: Result<Vec<CommittedTransaction>>,
    /// The LSN at which its end is found without reading all of it.
    pub end: Result<Lsn>,
}

/// Reads `history.jsonl`.
#[must_use]
pub fn read_history(bytes: &[u8]) -> HistoryReading {
    let world = World::new(1);
    let layout = Layout::new(Path::new("/project/.checklist"));
    world.fs.place(&layout.history(), bytes).expect("the disk in memory takes it");
    let env = world.env();
    HistoryReading {
        all: history::read_all(&env, &layout),
        end: history::find_end(&env, &layout, Lsn(u64::MAX)).map(|end| end.lsn),
    }
}

/// Writes a history of these transactions, as they are.
#[must_use]
pub fn write_history(transactions: &[CommittedTransaction]) -> Vec<u8> {
    let (mut bytes, mut prev) = (Vec::new(), Crc::default());
    for transaction in transactions {
        prev = transaction.push_line(&mut bytes, Some(Crc(7)), prev);
    }
    bytes
}

/// What opening the store at `root` comes to, without the repair that it would make: the standing and the
/// document, decided over the same files by the same table. Takes no lock and changes nothing.
///
/// # Errors
/// As [`Store::open`](crate::Store::open).
pub fn glance(options: &Options, root: &Path) -> Result<(Standing, Value)> {
    let layout = Layout::new(root);
    let opened =
        look::look_at_state(&options.env, &layout)?.open_over_log(options, &layout, Standing::Sound)?;
    Ok((opened.standing, Value::from(opened.files.document.root())))
}

/// A transaction of a coordinator that has joined a batch, and is written with it when an answer is asked for.
#[derive(Debug)]
pub struct Joined {
    coordinator: TransactionCoordinator,
    ticket: Ticket,
}

/// A coordinator whose batches have so many bytes at most, to be driven by one thread.
#[must_use]
pub fn coordinate(store: Store, batch_bytes: usize) -> TransactionCoordinator {
    store.coordinate(batch_bytes)
}

/// Runs an edit as the coordinator does, up to where it waits to be written.
///
/// # Errors
/// As [`TransactionCoordinator::transact`].
pub fn join(
    coordinator: &TransactionCoordinator,
    edit: impl FnOnce(&mut Draft) -> Result<()>,
) -> Result<Joined> {
    let ((), ticket) = coordinator.draft(edit)?;
    Ok(Joined { coordinator: coordinator.clone(), ticket })
}

impl Joined {
    /// Writes every batch up to this transaction's own, unless that was done.
    ///
    /// # Errors
    /// As [`TransactionCoordinator::transact`].
    pub fn answer(self) -> Result<Commit> {
        let answered = self.coordinator.redeem(self.ticket);
        self.coordinator.tell(answered).map(|answer| answer.commit)
    }
}

/// Makes every line that has the outward form of a record prove itself again: chains it, computes the digest
/// of a commit record anew and seals it. What a fuzzer changed inside is then what the parser sees, which a
/// CRC would otherwise keep from it. Other lines stay as they are.
#[must_use]
pub fn reseal(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut prev, mut batch) = (Vec::new(), Crc::default(), Digest::default());
    for found in line::lines(bytes) {
        let Some(body) = body_of(found.bytes) else {
            out.extend_from_slice(&bytes[found.offset..found.end()]);
            continue;
        };
        let start = out.len();
        let body = replaced(body, b"\"prev\":\"", prev.to_string().as_bytes());
        let is_commit = contains(&body, b"\"op\":\"commit\"");
        let digest = format!("{:032x}", batch.finish());
        out.extend_from_slice(&if is_commit {
            replaced(&body, b"\"digest\":\"", digest.as_bytes())
        } else {
            body
        });
        prev = line::seal(&mut out, start);
        if !found.ended {
            out.pop();
        }
        if is_commit || contains(&out[start..], b"\"op\":\"base\"") {
            batch = Digest::default();
        } else {
            batch.update(&out[start..]);
        }
    }
    out
}

/// The part of a line that its CRC covers, whatever stands in the place of the digits.
fn body_of(line: &[u8]) -> Option<&[u8]> {
    let mark = b",\"crc\":\"";
    let at = line.windows(mark.len()).rposition(|part| part == mark)?;
    line.starts_with(b"{").then_some(&line[..at])
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|found| found == part)
}

/// Puts `value` behind the last `name`, over as many bytes; unchanged where there is none.
fn replaced(bytes: &[u8], name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if let Some(at) = bytes.windows(name.len()).rposition(|part| part == name) {
        let start = at + name.len();
        if let Some(place) = out.get_mut(start..start + value.len()) {
            place.copy_from_slice(value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::operation::Operation;
    use crate::report::TxnId;

    fn transaction(first: u64) -> CommittedTransaction {
        let key = Key::from_static("/a");
        let value = Value::from("text");
        let operations = vec![
            Operation::Write { key: key.clone(), value: value.clone(), previous: None },
            Operation::Delete { key, previous: value },
        ];
        CommittedTransaction {
            txn: TxnId(uuid::Uuid::from_u128(5)),
            first: Lsn(first),
            lsn: Lsn(first + operations.len() as u64),
            timestamp: Timestamp::from_millis(5),
            note: Value::Null,
            schema: None,
            operations,
        }
    }

    #[test]
    fn what_is_genuine_is_resealed_as_it_was() {
        let transactions = [transaction(44), transaction(47)];
        let log = write_log(9, (Lsn(42), 7), &transactions);
        assert_eq!(read_log(&log).transactions, transactions);
        assert_eq!(reseal(&log), log);
        let history = write_history(&transactions);
        assert_eq!(reseal(&history), history);
        assert_eq!(read_history(&history).all.expect("it is whole"), transactions);
    }

    #[test]
    fn what_was_changed_inside_proves_itself_again() {
        let log = String::from_utf8(write_log(9, (Lsn(42), 7), &[transaction(44)])).expect("it is ASCII");
        let changed = log.replacen("1970", "1971", 1);
        assert!(read_log(changed.as_bytes()).transactions.is_empty());
        let resealed = reseal(changed.as_bytes());
        assert_eq!(read_log(&resealed).transactions.len(), 1);
        assert_eq!(reseal(b"{\"x\":1\n\nno"), b"{\"x\":1\n\nno");
    }
}
