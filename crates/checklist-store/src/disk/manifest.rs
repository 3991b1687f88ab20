//! `Manifest`: `.backup/manifest.jsonl`, what is known of the copies beside what they hold.
//!
//! The folder is the authority: a line about a copy that is gone says nothing, and a copy without a line is a
//! copy. What a line adds is the order in which copies were taken, whatever the clock said, and how each
//! file looked: a copy that looks otherwise was changed since.

use super::layout::Layout;
use super::line_reader::LineReader;
use super::lock::WriteLock;
use super::replace::replace;
use crate::env::{Access, Env, Timestamp};
use crate::error::{Error, Result};
use crate::model::crc::Crc;
use crate::model::json;
use crate::model::line;
use crate::report::Lsn;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version this program writes, and the newest it reads.
const MANIFEST_VERSION: u64 = 1;

/// Longer lines, and more of them, are not read: a manifest is as small as the folder.
const LINE_BYTES_MAX: usize = 64 << 10;
const LINES_MAX: usize = 10_000;

/// What was noted about each copy, by the name that its files begin with.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    notes: BTreeMap<String, Note>,
    next: usize,
}

/// What was noted about one copy.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Its place in the order in which copies were taken.
    pub(crate) position: usize,
    pub(crate) reason: String,
    pub(crate) lsn: Lsn,
    pub(crate) time: Timestamp,
    pub(crate) files: Vec<Likeness>,
}

/// How a file of a copy looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Likeness {
    /// The rest of its name.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) crc: Crc,
}

impl Likeness {
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Likeness {
        Likeness { name: name.to_owned(), bytes: bytes.len() as u64, crc: Crc::of(bytes) }
    }
}

/// Reads the manifest. Lines that do not verify are left out.
pub(crate) fn read(env: &Env, layout: &Layout) -> Result<Manifest> {
    let path = layout.manifest();
    let mut reader = LineReader::new(env, &path, LINE_BYTES_MAX);
    let mut manifest = Manifest::default();
    let mut count = 0;
    while let Some(line) =
        reader.next_line().map_err(|error| Error::io("read the list of copies", &path, error))?
    {
        if let Some((stem, note)) = line::open(line.bytes).and_then(|sealed| parse(sealed.text)) {
            manifest.put(stem, note);
        }
        count += 1;
        if count == LINES_MAX {
            break;
        }
    }
    Ok(manifest)
}

impl Manifest {
    pub(crate) fn of(&self, stem: &str) -> Option<&Note> {
        self.notes.get(stem)
    }

    /// Whether the file `name` of the copy `stem` looks as it did; `None` if nothing was noted.
    pub(crate) fn is_alike(&self, stem: &str, name: &str, bytes: &[u8]) -> Option<bool> {
        let noted = self.of(stem)?.files.iter().find(|file| file.name == name)?;
        Some(*noted == Likeness::of(name, bytes))
    }

    fn put(&mut self, stem: String, note: Note) {
        let position = self.next;
        self.next += 1;
        self.notes.insert(stem, Note { position, ..note });
    }

    /// Adds a note, and writes the whole anew: it says something only about the copies in `present`.
    pub(crate) fn add(
        mut self,
        env: &Env,
        layout: &Layout,
        _lock: &WriteLock,
        stem: &str,
        note: Note,
        present: impl Fn(&str) -> bool,
    ) -> Result<()> {
        self.put(stem.to_owned(), note);
        let mut notes: Vec<(&String, &Note)> =
            self.notes.iter().filter(|(name, _)| *name == stem || present(name)).collect();
        notes.sort_by_key(|(_, note)| note.position);
        let mut bytes = Vec::new();
        for (stem, note) in notes {
            push(&mut bytes, stem, note);
        }
        replace(env, layout, &layout.manifest(), &bytes, Access::Private)
    }
}

