//! `Volume`: what kind of file system a folder is on, and what of it cannot be relied upon.
//!
//! A store needs three things of its volume: a lock excludes every other writer, a sync reaches the disk, and a
//! rename shows the old file or the new one. Local disks with a journal give all three. Others answer the same
//! calls and keep less than they say, which nobody can find out by asking them; so they are known here by name.

use std::path::{Path, PathBuf};

/// Where the bytes of a volume really are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// On a disk of this machine, behind a journal or copy-on-write.
    Local,
    /// On a disk of this machine, without either: FAT and its like.
    Unjournaled,
    /// On a server.
    Network,
    /// On the host of this virtual machine or container.
    Host,
    /// Behind a program of some user (FUSE).
    Program,
    /// In memory.
    Memory,
    /// In the writable layer of a container.
    Layer,
    /// On a file system that is not known here.
    Unknown,
}

/// The volume of a folder.
///
/// ```
/// use checklist_store::env::volume::{Place, Volume, find_mount};
/// use std::path::Path;
///
/// let local = Volume::named("ext4", &[]).with_free_bytes(1 << 30);
/// assert_eq!((local.place, local.doubt()), (Place::Local, None));
/// let remote = Volume::named("nfs4", &[]);
/// assert!(remote.place == Place::Network && remote.doubt().is_some());
///
/// let mounts = b"29 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 29 0:4 / /srv rw - nfs4 host:/srv rw\n";
/// let mount = find_mount(mounts, Path::new("/srv/project")).expect("it is mounted");
/// assert_eq!(mount.name, "nfs4");
/// assert_eq!(Volume::described(None, Some(&mount)).name, "nfs4");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Volume {
    /// The name of its file system, as the kernel has it: `ext4`, `nfs4`.
    pub name: String,
    /// Where its bytes are.
    pub place: Place,
    /// A mount option that takes back what the file system promises, such as `volatile`.
    pub option: Option<&'static str>,
    /// Bytes that this user may still write, where the system says so.
    pub free_bytes: Option<u64>,
}

/// One line of `/proc/self/mountinfo`; see proc_pid_mountinfo(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub point: PathBuf,
    /// The name of its file system.
    pub name: String,
    /// The options of the mount and of the file system.
    pub options: Vec<String>,
}

