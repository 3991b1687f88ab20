//! The long-lived program on a full disk: it says *not saved*, and the same process goes on when there is space.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::disk::SmallDisk;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A line that takes more than a block of any disk here.
const LINE_BYTES: usize = 5000;

/// No more lines than this are tried on a filling disk: 64 blocks hold fewer.
const LINES_MAX: usize = 80;

/// What the sessions came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sessions: u32,
    saved: u32,
    not_saved: u32,
    in_doubt: u32,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { sessions, saved, not_saved, in_doubt } = self;
        write!(
            f,
            "{sessions} sessions of one process ({saved} lines saved, {not_saved} not, {in_doubt} in doubt)"
        )
    }
}

/// Builds the example of the library that is this program.
pub(crate) fn build() -> Result<PathBuf, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let words = ["build", "--quiet", "--locked", "--package", "checklist-store", "--example", "notebook"];
    let target = crate::kills::program::target_folder()?;
    cargo.current_dir(crate::repository()).args(words).arg("--target-dir").arg(&target);
    match cargo.status() {
        Ok(status) if status.success() => Ok(target.join("debug/examples/notebook")),
        Ok(_) => Err("the notebook does not build".to_owned()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// A running notebook.
struct Session {
    child: Child,
    into: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Session {
    /// Opens the notebook; says how many lines it has.
    fn open(program: &Path, folder: &Path, is_deferred: bool) -> Result<(Session, usize), String> {
        let mut command = Command::new(program);
        command.arg(folder).args(is_deferred.then_some("--deferred"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let into = child.stdin.take().expect("it is a pipe");
        let from = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut session = Session { child, into, from };
        let ready = session.answer()?;
        let lines = ready.strip_prefix("ready, ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        Ok((session, lines.ok_or(format!("it does not open: {ready:?}"))?))
    }

    fn answer(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.from.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.is_empty() {
            use std::io::Read as _;
            let mut said = String::new();
            if let Some(mut stderr) = self.child.stderr.take() {
                let _ = stderr.read_to_string(&mut said);
            }
            return Err(format!("it has ended by itself: {said:?}"));
        }
        Ok(line.trim_end().to_owned())
    }

    /// Has one more line written.
    fn line(&mut self) -> Result<String, String> {
        let line = format!("{}\n", "x".repeat(LINE_BYTES));
        self.into.write_all(line.as_bytes()).map_err(|error| format!("it takes no line: {error}"))?;
        self.answer()
    }

    /// Ends it as a program ends.
    fn close(self) -> Result<(), String> {
        drop(self.into);
        let output = self.child.wait_with_output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("it does not close: {said}")) }
    }
}

/// What a session was told so far.
#[derive(Debug, Default)]
struct Told {
    saved: usize,
    not_saved: usize,
    in_doubt: usize,
}

impl Told {
    /// Takes in one answer; an error is one that cannot be right.
    fn take(&mut self, answer: &str) -> Result<(), String> {
        if let Some(rest) = answer.strip_prefix("saved, ") {
            self.saved += 1;
            if !rest.starts_with(&format!("{} lines", self.saved)) {
                return Err(format!("{} lines were expected: {answer}", self.saved));
            }
        } else if answer.starts_with("not saved: ") {
            self.not_saved += 1;
            if !answer.contains("no space left on device") || answer.contains("os error") {
                return Err(format!("it does not say what is wrong: {answer}"));
            }
        } else if answer.starts_with("in doubt: ") {
            self.in_doubt += 1;
        } else {
            return Err(format!("it says neither saved nor not saved nor in doubt: {answer}"));
        }
        Ok(())
    }
}

/// One session on a disk with so many blocks free.
pub(crate) fn check(
    disk: &SmallDisk,
    program: &Path,
    mount: &Path,
    free: u64,
    is_deferred: bool,
    tally: &mut Tally,
) -> Result<(), String> {
    disk.make_space()?;
    let folder = mount.join("notebook");
    let _ = std::fs::remove_dir_all(&folder);
    let _ = std::fs::remove_dir_all(mount.join("home"));
    let (mut session, _) = Session::open(program, &folder, is_deferred)?;
    let mut told = Told::default();
    told.take(&session.line()?)?;
    disk.fill(free)?;
    // Refused more than once: the second refusal must not be another one than the first.
    for _ in 0..LINES_MAX {
        told.take(&session.line()?)?;
        if told.not_saved == 3 || told.in_doubt == 1 {
            break;
        }
    }
    if told.not_saved == 0 && told.in_doubt == 0 {
        return Err(format!("the disk never got full after {} lines", told.saved));
    }
    disk.make_space()?;
    if told.in_doubt == 0 {
        let before = told.saved;
        told.take(&session.line()?)?;
        if told.saved != before + 1 {
            return Err("there is space again, and the same process does not go on".to_owned());
        }
    }
    session.close()?;
    let (session, lines) = Session::open(program, &folder, is_deferred)?;
    session.close()?;
    tally.sessions += 1;
    tally.saved += told.saved as u32;
    tally.not_saved += told.not_saved as u32;
    tally.in_doubt += told.in_doubt as u32;
    if lines < told.saved || lines > told.saved + told.in_doubt {
        return Err(format!("{lines} lines are there after {told:?}"));
    }
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn answers_that_cannot_be_right_are_found() {
        let mut told = Told::default();
        assert_eq!(told.take("saved, 1 lines"), Ok(()));
        assert_eq!(told.take("not saved: cannot append to the log: x: no space left on device"), Ok(()));
        assert!(told.take("saved, 3 lines").is_err());
        assert!(told.take("not saved: input/output error").is_err());
        assert!(told.take("ready, 1 lines").is_err());
    }
}
