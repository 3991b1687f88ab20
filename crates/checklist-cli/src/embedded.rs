//! The lists that come with the program, for `init`.

use checklist_workflow::template::Template;

/// A list that comes with the program.
pub(crate) struct Embedded {
    pub(crate) name: &'static str,
    /// One line.
    pub(crate) about: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! list {
    ($name:literal, $about:literal) => {
        Embedded { name: $name, about: $about, text: include_str!(concat!("../templates/", $name, ".yaml")) }
    };
}

/// The first is the one that `init` takes when none is named.
pub(crate) const EMBEDDED: &[Embedded] = &[
    list!("start", "three steps before a push, to be edited"),
    list!("hello", "the tutorial: two minutes, and you kill it yourself"),
    list!("release", "a Rust crate: changelog, tests, tag, push, crates.io"),
    list!("incident", "something is broken: stop the harm, tell, look back"),
    list!("migration", "a PostgreSQL schema: copy, apply, prove, way back"),
    list!("onboarding", "a new colleague, from the laptop to the first change"),
    list!("review", "a pull request: read, try, answer"),
];

impl Embedded {
    /// The list, read.
    pub(crate) fn template(&self) -> Template {
        Template::parse(self.name, self.text).expect("a test reads every one of them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_valid_and_without_notes() {
        for list in EMBEDDED {
            let template = Template::parse(list.name, list.text).unwrap_or_else(|found| panic!("{found}"));
            assert!(template.notes.is_empty(), "{}", template.notes);
            assert_eq!(template.id, list.name);
        }
    }
}
