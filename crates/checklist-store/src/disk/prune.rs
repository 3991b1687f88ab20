//! Pruning: which copies in `.backup/` go, so that their number and their bytes stay bounded.

use super::backup::{self, Copy, Reason};
use super::layout::{Layout, Limits};
use super::lock::WriteLock;
use super::shelf::Shelf;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::report::Lsn;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Removes old copies beyond the bounds.
pub(crate) fn prune(env: &Env, layout: &Layout, _lock: &WriteLock) -> Result<()> {
    let shelf = Shelf::open(env, layout)?;
    Reason::ALL.into_iter().try_for_each(|reason| prune_reason(env, layout, &shelf.copies, reason))
}

fn prune_reason(env: &Env, layout: &Layout, copies: &[Copy], reason: Reason) -> Result<()> {
    let copies: Vec<&Copy> = copies.iter().filter(|copy| copy.reason == reason).collect();
    let sizes = copies.iter().map(|copy| Ok((copy.lsn, bytes_of(env, copy)?))).collect::<Result<Vec<_>>>()?;
    for doomed in surplus(&sizes, layout.limits(), reason.repeats()) {
        copies[doomed].files.iter().try_for_each(|path| remove(env, path))?;
    }
    Ok(())
}

fn remove(env: &Env, path: &Path) -> Result<()> {
    match env.fs.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove the old copy", path, error))
        }
        _ => Ok(()),
    }
}

/// The published states that are kept, as whoever published last left them: nobody has to look at the folder as
/// long as nobody else publishes. What somebody takes away by hand is counted until it would have gone.
#[derive(Clone, Debug)]
pub(crate) struct Kept(Vec<KeptState>);

#[derive(Clone, Debug)]
struct KeptState {
    lsn: Lsn,
    bytes: u64,
    path: PathBuf,
}

impl Kept {
    /// Those that are in the folder.
    pub(super) fn find(env: &Env, layout: &Layout) -> Result<Kept> {
        let copies = backup::copies(env, layout)?.into_iter().filter(|copy| copy.reason == Reason::Published);
        let found = copies.map(|mut copy| {
            let (lsn, bytes) = (copy.lsn, bytes_of(env, &copy)?);
            Ok(copy.files.pop().map(|path| KeptState { lsn, bytes, path }))
        });
        Ok(Kept(found.filter_map(Result::transpose).collect::<Result<_>>()?))
    }

    /// The same with the newest one.
    pub(super) fn and(mut self, lsn: Lsn, bytes: u64, path: PathBuf) -> Kept {
        self.0.push(KeptState { lsn, bytes, path });
        self
    }

    /// Removes the old ones beyond the bounds.
    pub(super) fn prune(mut self, env: &Env, layout: &Layout) -> Result<Kept> {
        let sizes: Vec<(Lsn, u64)> = self.0.iter().map(|kept| (kept.lsn, kept.bytes)).collect();
        for doomed in surplus(&sizes, layout.limits(), Reason::Published.repeats()).into_iter().rev() {
            remove(env, &self.0.remove(doomed).path)?;
        }
        Ok(self)
    }
}

fn bytes_of(env: &Env, copy: &Copy) -> Result<u64> {
    copy.files.iter().try_fold(0, |sum, path| match env.fs.stat(path) {
        Ok(stat) => Ok(sum + stat.len),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(sum),
        Err(error) => Err(Error::io("look at", path, error)),
    })
}

