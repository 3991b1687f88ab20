//! The migration of a document to the schema that this program writes: one transaction like any other, before
//! the first change that is asked for.

use super::commit::commit;
use super::options::Options;
use crate::disk::backup::{self, Reason};
use crate::disk::files::Files;
use crate::disk::lock::WriteLock;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::model::draft::Draft;
use crate::model::migration;
use crate::report::TxnId;
use serde_json::json;

/// Brings an older document up to date. The file as it was is kept in `.backup/`.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] if no steps lead to the schema of this program, whatever a step returns,
/// and those of a commit. The document is then as it was.
pub(crate) fn migrate(files: &mut Files, options: &Options, lock: &WriteLock) -> Result<()> {
    // 1. The write lock is held, and what others committed is taken in.
    let (from, to) = (files.schema, options.schema);
    let Some(steps) = migration::path(&options.migrations, from, to) else {
        let message =
            format!("this state has schema {from}, this program writes {to}, and no migration leads there");
        return Err(Error::new(ErrorKind::UnsupportedFormat, message).at(&files.layout.state()));
    };

    // 2. Change the document in memory.
    let txn = TxnId(files.env.uuid());
    let mut draft = Draft::new(files.document.clone(), files.last);
    for step in steps {
        (step.change)(&mut draft)?;
    }
    draft.set_note(json!({"verb": "migrate", "from": from.to_string(), "to": to.to_string()}));
    draft.set_schema(to);

    // 3. Keep the file as it is. 4. Commit.
    let sources = [files.layout.state()];
    let kept = backup::keep_copy(&files.env, &files.layout, lock, Reason::Migration, files.last, &sources)?;
    let begun = files.env.clock.instant();
    commit(files, options, lock, draft, txn, begun)?;
    options.emit(&Event::Migrated { from, to, backup: kept });
    Ok(())
}
