//! Parts of a work that need a process of their own: to die without closing, to start cold, to be counted.

use crate::data;
use crate::engine::{self, Purpose, Result};
use crate::machine;
use crate::stopwatch::Stopwatch;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wait4::Wait4 as _;

/// What a process took.
#[derive(Clone, Debug)]
pub struct Usage {
    /// From start to end, in milliseconds.
    pub wall_ms: f64,
    /// Of the processors, in user and in kernel mode, in milliseconds.
    pub cpu_ms: f64,
    /// Most memory at once, in bytes. The kernel counts the memory of the process that started it as its own,
    /// so this means something only below a process that is small: see [`apart`].
    pub memory_bytes: f64,
    /// Whether it exited with success.
    pub is_success: bool,
    /// What it printed.
    pub stdout: String,
}

/// Runs a program to its end, with nothing to read.
///
/// # Errors
/// If it cannot be started.
pub fn measured(command: &mut Command) -> Result<Usage> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let name = command.get_program().to_string_lossy().into_owned();
    let watch = Stopwatch::start();
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout)?;
    }
    let used = child.wait4()?;
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Usage {
        wall_ms: watch.ms(),
        cpu_ms: cpu.as_secs_f64() * 1e3,
        memory_bytes: used.rusage.maxrss as f64,
        is_success: used.status.success(),
        stdout,
    })
}

/// This program again.
///
/// # Errors
/// If its path is unknown.
pub fn again<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("child").args(words);
    Ok(command)
}

/// Runs a program from a process that has next to no memory itself, and returns what the program took.
///
/// # Errors
/// If it cannot be started.
pub fn apart(program: &Path, words: &[&str], folder: &Path) -> Result<Usage> {
    let mut between = again(["spawn".as_ref(), program.as_os_str()])?;
    let told = measured(between.args(words).current_dir(folder))?.stdout;
    let value: Value =
        serde_json::from_str(&told).map_err(|_| format!("{} did not run", program.display()))?;
    let number = |name: &str| value[name].as_f64().unwrap_or(f64::NAN);
    Ok(Usage {
        wall_ms: number("wall_ms"),
        cpu_ms: number("cpu_ms"),
        memory_bytes: number("memory_bytes"),
        is_success: value["is_success"] == true,
        stdout: String::new(),
    })
}

/// Does what `checklist-benches child` was asked for.
///
/// # Errors
/// If the words are not understood, and those of the part.
pub fn run(words: &[String]) -> Result<()> {
    match words {
        [verb, program, words @ ..] if verb == "spawn" => {
            let Usage { wall_ms, cpu_ms, memory_bytes, is_success, .. } =
                measured(Command::new(program).args(words))?;
            answer(json!({
                "wall_ms": wall_ms, "cpu_ms": cpu_ms, "memory_bytes": memory_bytes, "is_success": is_success
            }))
        }
        words => Part::parse(words)?.run(),
    }
}

/// What the parts are called, and what they are handed.
#[derive(Clone, Debug)]
struct Part {
    verb: String,
    engine: String,
    folder: PathBuf,
    numbers: Vec<usize>,
}

impl Part {
    /// Reads `VERB ENGINE FOLDER [NUMBER…]`.
    fn parse(words: &[String]) -> Result<Part> {
        let [verb, engine, folder, numbers @ ..] = words else {
            return Err("usage: child VERB ENGINE FOLDER [NUMBER…]".into());
        };
        let numbers = numbers.iter().map(|word| word.parse()).collect::<std::result::Result<_, _>>()?;
        Ok(Part { verb: verb.clone(), engine: engine.clone(), folder: PathBuf::from(folder), numbers })
    }

    /// Does the part; prints what came of it as JSON.
    fn run(&self) -> Result<()> {
        match (self.verb.as_str(), self.numbers.as_slice()) {
            ("prepare", &[records, keys]) => self.prepare(records, keys),
            ("recover", _) => self.recover(),
            ("loop", &[commits]) => self.commit_often(commits),
            ("open", _) => crate::works::opening::open(&self.engine, &self.folder),
            (verb, numbers) => Err(format!("no part {verb} with {numbers:?}").into()),
        }
    }

    /// Leaves so many records in the log, in transactions of up to a hundred, and dies.
    fn prepare(&self, records: usize, keys: usize) -> Result<()> {
        let engine = (engine::named(&self.engine)?.open)(&self.folder, Purpose::KeepLog)?;
        let mut random = data::Random::new(5);
        let per_transaction = (records / 10).clamp(1, 100);
        for first in (0..records).step_by(per_transaction) {
            let last = (first + per_transaction).min(records);
            let write = |at: usize| data::Write { key: at % keys, value: random.text(data::VALUE_BYTES) };
            engine.commit(&(first..last).map(write).collect::<Vec<_>>())?;
        }
        answer(json!({"records": records}))?;
        // No destructor runs: whatever is not in the file system now is gone.
        std::process::abort()
    }

    /// Opens what another process left, and reads everything.
    fn recover(&self) -> Result<()> {
        let watch = Stopwatch::start();
        let engine = (engine::named(&self.engine)?.open)(&self.folder, Purpose::KeepLog)?;
        let ready_ms = watch.ms();
        let bytes = engine.read_all()?;
        opened_in(ready_ms, watch.ms(), bytes)
    }

    /// Commits so many times, each one operation on one of a hundred keys.
    fn commit_often(&self, commits: usize) -> Result<()> {
        let engine = (engine::named(&self.engine)?.open)(&self.folder, Purpose::Use)?;
        let mut random = data::Random::new(9);
        (0..commits).try_for_each(|_| engine.commit(&random.writes(1, 100)))
    }
}

/// Answers how long opening and reading took, and how much memory at most.
///
/// # Errors
/// Those of the pipe.
pub fn opened_in(ready_ms: f64, all_ms: f64, bytes: usize) -> Result<()> {
    let memory_bytes = machine::memory_bytes_max();
    answer(json!({"ready_ms": ready_ms, "all_ms": all_ms, "bytes": bytes, "memory_bytes": memory_bytes}))
}

/// Prints a part's answer.
fn answer(value: Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

/// Leaves records in the log of an engine, in a process that dies without closing it.
///
/// # Errors
/// If the process came to nothing.
pub fn prepare(engine: &str, folder: &Path, records: usize, keys: usize) -> Result<()> {
    let (records, keys) = (records.to_string(), keys.to_string());
    let words: [&OsStr; 5] =
        ["prepare".as_ref(), engine.as_ref(), folder.as_ref(), records.as_ref(), keys.as_ref()];
    let usage = measured(&mut again(words)?)?;
    if usage.stdout.contains("records") { Ok(()) } else { Err("it left no records".into()) }
}

/// Runs a part that opens something, and returns its answer: [`opened_in`].
///
/// # Errors
/// If it failed or answered nothing.
pub fn opened(verb: &str, engine: &str, folder: &Path) -> Result<Value> {
    let words: [&OsStr; 3] = [verb.as_ref(), engine.as_ref(), folder.as_ref()];
    let usage = measured(&mut again(words)?)?;
    if !usage.is_success {
        return Err(format!("{engine} could not be opened").into());
    }
    Ok(serde_json::from_str(&usage.stdout)?)
}
