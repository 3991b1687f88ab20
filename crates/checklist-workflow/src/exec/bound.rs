//! The bound of a log: its beginning and its end are kept, whatever a command prints in between.
//!
//! Others append to the log while it is shortened, and go on when the program that watches is killed. So nothing
//! stands between them and the file: the space of the middle is given back in place.

use checklist_store::env::os::{self, OutputFile};
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of the beginning that are kept, and the line that says what was left out behind them. A multiple of the
/// blocks of every file system.
const HEAD_BYTES: u64 = 4 << 20;

/// Bytes of the end that are kept at least.
const TAIL_BYTES: u64 = 8 << 20;

/// A log that has more is shortened.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use checklist_workflow::exec::{Command, LOG_BYTES_MAX};
///
/// let command = Command::new("printf abc", folder.path(), folder.path().join("log"));
/// let (outcome, printed) = command.capture(&checklist_store::env::os::env(), &false.into(), 10);
/// assert!(outcome.log_bytes <= LOG_BYTES_MAX && printed.as_deref() == Some(b"abc"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub const LOG_BYTES_MAX: u64 = 16 << 20;

/// What is left out begins and ends at a multiple of this many bytes.
const GRAIN_BYTES: u64 = 1 << 20;

/// Of the end, where a log cannot be shortened in place, this much is written again.
const REWRITTEN_BYTES: u64 = 1 << 20;

/// More than this between two looks, and the next look comes soon.
const FAST_BYTES: u64 = 1 << 20;

/// The line stands at the end of the head; its length is fixed, for the number in it grows.
const NOTE_BYTES: usize = 64;

/// A log that is kept short.
pub(super) struct Bound {
    path: PathBuf,
    file: OutputFile,
    /// Bytes that are not in the log any more, those under the note included.
    left_out: u64,
    /// Zeros that stand for some of them behind the note, and take no space.
    hole: u64,
    seen: u64,
    /// What had been printed when it was opened.
    before: u64,
}

impl Bound {
    /// The bound of a log that is there, which may have been shortened before.
    pub(super) fn of(path: &Path) -> io::Result<Bound> {
        let mut file = OutputFile::open(path)?;
        let seen = file.len_bytes()?;
        let left_out = left_out(&file.read(note_at()..HEAD_BYTES)?).unwrap_or(0);
        let hole = if left_out > 0 { file.kept_from(HEAD_BYTES)?.saturating_sub(HEAD_BYTES) } else { 0 };
        let mut bound = Bound { path: path.to_owned(), file, left_out, hole, seen, before: 0 };
        bound.before = bound.printed()?;
        Ok(bound)
    }

    /// Bytes that were printed since it was opened, those that are left out included.
    pub(super) fn added(&self) -> io::Result<u64> {
        self.printed().map(|printed| printed.saturating_sub(self.before))
    }

    fn printed(&self) -> io::Result<u64> {
        let note = if self.left_out > 0 { HEAD_BYTES - note_at() } else { 0 };
        Ok(self.file.len_bytes()?.saturating_sub(self.hole + note) + self.left_out)
    }

    /// Shortens the log if it is too long. Says whether it grows so fast that one should look again soon.
    pub(super) fn keep(&mut self) -> io::Result<bool> {
        let len = self.file.len_bytes()?;
        let is_fast = len.saturating_sub(self.seen) > FAST_BYTES;
        self.seen = len;
        if len.saturating_sub(self.hole) <= LOG_BYTES_MAX {
            return Ok(is_fast);
        }
        let middle = HEAD_BYTES + self.hole..(len - TAIL_BYTES) / GRAIN_BYTES * GRAIN_BYTES;
        let note = if self.left_out > 0 { 0 } else { HEAD_BYTES - note_at() };
        let left_out = self.left_out + note + (middle.end - middle.start);
        match self.file.release(middle.clone()) {
            Ok(()) => {
                self.hole = middle.end - HEAD_BYTES;
                self.note(left_out)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.rewrite(len, note)?,
            Err(error) => return Err(error),
        }
        Ok(is_fast)
    }

    /// The same where a middle cannot be given back: the last of the end is written again behind the head. What
    /// is printed at this very moment may come to stand before it, or be lost without being counted.
    fn rewrite(&mut self, len: u64, note: u64) -> io::Result<()> {
        let end = self.file.read(len - REWRITTEN_BYTES..len)?;
        self.file.truncate(HEAD_BYTES)?;
        self.hole = 0;
        self.note(self.left_out + note + (len - REWRITTEN_BYTES - HEAD_BYTES))?;
        io::Write::write_all(&mut os::output_file(&self.path)?, &end)
    }

    /// Writes down how much is left out.
    fn note(&mut self, left_out: u64) -> io::Result<()> {
        self.left_out = left_out;
        self.file.write(note_at(), note(left_out).as_bytes())
    }

    /// Shortens it for the last time, and takes the zeros out: also where that cannot be done in place, unless
    /// somebody may still print.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.keep()?;
        if self.hole == 0 {
            return Ok(());
        }
        let removed = self.file.remove(HEAD_BYTES..HEAD_BYTES + self.hole);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                if os::is_output_open(&self.path) {
                    return Ok(());
                }
                let len = self.file.len_bytes()?;
                let end = self.file.read(HEAD_BYTES + self.hole..len)?;
                self.file.write(HEAD_BYTES, &end)?;
                self.file.truncate(len - self.hole)?;
            }
            removed => removed?,
        }
        self.hole = 0;
        self.seen = self.file.len_bytes()?;
        Ok(())
    }
}

