//! Fuzz target: arbitrary bytes, and the same with every record made to prove itself, for the reader of the log.
//! What judging takes of memory is held to a multiple of the input, as the library says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_fuzz::judge("log_reader", bytes));
