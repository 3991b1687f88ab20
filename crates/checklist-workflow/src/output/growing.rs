//! `GrowingLog`: the lines of a log that is being written, as they become whole.

use super::{as_left, plain_text};
use crate::file::FileError;
use checklist_store::env::{Env, Kind};
use std::path::{Path, PathBuf};

/// A longer line is given in pieces.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// A log that a command writes to, and how far it was read.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use checklist_store::env::os;
/// use checklist_workflow::output::GrowingLog;
///
/// let path = folder.path().join("log");
/// let mut log = GrowingLog::new(path.clone(), 1 << 20);
/// assert!(log.take_lines(&os::env())?.is_empty());
/// std::fs::write(&path, "one\ntw")?;
/// assert_eq!(log.take_lines(&os::env())?, ["one"]);
/// assert_eq!(log.take_rest().as_deref(), Some("tw"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GrowingLog {
    path: PathBuf,
    bytes_max: u64,
    position: u64,
    rest: Vec<u8>,
}

impl GrowingLog {
    /// One that is read from its beginning, but never more than `bytes_max` bytes at once: of what is longer, the
    /// end.
    #[must_use]
    pub fn new(path: PathBuf, bytes_max: u64) -> GrowingLog {
        GrowingLog { path, bytes_max, position: 0, rest: Vec::new() }
    }

    /// The log.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines that became whole since the last call, each as [`tail`](super::tail) shows it; a line `...` stands
    /// for those that were left out. A log that is not there yet has none.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn take_lines(&mut self, env: &Env) -> Result<Vec<String>, FileError> {
        let failed = |source| FileError::new("read the log", &self.path, source);
        let Some(len) =
            env.fs.stat(&self.path).ok().filter(|stat| stat.kind == Kind::File).map(|stat| stat.len)
        else {
            return Ok(Vec::new());
        };
        // One that grew too long was cut in its middle; what was behind the place reached before is shown already.
        self.position = self.position.min(len);
        let start = self.position.max(len.saturating_sub(self.bytes_max));
        let bytes = env.fs.read(&self.path, start..len).map_err(failed)?;
        let mut lines = Vec::new();
        let mut bytes = bytes.as_slice();
        if start > self.position {
            self.rest.clear();
            lines.push("...".to_owned());
            let line_end = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            bytes = &bytes[line_end..];
        }
        self.position = len;
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            lines.push(shown(&line[..end]));
        }
        if self.rest.len() > LINE_BYTES_MAX {
            lines.extend(self.take_rest());
        }
        Ok(lines)
    }

    /// What stands behind the last whole line, if anything does: when nobody writes any more, it is a line too.
    pub fn take_rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty()).then(|| shown(&rest))
    }
}

fn shown(line: &[u8]) -> String {
    plain_text(as_left(&String::from_utf8_lossy(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use checklist_store::env::mem::World;

    #[test]
    fn lines_come_once_whole_and_harmless() {
        let world = World::new(1);
        let (env, path) = (world.env(), PathBuf::from("/a.log"));
        let mut log = GrowingLog::new(path.clone(), 64);
        let mut take = |text: &str| {
            world.fs.place(&path, text.as_bytes()).unwrap();
            log.take_lines(&env).unwrap()
        };
        assert_eq!(take("one\ntw"), ["one"]);
        assert_eq!(take("one\ntwo\n10%\r20%\r\n\x1b[31mred\x1b[0m\nend"), ["two", "20%", "red"]);
        let long = format!("one\ntwo\n10%\r20%\r\n\x1b[31mred\x1b[0m\nend{}\nlast line\n", "x".repeat(200));
        assert_eq!(take(&long), ["...", "last line"]);
        assert_eq!(take("cut in its middle\n"), [""; 0]);
        assert_eq!(take("cut in its middle\nand no line end"), [""; 0]);
        assert_eq!((log.take_rest().as_deref(), log.take_rest()), (Some("and no line end"), None));
    }

    #[test]
    fn a_log_that_is_not_there_yet_has_no_lines() {
        let mut log = GrowingLog::new(PathBuf::from("/none.log"), 64);
        assert_eq!(log.take_lines(&World::new(1).env()).unwrap(), [""; 0]);
        assert_eq!(log.take_rest(), None);
    }
}
