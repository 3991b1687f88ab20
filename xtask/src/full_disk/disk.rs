//! `SmallDisk`: a file system of a few hundred blocks, and a filler that leaves as many of them as are wanted.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a chore fills a real disk")]

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Its size in bytes.
    size: u64,
    is_image: bool,
}

/// One that never syncs, with pages for blocks; and one with a journal, extents and delayed allocation.
pub(crate) const KINDS: &[Kind] = &[
    Kind { name: "tmpfs", size: 1 << 20, is_image: false },
    Kind { name: "ext4", size: 2 << 20, is_image: true },
];

/// A mounted file system; at the latest it goes away with this process, which has mounts of its own.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    kind: Kind,
    mount: PathBuf,
}

impl SmallDisk {
    /// Mounts a new one at `mount`.
    pub(crate) fn mount(kind: &Kind, mount: &Path) -> Result<SmallDisk, String> {
        fs::create_dir_all(mount).map_err(|error| format!("{}: {error}", mount.display()))?;
        let mut command = Command::new("mount");
        if kind.is_image {
            let image = mount.with_extension("image");
            let file = fs::File::create(&image).map_err(|error| format!("{}: {error}", image.display()))?;
            file.set_len(kind.size).map_err(|error| format!("{}: {error}", image.display()))?;
            run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image))?;
            command.args(["-o", "loop"]).arg(&image);
        } else {
            let size = format!("size={}", kind.size);
            command.args(["-t", kind.name, "-o", &size, "none"]);
        }
        run(command.arg(mount))?;
        Ok(SmallDisk { kind: *kind, mount: mount.to_owned() })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.kind.name
    }

    /// Blocks that a file can still get, and their size.
    fn free(&self) -> Result<(u64, u64), String> {
        let output = run(Command::new("stat").args(["-f", "-c", "%a %S"]).arg(&self.mount))?;
        let numbers: Vec<u64> = output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        match numbers.as_slice() {
            [free, size] => Ok((*free, *size)),
            _ => Err(format!("stat -f says {output:?}")),
        }
    }

    /// Takes blocks until `wanted` are left.
    pub(crate) fn fill(&self, wanted: u64) -> Result<(), String> {
        let path = self.filler();
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        // The filler's own bookkeeping takes blocks, too: it comes near in a few rounds.
        for _ in 0..16 {
            file.sync_all().map_err(failed)?;
            let (free, size) = self.free()?;
            let bytes = usize::try_from(free.abs_diff(wanted) * size).unwrap_or(0);
            if free == wanted {
                return Ok(());
            } else if free > wanted {
                match file.write_all(&vec![b'x'; bytes]) {
                    // What is still told to be free is then for the file system itself.
                    Err(error) if error.kind() == ErrorKind::StorageFull && wanted == 0 => return Ok(()),
                    written => written.map_err(failed)?,
                }
            } else {
                let len = file.metadata().map_err(failed)?.len();
                file.set_len(len.saturating_sub(bytes as u64)).map_err(failed)?;
            }
        }
        Err(format!("cannot leave {wanted} blocks: {:?} are free", self.free()?))
    }

    /// Gives the blocks back.
    pub(crate) fn make_space(&self) -> Result<(), String> {
        match fs::remove_file(self.filler()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    /// Takes it away; what was on it is gone.
    pub(crate) fn unmount(self) -> Result<(), String> {
        run(Command::new("umount").arg(&self.mount)).map(drop)
    }

    fn filler(&self) -> PathBuf {
        self.mount.join("filler")
    }
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
