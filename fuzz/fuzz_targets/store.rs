//! Fuzz target: a whole store of three arbitrary files, opened and opened again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("store", bytes));
