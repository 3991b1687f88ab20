//! Fuzz target: arbitrary text for the reader of YAML templates.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("template", bytes));
