//! The copies a run goes by: its template and those that one extends, as they were when the run began.

use super::WorkflowEngine;
use crate::confine::confine;
use crate::error::{Error, Result};
use crate::list::{List, ListKind};
use crate::run::{Run, TemplateRef};
use crate::template::{BaseSource, Template};

impl WorkflowEngine {
    /// The template of a run, from its copies.
    pub(super) fn load_template(&self, run: &Run) -> Result<Template> {
        let TemplateRef { copy, sha256, origin, bases } = &run.template;
        let source = self.read_copy(copy)?;
        let mut find = |name: &str| {
            let copy = bases.get(name).ok_or_else(|| "the run has no copy of it".to_owned())?;
            let source = self.read_copy(copy).map_err(|error| error.to_string())?;
            Ok(BaseSource { name: name.to_owned(), source })
        };
        let list = List::parse_as(ListKind::of(copy), origin, &source, &mut find)
            .map_err(|diagnostics| Error::Template(Box::new(diagnostics)))?;
        if list.template.source_hash != *sha256 {
            let path = confine(self.store.env(), self.store.root(), copy)?;
            return Err(Error::TemplateCopy { path, reason: "was changed since the run began".to_owned() });
        }
        Ok(list.template)
    }

    /// The text of a copy that the run keeps.
    fn read_copy(&self, copy: &str) -> Result<String> {
        let env = self.store.env();
        let path = confine(env, self.store.root(), copy)?;
        let broken = |reason: &str| Error::TemplateCopy { path: path.clone(), reason: reason.to_owned() };
        let bytes = env.fs.read(&path, 0..u64::MAX).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => broken("is missing"),
            _ => Error::File(crate::file::FileError::new("read", &path, error)),
        })?;
        String::from_utf8(bytes).map_err(|_| broken("is not text"))
    }
}
