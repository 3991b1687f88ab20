//! Disk images, and every way in which a power cut can leave one.

use super::change::{Change, Fill, Tear};
use super::disk::Disk;
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// A disk at one moment: what programs saw, what was durable, and the changes between. Immutable and
/// cheap to clone.
///
/// ```
/// use checklist_store::env::{Access, Fs, mem::{MemFs, Survival}, write_fully};
/// use std::path::Path;
///
/// let fs = MemFs::new();
/// fs.place_dir(Path::new("/folder"))?;
/// let mut file = fs.create(Path::new("/folder/a"), Access::Private)?;
/// write_fully(file.as_mut(), b"abc")?;
/// file.sync()?;
/// // The file is durable, its name is not: the folder was never synced.
/// let image = fs.image();
/// let nothing = MemFs::from_image(&image.survive(&Survival::nothing()));
/// assert!(nothing.list(Path::new("/folder"))?.is_empty());
/// let everything = MemFs::from_image(&image.settled());
/// assert_eq!(everything.read(Path::new("/folder/a"), 0..9)?, b"abc");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiskImage(pub(super) Arc<Disk>);

/// A change that was not synced, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsynced(String);

impl fmt::Display for Unsynced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What becomes of each unsynced change at a power cut.
///
/// It prints as one digit for each change, oldest first (`1` survived, `0` lost), the fate of all further
/// ones as `1*` or `0*`, and a torn write as `torn 2[512..700]nul`; [`FromStr`] reads that again.
///
/// ```
/// use checklist_store::env::mem::{Budget, Fill, MemFs, Survival, Tear};
/// use checklist_store::env::{Access, Fs, write_fully};
/// use std::path::Path;
///
/// let (fs, path) = (MemFs::new(), Path::new("/folder/a"));
/// fs.place(path, b"old")?; // durable from the beginning
/// let mut file = fs.append(path, Access::Private)?;
/// write_fully(file.as_mut(), b", new")?;
/// assert_eq!(fs.image().unsynced().len(), 1);
///
/// // Every disk that a power loss could leave: with the write, without it, and with a piece of it.
/// assert!(fs.image().crashes(&Budget::SECTORS).count() >= 2);
/// assert_eq!(fs.image().survive(&Survival::nothing()).read(path)?, b"old");
/// let tear = Tear { change: 0, lost: 2..5, fill: Fill::Nul };
/// assert_eq!(fs.image().survive(&Survival::everything().torn(tear)).read(path)?, b"old, \0\0\0");
/// fs.settle(); // as if everything had been synced
/// assert_eq!(fs.image().survive(&Survival::nothing()).read(path)?, b"old, new");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Survival {
    kept: Vec<bool>,
    others: bool,
    tear: Option<Tear>,
}

impl Survival {
    /// Only what was synced survives.
    #[must_use]
    pub fn nothing() -> Survival {
        Survival { kept: Vec::new(), others: false, tear: None }
    }

    /// Everything survives, synced or not.
    #[must_use]
    pub fn everything() -> Survival {
        Survival { kept: Vec::new(), others: true, tear: None }
    }

    /// The changes marked `true` survive, those beyond the list do or do not as `others` says.
    #[must_use]
    pub fn of(mut kept: Vec<bool>, others: bool) -> Survival {
        while kept.last() == Some(&others) {
            kept.pop();
        }
        Survival { kept, others, tear: None }
    }

    /// The same, and one write that survives is torn.
    #[must_use]
    pub fn torn(self, tear: Tear) -> Survival {
        Survival { tear: Some(tear), ..self }
    }

    /// The write that is torn.
    #[must_use]
    pub fn tear(&self) -> Option<&Tear> {
        self.tear.as_ref()
    }

    fn keeps(&self, index: usize) -> bool {
        self.kept.get(index).copied().unwrap_or(self.others)
    }
}

impl fmt::Display for Survival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |kept: bool| if kept { '1' } else { '0' };
        let kept: String = self.kept.iter().map(|kept| digit(*kept)).collect();
        write!(f, "{kept}{}*", digit(self.others))?;
        let Some(Tear { change, lost, fill }) = &self.tear else { return Ok(()) };
        let fill = match fill {
            Fill::Old => "old",
            Fill::Nul => "nul",
            Fill::Garbage => "garbage",
        };
        write!(f, " torn {change}[{}..{}]{fill}", lost.start, lost.end)
    }
}

