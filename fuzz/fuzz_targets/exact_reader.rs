//! Fuzz target: arbitrary lines of `state.yaml` for its exact reader and its YAML reader.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("exact_reader", bytes));
