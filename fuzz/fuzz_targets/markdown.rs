//! Fuzz target: arbitrary text for the reader of Markdown lists.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("markdown", bytes));