impl FromStr for Survival {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Survival> {
        let read = || -> Option<Survival> {
            let (kept, tear) = match text.split_once(" torn ") {
                Some((kept, tear)) => (kept, Some(tear)),
                None => (text, None),
            };
            let mut kept = kept.strip_suffix('*')?.chars().map(|digit| match digit {
                '0' => Some(false),
                '1' => Some(true),
                _ => None,
            });
            let mut kept = kept.by_ref().collect::<Option<Vec<bool>>>()?;
            let others = kept.pop()?;
            let survival = Survival::of(kept, others);
            let Some(tear) = tear else { return Some(survival) };
            let (change, tear) = tear.split_once('[')?;
            let (lost, fill) = tear.split_once(']')?;
            let (start, end) = lost.split_once("..")?;
            let fill = match fill {
                "old" => Fill::Old,
                "nul" => Fill::Nul,
                "garbage" => Fill::Garbage,
                _ => return None,
            };
            let lost = start.parse().ok()?..end.parse().ok()?;
            Some(survival.torn(Tear { change: change.parse().ok()?, lost, fill }))
        };
        read().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("not a survival choice: {text}"))
        })
    }
}

/// How far the enumeration goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Up to this many unsynced changes, every subset of them is tried.
    pub subset_changes_max: usize,
    /// Up to this many bytes, the newest change is torn at every byte, if it is a write. Longer ones and
    /// older ones are torn at every 512-byte boundary of the file.
    pub byte_tears_max: u64,
    /// Whether parts that did not arrive are also filled with garbage, and not with old bytes and zeroes only.
    pub garbage: bool,
    /// At most this many torn writes for one image, chosen evenly from all.
    pub tears_max: usize,
}

impl Budget {
    /// Whole changes survive or not; nothing is torn.
    pub const WHOLE: Budget =
        Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 0 };
    /// Writes are torn where sectors meet.
    pub const SECTORS: Budget =
        Budget { subset_changes_max: 6, byte_tears_max: 0, garbage: true, tears_max: usize::MAX };
    /// The newest write is torn at every byte, older ones where sectors meet.
    pub const BYTES: Budget =
        Budget { subset_changes_max: 8, byte_tears_max: 64 << 10, garbage: true, tears_max: usize::MAX };
}

/// Disks lose and keep data in sectors of this size.
const SECTOR: u64 = 512;

impl DiskImage {
    /// The changes that are not durable yet, oldest first.
    #[must_use]
    pub fn unsynced(&self) -> Vec<Unsynced> {
        self.0.pending().iter().map(|change| Unsynced(self.0.describe(change).to_string())).collect()
    }

    /// The disk after a power cut with that outcome. Nothing on it is unsynced.
    #[must_use]
    pub fn survive(&self, survival: &Survival) -> DiskImage {
        DiskImage(Arc::new(self.0.survive(|index| survival.keeps(index), survival.tear.as_ref())))
    }

    /// The disk with everything on it made durable, as after a clean shutdown.
    #[must_use]
    pub fn settled(&self) -> DiskImage {
        let mut disk = (*self.0).clone();
        disk.settle();
        DiskImage(Arc::new(disk))
    }

    /// The disk with everything directly below `dir` made durable: for files whose loss is not in question.
    #[must_use]
    pub fn settled_below(&self, dir: &Path) -> DiskImage {
        let mut disk = (*self.0).clone();
        if let Ok(Some(inode)) = disk.find(dir) {
            disk.sync_dir(inode);
            let paths: Vec<PathBuf> = disk.names(inode).map(|name| dir.join(name)).collect();
            for path in paths {
                if let Ok(Some(file)) = disk.find(&path) {
                    disk.sync_file(file);
                }
            }
        }
        DiskImage(Arc::new(disk))
    }

    /// The disk with the entries of `dir` made durable whose names begin with `prefix`: for files whose loss is
    /// not in question. An entry that builds on a change that is not durable stays as it is.
    #[must_use]
    pub fn settled_entries(&self, dir: &Path, prefix: &str) -> DiskImage {
        let mut disk = (*self.0).clone();
        if let Ok(Some(inode)) = disk.find(dir) {
            disk.settle_entries(inode, prefix);
        }
        DiskImage(Arc::new(disk))
    }