/// File systems by name and by the number that statfs(2) gives; zero where it has none of its own.
///
/// The numbers are those of Linux's `include/uapi/linux/magic.h` and of the file systems outside it.
const KNOWN: &[(&str, u64, Place)] = &[
    ("ext4", 0xEF53, Place::Local),
    ("ext3", 0, Place::Local),
    ("xfs", 0x5846_5342, Place::Local),
    ("btrfs", 0x9123_683E, Place::Local),
    ("zfs", 0x2FC1_2FC1, Place::Local),
    ("f2fs", 0xF2F5_2010, Place::Local),
    ("bcachefs", 0xCA45_1A4E, Place::Local),
    ("jfs", 0x3153_464A, Place::Local),
    ("nilfs2", 0x3434, Place::Local),
    ("reiserfs", 0x5265_4973, Place::Local),
    ("ubifs", 0x2405_1905, Place::Local),
    ("ecryptfs", 0xF15F, Place::Local),
    ("apfs", 0, Place::Local),
    ("hfs", 0, Place::Local),
    ("ufs", 0, Place::Local),
    ("ntfs", 0x5346_544E, Place::Local),
    ("ntfs3", 0x7366_746E, Place::Local),
    ("refs", 0, Place::Local),
    ("fuseblk", 0, Place::Local),
    ("ext2", 0, Place::Unjournaled),
    ("vfat", 0x4D44, Place::Unjournaled),
    ("msdos", 0, Place::Unjournaled),
    ("exfat", 0x2011_BAB0, Place::Unjournaled),
    ("nfs", 0x6969, Place::Network),
    ("nfs4", 0, Place::Network),
    ("cifs", 0xFF53_4D42, Place::Network),
    ("smb2", 0xFE53_4D42, Place::Network),
    ("smb3", 0, Place::Network),
    ("smbfs", 0x517B, Place::Network),
    ("ceph", 0x00C3_6400, Place::Network),
    ("afs", 0x5346_414F, Place::Network),
    ("coda", 0x7375_7245, Place::Network),
    ("ncpfs", 0x564C, Place::Network),
    ("lustre", 0x0BD0_0BD0, Place::Network),
    ("gpfs", 0x4750_4653, Place::Network),
    ("beegfs", 0x1983_0326, Place::Network),
    ("gfs2", 0x0116_1970, Place::Network),
    ("ocfs2", 0x7461_636F, Place::Network),
    ("pvfs2", 0x2003_0528, Place::Network),
    ("webdav", 0, Place::Network),
    ("afpfs", 0, Place::Network),
    ("fuse.sshfs", 0, Place::Network),
    ("fuse.s3fs", 0, Place::Network),
    ("fuse.gcsfuse", 0, Place::Network),
    ("fuse.rclone", 0, Place::Network),
    ("fuse.glusterfs", 0, Place::Network),
    ("fuse.davfs2", 0, Place::Network),
    ("fuse.juicefs", 0, Place::Network),
    ("9p", 0x0102_1997, Place::Host),
    ("virtiofs", 0, Place::Host),
    ("drvfs", 0, Place::Host),
    ("lxfs", 0, Place::Host),
    ("wslfs", 0x5346_4846, Place::Host),
    ("vboxsf", 0x786F_4256, Place::Host),
    ("prl_fs", 0, Place::Host),
    ("vmhgfs", 0xBACB_ACBC, Place::Host),
    ("fuse.vmhgfs-fuse", 0, Place::Host),
    ("fuse.grpcfuse", 0, Place::Host),
    ("fuse.osxfs", 0, Place::Host),
    ("fakeowner", 0, Place::Host),
    ("fuse", 0x6573_5546, Place::Program),
    ("tmpfs", 0x0102_1994, Place::Memory),
    ("ramfs", 0x8584_58F6, Place::Memory),
    ("overlay", 0x794C_7630, Place::Layer),
    ("aufs", 0x6175_6673, Place::Layer),
];

/// Mount options that take back what a local file system promises.
const SYNCS_NOTHING: &[&str] = &["volatile", "nobarrier", "barrier=0"];

impl Volume {
    /// The volume of a file system of this name, mounted with these options.
    #[must_use]
    pub fn named(name: &str, options: &[String]) -> Volume {
        let lower = name.to_ascii_lowercase();
        let known = KNOWN.iter().find(|(known, ..)| *known == lower);
        let place = match known {
            Some((.., place)) => *place,
            None if lower.starts_with("fuse.") || lower.contains("fuse") => Place::Program,
            None => Place::Unknown,
        };
        let given = |wanted: &&&str| options.iter().any(|option| option == **wanted);
        let option = SYNCS_NOTHING.iter().find(given).copied();
        Volume { name: lower, place, option, free_bytes: None }
    }

    /// The volume that statfs(2) and the table of mounts describe. The number decides where the two do not
    /// agree: it is asked of the folder itself, and a mount may be hidden beneath another one.
    #[must_use]
    pub fn described(magic: Option<u64>, mount: Option<&Mount>) -> Volume {
        let by_number = magic.and_then(|magic| {
            KNOWN.iter().find(|(_, known, _)| *known != 0 && *known == magic).map(|(name, ..)| *name)
        });
        let (Some(number), Some(mount)) = (by_number, mount) else {
            return match (by_number, mount) {
                (Some(name), _) => Volume::named(name, &[]),
                (None, Some(mount)) => Volume::named(&mount.name, &mount.options),
                (None, None) => Volume::named("unknown", &[]),
            };
        };
        // One number stands for several names: ext2 to ext4, nfs and nfs4, cifs and smb3, all behind FUSE.
        let (by_name, by_number) = (Volume::named(&mount.name, &mount.options), Volume::named(number, &[]));
        let is_one_family =
            ["ext", "ntfs"].iter().any(|family| mount.name.starts_with(family) && number.starts_with(family));
        let agrees = mount.name == number
            || is_one_family
            || (number == "fuse" && by_name.place != Place::Unknown)
            || (by_name.place == by_number.place && by_name.place != Place::Local);
        if agrees { by_name } else { by_number }
    }

