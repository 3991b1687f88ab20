//! What every fuzz target does with an input: holds its reader to its properties, and to a bound on memory.
//!
//! Three bounds hold together. The counting allocator below asserts, for each input, that judging it takes at
//! most [`checklist_sim::properties::Target::heap_bytes_max`], a multiple of its length: a length, count or number that an input announces
//! buys no memory. `-malloc_limit_mb` ends the run at one allocation that large, before it is made, and
//! `-rss_limit_mb` at what adds up over inputs; `cargo xtask fuzz` sets both.

use checklist_sim::properties::ALL;
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Judges an input of the target of that name.
///
/// # Panics
/// If a property does not hold, or judging takes more memory than the target allows.
pub fn judge(name: &str, bytes: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("the target is one of ALL");
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    (target.judge)(bytes);
    let taken = HEAP.peak_usage().saturating_sub(before);
    let limit = target.heap_bytes_max(bytes.len());
    assert!(taken <= limit, "an input of {} bytes takes {taken} bytes of memory, at most {limit}", bytes.len());
}
