//! The time zone of this machine: one file is read, where the time zone database would be listed whole.

use checklist_store::env::os;
use jiff::tz::TimeZone;
use std::ffi::OsStr;
use std::path::Path;

/// What `TZ` falls back to.
const LOCALTIME: &str = "/etc/localtime";

/// Where zones are found by name, unless `TZDIR` says otherwise.
const DATABASE: &str = "/usr/share/zoneinfo";

/// No zone file is longer; the longest of the database has 4 KiB.
const ZONE_BYTES_MAX: u64 = 256 * 1024;

/// The zone that `TZ` names, or that of `/etc/localtime`; see tzset(3). Where neither tells, or tells it in a way
/// that is not known here, `jiff` looks in every other place that systems have.
pub(crate) fn local() -> TimeZone {
    let lookup = std::env::var_os;
    let zone = match lookup("TZ") {
        Some(named) => named_zone(&named, lookup("TZDIR").as_deref().unwrap_or(OsStr::new(DATABASE))),
        None => zone_in(Path::new(LOCALTIME)),
    };
    zone.unwrap_or_else(TimeZone::system)
}

/// The zone that a value of `TZ` means; `None` if that takes more than one look.
fn named_zone(named: &OsStr, database: &OsStr) -> Option<TimeZone> {
    let named = named.to_str()?;
    let name = named.strip_prefix(':').unwrap_or(named);
    if name.is_empty() || name.eq_ignore_ascii_case("UTC") {
        return Some(TimeZone::UTC);
    }
    if name.starts_with('/') {
        return zone_in(Path::new(name));
    }
    let rule = if name == named { TimeZone::posix(name).ok() } else { None };
    // A name with dots in it may lead out of the database.
    rule.or_else(|| (!name.contains('.')).then(|| zone_in(&Path::new(database).join(name)))?)
}

fn zone_in(file: &Path) -> Option<TimeZone> {
    let bytes = os::system_file(file, ZONE_BYTES_MAX).ok()?;
    TimeZone::tzif("Local", &bytes).ok()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test makes the files that it reads")]
mod tests {
    use super::*;
    use checklist_store::workspace::Workspace;

    /// A zone without changes, 3 h 30 min east of Greenwich, as of RFC 9636 in its first version.
    fn east() -> Vec<u8> {
        let mut bytes = b"TZif\0".to_vec();
        bytes.extend([0; 15]);
        for count in [0_u32, 0, 0, 0, 1, 4] {
            bytes.extend(count.to_be_bytes());
        }
        bytes.extend(12_600_i32.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(b"EST\0");
        bytes
    }

    fn hours(zone: Option<TimeZone>) -> Option<f64> {
        let at: jiff::Timestamp = "2026-11-22T12:00:00Z".parse().expect("the test writes RFC 3339");
        zone.map(|zone| f64::from(zone.to_offset(at).seconds()) / 3600.0)
    }

    #[test]
    fn a_zone_is_a_name_a_rule_or_a_file() {
        let workspace = Workspace::on_disk().below("zones");
        let folder = workspace.project();
        let file = folder.join("East");
        std::fs::write(&file, east()).expect("the folder can be written");
        std::fs::write(folder.join("Bad"), "no zone").expect("the folder can be written");
        let path = file.to_str().expect("a path in ASCII");
        let meant = |named: &str| hours(named_zone(OsStr::new(named), folder.as_os_str()));
        for (named, means) in [
            ("", Some(0.0)),
            ("UTC", Some(0.0)),
            (":utc", Some(0.0)),
            ("EST5", Some(-5.0)),
            ("CET-1CEST,M3.5.0,M10.5.0/3", Some(1.0)),
            ("East", Some(3.5)),
            (":East", Some(3.5)),
            (path, Some(3.5)),
            // What is not found, or is none, is for others to look for.
            ("West", None),
            ("Bad", None),
            ("../zones/East", None),
            ("/nowhere", None),
        ] {
            assert_eq!(meant(named), means, "{named}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_missing_file_is_none() {
        let workspace = Workspace::on_disk().below("zones");
        let (file, link) = (workspace.project().join("East"), workspace.project().join("localtime"));
        assert_eq!(hours(zone_in(&link)), None);
        std::fs::write(&file, east()).expect("the folder can be written");
        std::os::unix::fs::symlink(&file, &link).expect("the folder can be written");
        assert_eq!(hours(zone_in(&link)), Some(3.5));
    }
}
