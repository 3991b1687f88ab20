//! Many processes and one lock: nobody is lost, every wait is bounded, and no dead, stopped or unrelated
//! process keeps it.

use crate::support::BINARY;
use checklist_store::workspace::Workspace;
use checklist_store::{ErrorKind, Key, Options, Publish, Store};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const COUNT: Key<'static> = Key::from_static("/registers/r0");

/// A folder in which a store is, or is yet to be created.
fn store() -> (Workspace, PathBuf) {
    let workspace = Workspace::on_disk();
    let root = workspace.root();
    (workspace, root)
}

/// A process that works on a store and answers line by line.
struct Writer {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
    last: u64,
}

/// One answer: how long was waited for the lock, and the words.
#[derive(Debug)]
struct Reply {
    lock_us: u64,
    words: String,
}

impl Writer {
    fn start(root: &Path, number: usize, patience: Duration) -> Writer {
        let mut command = Command::new(BINARY);
        command.arg("torture-writer").arg(root).args(["--number", &number.to_string()]);
        command.args(["--patience-ms", &patience.as_millis().to_string()]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let requests = child.stdin.take().expect("a pipe");
        let replies = BufReader::new(child.stdout.take().expect("a pipe"));
        Writer { child, requests, replies, last: 0 }
    }

    fn ready(mut self) -> Writer {
        assert_eq!(self.answer().words, "ready");
        self
    }

    fn ask(&mut self, request: &str) {
        self.last += 1;
        writeln!(self.requests, "{} {request}", self.last).expect("it listens");
    }

    fn answer(&mut self) -> Reply {
        let mut line = String::new();
        self.replies.read_line(&mut line).expect("it answers");
        let words: Vec<&str> = line.trim_end().splitn(4, ' ').collect();
        let [_, _, lock_us, words] = words[..] else { panic!("no answer: {line:?}") };
        Reply { lock_us: lock_us.parse().unwrap_or(0), words: words.to_owned() }
    }

    fn saves(&mut self, request: &str) {
        self.ask(request);
        let reply = self.answer();
        assert!(reply.words.starts_with("saved "), "{request}: {reply:?}");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is there");
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // A stopped process dies of this too, and none is left behind by a test that fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the counter holds, in a store that is as it should be.
fn count(root: &Path) -> u64 {
    let store = Store::open(root).expect("the store opens");
    assert!(store.check().expect("it can be checked").is_sound());
    store.snapshot().read_as(&COUNT).expect("a number").unwrap_or(0)
}

#[test]
fn of_a_hundred_processes_each_commits_once_and_none_is_lost() {
    const PROCESSES: usize = 100;
    const PATIENCE: Duration = Duration::from_secs(120);
    let (_folder, root) = store();
    let started: Vec<Writer> = (0..PROCESSES).map(|number| Writer::start(&root, number, PATIENCE)).collect();
    // They race to create the store, too.
    let mut writers: Vec<Writer> = started.into_iter().map(Writer::ready).collect();
    let begin = Instant::now();
    writers.iter_mut().for_each(|writer| writer.ask("add 0 1"));
    let replies: Vec<Reply> = writers.iter_mut().map(Writer::answer).collect();
    let took = begin.elapsed();
    let mut lsns: Vec<u64> = replies
        .iter()
        .map(|reply| {
            let lsn = reply.words.strip_prefix("saved ").and_then(|rest| rest.split(' ').next());
            lsn.and_then(|lsn| lsn.parse().ok()).unwrap_or_else(|| panic!("{reply:?}"))
        })
        .collect();
    lsns.sort_unstable();
    lsns.dedup();
    assert_eq!((lsns.len(), count(&root)), (PROCESSES, PROCESSES as u64));
    let mut waits: Vec<u64> = replies.iter().map(|reply| reply.lock_us).collect();
    waits.sort_unstable();
    // Nobody is starved: the longest wait is within a few times of what all of them together took.
    let longest = Duration::from_micros(waits[PROCESSES - 1]);
    assert!(longest < PATIENCE / 2 && longest <= took, "{longest:?} of {took:?}");
    say!(
        "contention: {PROCESSES} processes, one commit each in {took:?}; waits for the lock: median {:?}, \
         longest {longest:?}",
        Duration::from_micros(waits[PROCESSES / 2])
    );
}

#[test]
fn a_stopped_holder_is_named_within_the_wait_and_goes_on_afterwards() {
    const WAIT: Duration = Duration::from_millis(700);
    let (_folder, root) = store();
    let mut holder = Writer::start(&root, 1, WAIT).ready();
    let mut other = Writer::start(&root, 2, WAIT).ready();
    holder.ask("hold 0 5");
    assert_eq!(holder.answer().words, "held");
    holder.signal(Signal::STOP);
    for _ in 0..2 {
        let begin = Instant::now();
        other.ask("add 0 1");
        let reply = other.answer();
        let waited = begin.elapsed();
        let named = format!("pid {} \"checklist torture, writer 1\" since 20", holder.child.id());
        assert!(reply.words.starts_with("refused LockTimeout NotSaved busy: "), "{reply:?}");
        assert!(reply.words.contains(&named), "{reply:?} names {named}");
        assert!(waited >= WAIT && waited < WAIT + Duration::from_secs(5), "waited {waited:?}");
    }
    // Who only reads is not kept waiting by anybody.
    other.ask("read 0");
    assert_eq!(other.answer().words, "seen 0");
    holder.signal(Signal::CONT);
    writeln!(holder.requests, "go").expect("it listens");
    assert!(holder.answer().words.starts_with("saved "));
    other.saves("add 0 1");
    assert_eq!(count(&root), 6);
}

#[test]
fn a_holder_that_dies_leaves_the_lock_to_the_next_at_once() {
    let (_folder, root) = store();
    for is_stopped in [false, true] {
        let before = if root.exists() { count(&root) } else { 0 };
        let mut holder = Writer::start(&root, 1, Duration::from_secs(60)).ready();
        let mut other = Writer::start(&root, 2, Duration::from_secs(60)).ready();
        holder.ask("hold 0 5");
        assert_eq!(holder.answer().words, "held");
        if is_stopped {
            holder.signal(Signal::STOP);
        }
        other.ask("add 0 1");
        std::thread::sleep(Duration::from_millis(600));
        holder.child.kill().expect("it is there");
        let begin = Instant::now();
        let reply = other.answer();
        let waited = begin.elapsed();
        // What the dead holder had not committed is not there.
        assert!(
            reply.words.starts_with("saved ") && reply.words.ends_with(&format!(" {before}")),
            "{reply:?}"
        );
        assert!(waited < Duration::from_secs(5), "the lock was free, and it took {waited:?} more");
        assert!(reply.lock_us >= 100_000, "it did wait for the holder: {reply:?}");
        drop((holder, other));
        assert_eq!(count(&root), before + 1);
    }
}

#[test]
fn a_process_started_while_the_lock_is_held_does_not_keep_it() {
    let (_folder, root) = store();
    let mut store = Store::open(&root).expect("a store is created");
    let hold = store.try_hold("run-1").expect("it can be asked for").expect("it is free");
    let mut transaction = store.begin().expect("the lock is free");
    transaction.write(&COUNT, 1).expect("a number can be written");
    let mut sleeper = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("sleep starts");
    transaction.commit().expect("it commits");
    drop((hold, store));
    let mut other = Writer::start(&root, 2, Duration::from_secs(5)).ready();
    other.saves("add 0 1");
    let again = Store::open(&root).expect("it opens");
    assert!(again.try_hold("run-1").expect("it can be asked for").is_some(), "the run is still held");
    assert!(sleeper.try_wait().expect("it is ours").is_none(), "the sleeper lived through all of it");
    sleeper.kill().and_then(|()| sleeper.wait()).expect("it ends");
    assert_eq!(count(&root), 2);
}

#[test]
fn two_threads_with_handles_of_their_own_exclude_each_other_like_processes() {
    const TIMES: u64 = 40;
    let (_folder, root) = store();
    let options = || Store::options().lock_timeout(Duration::from_secs(60)).deadline(None);
    let mut first = options().open(&root).expect("a store is created");
    let mut second =
        Options::lock_timeout(options(), Duration::from_millis(50)).open(&root).expect("it opens");
    let transaction = first.begin().expect("the lock is free");
    let error = second.begin().map(drop).expect_err("the same process holds it");
    assert_eq!(error.kind(), ErrorKind::LockTimeout);
    assert!(error.to_string().contains(&format!("pid {}", std::process::id())), "{error}");
    drop(transaction);
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut store = options().open(&root).expect("it opens");
                barrier.wait();
                for _ in 0..TIMES {
                    store
                        .transact(|draft| {
                            let count = draft.read_as::<u64>(&COUNT)?.unwrap_or(0);
                            draft.write(&COUNT, count + 1)
                        })
                        .expect("it commits");
                }
            });
        }
    });
    assert_eq!(count(&root), 2 * TIMES);
}

