//! The `checklist` command.
fn main() {}