    /// The same with what is free.
    #[must_use]
    pub fn with_free_bytes(mut self, bytes: u64) -> Volume {
        self.free_bytes = Some(bytes);
        self
    }

    /// What cannot be relied upon here, and what to do about it; `None` if nothing is known against it.
    ///
    /// A file system that is not known here is given the benefit of the doubt: a warning that is often wrong
    /// is not read when it is right.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        if self.option.is_some() && self.place != Place::Memory {
            return Some(
                "it is mounted so that a sync does not reach the disk: a power cut can lose what was saved; \
                 mount it without that option",
            );
        }
        match self.place {
            Place::Local | Place::Unknown => None,
            Place::Unjournaled => Some(
                "it has no journal: a power cut can damage the folder itself; keep .checklist/ on a disk with one",
            ),
            Place::Network => Some(
                "locks and syncs are only as good as the server, and may not reach other machines; \
                 keep .checklist/ on a local disk",
            ),
            Place::Host => Some(
                "it is shared with the host: locks do not reach it, and a sync may not reach its disk; \
                 keep .checklist/ on a disk of this machine",
            ),
            Place::Program => Some(
                "a program stands between and decides what locks and syncs do; keep .checklist/ on a local disk",
            ),
            Place::Memory => {
                Some("it is in memory: everything is gone after a restart; keep .checklist/ on a disk")
            }
            Place::Layer => Some(
                "it is the layer of a container: everything is gone when the container is removed; \
                 mount a volume for the project",
            ),
        }
    }
}

/// The mount that a path is on, by the text of `/proc/self/mountinfo`; `path` is absolute and has no links.
#[must_use]
pub fn find_mount(mountinfo: &[u8], path: &Path) -> Option<Mount> {
    let mounts = mountinfo.split(|byte| *byte == b'\n').filter_map(parse_mount);
    // Of two mounts on one point the later one is on top: `max_by_key` takes the last of equals.
    mounts.filter(|mount| path.starts_with(&mount.point)).max_by_key(|mount| mount.point.components().count())
}

fn parse_mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let point = unescape(fields.by_ref().nth(4)?);
    let mount_options = fields.next()?;
    // Any number of optional fields, and then a dash.
    fields.by_ref().find(|field| *field == b"-")?;
    let name = String::from_utf8_lossy(fields.next()?).into_owned();
    let of_file_system = fields.nth(1).unwrap_or_default();
    let options =
        [mount_options, of_file_system].into_iter().flat_map(|list| list.split(|byte| *byte == b','));
    let options = options.map(|option| String::from_utf8_lossy(option).into_owned()).collect();
    #[cfg(unix)]
    let point: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(point);
    #[cfg(not(unix))]
    let point = String::from_utf8_lossy(&point).into_owned();
    Some(Mount { point: PathBuf::from(point), name, options })
}

