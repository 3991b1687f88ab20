//! A notebook: keeps every line of its input as one transaction, and says of each whether it is saved.
//!
//! It goes on where the disk was full: `cargo run --example notebook -- FOLDER [--deferred]`.

use checklist_store::{Draft, Error, Key, Outcome, Publish, Store};
use std::io::{self, BufRead as _, Write as _};

const LINES: Key<'static> = Key::from_static("/lines");

/// Writes a line behind those that are there.
fn write_down(draft: &mut Draft, text: &str) -> Result<usize, Error> {
    let count = draft.read_as::<Vec<String>>(&LINES)?.map_or(0, |lines| lines.len());
    if count == 0 {
        draft.write(&LINES, Vec::<String>::new())?;
    }
    draft.write(&LINES.child(count), text)?;
    Ok(count + 1)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: notebook FOLDER [--deferred]")?;
    let publish = match arguments.next().as_deref() {
        Some("--deferred") => Publish::Deferred { wal_bytes: 64 << 10 },
        _ => Publish::EveryCommit,
    };
    let options = Store::options().publish(publish).holder("notebook");
    let mut store = options.clone().open(&folder)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "ready, {} lines",
        store.snapshot().read_as::<Vec<String>>(&LINES)?.unwrap_or_default().len()
    )?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        match store.transact(|draft| write_down(draft, &line)) {
            Ok(count) => writeln!(out, "saved, {count} lines")?,
            Err(error) => match error.outcome() {
                Outcome::NotSaved => writeln!(out, "not saved: {error}")?,
                Outcome::Saved => writeln!(out, "saved, with trouble: {error}")?,
                Outcome::InDoubt => {
                    writeln!(out, "in doubt: {error}")?;
                    // Only opening it again tells whether the line is there.
                    store = options.clone().open(&folder)?;
                }
            },
        }
        out.flush()?;
    }
    store.close()?;
    Ok(())
}
