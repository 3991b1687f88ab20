//! A git repository seen from outside: its branch and its user's name, read from its files without git.

use crate::file::read_bounded;
use crate::output::plain_text;
use checklist_store::env::{Env, Kind};
use std::fmt;
use std::path::{Path, PathBuf};

/// `HEAD`, `.git` files and `commondir` hold one short line.
const LINE_BYTES_MAX: u64 = 16 * 1024;
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// A branch, by its name without `refs/heads/`.
    Named(String),
    /// No branch but a commit, by its whole hash.
    Detached(String),
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Branch::Named(name) => f.write_str(name),
            Branch::Detached(hash) => write!(f, "{} (detached)", &hash[..hash.len().min(8)]),
        }
    }
}

/// The folders of a repository. See gitrepository-layout(5).
pub(super) struct Repository {
    /// Where `HEAD` is: of this working tree alone.
    git_dir: PathBuf,
    /// Where the rest is: shared by all working trees.
    common_dir: PathBuf,
}

impl Repository {
    /// The repository that `dir`, or the nearest folder above it that is one, is the working tree of.
    pub(super) fn around(env: &Env, dir: &Path) -> Option<Repository> {
        dir.ancestors().find_map(|dir| {
            let dot_git = dir.join(".git");
            let git_dir = match env.fs.stat(&dot_git).ok()?.kind {
                // The working trees that `git worktree add` makes, and submodules, have a file that points on.
                Kind::File => dir.join(line(env, &dot_git)?.strip_prefix("gitdir:")?.trim()),
                _ => dot_git,
            };
            let common_dir = match line(env, &git_dir.join("commondir")) {
                Some(common) => git_dir.join(common),
                None => git_dir.clone(),
            };
            Some(Repository { git_dir, common_dir })
        })
    }

    pub(super) fn branch(&self, env: &Env) -> Option<Branch> {
        let head = line(env, &self.git_dir.join("HEAD"))?;
        if let Some(reference) = head.strip_prefix("ref:") {
            let reference = reference.trim();
            let name = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            // A repository with reftables keeps its real HEAD elsewhere and says `.invalid` here.
            return (!name.is_empty() && name != ".invalid").then(|| Branch::Named(plain_text(name)));
        }
        let is_hash = matches!(head.len(), 40 | 64) && head.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(Branch::Detached(head))
    }

    pub(super) fn config(&self) -> PathBuf {
        self.common_dir.join("config")
    }
}

/// The first line of a small file, if the file is there and is text.
fn line(env: &Env, path: &Path) -> Option<String> {
    let text = String::from_utf8(read_bounded(env, path, LINE_BYTES_MAX).ok()?).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// `user.name` of a git configuration file, if it has one.
pub(super) fn user_name(env: &Env, config: &Path) -> Option<String> {
    let bytes = read_bounded(env, config, CONFIG_BYTES_MAX).ok()?;
    name_in(&String::from_utf8_lossy(&bytes))
}

/// The last `name` of the section `user`, as git reads it (git-config(1), "Syntax").
fn name_in(config: &str) -> Option<String> {
    let mut in_user = false;
    let mut found = None;
    let mut lines = config.lines();
    while let Some(line) = lines.next() {
        let mut rest = line.trim();
        if let Some(header) = rest.strip_prefix('[') {
            // A subsection, as in `[user "work"]`, is another section.
            let Some((section, after)) = header.split_once(']') else { continue };
            in_user = section.trim().eq_ignore_ascii_case("user");
            rest = after.trim_start();
        }
        let Some((key, raw)) = rest.split_once('=') else { continue };
        let mut raw = raw.to_owned();
        // A backslash at the end of a line joins the next one to it.
        while raw.ends_with('\\') && !raw.ends_with("\\\\") {
            raw.pop();
            match lines.next() {
                Some(next) => raw.push_str(next),
                None => break,
            }
        }
        if in_user && key.trim().eq_ignore_ascii_case("name") {
            found = Some(value(&raw));
        }
    }
    found.filter(|name| !name.is_empty())
}

/// A value without its quotes, escapes, comment and outer spaces.
fn value(raw: &str) -> String {
    let (mut value, mut spaces) = (String::new(), String::new());
    let mut quoted = false;
    let mut chars = raw.trim_start().chars();
    while let Some(char) = chars.next() {
        let char = match char {
            '"' => {
                quoted = !quoted;
                continue;
            }
            '#' | ';' if !quoted => break,
            ' ' | '\t' if !quoted => {
                spaces.push(char);
                continue;
            }
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        value.push_str(&spaces);
        spaces.clear();
        value.push(char);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn the_name_is_read_as_git_reads_it() {
        for (config, name) in [
            ("[user]\n\tname = Ana Lima\n\temail = a@b\n", Some("Ana Lima")),
            ("[USER]\nNAME=ana ; who\n", Some("ana")),
            ("[user] name = ana\n", Some("ana")),
            ("[user]\nname = \"Ana # \\\"L\\\"\"  # comment\n", Some("Ana # \"L\"")),
            ("[user]\nname = Ana \\\nLima\n", Some("Ana Lima")),
            ("[user]\nname = old\n[core]\nname = other\n[user]\nname = new\n", Some("new")),
            ("[user \"work\"]\nname = other\n", None),
            ("[user]\nname =\n", None),
            ("[alias]\nname = other\n", None),
            ("[user\nname = ana\n", None),
            ("", None),
        ] {
            assert_eq!(name_in(config).as_deref(), name, "{config:?}");
        }
    }
}
