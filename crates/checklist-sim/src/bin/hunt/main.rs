//! `hunt`: goes through all sequences of steps with every core until enough disks were judged; see `cargo xtask hunt`.

mod bugs;
mod pairs;
mod wish;

use checklist_sim::crash::{Finding, Tally, plain};
use checklist_sim::hunt::{EFFORT, Hunter};
use checklist_sim::known::Known;
use checklist_sim::step::{STEPS_MAX, Sequence};
use checklist_store::env::{Clock, Instant, os};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use wish::{Kind, Wish};

/// How often the progress line is shown.
const PROGRESS: Duration = Duration::from_secs(5);

/// What all threads share.
struct Shared {
    wish: Wish,
    clock: Arc<dyn Clock>,
    begun: Instant,
    known: Known,
    next: AtomicUsize,
    states: AtomicUsize,
    stop: AtomicBool,
    /// The sequences that were finished out of their order, and the first one that was not.
    finished: Mutex<(BTreeSet<usize>, usize)>,
}

impl Shared {
    fn is_over(&self) -> bool {
        let elapsed = self.clock.instant().since(self.begun);
        self.stop.load(Ordering::Relaxed)
            || self.states.load(Ordering::Relaxed) >= self.wish.states
            || elapsed.as_secs() >= self.wish.seconds
    }

    /// Takes down that a sequence is finished; how many are, without a gap.
    fn finish(&self, number: usize) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.0.insert(number);
        while let Some(first) = finished.0.first().copied().filter(|first| *first == finished.1) {
            finished.0.remove(&first);
            finished.1 += 1;
        }
    }

    fn reached(&self) -> usize {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn work(&self) -> (Tally, Vec<Finding>) {
        let mut hunter = Hunter::new(self.wish.seed, EFFORT, &plain, &self.known);
        let mut before = 0;
        while !self.is_over() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(sequence) = Sequence::numbered(number).filter(|_| number < self.wish.to) else { break };
            hunter.hunt(&sequence);
            self.finish(number);
            let now = hunter.tally().distinct();
            self.states.fetch_add(now - before, Ordering::Relaxed);
            before = now;
            if hunter.is_full() {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
        hunter.end()
    }
}

fn say(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

/// 1234567 as "1,234,567".
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// For how long the processor was busy with this process; `None` where the system does not tell.
fn busy() -> Option<Duration> {
    let bytes = os::env().fs.read(Path::new("/proc/self/stat"), 0..4_096).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // The name of the program is in parentheses and may hold anything; user and system time are 11 and 12 behind.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn main() -> ExitCode {
    let Some(wish) = Wish::read(std::env::args().skip(1)) else {
        say(&mut std::io::stderr(), wish::USAGE);
        return ExitCode::from(2);
    };
    match wish.kind {
        Kind::Sequences => sequences(wish),
        Kind::Pairs => pairs::run(wish),
        Kind::Bugs => bugs::run(wish),
    }
}

/// Hunts through sequences of steps.
fn sequences(wish: Wish) -> ExitCode {
    let clock = os::env().clock;
    let shared = Shared {
        wish,
        begun: clock.instant(),
        clock,
        known: Known::default(),
        next: AtomicUsize::new(wish.from),
        states: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        finished: Mutex::new((BTreeSet::new(), wish.from)),
    };
    let (tally, findings) = thread::scope(|scope| {
        let threads: Vec<_> = (0..wish.threads).map(|_| scope.spawn(|| shared.work())).collect();
        let mut shown = Duration::ZERO;
        while !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
            shared.clock.sleep(Duration::from_millis(50));
            let elapsed = shared.clock.instant().since(shared.begun);
            if elapsed >= shown + PROGRESS {
                shown = elapsed;
                progress(&shared, elapsed);
            }
        }
        let mut sum = (Tally::default(), Vec::new());
        for thread in threads {
            let (tally, findings) = thread.join().expect("panics are reported as findings");
            sum.0.add(&tally);
            sum.1.extend(findings);
        }
        sum
    });
    summary(&shared, &tally, &findings)
}

fn progress(shared: &Shared, elapsed: Duration) {
    let states = shared.states.load(Ordering::Relaxed);
    let line = format!(
        "hunt: {} states, sequences to {} of {}, {} s",
        grouped(states),
        shared.reached(),
        shared.wish.to,
        elapsed.as_secs()
    );
    say(&mut std::io::stderr(), &line);
}

fn summary(shared: &Shared, tally: &Tally, findings: &[Finding]) -> ExitCode {
    let out = &mut std::io::stdout();
    let (wish, reached) = (shared.wish, shared.reached());
    let elapsed = shared.clock.instant().since(shared.begun);
    let [states, once, twice] = tally.states.map(grouped);
    let rate = |seconds: f64| grouped((tally.distinct() as f64 / seconds.max(0.001)) as usize);
    let lines = [
        format!("states     {} distinct disks judged", grouped(tally.distinct())),
        format!(
            "           {states} after a cut in a step, {once} after one more in recovery, {twice} after two more"
        ),
        format!("cuts       {} outcomes at {} moments", grouped(tally.outcomes), grouped(tally.moments)),
        format!("sequences  {}..{reached} of {} (seed {})", wish.from, Sequence::count(STEPS_MAX), wish.seed),
        format!(
            "time       {:.1} s on {} threads, {} states/s",
            elapsed.as_secs_f64(),
            wish.threads,
            rate(elapsed.as_secs_f64())
        ),
        busy().map_or_else(String::new, |busy| {
            format!(
                "           {:.1} s of processor time, {} states/s/core",
                busy.as_secs_f64(),
                rate(busy.as_secs_f64())
            )
        }),
        format!("findings   {}", findings.len()),
    ];
    lines.iter().filter(|line| !line.is_empty()).for_each(|line| say(out, line));
    findings.iter().for_each(|finding| say(out, &format!("\n{finding}")));
    if reached < wish.to {
        say(out, &format!("resume     cargo xtask hunt --from {reached}"));
    }
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
