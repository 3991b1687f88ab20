//! `Tool`, `Toolbox`: what a client may call, and who does it.

use serde_json::{Map, Value};
use std::sync::atomic::AtomicBool;

/// What a client is told of a tool.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name: ASCII letters, digits, `_`, `-` and `.`.
    pub name: &'static str,
    /// What it does and when to call it, for a model.
    pub description: &'static str,
    /// The JSON Schema of its arguments: an object.
    pub input: Value,
    /// The JSON Schema of what it answers, errors too: an object.
    pub output: Value,
    /// How it behaves.
    pub hints: Hints,
}

/// How a tool behaves. A client that is not told takes the worst for granted, so all four are always said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has four independent hints")]
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// It may undo or overwrite something.
    pub destructive: bool,
    /// Calling it again with the same arguments changes nothing more.
    pub idempotent: bool,
    /// It may reach things beyond this project.
    pub open_world: bool,
}

/// One call of a tool.
#[derive(Debug)]
pub struct Call<'a> {
    /// The name of the tool: one of those that the toolbox listed.
    pub tool: &'a str,
    /// Its arguments, as they came: nobody has checked them.
    pub arguments: Map<String, Value>,
    /// The name of the client, as it says; empty if it does not.
    pub client: &'a str,
    /// Set when nobody waits for the answer any more: the client took the call back, or is gone.
    pub cancel: std::sync::Arc<AtomicBool>,
}

/// What a tool answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// An object that its output schema describes.
    pub object: Value,
    /// Whether it says that the tool failed.
    pub is_error: bool,
}

/// Who has the tools. Calls come from many threads at once, each may block.
///
/// ```
/// use checklist_mcp::{Answer, Call, Hints, Tool, Toolbox};
/// use serde_json::{Value, json};
///
/// struct Clock;
///
/// impl Toolbox for Clock {
///     fn tools(&self) -> Vec<Tool> {
///         let hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
///         let (input, output) = (json!({"type": "object"}), json!({"type": "object"}));
///         vec![Tool { name: "year", description: "Which year it is.", input, output, hints }]
///     }
///
///     fn call(&self, call: Call<'_>) -> Answer {
///         let object = json!({"year": 2026, "asked_by": call.client});
///         Answer { object, is_error: call.tool != "year" }
///     }
/// }
///
/// let call = Call { tool: "year", arguments: Default::default(), client: "an editor", cancel: Default::default() };
/// let answer: Answer = Clock.call(call);
/// assert_eq!((&answer.object["asked_by"], answer.is_error), (&Value::from("an editor"), false));
/// ```
pub trait Toolbox: Send + Sync + 'static {
    /// The tools there are; the same each time.
    fn tools(&self) -> Vec<Tool>;

    /// Does what a call says. It must end soon after [`Call::cancel`] is set.
    fn call(&self, call: Call<'_>) -> Answer;
}
