//! Fails every call of every workload, once and for ever, and demands an honest answer and an intact disk.

use checklist_sim::fault::Fault;
use checklist_sim::sweep::sweep;
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use std::io::ErrorKind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

type Kind = (&'static str, fn(u64) -> Fault);

const KINDS: &[Kind] = &[
    ("one error", |at| Fault::Once(at, ErrorKind::Other)),
    ("interrupted once", |at| Fault::Once(at, ErrorKind::Interrupted)),
    ("dead from then on", |at| Fault::From(at, ErrorKind::Other)),
    ("full from then on", Fault::FullFrom),
    ("read-only from then on", Fault::ReadOnlyFrom),
    ("sync failed and forgot", |at| Fault::SyncLost(at, ErrorKind::Other)),
];

const BUDGET: Budget = Budget { subset_changes_max: 3, byte_tears_max: 0, garbage: false, tears_max: 6 };

#[test]
fn no_fault_breaks_a_promise() {
    let jobs: Vec<_> =
        workload::ALL.iter().flat_map(|load| KINDS.iter().map(move |kind| (load, kind))).collect();
    let (next, lines) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let findings = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((workload, (name, fault))) = jobs.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (tally, found) = sweep(workload, fault, BUDGET);
                    lines.lock().expect("no panic").push((workload.name, *name, tally));
                    let found = found.iter().map(|finding| format!("{name}: {finding}"));
                    findings.lock().expect("no panic").extend(found);
                }
            });
        }
    });
    let findings = findings.into_inner().expect("no panic");
    let (mut runs, mut states) = (0, 0);
    for (workload, name, tally) in lines.into_inner().expect("no panic") {
        println!("{workload:<16} {name:<24} {tally:?}");
        runs += tally.runs;
        states += tally.states;
    }
    println!("runs with a fault: {runs}; distinct disks judged: {states}");
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
}