/// Shortens the log of a command whose watcher is gone.
pub(crate) fn shorten(log: &Path) {
    // What cannot be shortened stays as it is; the next one who looks tries again.
    let _ = Bound::of(log).and_then(|mut bound| bound.close());
}

/// Where the note stands.
const fn note_at() -> u64 {
    HEAD_BYTES - NOTE_BYTES as u64
}

/// The line that says how many bytes are left out.
fn note(left_out: u64) -> String {
    let text = format!("\n[... {left_out} bytes were left out here ");
    format!("{text:.<width$}]\n", width = NOTE_BYTES - 2)
}

/// What such a line says; `None` for other bytes.
fn left_out(bytes: &[u8]) -> Option<u64> {
    let text = str::from_utf8(bytes).ok()?;
    let number = text.strip_prefix("\n[... ")?.split(' ').next()?.parse().ok()?;
    (note(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_is_written_and_nothing_else_is_one() {
        for number in [1, 300 << 20, u64::MAX] {
            assert_eq!(note(number).len(), NOTE_BYTES);
            assert_eq!(left_out(note(number).as_bytes()), Some(number));
        }
        assert_eq!(left_out(b""), None);
        assert_eq!(left_out(&[b'x'; NOTE_BYTES]), None);
        assert_eq!(left_out(note(12).replace("12 ", "+12").as_bytes()), None);
    }

    /// Lines that say where they are.
    fn lines(from: u64, to: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in from / 16..to / 16 {
            io::Write::write_fmt(&mut bytes, format_args!("{line:15}\n")).expect("memory is enough");
        }
        bytes
    }

    #[test]
    fn what_cannot_be_given_back_in_place_is_written_again() {
        let workspace = checklist_store::workspace::Workspace::on_disk();
        let path = workspace.folder().join("log");
        let mut log = os::output_file(&path).expect("a log");
        let len = LOG_BYTES_MAX + (5 << 20);
        io::Write::write_all(&mut log, &lines(0, len)).expect("it is written");
        let mut bound = Bound::of(&path).expect("it is there");
        bound.rewrite(len, NOTE_BYTES as u64).expect("it is shortened");
        assert_eq!(bound.printed().expect("it is there"), len);
        io::Write::write_all(&mut log, &lines(len, len + 160)).expect("others go on");
        assert_eq!(bound.printed().expect("it is there"), len + 160);
        let text = bound.file.read(0..u64::MAX).expect("it is read");
        let mut wanted = lines(0, note_at());
        wanted.extend(note(len - REWRITTEN_BYTES - note_at()).bytes());
        wanted.extend(lines(len - REWRITTEN_BYTES, len + 160));
        assert!(text == wanted, "{} bytes, not {}", text.len(), wanted.len());
        assert_eq!(Bound::of(&path).and_then(|bound| bound.printed()).expect("it is there"), len + 160);
    }

    /// Where ranges are not removed in place, zeros stand in the log until nobody holds it open.
    fn zeros_are_taken_out_at_last(folder: &Path) {
        let path = folder.join("log");
        let mut log = os::output_file(&path).expect("a log");
        let (first, len) = (20 << 20, 30 << 20);
        io::Write::write_all(&mut log, &lines(0, 16)).expect("it is written");
        let mut bound = Bound::of(&path).expect("it is there");
        io::Write::write_all(&mut log, &lines(16, first)).expect("it is written");
        assert!(bound.keep().expect("it is shortened"), "it grew much since the last look");
        assert_eq!(bound.added().expect("it is there"), first - 16);
        io::Write::write_all(&mut log, &lines(first, len)).expect("others go on");
        bound.close().expect("it is shortened");
        assert_eq!((bound.printed().expect("it is there"), bound.added().expect("too")), (len, len - 16));
        drop((log, bound));
        // Whoever looks next finds what was done so far.
        let mut bound = Bound::of(&path).expect("it is there");
        assert_eq!(bound.printed().expect("it is there"), len);
        bound.close().expect("it is shortened");
        let text = bound.file.read(0..u64::MAX).expect("it is read");
        let kept = len - bound.left_out - note_at();
        let mut wanted = lines(0, note_at());
        wanted.extend(note(bound.left_out).bytes());
        wanted.extend(lines(len - kept, len));
        assert!(text == wanted, "{} bytes, not {}", text.len(), wanted.len());
        assert!(kept >= TAIL_BYTES && text.len() as u64 <= LOG_BYTES_MAX, "{kept}");
    }

    #[test]
    fn zeros_are_taken_out_at_last_on_this_disk() {
        zeros_are_taken_out_at_last(checklist_store::workspace::Workspace::on_disk().folder());
    }

    #[test]
    fn zeros_are_taken_out_at_last_in_memory() {
        match checklist_store::workspace::Workspace::within(Path::new("/dev/shm")) {
            Ok(workspace) => zeros_are_taken_out_at_last(workspace.folder()),
            Err(error) => println!("SKIPPED: a log on a file system in memory: {error}"),
        }
    }
}
