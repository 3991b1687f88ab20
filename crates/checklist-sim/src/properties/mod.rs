//! What must hold for every input of every reader of bytes that anybody may have written.
//!
//! A fuzzer calls these functions with bytes of its own, and the tests with every input that is kept in
//! `fuzz/corpus`. They return for every input, and panic where a property does not hold.

mod condition;
mod exact;
mod history;
mod key;
mod log;
mod markdown;
mod state;
mod store;
mod template;

use checklist_store::CommittedTransaction;

/// A reader and what must hold for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the fuzz target and of its folder below `fuzz/corpus`.
    pub name: &'static str,
    /// Panics where a property does not hold.
    pub judge: fn(&[u8]),
    /// For each byte of an input, the bytes of memory that reading and judging it may take at once.
    heap_per_byte: usize,
    /// What it may take beside that.
    heap_base_bytes: usize,
}

impl Target {
    /// The most memory that reading and judging an input may take at once, in bytes: a multiple of the input,
    /// and something for the world around it. No length or count that an input announces buys more.
    #[must_use]
    pub const fn heap_bytes_max(&self, input_bytes: usize) -> usize {
        self.heap_base_bytes + self.heap_per_byte * input_bytes
    }
}

/// What judging an empty input may take. These bounds are two to eight times what the costliest inputs take that
/// are known: `crates/checklist-sim/tests/memory.rs` has them.
const HEAP_BASE_BYTES: usize = 256 << 10;

/// The same where an input can hold patterns: one of them at a time takes up to three times and a half of what a
/// compiled pattern may take, whatever its length.
const HEAP_BASE_OF_PATTERNS_BYTES: usize = HEAP_BASE_BYTES + (448 << 10);

/// Every target.
pub const ALL: &[Target] = &[
    Target { name: "log_reader", judge: log::judge, heap_per_byte: 64, heap_base_bytes: HEAP_BASE_BYTES },
    Target {
        name: "state_reader",
        judge: state::judge,
        heap_per_byte: 256,
        heap_base_bytes: HEAP_BASE_BYTES,
    },
    Target {
        name: "exact_reader",
        judge: exact::judge,
        heap_per_byte: 256,
        heap_base_bytes: HEAP_BASE_BYTES,
    },
    Target {
        name: "history_reader",
        judge: history::judge,
        heap_per_byte: 128,
        heap_base_bytes: HEAP_BASE_BYTES,
    },
    Target { name: "store", judge: store::judge, heap_per_byte: 256, heap_base_bytes: HEAP_BASE_BYTES },
    Target { name: "key", judge: key::judge, heap_per_byte: 64, heap_base_bytes: HEAP_BASE_BYTES },
    Target {
        name: "template",
        judge: template::judge,
        heap_per_byte: 512,
        heap_base_bytes: HEAP_BASE_OF_PATTERNS_BYTES,
    },
    Target { name: "markdown", judge: markdown::judge, heap_per_byte: 512, heap_base_bytes: HEAP_BASE_BYTES },
    Target {
        name: "condition",
        judge: condition::judge,
        heap_per_byte: 512,
        heap_base_bytes: HEAP_BASE_OF_PATTERNS_BYTES,
    },
];

/// Judges an input of the target of that name.
///
/// # Panics
/// If there is no such target, or a property does not hold.
pub fn judge(name: &str, bytes: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("the target is one of ALL");
    (target.judge)(bytes);
}

/// Places at which an input is cut to see that what is left reads as a part of the whole: a few, which
/// depend on the input alone.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let (len, hash) = (bytes.len(), xxhash_rust::xxh3::xxh3_64(bytes));
    let somewhere = usize::try_from(hash % (len as u64 + 1)).expect("it is at most the length");
    [somewhere, len / 2, len.saturating_sub(1)].into_iter()
}

/// Whether these are the same transactions, whatever their numbers.
fn are_same(one: &[CommittedTransaction], other: &[CommittedTransaction]) -> bool {
    let same = |one: &CommittedTransaction, other: &CommittedTransaction| {
        (&one.txn, one.timestamp, &one.note, &one.operations)
            == (&other.txn, other.timestamp, &other.note, &other.operations)
    };
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}
