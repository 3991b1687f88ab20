//! Salvage: everything that can be read of a store is copied, and what can be proven is made a store again.
//!
//! The original is only read, file by file, and once; everything else is worked out from the copy.

use super::look;
use super::options::Options;
use super::rebuild::{Rebuilt, rebuild};
use super::recovery;
use super::salvage_report;
use super::unproven;
use crate::disk::backup::{self, Reason};
use crate::disk::folders;
use crate::disk::layout::Layout;
use crate::disk::lock::FileLock;
use crate::disk::state_file::{self, Place};
use crate::disk::wal::Logged;
use crate::env::{Access, Env, Kind, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::model::yaml::LastRecovery;
use crate::protocol::check;
use crate::report::{Lsn, RepairPlan};
use std::io;
use std::path::{Path, PathBuf};

/// How much of a file is read at once.
const PIECE_BYTES: u64 = 1 << 20;

/// What salvaging a store brought.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, SalvageReport, Store};
///
/// let (root, into) = (folder.path().join("state"), folder.path().join("salvaged"));
/// let mut store = Store::open(&root)?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// store.close()?;
/// let report: SalvageReport = Store::salvage(&Store::options(), &root, &into)?;
/// assert!(report.copied > 0 && report.report.exists());
/// assert!(Store::open(report.store.expect("it is proven"))?.snapshot().contains(&Key::from_static("/a")));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SalvageReport {
    /// Files copied to `original/`, byte for byte.
    pub copied: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What could not be copied, or not all of it: where it is in the store, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// What the state was put together from; `None` if nothing proves any.
    pub plan: Option<RepairPlan>,
    /// Why there is no state.
    pub refused: Option<String>,
    /// The new store, sound and in use from now on if somebody moves it into place; `None` without a state.
    pub store: Option<PathBuf>,
    /// The LSN of its state.
    pub lsn: Option<Lsn>,
    /// Whether its history is that of the original, rather than begun anew.
    pub has_history: bool,
    /// How many transactions and records in `unproven.jsonl` verify by themselves and lead on from nothing.
    pub unproven: usize,
    /// The report for people.
    pub report: PathBuf,
}

/// Salvages the store under `root` into a folder that is created, or empty.
///
/// # Errors
/// [`ErrorKind::Invalid`] if the folder is neither, or lies within the store; those of the file system for what
/// is written. What cannot be read is no error: it is reported.
pub(crate) fn salvage(options: &Options, root: &Path, into: &Path) -> Result<SalvageReport> {
    let env = &options.env;
    // 1. An empty folder, and one of its own.
    Layout::new(root).check_root(env, options.accepts_owner)?;
    prepare(env, root, into)?;
    let mut report = SalvageReport { report: into.join("report.md"), ..SalvageReport::default() };

    // 2. Copy what can be read.
    let original = into.join("original");
    copy_tree(env, root, &original, &mut report)?;

    // 3. Put the state together from the copy, and make a store of it.
    let copy = Layout::new(&original);
    let rebuilt = look::look(env, &copy).and_then(|look| rebuild(env, &copy, &look));
    let proven = match rebuilt {
        Ok(rebuilt) => {
            let proven = rebuilt.state.lsn;
            make_store(options, &copy, &into.join(".checklist"), rebuilt, &mut report)?;
            proven
        }
        Err(error) if is_about_content(&error) => {
            report.refused = Some(error.message().to_owned());
            Lsn(0)
        }
        Err(error) => return Err(error),
    };

    // 4. Write down what verifies and leads on from nothing, and what was done.
    let found = unproven::collect(env, &copy, proven)?;
    report.unproven = found.count;
    keep(env, &into.join("unproven.jsonl"), &found.lines)?;
    keep(env, &report.report, salvage_report::text(&report).as_bytes())?;
    sync_folder(env, into)?;
    Ok(report)
}

/// Whether an error says what the copied files hold, not that a disk failed.
fn is_about_content(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::UnsupportedFormat | ErrorKind::Invalid)
}

fn prepare(env: &Env, root: &Path, into: &Path) -> Result<()> {
    let refuse = |message: &str| Err(Error::new(ErrorKind::Invalid, message).at(into));
    if into.starts_with(root) {
        return refuse("a store is never salvaged into itself");
    }
    match env.fs.create_dir(into) {
        Ok(()) => folders::sync_name(env, into),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Nobody lists what is no folder, nor a link to one.
            match env.fs.list(into) {
                Ok(entries) if entries.is_empty() => Ok(()),
                Ok(_) => refuse("the folder is not empty"),
                _ => refuse("this is not a folder"),
            }
        }
        Err(error) => Err(Error::io("create the folder", into, error)),
    }
}