/// The kernel writes a space, tab, newline and backslash as a backslash and three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let octal = after
            .get(..3)
            .filter(|digits| first == b'\\' && digits.iter().all(|digit| (b'0'..b'8').contains(digit)));
        match octal {
            Some(digits) => {
                let value = digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                bytes.push(u8::try_from(value & 0xFF).expect("masked to a byte"));
                rest = &after[3..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &[u8] = b"\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
22 21 0:5 / /proc rw - proc proc rw
30 21 0:30 / /home rw,relatime shared:4 master:2 - btrfs /dev/sdb rw,space_cache
31 30 0:40 / /home/ana/on\\040the\\134server rw - nfs4 host:/x rw,vers=4.2,local_lock=none
32 21 0:41 / /cut
33 21 0:42 / /c rw - overlay overlay rw,lowerdir=/l,volatile
34 21 0:43 / /twice rw - tmpfs tmpfs rw
35 21 8:2 / /twice rw - xfs /dev/sdc rw
";

    fn mount(path: &str) -> Mount {
        find_mount(MOUNTS, Path::new(path)).expect("everything is below the root")
    }

    #[test]
    fn the_deepest_and_newest_mount_above_a_path_is_found() {
        assert_eq!(mount("/srv/x").name, "ext4");
        assert_eq!(mount("/home/ana/code").name, "btrfs");
        assert_eq!(mount("/homely").name, "ext4", "a name that begins alike is not below it");
        assert_eq!(mount("/home/ana/on the\\server/code").name, "nfs4");
        assert_eq!(mount("/twice/x").name, "xfs");
        assert_eq!(mount("/cut/x").name, "ext4", "a line that is cut off is no mount");
        assert_eq!(find_mount(b"", Path::new("/x")), None);
        assert_eq!(find_mount(b"\xff\xfe 1 2 \n - -\n\n", Path::new("/x")), None);
    }

    #[test]
    fn local_disks_are_trusted_and_others_are_not() {
        for name in ["ext4", "xfs", "btrfs", "zfs", "apfs", "NTFS", "f2fs", "fuseblk", "somefs2031"] {
            assert_eq!(Volume::named(name, &[]).doubt(), None, "{name}");
        }
        for (name, words) in [
            ("nfs4", "server"),
            ("cifs", "server"),
            ("fuse.sshfs", "server"),
            ("9p", "host"),
            ("virtiofs", "host"),
            ("drvfs", "host"),
            ("fuse.mergerfs", "program"),
            ("macfuse", "program"),
            ("tmpfs", "memory"),
            ("overlay", "container"),
            ("vfat", "journal"),
        ] {
            let doubt = Volume::named(name, &[]).doubt().unwrap_or_else(|| panic!("{name} is trusted"));
            assert!(doubt.contains(words), "{name}: {doubt}");
        }
    }

    #[test]
    fn an_option_that_turns_syncs_off_is_a_doubt_on_any_disk() {
        let volatile = Volume::described(Some(0x794C_7630), Some(&mount("/c/x")));
        assert_eq!((volatile.name.as_str(), volatile.option), ("overlay", Some("volatile")));
        assert!(volatile.doubt().expect("it is doubted").contains("does not reach the disk"));
        let options = ["rw".to_owned(), "barrier=0".to_owned()];
        assert!(Volume::named("ext4", &options).doubt().expect("it is doubted").contains("power cut"));
        assert_eq!(Volume::named("ext4", &options[..1]).doubt(), None);
    }

    #[test]
    fn the_number_decides_against_a_mount_that_is_hidden_and_the_name_says_more_where_both_agree() {
        let described = |magic, path| Volume::described(magic, Some(&mount(path))).name;
        assert_eq!(described(Some(0xEF53), "/srv"), "ext4");
        assert_eq!(described(Some(0x6969), "/home/ana/on the\\server"), "nfs4");
        assert_eq!(described(Some(0x6969), "/home/ana"), "nfs", "btrfs is hidden beneath it");
        assert_eq!(described(None, "/home/ana"), "btrfs");
        assert_eq!(described(Some(0xDEAD), "/home/ana"), "btrfs");
        assert_eq!(Volume::described(Some(0x5846_5342), None).name, "xfs");
        assert_eq!(Volume::described(None, None).doubt(), None);
        let fuse = Mount { point: "/".into(), name: "virtiofs".into(), options: Vec::new() };
        assert_eq!(Volume::described(Some(0x6573_5546), Some(&fuse)).place, Place::Host);
    }

    #[test]
    fn every_number_and_every_name_is_listed_once() {
        for (index, (name, magic, _)) in KNOWN.iter().enumerate() {
            let others = KNOWN.iter().skip(index + 1);
            let is_twice =
                |(other, number, _): &(&str, u64, Place)| other == name || (*magic != 0 && number == magic);
            assert!(!others.clone().any(is_twice), "{name}");
        }
    }
}
