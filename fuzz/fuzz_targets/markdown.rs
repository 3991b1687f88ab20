//! Fuzz target: arbitrary text for the reader of Markdown lists.
//! What judging takes of memory is held to a multiple of the input, as the library says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checklist_fuzz::judge("markdown", bytes));
