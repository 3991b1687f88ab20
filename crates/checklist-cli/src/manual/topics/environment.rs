//! The topic `environment`: variables that are read, and those that commands get.

use crate::manual::{Section, examples, section, terms, text};

/// Every variable that the program reads, apart from those a list names itself; a test looks for others.
pub(crate) const READ: &[(&str, &str)] = &[
    (
        "CHECKLIST_AGENT",
        "1: a program reads the answers; --json --no-input, and agent: before the name of who acts",
    ),
    (
        "CHECKLIST_ACTOR",
        "who is acting; else GIT_AUTHOR_NAME, the user.name of git, USER, LOGNAME or USERNAME",
    ),
    ("CHECKLIST_ACCEPT_OWNER", "1: work in a folder that belongs to another user"),
    ("NO_COLOR", "set to anything: no colour"),
    ("CLICOLOR_FORCE", "set, and not 0: colour in a pipe as well"),
    ("CLICOLOR", "0: no colour"),
    ("TERM", "dumb: no colour, no frames, nothing drawn over, no panel"),
    (
        "CHECKLIST_SCREEN_READER, ACCESSIBLE",
        "1: for a screen reader: a sentence to a line, states as words, no columns, no frames, nothing drawn over, no panel; the \
         first goes before the second, which other programs heed as well, and 0 is no",
    ),
    ("CI", "set to anything: nothing is drawn over"),
    ("COLUMNS", "the width, where there is no terminal that tells it"),
    ("LC_ALL, LC_CTYPE, LANG", "with UTF-8 in it: the panel draws lines, and else ASCII"),
    ("TZ, TZDIR", "the time zone of what is shown; files have UTC"),
    (
        "HOME, USERPROFILE",
        "the home folder: lists in it are for it alone, and paths below it are shown with ~",
    ),
    ("XDG_STATE_HOME", "where approvals and the list of projects are kept; default ~/.local/state"),
    ("XDG_CONFIG_HOME", "where git's settings may be; default ~/.config"),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "in a program built with the feature otlp: http:// and the place of a collector, which gets a span for the \
         command, each step and each attempt; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, \
         OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are heeded, OTEL_SDK_DISABLED=true sends nothing",
    ),
    (
        "TRACEPARENT",
        "the span that this is a part of (W3C Trace Context); commands get it as it is, or the one of their attempt \
         where spans are sent",
    ),
];

/// What every command and check of a list finds in its environment.
const GIVEN: &[(&str, &str)] = &[
    ("CHECKLIST_RUN", "the id of the run"),
    ("CHECKLIST_STEP", "the id of the step"),
    ("CHECKLIST_ATTEMPT", "1, and one more with every attempt"),
    ("CHECKLIST_KEY", "the same on every attempt of a command: pass it on, and nothing is done twice"),
];

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("CHECKLIST_AGENT=1 checklist next", "one JSON object, and never a question"),
                ("CHECKLIST_ACTOR=ana checklist done", "recorded as done by ana"),
                ("NO_COLOR=1 checklist status", "no colour"),
            ])],
        ),
        section("Read", vec![terms(READ)]),
        section(
            "Given to commands",
            vec![
                terms(GIVEN),
                text(
                    "Besides these, every variable of the list is in the environment under its own name, and whatever the program \
             itself was started with.",
                ),
            ],
        ),
        section(
            "Order",
            vec![text(
                "For colour: --color, then NO_COLOR, CLICOLOR_FORCE, CLICOLOR, then whether it is a terminal.",
            )],
        ),
    ]
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test reads the sources of the program")]
mod tests {
    use super::READ;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The names in calls that read a variable, in every file below a folder.
    fn names(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                names(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let product = text.split("#[cfg(test)]").next().unwrap_or_default();
                for call in ["lookup(\"", "absolute(\"", "variable(\"", "env::var(\"", "env::var_os(\""] {
                    let calls = product.split(call).skip(1);
                    found.extend(
                        calls.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()),
                    );
                }
            }
        }
    }

    #[test]
    fn every_variable_that_is_read_is_told() {
        let told: BTreeSet<&str> = READ.iter().flat_map(|(names, _)| names.split(", ")).collect();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crates");
        let mut found = BTreeSet::new();
        for name in ["checklist-cli", "checklist-store", "checklist-workflow"] {
            names(&crates.join(name).join("src"), &mut found);
        }
        assert!(found.len() > 12, "{found:?}");
        let is_name = |name: &&String| name.chars().all(|char| char.is_ascii_uppercase() || char == '_');
        for name in found.iter().filter(is_name) {
            let is_told = told.contains(name.as_str());
            let is_in_words = READ.iter().any(|(_, about)| about.contains(name.as_str()));
            assert!(is_told || is_in_words, "{name}: add it to READ");
        }
    }
}
