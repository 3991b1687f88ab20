//! Fuzz target: arbitrary bytes for the reader of `state.yaml`.
//! What judging takes of memory is held to a multiple of the input, as the library says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_fuzz::judge("state_reader", bytes));