/// Copies a folder with everything below it, but for locks and what is staged: nothing there is state.
fn copy_tree(env: &Env, from: &Path, to: &Path, report: &mut SalvageReport) -> Result<()> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    create_folder(env, to)?;
    while let Some((from_folder, to_folder)) = folders.pop() {
        let mut missing = |path: &Path, why: String| {
            let path = path.strip_prefix(from).unwrap_or(path).to_owned();
            report.unreadable.push((path, why));
        };
        let entries = match env.fs.list(&from_folder) {
            Ok(entries) => entries,
            Err(error) => {
                missing(&from_folder, Error::io("list the folder", from, error).cause().unwrap_or_default());
                continue;
            }
        };
        for path in entries {
            let Some(name) = path.file_name() else { continue };
            let target = to_folder.join(name);
            match env.fs.stat(&path).map(|stat| stat.kind) {
                Ok(Kind::Directory) if from_folder == from && (name == ".locks" || name == ".tmp") => {}
                Ok(Kind::Directory) => {
                    // Now, so that its name is durable with those beside it.
                    create_folder(env, &target)?;
                    folders.push((path, target));
                }
                Ok(Kind::File) => {
                    let (bytes, failed) = copy_file(env, &path, &target)?;
                    if let Some(why) = failed {
                        missing(&path, why);
                    }
                    report.copied += 1;
                    report.bytes += bytes;
                }
                Ok(_) => missing(&path, "this is neither a file nor a folder".to_owned()),
                Err(error) => missing(&path, Error::io("look at", &path, error).cause().unwrap_or_default()),
            }
        }
        sync_folder(env, &to_folder)?;
    }
    Ok(())
}

/// Copies a file as far as it can be read; how far, and why not further.
fn copy_file(env: &Env, from: &Path, to: &Path) -> Result<(u64, Option<String>)> {
    let fail = |error| Error::io("write the copy", to, error);
    let mut file = env.fs.create(to, Access::Private).map_err(fail)?;
    let mut read = 0;
    let failed = loop {
        match env.fs.read(from, read..read + PIECE_BYTES) {
            Ok(piece) if piece.is_empty() => break None,
            Ok(piece) => {
                write_fully(&mut *file, &piece).map_err(fail)?;
                read += piece.len() as u64;
            }
            Err(error) => {
                let cause = Error::io("read", from, error).cause().unwrap_or_default();
                break Some(format!("it cannot be read behind byte {read}: {cause}"));
            }
        }
    };
    file.sync().map_err(fail)?;
    Ok((read, failed))
}

/// Makes a store of a rebuilt state, with the files that runs need.
fn make_store(
    options: &Options,
    copy: &Layout,
    root: &Path,
    rebuilt: Rebuilt,
    report: &mut SalvageReport,
) -> Result<()> {
    let env = &options.env;
    let layout = Layout::new(root).limited(options.limits);
    let lsn_above = rebuilt.lsn_above();
    let Rebuilt { mut state, plan, survey, logged, .. } = rebuilt;
    folders::create(env, &layout)?;
    let lock = FileLock::new(env, &layout).acquire(options.lock_timeout, &options.holder)?;
    folders::write_ignore(env, &layout, &lock)?;
    for name in ["templates", "logs"] {
        let (from, to) = (copy.root().join(name), layout.root().join(name));
        if env.fs.stat(&from).is_ok_and(|stat| stat.kind == Kind::Directory) {
            copy_tree(env, &from, &to, &mut SalvageReport::default())?;
        }
    }
    // The history goes with the state only if it leads to it, whole.
    let recorded = survey.newest().and_then(|run| run.entries.last()).map(|entry| entry.transaction.lsn);
    report.has_history =
        survey.damage.is_empty() && plan.lost.is_none() && recorded.is_some_and(|last| last <= state.lsn);
    if report.has_history {
        for path in crate::disk::history::files(env, copy)? {
            let name = path.file_name().unwrap_or_default();
            copy_file(env, &path, &layout.root().join(name))?;
        }
    }
    if plan.lost.is_some() {
        state.lsn = lsn_above;
    }
    state.recovery = Some(LastRecovery {
        when: env.clock.now(),
        cause: "salvage".to_owned(),
        method: "rebuild".to_owned(),
        data_loss: plan.lost.is_some(),
    });
    let (logged_up, place) = (Logged::found_by_recovery(state.lsn), Place::found(None, None));
    let published = state_file::publish(env, &layout, &lock, &state, &logged_up, place)?;
    let lsn = state.lsn;
    backup::keep_copy(env, &layout, &lock, Reason::Base, lsn, &[layout.state()])?;
    if report.has_history {
        let mut files = recovery::files_at_rest(
            options,
            &layout,
            state,
            (published.id, published.content),
            published.stat,
        );
        let _recorded = files.history.record(env, &layout, &lock, &published, &logged, None)?;
    }
    drop(lock);
    let checked = check::check(env, &layout)?;
    if let Some(finding) = checked.findings.iter().find(|finding| !finding.sound) {
        let message = format!("the new store is not sound ({}: {})", finding.subject, finding.detail);
        return Err(Error::new(ErrorKind::Corrupt, message).at(root));
    }
    report.plan = Some(plan);
    report.lsn = Some(lsn);
    report.store = Some(root.to_owned());
    Ok(())
}

fn create_folder(env: &Env, folder: &Path) -> Result<()> {
    match env.fs.create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::io("create the folder", folder, error))
        }
        _ => Ok(()),
    }
}

fn keep(env: &Env, path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |error| Error::io("write", path, error);
    let mut file = env.fs.create(path, Access::Private).map_err(fail)?;
    write_fully(&mut *file, bytes).and_then(|()| file.sync()).map_err(fail)
}

fn sync_folder(env: &Env, folder: &Path) -> Result<()> {
    env.fs.sync_dir(folder).map_err(|error| Error::io("sync the folder", folder, error))
}
