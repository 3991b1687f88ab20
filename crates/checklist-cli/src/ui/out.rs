//! `Out`: stdout, or what keeps its text for whoever asked.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Where answers go. Others may write lines of their own before the answer.
#[derive(Debug, Default)]
pub(crate) struct Out {
    /// Where they are kept for whoever asked; else they go to stdout.
    pub(super) kept: Option<Mutex<String>>,
    pub(super) is_closed: AtomicBool,
    pub(super) is_lost: AtomicBool,
}

impl Out {
    /// Writes at once. A reader that went away ends the output and nothing else: what is under way is
    /// finished and saved.
    pub(crate) fn put(&self, text: &str) {
        if let Some(kept) = &self.kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
            return;
        }
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        let mut stream = io::stdout().lock();
        if let Err(error) = stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            self.is_closed.store(true, Ordering::Relaxed);
            self.is_lost.store(error.kind() != io::ErrorKind::BrokenPipe, Ordering::Relaxed);
        }
    }
}