/// Which copies of one reason go, given their LSNs and sizes from the oldest on.
///
/// Where a reason repeats, copies of one LSN are a series: a repair that was cut off and began again. Of each,
/// the first shows what was found and the last what was done about it; a crash loop, however long, pushes out
/// neither. And the oldest of all stays beside the newest: an investigation begins with it.
fn surplus(copies: &[(Lsn, u64)], limits: Limits, repeats: bool) -> BTreeSet<usize> {
    let mut series: Vec<Vec<usize>> = Vec::new();
    for (index, (lsn, _)) in copies.iter().enumerate() {
        match series.last_mut().filter(|series| repeats && copies[series[0]].0 == *lsn) {
            Some(series) => series.push(index),
            None => series.push(vec![index]),
        }
    }
    for series in series.iter_mut().filter(|series| series.len() > 2) {
        *series = vec![series[0], series[series.len() - 1]];
    }
    let mut kept = series.split_off(series.len().saturating_sub(limits.copies.max(1)));
    if repeats && kept.len() > 1 && !series.is_empty() {
        kept[0] = series.swap_remove(0);
    }
    let bytes = |series: &[usize]| series.iter().map(|index| copies[*index].1).sum::<u64>();
    while kept.len() > 1 && kept.iter().map(|series| bytes(series)).sum::<u64>() > limits.copy_bytes {
        kept.remove(usize::from(repeats && kept.len() > 2));
    }
    let kept: BTreeSet<usize> = kept.into_iter().flatten().collect();
    (0..copies.len()).filter(|index| !kept.contains(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(copies: usize, copy_bytes: u64) -> Limits {
        Limits { copies, copy_bytes, ..Limits::default() }
    }

    fn kept(lsns: &[u64], limits: Limits, repeats: bool) -> Vec<usize> {
        let copies: Vec<(Lsn, u64)> = lsns.iter().map(|lsn| (Lsn(*lsn), 100)).collect();
        let doomed = surplus(&copies, limits, repeats);
        (0..copies.len()).filter(|index| !doomed.contains(index)).collect()
    }

    #[test]
    fn of_a_series_the_first_and_the_newest_stay_however_long_it_is() {
        assert_eq!(kept(&[5, 5, 5, 5, 5, 5], limits(1, 1 << 20), true), [0, 5]);
        assert_eq!(kept(&[5, 5, 5, 9, 9, 9], limits(2, 1 << 20), true), [0, 2, 3, 5]);
        assert_eq!(kept(&[5, 5, 5, 9, 9, 9], limits(2, 1 << 20), false), [4, 5]);
        assert_eq!(kept(&[], limits(2, 1 << 20), false), [0_usize; 0]);
    }

    #[test]
    fn the_newest_series_stay_and_the_byte_bound_takes_the_oldest_but_never_the_newest() {
        assert_eq!(kept(&[1, 2, 3, 4], limits(3, 1 << 20), false), [1, 2, 3]);
        assert_eq!(kept(&[1, 2, 3, 4], limits(3, 250), false), [2, 3]);
        assert_eq!(kept(&[1, 2, 3, 4, 4], limits(3, 0), true), [3, 4]);
        assert_eq!(kept(&[1, 2], limits(0, 1 << 20), false), [1]);
        assert_eq!(kept(&[1, 2, 3, 4, 5], limits(3, 1 << 20), true), [0, 3, 4]);
        assert_eq!(kept(&[1, 2, 3, 4, 5], limits(3, 250), true), [0, 4]);
        assert_eq!(kept(&[1, 2, 3, 4, 5], limits(3, 0), true), [4]);
    }

    #[test]
    fn copies_that_just_keep_the_bounds_stay() {
        assert_eq!(kept(&[1, 2, 3], limits(3, 300), false), [0, 1, 2]);
        assert_eq!(kept(&[1, 2, 3], limits(3, 299), false), [1, 2]);
        // Where one series may stay, it is the newest.
        assert_eq!(kept(&[1, 2], limits(1, 1 << 20), true), [1]);
    }

    #[test]
    fn a_copy_that_is_gone_is_none_and_what_cannot_be_looked_at_is_an_error() {
        let world = crate::env::mem::World::new(1);
        let (env, folder) = (world.env(), Path::new("/p"));
        world.fs.place(&folder.join("file"), b"four").expect("the disk takes it");
        let copy = |names: &[&str]| Copy {
            stem: String::new(),
            reason: Reason::Asked,
            lsn: Lsn(1),
            files: names.iter().map(|name| folder.join(name)).collect(),
        };
        assert_eq!(bytes_of(&env, &copy(&["file", "none"])).expect("one of them is gone"), 4);
        assert!(bytes_of(&env, &copy(&["file", "file/below"])).is_err());
        remove(&env, &folder.join("none")).expect("it is gone already");
        assert!(remove(&env, &folder.join("file/below")).is_err());
        remove(&env, &folder.join("file")).expect("it can be removed");
        assert!(env.fs.stat(&folder.join("file")).is_err());
    }
}
