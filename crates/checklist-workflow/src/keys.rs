//! Every key the engine stores under: the shape of the state document on one page.
//!
//! ```text
//! /activeInstance                    id of the run that is meant when none is named
//! /instances/{run}                   a Run without its steps: one member each
//! /instances/{run}/variables/{name}  the value of a variable
//! /instances/{run}/steps/{step}      a StepState, written whole
//! /instances/{run}/claims/{step}     a StepClaim, written whole
//! /instances/{run}/keys/{key}        an Answered, written whole
//! ```

use checklist_store::Key;

/// The run that is meant when none is named.
pub const ACTIVE: Key<'static> = Key::from_static("/activeInstance");

/// All runs.
pub const RUNS: Key<'static> = Key::from_static("/instances");

/// One run.
#[must_use]
pub fn run(run: &str) -> Key<'static> {
    RUNS.child(run)
}

/// One member of a run.
#[must_use]
pub fn field(id: &str, name: &str) -> Key<'static> {
    run(id).child(name)
}

/// The value of a variable of a run.
#[must_use]
pub fn variable(run: &str, name: &str) -> Key<'static> {
    field(run, "variables").child(name)
}

/// One step of a run.
///
/// ```
/// use checklist_workflow::keys;
///
/// assert_eq!(keys::run("01M8KN").to_string(), "/instances/01M8KN");
/// assert_eq!(keys::step("01M8KN", "build").to_string(), "/instances/01M8KN/steps/build");
/// assert_eq!(keys::variable("01M8KN", "version"), keys::field("01M8KN", "variables").child("version"));
/// assert!(keys::claim("01M8KN", "build") != keys::answered("01M8KN", "build"));
/// assert_eq!((keys::ACTIVE.to_string(), keys::RUNS.to_string()), ("/activeInstance".into(), "/instances".into()));
/// ```
#[must_use]
pub fn step(run: &str, step: &str) -> Key<'static> {
    field(run, "steps").child(step)
}

/// What a request with an idempotency key was answered.
#[must_use]
pub fn answered(run: &str, key: &str) -> Key<'static> {
    field(run, "keys").child(key)
}

/// Who has a step of a run.
#[must_use]
pub fn claim(run: &str, step: &str) -> Key<'static> {
    field(run, "claims").child(step)
}
