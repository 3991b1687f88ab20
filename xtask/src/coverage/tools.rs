//! The tools of coverage: cargo with instrumentation, the tests it built, and what LLVM makes of their profiles.
#![expect(clippy::disallowed_methods, reason = "a chore runs compilers and reads what they leave")]

use super::llvm::Llvm;
use super::suites::{SUITES, Suite};
use crate::tools::{cargo, said, target_folder};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Tools {
    llvm: Llvm,
    target: PathBuf,
    only: String,
}

/// A program that cargo built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) package: String,
    pub(crate) target: String,
    /// Whether it is a test, and not the program itself.
    is_test: bool,
    path: PathBuf,
    folder: PathBuf,
}

impl Built {
    /// Reads a message of cargo; `None` if it tells of no program.
    fn of(message: &Value) -> Option<Built> {
        let path = PathBuf::from(message.get("executable")?.as_str()?);
        let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?.to_path_buf();
        let package = folder.file_name()?.to_str()?.to_owned();
        let target = message.get("target")?.get("name")?.as_str()?.to_owned();
        let is_test = message.get("profile")?.get("test")?.as_bool()?;
        Some(Built { package, target, is_test, path, folder })
    }
}

impl Tools {
    /// The tools, with that LLVM; `only` names the packages whose tests are run, all if it is empty.
    pub(crate) fn new(llvm: Llvm, only: &str) -> Result<Tools, String> {
        Ok(Tools { llvm, target: target_folder()?.join("coverage"), only: only.to_owned() })
    }

    /// The suites that were asked for.
    fn suites(&self) -> impl Iterator<Item = &'static Suite> {
        SUITES
            .iter()
            .filter(|suite| self.only.is_empty() || self.only.split(',').any(|name| name == suite.package))
    }

    /// Which tests of a program were asked for, by parts of their names; `None` if none was.
    pub(crate) fn filters(&self, built: &Built) -> Option<&'static [&'static str]> {
        let filters = |suite: &Suite| suite.filters(&built.package, &built.target);
        self.suites().find_map(filters).filter(|_| built.is_test)
    }

    fn profiles(&self) -> PathBuf {
        self.target.join("profiles")
    }

    /// Where a process puts its counts. The process id keeps a forked child from writing over its parent's;
    /// `%c` writes them while it runs.
    fn profile_pattern(&self) -> PathBuf {
        self.profiles().join("%p-%m%c.profraw")
    }

    /// Removes the profiles of earlier runs, which would count for this one.
    pub(crate) fn forget_profiles(&self) -> Result<(), String> {
        let profiles = self.profiles();
        if profiles.exists() {
            std::fs::remove_dir_all(&profiles).map_err(|error| format!("{}: {error}", profiles.display()))?;
        }
        Ok(())
    }

    fn cargo(&self, words: &[&str]) -> Command {
        let mut cargo = cargo(words);
        cargo
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTFLAGS", "-Cinstrument-coverage -Cllvm-args=-runtime-counter-relocation")
            .env("LLVM_PROFILE_FILE", self.profile_pattern());
        cargo
    }

    /// Builds every test and the program.
    pub(crate) fn build(&self) -> Result<Vec<Built>, String> {
        let mut words = vec!["test", "--locked", "--no-run", "--message-format=json", "--quiet"];
        words.extend(["--lib", "--bins"]);
        words.extend(self.suites().flat_map(|suite| ["--package", suite.package]));
        let mut tests = Vec::new();
        for suite in self.suites() {
            tests.extend(programs(suite)?);
        }
        words.extend(tests.iter().flat_map(|name| ["--test", name]));
        let text = said(self.cargo(&words).stderr(Stdio::inherit()))?;
        let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let built: Vec<Built> = messages.filter_map(|message| Built::of(&message)).collect();
        if built.is_empty() { Err("cargo built no tests".to_owned()) } else { Ok(built) }
    }

    /// Runs a test program, and adds what it ran to the merged profile; says whether its tests passed.
    pub(crate) fn test(&self, built: &Built, filters: &[&str]) -> Result<bool, String> {
        let log = self.target.join(format!("{}-{}.log", built.package, built.target));
        let mut test = Command::new(&built.path);
        test.arg("--quiet").args(filters).current_dir(&built.folder).stdin(Stdio::null());
        test.env("CARGO_MANIFEST_DIR", &built.folder).env("LLVM_PROFILE_FILE", self.profile_pattern());
        let output = test.output().map_err(|error| format!("{}: {error}", built.path.display()))?;
        let told = [output.stdout, output.stderr].concat();
        std::fs::write(&log, &told).map_err(|error| format!("{}: {error}", log.display()))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&told);
            for line in
                told.lines().filter(|line| line.contains("FAILED") || line.contains("panicked")).take(40)
            {
                super::say(&format!("  {line}"));
            }
            super::say(&format!("  all of it is in {}", log.display()));
        }
        self.merge()?;
        Ok(output.status.success())
    }

    fn merged(&self) -> PathBuf {
        self.profiles().join("merged.profdata")
    }

    /// Merges the profiles that processes left into one, and removes them: thousands of processes leave
    /// gigabytes.
    fn merge(&self) -> Result<(), String> {
        let fail = |error: std::io::Error| format!("the profiles cannot be read: {error}");
        let mut raw = Vec::new();
        for entry in std::fs::read_dir(self.profiles()).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.extension().is_some_and(|ending| ending == "profraw") {
                raw.push(path);
            }
        }
        let mut list: String = raw.iter().map(|path| format!("{}\n", path.display())).collect();
        if self.merged().exists() {
            list.push_str(&format!("{}\n", self.merged().display()));
        }
        let names = self.profiles().join("profiles.txt");
        std::fs::write(&names, list).map_err(fail)?;
        let next = self.profiles().join("next.profdata");
        // A process that was killed while it started leaves a profile that cannot be read.
        said(
            Command::new(&self.llvm.profdata)
                .args(["merge", "--sparse", "--failure-mode=all", "-f"])
                .arg(&names)
                .arg("-o")
                .arg(&next),
        )?;
        std::fs::rename(&next, self.merged()).map_err(fail)?;
        raw.iter().try_for_each(std::fs::remove_file).map_err(fail)
    }

    /// What ran, line by line, in the format of lcov.
    pub(crate) fn export(&self) -> Result<String, String> {
        let built = self.build()?;
        let mut words: Vec<OsString> = vec!["export".into(), "--format=lcov".into()];
        words.push(format!("--instr-profile={}", self.merged().display()).into());
        words.push("--ignore-filename-regex=/rustc/|/\\.cargo/|/tests/".into());
        for Built { path, .. } in &built {
            words.push("--object".into());
            words.push(path.into());
        }
        said(Command::new(&self.llvm.cov).args(words))
    }
}

/// The names of a suite's test programs: those it names, or all that the package has.
fn programs(suite: &Suite) -> Result<Vec<String>, String> {
    if !suite.programs.is_empty() {
        return Ok(suite.programs.iter().map(|(name, _)| (*name).to_owned()).collect());
    }
    let folder = crate::repository().join("crates").join(suite.package).join("tests");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_program = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").is_file()
    };
    Ok(paths.filter(is_program).filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}
