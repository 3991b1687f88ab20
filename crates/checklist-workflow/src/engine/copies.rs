//! The copies a run goes by: its template and those that one extends, as they were when the run began.

use super::WorkflowEngine;
use crate::confine::confine;
use crate::error::{Error, Result};
use crate::list::{List, ListKind};
use crate::run::{Run, TemplateRef};
use crate::template::{BaseSource, Template, source_hash};
use checklist_store::env::Env;
use std::collections::BTreeMap;
use std::path::Path;

impl WorkflowEngine {
    /// Keeps copies of a list, durably, for a run that is to go by it.
    pub(super) fn keep_copies(&self, list: &List) -> Result<TemplateRef> {
        let sha256 = list.template.source_hash.clone();
        let copy = format!("templates/.used/{}.{}", &sha256[..16], list.kind.extension());
        self.store.keep(&copy, &list.source)?;
        let mut bases = BTreeMap::new();
        for (name, base) in &list.bases {
            let copy = format!("templates/.used/{}.yaml", &source_hash(&base.source)[..16]);
            self.store.keep(&copy, base.source.as_bytes())?;
            bases.insert(name.clone(), copy);
        }
        Ok(TemplateRef { copy, sha256, origin: list.name.clone(), bases })
    }

    /// The template of a run, from its copies.
    pub(super) fn load_template(&self, run: &Run) -> Result<Template> {
        read_template(self.store.env(), self.store.root(), &run.template)
    }
}

/// The template that copies make, which have to be what they were when they were kept.
pub(crate) fn read_template(env: &Env, root: &Path, of: &TemplateRef) -> Result<Template> {
    let source = read_copy(env, root, &of.copy)?;
    let mut find = |name: &str| {
        let copy = of.bases.get(name).ok_or_else(|| "the run has no copy of it".to_owned())?;
        let source = read_copy(env, root, copy).map_err(|error| error.to_string())?;
        Ok(BaseSource { name: name.to_owned(), source })
    };
    let list = List::parse_as(ListKind::of(&of.copy), &of.origin, &source, &mut find)
        .map_err(|diagnostics| Error::Template(Box::new(diagnostics)))?;
    if list.template.source_hash != of.sha256 {
        let path = confine(env, root, &of.copy)?;
        return Err(Error::TemplateCopy { path, reason: "was changed since the run began".to_owned() });
    }
    Ok(list.template)
}

/// The text of a copy that a run keeps.
pub(super) fn read_copy(env: &Env, root: &Path, copy: &str) -> Result<String> {
    let path = confine(env, root, copy)?;
    let broken = |reason: &str| Error::TemplateCopy { path: path.clone(), reason: reason.to_owned() };
    let bytes = env.fs.read(&path, 0..u64::MAX).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => broken("is missing"),
        _ => Error::File(crate::file::FileError::new("read", &path, error)),
    })?;
    String::from_utf8(bytes).map_err(|_| broken("is not text"))
}
