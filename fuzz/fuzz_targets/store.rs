//! Fuzz target: a whole store of three arbitrary files, opened and opened again.
//! What judging takes of memory is held to a multiple of the input, as the library says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_fuzz::judge("store", bytes));
