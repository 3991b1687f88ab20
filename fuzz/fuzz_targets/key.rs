//! Fuzz target: arbitrary text for the reader of keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("key", bytes));
