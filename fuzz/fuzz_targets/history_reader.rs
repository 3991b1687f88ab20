//! Fuzz target: arbitrary bytes, and the same with every line made to prove itself, for the reader of the history.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("history_reader", bytes));
