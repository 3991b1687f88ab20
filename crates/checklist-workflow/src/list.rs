//! `List`: a template or a Markdown task list, ready to be run.

use crate::diagnostic::Diagnostics;
use crate::markdown::{self, InitialStatus};
use crate::template::{BaseSource, FindBase, Template};

/// What a list was written in.
///
/// ```
/// use checklist_workflow::{List, ListKind};
///
/// assert_eq!(ListKind::of("RELEASE.md"), ListKind::Markdown);
/// assert_eq!(ListKind::Yaml.extension(), "yaml");
/// // A base lies wherever the caller looks for it.
/// let list = List::parse_as(ListKind::Markdown, "from-a-wiki", "- [ ] One\n", &mut |name| Err(format!("no {name}")))?;
/// assert_eq!(list.template.steps[0].id, "one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// A template, format 1.
    Yaml,
    /// A Markdown task list, as people have them.
    Markdown,
}

/// A template or a Markdown task list, with the bytes it was read from: a run keeps its own copy of them.
#[derive(Clone, Debug)]
pub struct List {
    /// What it is called in messages, usually its path.
    pub name: String,
    /// Its steps.
    pub template: Template,
    /// What it was read from.
    pub source: Vec<u8>,
    /// What it was written in.
    pub kind: ListKind,
    /// The templates it extends, by the names they are extended by, the nearest first.
    pub bases: Vec<(String, BaseSource)>,
    /// What the boxes of a Markdown list say, in the order of its steps; empty for a template.
    pub initial: Vec<InitialStatus>,
}

impl ListKind {
    /// By the extension of a file's name.
    #[must_use]
    pub fn of(name: &str) -> ListKind {
        let extension = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        if matches!(extension.as_str(), "md" | "markdown") { ListKind::Markdown } else { ListKind::Yaml }
    }

    /// The extension of a copy.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            ListKind::Yaml => "yaml",
            ListKind::Markdown => "md",
        }
    }
}

impl List {
    /// Reads a list that stands alone: Markdown if its name ends so, and otherwise a template.
    ///
    /// ```
    /// use checklist_workflow::List;
    ///
    /// let list = List::parse("RELEASE.md", "# Release\n\n- [ ] Run the tests\n- [ ] Tag it\n").unwrap();
    /// assert_eq!(list.template.steps[1].id, "tag-it");
    ///
    /// // What is wrong is told with its place, and what may have been meant.
    /// let source = "checklist: 1\nid: a\ntitle: A\nsteps:\n  - { id: one, title: One, kiler: true }\n";
    /// let told = List::parse("a.yaml", source).unwrap_err().render(false);
    /// assert!(told.starts_with("a.yaml:5:") && told.contains("killer"), "{told}");
    /// ```
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn parse(name: &str, source: &str) -> Result<List, Diagnostics> {
        List::parse_as(ListKind::of(name), name, source, &mut |_| {
            Err("there is no folder here to look for it".to_owned())
        })
    }

    /// Reads a list of a known kind, with the templates it extends, which `find` gives.
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn parse_as(
        kind: ListKind,
        name: &str,
        source: &str,
        find: FindBase<'_>,
    ) -> Result<List, Diagnostics> {
        let mut bases: Vec<(String, BaseSource)> = Vec::new();
        let (template, initial) = match kind {
            ListKind::Yaml => {
                let mut kept = |name: &str| {
                    let base = find(name)?;
                    bases.push((name.to_owned(), base.clone()));
                    Ok(base)
                };
                (Template::parse_with(name, source, &mut kept)?, Vec::new())
            }
            ListKind::Markdown => {
                let imported = markdown::import(name, source)?;
                (imported.template, imported.statuses)
            }
        };
        Ok(List { name: name.to_owned(), template, source: source.as_bytes().to_vec(), kind, bases, initial })
    }
}
