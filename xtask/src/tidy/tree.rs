//! The repository's text files, read once; rules look at this value and never at the disk.
#![expect(clippy::disallowed_methods, reason = "a chore reads the repository itself, not a store")]

use super::source::Source;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Path relative to the repository, with `/`.
    pub(crate) path: String,
    /// The text as it is.
    pub(crate) text: String,
    /// The text as Rust, for `.rs` files.
    pub(crate) source: Option<Source>,
}

/// All text files, by path.
#[derive(Debug)]
pub(crate) struct Tree(BTreeMap<String, File>);

/// Folders that hold no source of ours.
const SKIPPED: &[&str] = &[".git", "target", ".checklist", "node_modules", "corpus", "artifacts", "coverage"];

/// Names and endings of text files.
const TEXT: &[&str] =
    &["rs", "md", "toml", "yaml", "yml", "json", "jsonl", "sh", "py", "txt", "lock", "gitignore"];

impl Tree {
    /// Reads every text file below `root`.
    pub(crate) fn read(root: &Path) -> io::Result<Tree> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        Ok(Tree::from_pairs(files))
    }

    /// A tree made of literals; for tests of rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        Tree::from_pairs(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn from_pairs(files: Vec<(String, String)>) -> Tree {
        let file = |(path, text): (String, String)| {
            let source = path.ends_with(".rs").then(|| Source::of(&path, &text));
            (path.clone(), File { path, text, source })
        };
        Tree(files.into_iter().map(file).collect())
    }

    /// Every file, sorted by path.
    pub(crate) fn files(&self) -> impl ExactSizeIterator<Item = &File> {
        self.0.values()
    }

    /// The file at `path`.
    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// Every Rust file whose path starts with `prefix`, with its source.
    pub(crate) fn rust<'t>(&'t self, prefix: &'t str) -> impl Iterator<Item = (&'t File, &'t Source)> {
        self.files()
            .filter(move |file| file.path.starts_with(prefix))
            .filter_map(|file| file.source.as_ref().map(|source| (file, source)))
    }
}

fn walk(root: &Path, below: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(root, &path, files)?;
        } else if kind.is_file() && is_text(&path, &name) {
            let bytes = std::fs::read(entry.path())?;
            files.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(())
}

fn is_text(path: &str, name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    TEXT.contains(&ending) || path == ".ci/run" || name.starts_with("LICENSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_itself_is_read() {
        let tree = Tree::read(&crate::repository()).expect("the repository is readable");
        assert!(tree.get("xtask/src/tidy/tree.rs").is_some_and(|file| file.source.is_some()));
        assert!(tree.get("Cargo.toml").is_some());
        assert!(
            tree.files().all(|file| !file.path.starts_with(".git/") && !file.path.starts_with("target/"))
        );
    }
}
