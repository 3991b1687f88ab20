//! Two processes at once: every pair of acts with all schedules of two changes of turn.

use crate::wish::Wish;
use crate::{busy, grouped, say};
use checklist_sim::crash::{Effort, Finding, Tally, plain};
use checklist_sim::hunt::EFFORT;
use checklist_sim::interleave::{self, Act, Interleaver};
use checklist_sim::known::Known;
use checklist_store::env::os;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const BESIDE: Effort = Effort { workload: interleave::BUDGET, depth: 1, ..EFFORT };

pub(crate) fn run(wish: Wish) -> ExitCode {
    let clock = os::env().clock;
    let begun = clock.instant();
    let (known, next) = (Known::default(), AtomicUsize::new(0));
    let pairs: Vec<[Act; 2]> =
        Act::ALL.into_iter().flat_map(|one| Act::ALL.map(|other| [one, other])).collect();
    let work = || -> (Tally, usize, Vec<Finding>) {
        let mut interleaver = Interleaver::new(BESIDE, &plain, &known);
        while clock.instant().since(begun).as_secs() < wish.seconds && !interleaver.is_full() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(acts) = pairs.get(number) else { break };
            interleaver.run(*acts, 0, 1);
            let (schedules, states) = (interleaver.schedules, interleaver.tally().distinct());
            let line = format!(
                "hunt: {acts:?}, {} schedules, {} states by this thread",
                grouped(schedules),
                grouped(states)
            );
            say(&mut std::io::stderr(), &line);
        }
        let schedules = interleaver.schedules;
        let (tally, findings) = interleaver.end();
        (tally, schedules, findings)
    };
    let (mut tally, mut schedules, mut findings) = (Tally::default(), 0, Vec::new());
    thread::scope(|scope| {
        let threads: Vec<_> = (0..wish.threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (seen, run, found) = thread.join().expect("panics are reported as findings");
            tally.add(&seen);
            schedules += run;
            findings.extend(found);
        }
    });
    let out = &mut std::io::stdout();
    let pairs = next.into_inner().min(pairs.len());
    say(out, &format!("pairs      {pairs} of {}, {} schedules", Act::ALL.len().pow(2), grouped(schedules)));
    say(out, &format!("states     {} distinct disks judged", grouped(tally.distinct())));
    let busy =
        busy().map_or_else(String::new, |busy| format!(", {:.1} s of processor time", busy.as_secs_f64()));
    say(out, &format!("time       {:.1} s{busy}", clock.instant().since(begun).as_secs_f64()));
    say(out, &format!("findings   {}", findings.len()));
    findings.iter().for_each(|finding| say(out, &format!("\n{finding}")));
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
