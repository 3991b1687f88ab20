//! `Savepoint`: an inner edit of a draft that is undone unless it is released.

use super::draft::{Draft, Mark};
use std::ops::{Deref, DerefMut};

/// An inner edit of a draft. It derefs to [`Draft`], so savepoints nest; dropping it undoes its edits.
///
/// While it is open the outer draft cannot be touched:
/// ```compile_fail
/// # use checklist_store::{Draft, Key};
/// # let mut draft = Draft::of(serde_json::json!({})).unwrap();
/// let inner = draft.savepoint();
/// draft.write(&Key::from_static("/a"), 1).unwrap();
/// inner.release();
/// ```
///
/// ```
/// use checklist_store::{Draft, Key};
///
/// let mut draft = Draft::of(serde_json::json!({}))?;
/// let mut kept = draft.savepoint();
/// kept.write(&Key::from_static("/a"), 1)?;
/// let mut inner = kept.savepoint();
/// inner.write(&Key::from_static("/b"), 2)?;
/// inner.rollback();
/// kept.release();
/// assert!(draft.contains(&Key::from_static("/a")) && !draft.contains(&Key::from_static("/b")));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[must_use = "dropping a savepoint undoes its edits"]
#[derive(Debug)]
pub struct Savepoint<'draft> {
    draft: &'draft mut Draft,
    mark: Option<Mark>,
}

impl<'draft> Savepoint<'draft> {
    pub(super) fn open(draft: &'draft mut Draft) -> Savepoint<'draft> {
        let mark = draft.enter();
        Savepoint { draft, mark: Some(mark) }
    }

    /// Keeps the edits: they belong to the outer draft from now on.
    pub fn release(mut self) {
        self.mark = None;
    }

    /// Undoes the edits.
    pub fn rollback(self) {}
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        self.draft.leave(self.mark.take());
    }
}

impl Deref for Savepoint<'_> {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        self.draft
    }
}

impl DerefMut for Savepoint<'_> {
    fn deref_mut(&mut self) -> &mut Draft {
        self.draft
    }
}
