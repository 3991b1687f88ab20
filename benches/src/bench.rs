//! `Bench`: what a run is asked for, where it works, and what it has measured so far.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark works on the real disk"
)]

use crate::engine::Result;
use crate::machine;
use crate::sample::{Sample, Samples};
use crate::stopwatch::Stopwatch;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names of works; all of them if there is none.
    pub only: Vec<String>,
    /// How many rounds; each engine has its turn in each.
    pub rounds: usize,
    /// Fewer rounds, shorter turns, nothing with a million.
    pub is_quick: bool,
    /// Where results go.
    pub out: PathBuf,
    /// The disk to be measured: folders are made and removed in there.
    pub scratch: PathBuf,
    /// The command line to be measured.
    pub program: Option<PathBuf>,
}

/// A run.
pub struct Bench {
    /// What it was asked for.
    pub settings: Settings,
    /// What it measured.
    pub samples: Samples,
    lines: File,
    begun: Stopwatch,
}

impl Bench {
    /// Begins a run: empties the results of the last one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(settings: Settings) -> Result<Bench> {
        fs::create_dir_all(&settings.out)?;
        fs::create_dir_all(&settings.scratch)?;
        fs::write(settings.out.join("machine.txt"), machine::describe(&settings.scratch))?;
        let lines = File::create(settings.out.join("samples.jsonl"))?;
        Ok(Bench { settings, samples: Samples::default(), lines, begun: Stopwatch::start() })
    }

    /// How long an engine's turn is.
    #[must_use]
    pub fn turn(&self) -> Duration {
        Duration::from_millis(if self.settings.is_quick { 60 } else { 250 })
    }

    /// One of two numbers, by how thorough the run is.
    #[must_use]
    pub fn either<T>(&self, quick: T, thorough: T) -> T {
        if self.settings.is_quick { quick } else { thorough }
    }

    /// A folder of its own on the disk that is measured; removed when dropped.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn folder(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("checklist-benches-").tempdir_in(&self.settings.scratch)?)
    }

    /// Keeps a figure, in the file too; one that is no number was not to be had here.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn record(&mut self, sample: Sample) -> Result<()> {
        if !sample.value.is_finite() {
            return Ok(());
        }
        writeln!(self.lines, "{}", sample.to_json())?;
        self.samples.0.push(sample);
        Ok(())
    }

    /// Keeps several figures of one engine in one case and round.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn record_all<M: Into<String>>(
        &mut self,
        place: &Place<'_>,
        figures: impl IntoIterator<Item = (M, f64)>,
    ) -> Result<()> {
        figures.into_iter().try_for_each(|(metric, value)| {
            self.record(Sample {
                work: place.work.to_owned(),
                engine: place.engine.to_owned(),
                case: place.case.to_owned(),
                at: place.at,
                round: place.round,
                metric: metric.into(),
                value,
            })
        })
    }

    /// Tells people how far the run is.
    pub fn tell(&self, text: &str) {
        let _ = writeln!(io::stderr(), "[{:>5.1} s] {text}", self.begun.elapsed().as_secs_f64());
    }

    /// Tells people what was not measured, and why; counted in the report.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn skip(&mut self, place: &Place<'_>, reason: &str) -> Result<()> {
        self.tell(&format!("SKIPPED: {}, {}, {}: {reason}", place.work, place.engine, place.case));
        self.record_all(place, [("skipped", 1.0)])
    }
}

/// Whose figures they are.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// [`Sample::work`]
    pub work: &'a str,
    /// [`Sample::engine`]
    pub engine: &'a str,
    /// [`Sample::case`]
    pub case: &'a str,
    /// [`Sample::at`]
    pub at: f64,
    /// [`Sample::round`]
    pub round: usize,
}

/// The items, beginning at another one each round, so that none is always first.
pub fn rotated<T>(items: &[T], round: usize) -> impl Iterator<Item = &T> {
    let first = round % items.len().max(1);
    items[first..].iter().chain(&items[..first])
}

/// Copies a folder with everything in it, and makes the copy durable, as a process that died left what it copies.
/// Otherwise who recovers it pays for the writes of the copy.
///
/// # Errors
/// Those of the file system.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}

/// The bytes of all files in a folder.
///
/// # Errors
/// Those of the file system.
pub fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        bytes += if meta.is_dir() { folder_bytes(&entry.path())? } else { meta.len() };
    }
    Ok(bytes)
}
