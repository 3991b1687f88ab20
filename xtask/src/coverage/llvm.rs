//! `Llvm`: the `llvm-profdata` and `llvm-cov` that read what rustc's own LLVM writes.

use crate::tools::said;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Two programs of the same LLVM as rustc's: the formats of profiles and of coverage maps change between majors.
#[derive(Debug)]
pub(crate) struct Llvm {
    pub(crate) profdata: PathBuf,
    pub(crate) cov: PathBuf,
}

impl Llvm {
    /// Finds them beside rustc, where `rustup component add llvm-tools` puts them, or where a distribution
    /// does; says what is missing, and how to get it, where neither has them.
    pub(crate) fn find() -> Result<Result<Llvm, String>, String> {
        let sysroot = said(Command::new("rustc").args(["--print", "sysroot"]))?;
        let version = said(Command::new("rustc").arg("-vV"))?;
        let host =
            version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
        let major = major(&version).ok_or("rustc names no LLVM")?;
        let beside = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
        let found = candidates(&beside, major).into_iter().find(|llvm| llvm.is_of(major));
        Ok(found.ok_or_else(|| {
            format!(
                "llvm-profdata and llvm-cov of LLVM {major}, which is rustc's own; \
                 `rustup component add llvm-tools`, or the package llvm-{major} of a distribution, has them"
            )
        }))
    }

    fn is_of(&self, major: u32) -> bool {
        [&self.profdata, &self.cov].into_iter().all(|tool| {
            said(Command::new(tool).arg("--version")).is_ok_and(|told| self::major(&told) == Some(major))
        })
    }
}

/// Where they may be, the best first; a bare name is looked for in `PATH`.
fn candidates(beside: &Path, major: u32) -> [Llvm; 4] {
    let inside =
        |folder: &Path| Llvm { profdata: folder.join("llvm-profdata"), cov: folder.join("llvm-cov") };
    let named =
        Llvm { profdata: format!("llvm-profdata-{major}").into(), cov: format!("llvm-cov-{major}").into() };
    let distribution = format!("/usr/lib/llvm-{major}/bin");
    [inside(beside), named, inside(Path::new(&distribution)), inside(Path::new(""))]
}

/// The major version of LLVM that a program tells of.
fn major(told: &str) -> Option<u32> {
    let (_, rest) = told.split_once("LLVM version")?;
    rest.trim_start_matches([':', ' ']).split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_names_the_major_in_his_own_way() {
        assert_eq!(
            major("host: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n"),
            Some(22)
        );
        assert_eq!(major("LLVM (http://llvm.org/):\n  LLVM version 22.1.2-rust-1.95.0-stable\n"), Some(22));
        assert_eq!(major("Debian LLVM version 14.0.6\n  Optimized build.\n"), Some(14));
        assert_eq!(major("clang version 22.1.8"), None);
    }

    #[test]
    fn rustc_comes_first_and_any_name_last() {
        let [first, .., last] = candidates(Path::new("/rust/bin"), 22);
        assert_eq!(first.profdata, Path::new("/rust/bin/llvm-profdata"));
        assert_eq!(last.cov, Path::new("llvm-cov"));
    }

    #[test]
    fn a_program_that_is_missing_or_of_another_llvm_is_not_taken() {
        let missing = Llvm { profdata: "/nowhere/llvm-profdata".into(), cov: "/nowhere/llvm-cov".into() };
        assert!(!missing.is_of(22));
        let other = Llvm { profdata: "true".into(), cov: "true".into() };
        assert!(!other.is_of(22));
    }
}
