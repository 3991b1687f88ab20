//! Whether git tracks the state and the templates, and nothing that is this machine's own.

use super::{Grade, Item};
use crate::context::Context;
use checklist_store::{PRIVATE_NAMES, SHARED_STATE};
use std::path::Path;
use std::process::{Command, Stdio};

const SUBJECT: &str = "git";

pub(super) fn item(ctx: &Context, root: &Path) -> Item {
    if checklist_workflow::project::branch(&ctx.env, root).is_none() {
        return Item::new(Grade::Note, SUBJECT, "no repository around the project");
    }
    let folder = checklist_workflow::project::FOLDER;
    let private: Vec<String> = PRIVATE_NAMES.iter().map(|name| format!("{folder}/{name}")).collect();
    let state = format!("{folder}/{SHARED_STATE}");
    let tracked = git(root, &["ls-files", "-z", "--", folder]);
    let mut asked = vec!["check-ignore", "--", &state];
    asked.extend(private.iter().map(String::as_str));
    let (Some(tracked), Some(ignored)) = (tracked, git(root, &asked)) else { return by_file(ctx, root) };
    let is_private = |path: &&String| {
        private.iter().any(|name| {
            path.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let leaked: Vec<&str> = tracked.iter().filter(is_private).map(String::as_str).collect();
    if let Some(first) = leaked.first() {
        let more = if leaked.len() > 1 { format!(" and {} more", leaked.len() - 1) } else { String::new() };
        let detail = format!("{first}{more} is tracked: a checkout would put an old one beside the state");
        return Item::new(Grade::Warn, SUBJECT, detail)
            .fix(format!("git rm -rf --cached {}", places(&private, &leaked)));
    }
    let is_ignored = |path: &String| ignored.contains(path);
    if let Some(open) = private.iter().find(|path| !is_ignored(path)) {
        return Item::new(Grade::Note, SUBJECT, format!("{open} is not ignored: the log may be committed"))
            .fix("ignore everything in .checklist/ but state.yaml and templates/");
    }
    match (tracked.contains(&state), is_ignored(&state)) {
        (true, _) => {
            Item::new(Grade::Ok, SUBJECT, "state.yaml is tracked; the log, locks and copies are ignored")
        }
        (false, true) => {
            Item::new(Grade::Note, SUBJECT, "everything is ignored, state.yaml too: nobody else sees it")
        }
        (false, false) => {
            Item::new(Grade::Note, SUBJECT, "state.yaml is not tracked yet").fix("git add .checklist")
        }
    }
}

/// The places of `private` that something of `leaked` is in.
fn places(private: &[String], leaked: &[&str]) -> String {
    let is_in = |place: &&String| leaked.iter().any(|path| path.split('/').take(2).eq(place.split('/')));
    private.iter().filter(is_in).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// What git answers, by lines that end in NUL or a newline; `None` if it cannot be asked.
///
/// It takes no lock, and starts none of the programs that a repository's own configuration may name.
fn git(root: &Path, arguments: &[&str]) -> Option<Vec<String>> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["-c", "core.fsmonitor=false"]).args(arguments);
    command.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null());
    // A hook that runs this has them set for another question.
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"].iter().for_each(|name| {
        command.env_remove(name);
    });
    let answer = command.output().ok()?;
    // One is the answer "none of them" of check-ignore.
    matches!(answer.status.code(), Some(0 | 1)).then(|| {
        let names = answer.stdout.split(|byte| matches!(byte, 0 | b'\n')).filter(|name| !name.is_empty());
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    })
}

/// The same as far as `.gitignore` tells it, where git cannot be asked.
fn by_file(ctx: &Context, root: &Path) -> Item {
    let ignore = ctx.env.fs.read(&root.join(".checklist/.gitignore"), 0..64 * 1024).unwrap_or_default();
    let ignore = String::from_utf8_lossy(&ignore);
    let has = |wanted: &str| ignore.lines().any(|line| line.trim() == wanted);
    if has("*") && has("!state.yaml") {
        let detail = ".checklist/.gitignore leaves state.yaml and templates/ to git, and ignores the rest";
        return Item::new(Grade::Ok, SUBJECT, detail);
    }
    Item::new(Grade::Note, SUBJECT, ".checklist/.gitignore is missing or changed: the log may be committed")
        .fix("ignore everything in .checklist/ but state.yaml and templates/")
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_places_to_remove_are_named_once() {
        let private = [".c/.wal", ".c/.backup", ".c/logs"].map(str::to_owned);
        assert_eq!(places(&private, &[".c/.backup/a", ".c/.backup/b", ".c/.wal"]), ".c/.wal .c/.backup");
        assert_eq!(places(&private, &[".c/.wally"]), "");
    }
}
