//! `cargo xtask full-disk`: every command, and a program that goes on, on a real disk with 0 to 64 blocks free.
//!
//! Two small file systems are mounted for it where nobody else sees them: one in memory, and ext4 with its
//! journal in a file. A filler takes all but the wanted blocks; after the command it is removed, and the same
//! project has to go on, in the case of the long-lived program in the same process.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

mod disk;
mod notebook;

use crate::arguments::Arguments;
use crate::inject::Share;
use crate::inject::case::{CASES, Case};
use crate::inject::oracle::{self, Verdict};
use crate::inject::world::World;
use crate::kills::program;
use disk::{KINDS, SmallDisk};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What all runs came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u32,
    verdicts: BTreeMap<Verdict, u32>,
    notebook: notebook::Tally,
    findings: Vec<String>,
}

/// Does the share of the runs that is asked for; passes if every check held.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["share", "only", "blocks", "release", "program", "notebook", "inside"])?;
    let is_release = arguments.switch("release");
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let path = if path.as_os_str().is_empty() { program::build(is_release)? } else { path };
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let notebook: PathBuf = arguments.value("notebook", PathBuf::new())?;
    let notebook = if notebook.as_os_str().is_empty() { notebook::build()? } else { notebook };
    let share: Share = arguments.value("share", Share::ALL)?;
    let blocks: u64 = arguments.value("blocks", 64)?;
    let only: String = arguments.value("only", String::new())?;
    if !arguments.switch("inside") {
        let (share, blocks) = (share.to_string(), blocks.to_string());
        return again_with_own_mounts(&[
            ("share", share.as_ref()),
            ("blocks", blocks.as_ref()),
            ("only", only.as_ref()),
            ("program", path.as_ref()),
            ("notebook", notebook.as_ref()),
        ]);
    }
    let started = Instant::now();
    let folder = program::target_folder()?.join(format!("full-disk-{}", std::process::id()));
    let mut tally = Tally::default();
    for kind in KINDS {
        let mount = folder.join(kind.name);
        match SmallDisk::mount(kind, &mount) {
            Ok(disk) => {
                on(&disk, &mount, &folder, (&path, &notebook), (share, blocks, &only), &mut tally)?;
                disk.unmount()?;
            }
            Err(reason) => say(&format!("SKIPPED: no small {} can be had here: {reason}", kind.name)),
        }
    }
    for finding in &tally.findings {
        say(&format!("FOUND {finding}"));
    }
    let verdicts: Vec<String> =
        tally.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    say(&format!(
        "full-disk: {} commands ({}), {}; {} findings; share {share} ({:.1} s)",
        tally.runs,
        verdicts.join(", "),
        tally.notebook,
        tally.findings.len(),
        started.elapsed().as_secs_f64()
    ));
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(tally.findings.is_empty())
}

/// Everything on one file system.
fn on(
    disk: &SmallDisk,
    mount: &Path,
    folder: &Path,
    (path, notebook): (&Path, &Path),
    (share, blocks, only): (Share, u64, &str),
    tally: &mut Tally,
) -> Result<(), String> {
    let world = World::new(path, mount, &folder.join(format!("kept-{}", disk.name())))?;
    let mut index = 0_usize;
    for case in CASES.iter().filter(|case| only.is_empty() || only.split(',').any(|name| name == case.name)) {
        let mut expected = None;
        for free in 0..=blocks {
            index += 1;
            if !share.takes(index) {
                continue;
            }
            if expected.is_none() {
                expected = Some(world.expect(case)?);
            }
            let expected = expected.as_ref().expect("it was made a line above");
            let is_json = free % 2 == 1;
            tally.runs += 1;
            match fill_and_run(disk, &world, case, expected, free, is_json) {
                Ok(verdict) => *tally.verdicts.entry(verdict).or_default() += 1,
                Err(found) => tally.findings.push(format!(
                    "{} on {} with {free} blocks free: {found}",
                    case.name,
                    disk.name()
                )),
            }
        }
    }
    for free in 0..=blocks {
        index += 1;
        if share.takes(index) && (only.is_empty() || only == "notebook") {
            for is_deferred in [false, true] {
                let found = notebook::check(disk, notebook, mount, free, is_deferred, &mut tally.notebook);
                if let Err(found) = found {
                    let how = if is_deferred { " (deferred)" } else { "" };
                    tally
                        .findings
                        .push(format!("notebook{how} on {} with {free} blocks free: {found}", disk.name()));
                }
            }
        }
    }
    Ok(())
}

/// One command with so many blocks free; then there is space again, and everything has to go on.
fn fill_and_run(
    disk: &SmallDisk,
    world: &World,
    case: &'static Case,
    expected: &crate::inject::world::Expected,
    free: u64,
    is_json: bool,
) -> Result<Verdict, String> {
    disk.make_space()?;
    world.restore(case)?;
    disk.fill(free)?;
    let mut words = case.words.to_vec();
    if is_json {
        words.push("--json");
    }
    let answer = world.run(&words);
    // To look must be possible without a single free block, and not only where a repair would fit.
    let looked = world.run(&["status"]);
    disk.make_space()?;
    let (answer, looked) = (answer?, looked?);
    if !matches!(looked.code, Some(0 | 3 | 13)) {
        return Err(format!(
            "status does not answer while the disk is full: {looked:?}; before it {answer:?}"
        ));
    }
    oracle::check(world, case, expected, &answer, is_json)
}

/// Starts this program again where it may mount and nobody else sees it.
fn again_with_own_mounts(options: &[(&str, &OsStr)]) -> Result<bool, String> {
    let probe = Command::new("unshare").args(["--mount", "--propagation", "private", "true"]).output();
    match probe {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            say(&format!("SKIPPED: no small disk can be had here: {reason}"));
            return Ok(true);
        }
        Err(error) => {
            say(&format!("SKIPPED: no small disk can be had here: unshare: {error}"));
            return Ok(true);
        }
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private"]).arg(own).args(["full-disk", "--inside"]);
    for (name, value) in options.iter().filter(|(_, value)| !value.is_empty()) {
        command.arg(format!("--{name}")).arg(value);
    }
    Ok(command.status().map_err(|error| format!("unshare: {error}"))?.success())
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