fn push(out: &mut Vec<u8>, stem: &str, note: &Note) {
    let start = out.len();
    let Note { reason, lsn, time, files, .. } = note;
    out.extend_from_slice(format!("{{\"v\":{MANIFEST_VERSION},\"copy\":").as_bytes());
    json::push_text(out, stem);
    out.extend_from_slice(b",\"reason\":");
    json::push_text(out, reason.as_str());
    out.extend_from_slice(format!(",\"lsn\":{lsn},\"time\":\"{time}\",\"files\":[").as_bytes());
    for (index, Likeness { name, bytes, crc }) in files.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{\"name\":" } else { b",{\"name\":" });
        json::push_text(out, name.as_str());
        out.extend_from_slice(format!(",\"bytes\":{bytes},\"content\":\"crc32c:{crc}\"}}").as_bytes());
    }
    out.push(b']');
    line::seal(out, start);
}

fn parse(text: &str) -> Option<(String, Note)> {
    #[derive(Deserialize)]
    struct File {
        name: String,
        bytes: u64,
        content: String,
    }
    #[derive(Deserialize)]
    struct Fields {
        v: u64,
        copy: String,
        reason: String,
        lsn: u64,
        time: String,
        files: Vec<File>,
    }
    let fields: Fields =
        serde_json::from_str(text).ok().filter(|fields: &Fields| fields.v <= MANIFEST_VERSION)?;
    let likeness = |file: File| {
        let crc = Crc::parse(file.content.strip_prefix("crc32c:")?)?;
        Some(Likeness { name: file.name, bytes: file.bytes, crc })
    };
    let note = Note {
        position: 0,
        reason: fields.reason,
        lsn: Lsn(fields.lsn),
        time: Timestamp::parse(&fields.time)?,
        files: fields.files.into_iter().map(likeness).collect::<Option<_>>()?,
    };
    Some((fields.copy, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back_as_it_was_written() {
        let files = vec![Likeness::of("state.yaml", b"abc"), Likeness::of("wal", b"")];
        let time = Timestamp::from_millis(1_700_000_000_123);
        let note = Note { position: 0, reason: "restore".to_owned(), lsn: Lsn(7), time, files };
        let mut bytes = Vec::new();
        push(&mut bytes, "restore-0000000007-ab", &note);
        let sealed = line::open(bytes.strip_suffix(b"\n").unwrap()).unwrap();
        let (stem, read) = parse(sealed.text).unwrap();
        assert_eq!(stem, "restore-0000000007-ab");
        assert_eq!(
            (read.reason, read.lsn, read.time, read.files),
            (note.reason, note.lsn, note.time, note.files)
        );
    }

    fn note(lsn: u64) -> Note {
        let (reason, time) = ("asked".to_owned(), Timestamp::default());
        Note { position: 9, reason, lsn: Lsn(lsn), time, files: Vec::new() }
    }

    #[test]
    fn copies_have_the_order_in_which_they_were_noted_whatever_their_names() {
        let mut manifest = Manifest::default();
        for stem in ["b", "c", "a"] {
            manifest.put(stem.to_owned(), note(1));
        }
        let positions = ["b", "c", "a"].map(|stem| manifest.of(stem).map(|note| note.position));
        assert_eq!(positions, [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn of_a_list_without_end_only_the_beginning_is_read() {
        let world = crate::env::mem::World::new(1);
        let layout = Layout::new(std::path::Path::new("/p/.checklist"));
        let mut bytes = Vec::new();
        for at in 0..=LINES_MAX {
            push(&mut bytes, &format!("asked-{at:010}-x"), &note(at as u64));
        }
        world.fs.place(&layout.manifest(), &bytes).unwrap();
        let manifest = read(&world.env(), &layout).unwrap();
        let last = |at: usize| manifest.of(&format!("asked-{at:010}-x")).map(|note| note.lsn);
        assert_eq!((last(LINES_MAX - 1), last(LINES_MAX)), (Some(Lsn(LINES_MAX as u64 - 1)), None));
    }
}
