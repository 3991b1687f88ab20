//! `Point`: one call of the program to the kernel, found by tracing it, and made to fail by number.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::case::Case;
use super::world::{Answer, World};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every call that reaches files; `?` because not every machine has all of them.
const CALLS: &[&str] = &[
    "open",
    "openat",
    "creat",
    "read",
    "pread64",
    "readv",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "close",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "truncate",
    "ftruncate",
    "fallocate",
    "flock",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "statfs",
    "fstatfs",
    "getdents64",
    "lseek",
    "chmod",
    "fchmod",
    "fchmodat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "readlink",
    "readlinkat",
    "access",
    "faccessat",
    "faccessat2",
    "copy_file_range",
    "sendfile",
    "utimensat",
    "getcwd",
    "chdir",
];

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The same in the words of `strace`.
    action: &'static str,
}

const fn fault(name: &'static str, action: &'static str) -> Fault {
    Fault { name, action }
}

/// Every fault of the matrix.
pub(crate) const FAULTS: &[Fault] = &[
    fault("EIO", "error=EIO"),
    fault("ENOSPC", "error=ENOSPC"),
    fault("EROFS", "error=EROFS"),
    fault("EACCES", "error=EACCES"),
    fault("EINTR", "error=EINTR"),
    fault("KILL", "signal=KILL"),
];

/// The `index`-th `call` of the program, counted from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) call: String,
    pub(crate) index: u32,
    /// The file, relative to the home folder of the run; the pipes of the answer are here, too.
    pub(crate) path: String,
}

/// Whether calls can be made to fail here; if not, why.
pub(crate) fn probe() -> Result<(), String> {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o", "/dev/null", "-e", "trace=read", "-e", "inject=read:error=EIO:when=9999"]);
    match strace.arg("true").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("strace: {error}")),
    }
}

/// The calls the command makes on files of the project and of the home folder, in their order.
pub(crate) fn points(world: &World, case: &Case, is_json: bool) -> Result<Vec<Point>, String> {
    world.restore(case)?;
    let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
    let (answer, log) = traced(world, &["-e", &format!("trace={}", calls.join(","))], case.words, is_json)?;
    if answer.code != Some(case.success) {
        return Err(format!("{} does not work where nothing fails: {answer:?}", case.name));
    }
    Ok(parse(&log, world.home()))
}

fn parse(log: &str, home: &Path) -> Vec<Point> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut points = Vec::new();
    for line in log.lines() {
        let Some((call, arguments)) = line.split_once('(') else { continue };
        if !CALLS.contains(&call) {
            continue;
        }
        let index = counts.entry(call).or_default();
        *index += 1;
        let path = Path::new(path_of(arguments));
        let relative = if path.is_absolute() { path.strip_prefix(home).ok() } else { Some(path) };
        if let Some(relative) = relative {
            points.push(Point { call: call.to_owned(), index: *index, path: relative.display().to_string() });
        }
    }
    points
}

/// The file a call is about: that of its descriptor, or the first one it names.
fn path_of(arguments: &str) -> &str {
    let named = match arguments.strip_prefix("AT_FDCWD<") {
        Some(rest) => rest.split_once(", ").map_or("", |(_, rest)| rest),
        None => arguments,
    };
    let (start, end) = if named.starts_with('"') { ('"', '"') } else { ('<', '>') };
    named.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("/", |(path, _)| path)
}

/// Runs the command of the case with one fault.
pub(crate) fn inject(
    world: &World,
    case: &Case,
    point: &Point,
    fault: Fault,
    is_json: bool,
) -> Result<Answer, String> {
    let call = &point.call;
    let action = format!("inject={call}:{}:when={}", fault.action, point.index);
    let (mut answer, log) =
        traced(world, &["-e", &format!("trace={call}"), "-e", &action], case.words, is_json)?;
    answer.is_injected = log.contains("(INJECTED)") || answer.is_killed();
    answer.is_mute = point.path.starts_with("pipe:");
    Ok(answer)
}

/// Runs `done` and kills it at the first call after the sync of the log, which is its commit point.
pub(crate) fn kill_after_commit(world: &World) -> Result<(), String> {
    let words = ["done"];
    let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
    let trace = format!("trace={}", calls.join(","));
    world.keep("before-kill")?;
    let (_, log) = traced(world, &["-e", &trace], &words, false)?;
    world.bring_back("before-kill")?;
    let points = parse(&log, world.home());
    let is_sync = |point: &Point| point.call.ends_with("sync") && point.path.ends_with(".checklist/.wal");
    let commit = points.iter().position(is_sync).ok_or("done does not sync its log")?;
    let next = points.get(commit + 1).ok_or("done does nothing after its commit point")?;
    let kill = format!("inject={}:signal=KILL:when={}", next.call, next.index);
    let (answer, _) = traced(world, &["-e", &trace, "-e", &kill], &words, false)?;
    if answer.is_killed() { Ok(()) } else { Err(format!("done was to be killed: {answer:?}")) }
}

fn traced(
    world: &World,
    options: &[&str],
    words: &[&str],
    is_json: bool,
) -> Result<(Answer, String), String> {
    let path: PathBuf = world.log();
    let mut strace = world.command("strace".as_ref());
    // Without -f: the commands of a step are not what is tested, and a count goes by one thread.
    strace.args(["-qq", "-y", "-o"]).arg(&path).args(options).arg("--").arg(world.program()).args(words);
    if is_json {
        strace.arg("--json");
    }
    let answer = world.finish(strace)?;
    let log = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((answer, String::from_utf8_lossy(&log).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_name_and_kept_where_they_are_about_the_home_folder() {
        let log = "openat(AT_FDCWD</h/code>, \"/lib/libc.so\", O_RDONLY) = 3</lib/libc.so>\n\
                   openat(AT_FDCWD</h/code>, \"/h/code/.checklist/.wal\", O_RDONLY) = 3</h/code/.checklist/.wal>\n\
                   read(3</h/code/.checklist/.wal>, \"{\\\"v\\\":1\", 9) = 9\n\
                   write(1</dev/pts/0>, \"/h/code is here\", 15) = 15\n\
                   rename(\"/h/code/a\", \"/h/code/b\") = 0\n\
                   statx(AT_FDCWD</h/code>, \"relative\", 0) = 0\n\
                   mmap(NULL, 9, 3</h/code/x>) = 0\n+++ exited with 0 +++\n";
        let found: Vec<(String, u32, String)> = parse(log, Path::new("/h"))
            .into_iter()
            .map(|point| (point.call, point.index, point.path))
            .collect();
        let expected = [
            ("openat", 2, "code/.checklist/.wal"),
            ("read", 1, "code/.checklist/.wal"),
            ("rename", 1, "code/a"),
            ("statx", 1, "relative"),
        ];
        assert_eq!(found, expected.map(|(call, index, path)| (call.to_owned(), index, path.to_owned())));
    }
}
