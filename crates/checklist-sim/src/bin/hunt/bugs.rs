//! Planted bugs: how many sequences, pairs or strikes it takes to find each.

use crate::wish::Wish;
use crate::{grouped, say};
use checklist_sim::planted::{ALL, By};
use std::process::ExitCode;

/// Tries at most so many sequences: beyond, a bug is left to the workload that is known to catch it.
const TRIES_MAX: usize = 462;

pub(crate) fn run(wish: Wish) -> ExitCode {
    let out = &mut std::io::stdout();
    let (mut tries, mut missed) = (Vec::new(), 0);
    for planted in ALL {
        let steps = planted.search(By::Steps, wish.to.min(TRIES_MAX)).map(|caught| ("sequences", caught));
        let caught = steps.or_else(|| planted.search(By::Pairs, usize::MAX).map(|caught| ("pairs", caught)));
        let caught =
            caught.or_else(|| planted.search(By::Strikes, TRIES_MAX).map(|caught| ("strikes", caught)));
        match (caught, planted.by) {
            (Some((what, caught)), _) => {
                let states = grouped(caught.states);
                say(out, &format!("{:>4} {what:<9} {states:>7} states  {}", caught.tries, planted.name));
                say(out, &format!("     {}", caught.finding));
                tries.push(caught.tries);
            }
            (None, By::Workload(name) | By::Faults(name)) => {
                say(out, &format!("   - workload {name:<15}  {}", planted.name));
            }
            (None, _) => {
                say(out, &format!("   - NOT FOUND                {}", planted.name));
                missed += 1;
            }
        }
    }
    tries.sort_unstable();
    let (median, max) = (tries.get(tries.len() / 2), tries.last());
    say(
        out,
        &format!(
            "{} bugs, {} found by number: median {}, at most {} tries; {missed} not found",
            ALL.len(),
            tries.len(),
            median.copied().unwrap_or_default(),
            max.copied().unwrap_or_default()
        ),
    );
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
