//! The crate that is released, its git repository, and the remote that counts what is pushed to it.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is released.
pub(super) const VERSION: &str = "1.0.0";
const TAG: &str = "refs/tags/v1.0.0";
const BRANCH: &str = "refs/heads/main";

/// The heading that the changelog has to have.
pub(super) const ENTRY: &str = "## [1.0.0]\n\nThe first one that is meant.\n";

/// Says which attempt this is, takes a while, and looks at the version: a test that a crate could have, without a
/// compiler.
const TESTS: &str = "#!/bin/sh\nset -eu\necho \"$CHECKLIST_ATTEMPT\" >> ../tested\nsleep 0.1\ngrep -q '^version = \"1.0.0\"$' Cargo.toml\n";

/// Called when references have moved, once for each time: what really arrived.
const COUNT: &str = "#!/bin/sh\ntest \"$1\" != committed || cat >> ../pushed\n";

/// Stands in for ssh: whoever serves a remote lives on another machine, and does not die with who pushes.
const SSH: &str = "#!/bin/sh\nshift\nexec env -i PATH=\"$PATH\" setsid -w sh -c \"$*\" 2>/dev/null\n";

/// A crate in a repository, beside its remote.
#[derive(Debug)]
pub(super) struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Makes the crate, and a bare remote that has its first commit.
    pub(super) fn create(folder: &Path) -> Result<Repository, String> {
        let repository = Repository { folder: folder.to_owned() };
        let work = repository.work();
        fs::create_dir_all(work.join("src")).map_err(|error| format!("{}: {error}", work.display()))?;
        let template = crate::repository().join("examples/release-rust-crate.yaml");
        let template =
            fs::read_to_string(&template).map_err(|error| format!("{}: {error}", template.display()))?;
        let package = "name = \"demo\"\nversion = \"0.1.0\"\n";
        repository.write("work/Cargo.toml", &format!("[package]\n{package}edition = \"2024\"\n"))?;
        repository.write("work/Cargo.lock", &format!("version = 4\n\n[[package]]\n{package}"))?;
        repository.write("work/src/lib.rs", "//! Nothing, but with a version.\n")?;
        repository.write("work/CHANGELOG.md", "# Changelog\n")?;
        repository.write("work/release.yaml", &template)?;
        repository.script("work/tests.sh", TESTS)?;
        repository.script("ssh", SSH)?;
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"])?;
        repository.script("remote.git/hooks/reference-transaction", COUNT)?;
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        let (ssh, root) = (folder.join("ssh"), folder.display().to_string());
        for (name, value) in [
            ("user.name", "ana"),
            ("user.email", "ana@example.org"),
            ("core.sshCommand", &ssh.display().to_string()),
            ("ssh.variant", "simple"),
        ] {
            repository.git(&["config", name, value])?;
        }
        repository.git(&["remote", "add", "origin", &format!("ssh://remote{root}/remote.git")])?;
        repository.git(&["add", "Cargo.toml", "Cargo.lock", "CHANGELOG.md", "src", "tests.sh"])?;
        repository.git(&["commit", "--quiet", "--message", "Begin"])?;
        repository.git(&["push", "--quiet", "origin", "main"])?;
        Ok(repository)
    }

    /// A repository that is there.
    pub(super) fn at(folder: &Path) -> Repository {
        Repository { folder: folder.to_owned() }
    }

    /// Everything of it.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The crate.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// Writes the changelog, as whoever is asked for it does. Doing it again changes nothing.
    pub(super) fn write_changelog(&self) -> Result<(), String> {
        // Two may do it at once, and nobody is to see half of it.
        let draft = format!("work/CHANGELOG.{}", std::process::id());
        self.write(&draft, &format!("# Changelog\n\n{ENTRY}"))?;
        let (from, to) = (self.folder.join(draft), self.folder.join("work/CHANGELOG.md"));
        fs::rename(from, to).map_err(|error| format!("CHANGELOG.md: {error}"))
    }

    /// How often the tag arrived at the remote.
    pub(super) fn tags_pushed(&self) -> Result<usize, String> {
        self.arrivals(TAG)
    }

    /// The attempts in which the tests ran, as they said themselves.
    pub(super) fn tested(&self) -> Vec<String> {
        let lines = fs::read_to_string(self.folder.join("tested")).unwrap_or_default();
        lines.lines().map(str::to_owned).collect()
    }

    /// Looks whether the release is what it should be, here and on the remote; gives its commit.
    pub(super) fn check_released(&self) -> Result<String, String> {
        let expect = |what: &str, found: &str, wanted: &str| match found == wanted {
            true => Ok(()),
            false => Err(format!("{what}: {found:?} instead of {wanted:?}")),
        };
        expect("arrivals of the tag", &self.tags_pushed()?.to_string(), "1")?;
        expect("arrivals of the branch", &self.arrivals(BRANCH)?.to_string(), "2")?;
        expect("commits", &self.git(&["log", "--format=%s"])?, &format!("Release {VERSION}\nBegin"))?;
        let commit = self.git(&["rev-parse", "HEAD"])?;
        expect("the tag here", &self.git(&["rev-parse", &format!("{TAG}^{{commit}}")])?, &commit)?;
        let tag = self.git(&["rev-parse", TAG])?;
        let there = self.git(&["ls-remote", "origin", TAG, BRANCH])?;
        expect("the remote", &there, &format!("{commit}\t{BRANCH}\n{tag}\t{TAG}"))?;
        for (file, wanted) in [
            ("Cargo.toml", "version = \"1.0.0\""),
            ("Cargo.lock", "version = \"1.0.0\""),
            ("CHANGELOG.md", "## [1.0.0]"),
        ] {
            let found = self.git(&["show", &format!("{TAG}:{file}")])?;
            if !found.lines().any(|line| line == wanted) {
                return Err(format!("{file} of the release has no line {wanted:?}:\n{found}"));
            }
        }
        expect("what is not committed", &self.git(&["status", "--porcelain", "--untracked-files=no"])?, "")?;
        self.git(&["fsck", "--strict"])?;
        Ok(commit)
    }

    fn arrivals(&self, reference: &str) -> Result<usize, String> {
        let lines =
            fs::read_to_string(self.folder.join("pushed")).map_err(|error| format!("pushed: {error}"))?;
        Ok(lines.lines().filter(|line| line.split(' ').nth(2) == Some(reference)).count())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.folder.join(name), text).map_err(|error| format!("{name}: {error}"))
    }

    fn script(&self, name: &str, text: &str) -> Result<(), String> {
        self.write(name, text)?;
        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.folder.join(name), permissions).map_err(|error| format!("{name}: {error}"))
    }

    /// Runs git in the crate; gives what it prints.
    fn git(&self, words: &[&str]) -> Result<String, String> {
        let mut git = Command::new("git");
        git.args(words).current_dir(self.work());
        let output = quiet(&mut git).output().map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git {} failed: {said}", words.join(" ")));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

/// What the git of this user is set to is nothing to what is shown here.
pub(super) fn quiet(command: &mut Command) -> &mut Command {
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}