    /// Every outcome of a power cut at this moment that `budget` asks for, each with its disk. No outcome
    /// comes twice; two outcomes may leave the same bytes, which [`DiskImage::fingerprint`] tells.
    pub fn crashes(&self, budget: &Budget) -> impl Iterator<Item = (Survival, DiskImage)> + use<> {
        let image = self.clone();
        self.survivals(budget).into_iter().map(move |survival| {
            let crashed = image.survive(&survival);
            (survival, crashed)
        })
    }

    /// The outcomes that [`DiskImage::crashes`] goes through.
    #[must_use]
    pub fn survivals(&self, budget: &Budget) -> Vec<Survival> {
        let mut seen = HashSet::new();
        let mut plan = whole(self.0.pending().len(), budget);
        let mut tears = Vec::new();
        for (index, change) in self.0.pending().iter().enumerate() {
            let Change::Write { offset, bytes, .. } = &**change else { continue };
            let is_newest = index + 1 == self.0.pending().len();
            for tear in self::tears(index, *offset, bytes.len() as u64, budget, is_newest) {
                let until: Vec<bool> = (0..=index).map(|_| true).collect();
                tears.push(Survival::of(until, false).torn(tear.clone()));
                tears.push(Survival::everything().torn(tear));
            }
        }
        let step = tears.len().div_ceil(budget.tears_max.max(1)).max(1);
        plan.extend(tears.into_iter().step_by(step).take(budget.tears_max));
        // What follows the last change makes no difference, so two spellings may mean one outcome.
        let changes = self.0.pending().len();
        plan.retain(|survival| {
            let kept: Vec<bool> = (0..changes).map(|index| survival.keeps(index)).collect();
            seen.insert((kept, survival.tear.clone()))
        });
        plan
    }

    /// A hash of every path and byte that can be read, and of what is not durable yet. Times and file
    /// numbers do not count.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        self.0.fingerprint()
    }

    /// The same of every path but those below `hidden`, as it is and as a power cut would leave it, whatever
    /// changes lie between.
    #[must_use]
    pub fn fingerprint_without(&self, hidden: &[PathBuf]) -> u128 {
        self.0.fingerprint_without(hidden)
    }

    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    pub fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let inode = self.0.resolve(dir)?;
        Ok(self.0.names(inode).map(|name| dir.join(name)).collect())
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// `NotFound` if there is none, `IsADirectory` if it is not a file.
    pub fn read(&self, path: &Path) -> io::Result<&[u8]> {
        self.0.bytes(self.0.resolve(path)?).ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Every file and its bytes; directories come with `None`. Sorted by path.
    #[must_use]
    pub fn entries(&self) -> Vec<(PathBuf, Option<&[u8]>)> {
        self.0.walk()
    }

    /// Whether both are the very same snapshot: nothing was changed or synced between them.
    #[must_use]
    pub fn is_same_snapshot(&self, other: &DiskImage) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn whole(changes: usize, budget: &Budget) -> Vec<Survival> {
    let mut plan = vec![Survival::nothing(), Survival::everything()];
    for index in 0..changes {
        plan.push(Survival::of(vec![true; index], false));
        let alone = |alone: bool| (0..=index).map(|other| (other == index) == alone).collect();
        plan.push(Survival::of(alone(true), false));
        plan.push(Survival::of(alone(false), true));
    }
    if changes <= budget.subset_changes_max {
        for subset in 0..1_u64 << changes {
            plan.push(Survival::of((0..changes).map(|index| subset >> index & 1 == 1).collect(), false));
        }
    }
    plan
}

fn tears(change: usize, offset: u64, len: u64, budget: &Budget, is_newest: bool) -> Vec<Tear> {
    let mut tears = Vec::new();
    let mut tear = |lost: std::ops::Range<u64>, fill| {
        if !lost.is_empty() {
            tears.push(Tear { change, lost, fill });
        }
    };
    let mut sectors = vec![0];
    sectors.extend((1..len).filter(|at| (offset + at).is_multiple_of(SECTOR)));
    sectors.push(len);
    for pair in sectors.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        for fill in [Fill::Old, Fill::Nul, Fill::Garbage] {
            if fill != Fill::Garbage || budget.garbage {
                tear(start..len, fill);
                tear(0..end, fill);
                tear(start..end, fill);
            }
        }
    }
    if is_newest && len <= budget.byte_tears_max {
        for at in 1..len {
            tear(at..len, Fill::Old);
            tear(at..len, Fill::Nul);
        }
    }
    tears
}
