//! Fuzz target: arbitrary bytes for the reader of `state.yaml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("state_reader", bytes));
