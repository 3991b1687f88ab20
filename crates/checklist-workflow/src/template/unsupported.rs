//! What format 1 can say and this version cannot run: one row each, refused when a template uses it.
//!
//! A condition that is read and ignored runs a step that must not run. So every such field is an error until the
//! engine gives it its meaning; the commit that does so deletes the row.

use super::node::{Node, Value};
use super::object::Place;

/// One field, or one value of a field, without a meaning yet.
struct Row {
    place: Place,
    key: &'static str,
    when: When,
    instead: &'static str,
}

/// Which values of the field are meant.
enum When {
    Present,
    True,
    Text(&'static str),
}

const fn row(place: Place, key: &'static str, when: When, instead: &'static str) -> Row {
    Row { place, key, when, instead }
}

const ROWS: &[Row] = &[
    row(Place::Template, "extends", When::Present, "copy the steps you need into this file"),
    row(Place::Template, "mode", When::Text("do-confirm"), "remove the line: steps are then done one by one"),
    row(Place::Variable, "type", When::Text("array"), "use a string and split it in the command"),
    row(Place::Variable, "pattern", When::Present, "use `enum`, or a `check` step that tests the value"),
    row(
        Place::Variable,
        "secret",
        When::True,
        "let the command itself read the secret from where it is kept",
    ),
    row(Place::Variable, "from_env", When::Present, "give the value when the run is started"),
    row(
        Place::Step,
        "condition",
        When::Present,
        "make one template per case, or skip the step with a reason",
    ),
    row(Place::Step, "input", When::Present, "declare a variable with `required: true`"),
    row(Place::Step, "type", When::Text("input"), "declare a variable with `required: true`"),
    row(Place::Step, "outputs", When::Present, "write the value to a file and read it in the next command"),
    row(Place::Step, "rollback", When::Present, "keep the way back in a template of its own"),
    row(Place::Command, "condition", When::Present, "write the condition in bash: `if ...; then ...; fi`"),
    row(Place::Command, "retries", When::Present, "write the loop in bash"),
    row(Place::Command, "interactive", When::True, "make it a `task` and run the command by hand"),
    row(Place::Validation, "kind", When::Text("expr"), "use `kind: bash` with a test"),
];

/// What to write instead of this field, if this version cannot run it; `None` when it can.
pub(super) fn instead_of(place: Place, key: &str, node: &Node) -> Option<&'static str> {
    let meant = |row: &&Row| {
        row.place == place
            && row.key == key
            && match row.when {
                When::Present => true,
                When::True => matches!(node.value, Value::Boolean(true)),
                When::Text(text) => node.as_text() == Some(text),
            }
    };
    ROWS.iter().find(meant).map(|row| row.instead)
}