/// Adds one to the counter; the edit of threads that share a coordinator.
fn increment(draft: &mut checklist_store::Draft) -> Result<(), checklist_store::Error> {
    let count = draft.read_as::<u64>(&COUNT)?.unwrap_or(0);
    draft.write(&COUNT, count + 1)
}

#[test]
fn a_process_gets_the_lock_from_a_coordinator_that_is_never_idle() {
    const ROUNDS: u64 = 10;
    let (_folder, root) = store();
    let options = Store::options().publish(Publish::Deferred { wal_bytes: 1 << 20 });
    let options = options.deadline(None).lock_timeout(Duration::from_secs(60));
    let coordinator = options.open(&root).expect("a store is created").into_coordinator();
    let (is_over, committed) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut waits: Vec<u64> = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    coordinator.transact(increment).expect("it commits");
                    committed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // It waits no longer than anybody does who has not asked for more.
        let mut other = Writer::start(&root, 1, Duration::from_secs(5)).ready();
        let replies: Vec<Reply> = (0..ROUNDS)
            .map(|_| {
                other.ask("add 0 1");
                other.answer()
            })
            .collect();
        is_over.store(true, Ordering::SeqCst);
        replies
            .iter()
            .map(|reply| {
                assert!(reply.words.starts_with("saved "), "{reply:?}");
                reply.lock_us
            })
            .collect()
    });
    coordinator.close().expect("it closes");
    waits.sort_unstable();
    let committed = committed.into_inner();
    assert_eq!(count(&root), committed + ROUNDS);
    say!(
        "contention: another process committed {ROUNDS} times beside {committed} transactions of a coordinator; \
         waits for the lock: median {:?}, longest {:?}",
        Duration::from_micros(waits[waits.len() / 2]),
        Duration::from_micros(waits[waits.len() - 1])
    );
}

#[test]
fn a_waiting_process_that_is_stopped_keeps_nobody_out() {
    let (_folder, root) = store();
    let mut holder = Writer::start(&root, 1, Duration::from_secs(60)).ready();
    let mut waiting = Writer::start(&root, 2, Duration::from_secs(60)).ready();
    holder.saves("add 0 1");
    holder.ask("hold 0 5");
    assert_eq!(holder.answer().words, "held");
    waiting.ask("add 0 1");
    // By now it is next, and stays so while it is stopped.
    std::thread::sleep(Duration::from_millis(500));
    waiting.signal(Signal::STOP);
    writeln!(holder.requests, "go").expect("it listens");
    assert!(holder.answer().words.starts_with("saved "));
    // Who had the lock before lets it go first, but not for ever; who is new does not know of it.
    holder.saves("add 0 1");
    Writer::start(&root, 3, Duration::from_secs(5)).ready().saves("add 0 1");
    waiting.signal(Signal::CONT);
    assert!(waiting.answer().words.starts_with("saved "));
    assert_eq!(count(&root), 9);
}
