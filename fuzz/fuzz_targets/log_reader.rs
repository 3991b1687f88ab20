//! Fuzz target: arbitrary bytes, and the same with every record made to prove itself, for the reader of the log.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_sim::properties::judge("log_reader", bytes));
