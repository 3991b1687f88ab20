//! The memory that readers take: for every kept input, and for inputs made to be costly, at most a multiple of
//! their length. The test is alone in its program, whose allocations are counted.
#![expect(clippy::disallowed_methods, reason = "the corpus is on the real disk")]

use checklist_sim::properties::{ALL, Target};
use peak_alloc::PeakAlloc;
use std::path::{Path, PathBuf};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The most bytes that were in use at once while an input was judged, beyond those in use before.
fn taken(target: &Target, bytes: &[u8]) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    (target.judge)(bytes);
    HEAP.peak_usage() - before
}

fn holds(target: &Target, name: &str, bytes: &[u8]) {
    let (taken, limit) = (taken(target, bytes), target.heap_bytes_max(bytes.len()));
    assert!(
        taken <= limit,
        "{}: {name} of {} bytes takes {taken}, at most {limit}",
        target.name,
        bytes.len()
    );
}

/// The kept inputs of a target.
fn kept(target: &Target) -> Vec<PathBuf> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["corpus", "regressions"].map(|folder| fuzz.join(folder).join(target.name));
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    entries.map(|entry| entry.expect("it can be listed").path()).collect()
}

/// Texts that cost more than they weigh when their middle is repeated: nesting, many small values, references to
/// what was said before, and numbers that announce more than there is.
const PIECES: &[(&str, &str, &str)] = &[
    ("", "[", ""),
    ("", "{\"a\":", ""),
    ("", "- ", ""),
    ("", "a: ", ""),
    ("", "\n", ""),
    ("", "{}\n", ""),
    ("", "/", ""),
    ("", "/~1", ""),
    ("", "\"", ""),
    ("", "%%\n", ""),
    ("", "\u{fffd}", ""),
    ("a: [", "[],", "0]\n"),
    ("vars.text.matches(\"", "(a)|", "b\")"),
    ("vars.text.matches(\"", "((a{9}){9}|", "b\")"),
    ("# a\n", "- [ ] a\n", ""),
    ("# a\n", "1. [x] `a`\n", ""),
    ("# a\n", "  - [ ] a\n    ", ""),
    ("checklist: 1\nsteps:\n", "  - a\n", ""),
    ("checklist: 1\nsteps:\n", "  - {title: a, steps: [b]}\n", ""),
    ("x: &x [a,a,a,a,a,a,a,a]\nsteps:\n", "  - *x\n", ""),
    ("{\"v\":1,\"op\":\"commit\",\"count\":18446744073709551615,\"x\":[", "0,", "0],\"crc\":\"00000000\"}\n"),
    ("{\"v\":1,\"operations\":[", "{\"op\":\"delete\",\"key\":\"/a\"},", "0],\"crc\":\"00000000\"}\n"),
    (
        "schemaVersion: \"1.0.0\"\nlsn: 1\nlastModified: \"2026-01-01T00:00:00.000Z\"\na: [",
        "{},",
        "0]\n...\n",
    ),
];

/// What every state begins with.
const HEAD: &str = "schemaVersion: \"1.0.0\"\nlsn: 1\nlastModified: \"2026-01-01T00:00:00.000Z\"\n";

/// References to references, each of which would make nine of one.
fn laughter() -> String {
    let mut text = format!("a0: &a0 [{}]\n", ["x"; 9].join(","));
    for level in 1..=9 {
        let below = vec![format!("*a{}", level - 1); 9].join(",");
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    text
}

/// A text of about `bytes` made of one piece.
fn costly(piece: &(&str, &str, &str), bytes: usize) -> String {
    let (begin, middle, end) = piece;
    format!("{begin}{}{end}", middle.repeat(bytes / middle.len()))
}

#[test]
fn memory_is_a_multiple_of_the_input() {
    for target in ALL {
        for path in kept(target) {
            let bytes = std::fs::read(&path).expect("an input can be read");
            holds(target, &path.display().to_string(), &bytes);
        }
        for piece in PIECES {
            // A condition may be no longer than a kibibyte.
            for bytes in [900, 1 << 10, 16 << 10, 128 << 10] {
                holds(target, &format!("{piece:?}"), costly(piece, bytes).as_bytes());
            }
        }
        for text in [laughter(), format!("{HEAD}{}...\n", laughter())] {
            holds(target, "references to references", text.as_bytes());
        }
    }
}
