//! The search for a planted bug: sequences, pairs and strikes in their order, until one of them tells.

use crate::crash::{Effort, Finding};
use crate::fault::Fault;
use crate::hunt::Hunter;
use crate::interleave::{self, Act, Interleaver};
use crate::known::Known;
use crate::planted::{By, Planted};
use crate::step::Sequence;
use crate::strike::Striker;
use crate::sweep::{SweepTally, sweep};
use crate::workload;
use checklist_store::env::mem::Budget;
use checklist_store::planted::plant;
use std::io::ErrorKind;

/// How far the search goes at each call: bugs show early or not at all.
pub const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 6, byte_tears_max: 0, garbage: true, tears_max: 40 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 4 },
    depth: 1,
    recovery_states_max: 60,
    findings_max: 1,
};

/// What caught a bug, and what it took.
#[derive(Clone, Debug)]
pub struct Caught {
    /// How many sequences or pairs were tried, the last one included.
    pub tries: usize,
    /// How many distinct disks were judged.
    pub states: usize,
    /// The promise that was seen broken.
    pub finding: Finding,
}

impl Planted {
    /// Tries at most `tries_max` sequences or pairs, in their order.
    #[must_use]
    pub fn search(&self, by: By, tries_max: usize) -> Option<Caught> {
        let known = Known::default();
        let env = |world: &_, model: Option<&_>| self.env(world, model);
        let _planted = self.bug().map(plant);
        match by {
            By::Pairs | By::Pair(_) => {
                let effort = Effort { workload: interleave::BUDGET, ..EFFORT };
                let mut interleaver = Interleaver::new(effort, &env, &known);
                interleaver.bug = self.bug();
                let all = Act::ALL.into_iter().flat_map(|one| Act::ALL.map(|other| [one, other]));
                let pairs = if let By::Pair(acts) = by { vec![acts] } else { all.collect() };
                let mut tries = 0;
                for acts in pairs.into_iter().take(tries_max) {
                    if interleaver.is_full() {
                        break;
                    }
                    interleaver.run(acts, 0, if matches!(by, By::Pair(_)) { 1 } else { 7 });
                    tries += 1;
                }
                let (tally, findings) = interleaver.end();
                caught(tries, tally.distinct(), findings)
            }
            By::Strikes => {
                let fault = |at| Fault::SyncLost(at, ErrorKind::Other);
                let mut striker = Striker::new(&fault, interleave::BUDGET, &known);
                let mut tries = 0;
                for sequence in (0..tries_max).map_while(Sequence::numbered) {
                    if striker.has_found() {
                        break;
                    }
                    striker.strike(&sequence);
                    tries += 1;
                }
                let (tally, findings) = striker.end();
                caught(tries, tally.states, findings)
            }
            By::Faults(name) => {
                let workload = workload::named(name).expect("the list names workloads that exist");
                let faults: [fn(u64) -> Fault; 2] = [
                    |at| Fault::SyncLost(at, ErrorKind::Other),
                    |at| Fault::Once(at, ErrorKind::StorageFull),
                ];
                let swept = faults.iter().map(|fault| sweep(workload, fault, interleave::BUDGET));
                let (tally, findings) =
                    swept.fold((SweepTally::default(), Vec::new()), |(sum, all), (tally, found)| {
                        let (runs, states) = (sum.runs + tally.runs, sum.states + tally.states);
                        (SweepTally { runs, states, ..sum }, [all, found].concat())
                    });
                caught(tally.runs, tally.states, findings)
            }
            By::Steps | By::Workload(_) => {
                let mut hunter = Hunter::new(1, EFFORT, &env, &known);
                let mut tries = 0;
                for sequence in (0..tries_max).map_while(Sequence::numbered) {
                    if hunter.is_full() {
                        break;
                    }
                    hunter.hunt(&sequence);
                    tries += 1;
                }
                let (tally, findings) = hunter.end();
                caught(tries, tally.distinct(), findings)
            }
        }
    }
}

fn caught(tries: usize, states: usize, findings: Vec<Finding>) -> Option<Caught> {
    findings.into_iter().next().map(|finding| Caught { tries, states, finding })
}
