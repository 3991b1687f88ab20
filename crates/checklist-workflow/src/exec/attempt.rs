//! `Attempt`: what a command is told about itself.

use super::survivor;

/// What every command of a step can read from its environment, beside the variables of the template.
///
/// ```
/// use checklist_workflow::exec::Attempt;
///
/// let attempt = Attempt { run: "01M8KN", step: "build", number: 2, key: "one-for-all-attempts" };
/// let environment = attempt.environment([("version", "1.4.0")]);
/// assert!(environment.contains(&("CHECKLIST_ATTEMPT".to_owned(), "2".to_owned())));
/// assert!(environment.contains(&("version".to_owned(), "1.4.0".to_owned())));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The run's id: `CHECKLIST_RUN`.
    pub run: &'a str,
    /// The step's id: `CHECKLIST_STEP`.
    pub step: &'a str,
    /// Which attempt this is, from 1: `CHECKLIST_ATTEMPT`.
    pub number: u32,
    /// The same for every retry, so that a deploy script can pass it on: `CHECKLIST_KEY`.
    pub key: &'a str,
}

impl Attempt<'_> {
    /// The environment of a command: the template's variables under their own names, and the four above, which
    /// no variable can replace.
    #[must_use]
    pub fn environment<'v>(
        &self,
        variables: impl IntoIterator<Item = (&'v str, &'v str)>,
    ) -> Vec<(String, String)> {
        let own = [
            ("CHECKLIST_RUN", self.run.to_owned()),
            ("CHECKLIST_STEP", self.step.to_owned()),
            ("CHECKLIST_ATTEMPT", self.number.to_string()),
            (survivor::KEY, self.key.to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        variables.chain(own.map(|(name, value)| (name.to_owned(), value))).collect()
    }
}
