//! Answering an input step: its variable takes the value, and the step is done with it.

use super::act::Acted;
use super::record::Note;
use super::{ActOptions, WorkflowEngine};
use crate::error::{Error, Result};
use crate::transition::{Operation, Refusal};
use crate::variables;

impl WorkflowEngine {
    /// Answers an input step. Without a value the one its variable has is taken.
    ///
    /// # Errors
    /// [`Error::Variable`] if the variable may not have the value, [`Error::NeedsAnswer`] if there is none at all,
    /// [`Error::Refused`] and those of the store. Nothing is changed then.
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = checklist_workflow::Setup::new("ana").store(Store::options().env(world.env()));
    /// use checklist_workflow::{ActOptions, List, WorkflowEngine};
    ///
    /// let list = List::parse("a.yaml", "
    /// checklist: 1
    /// id: a
    /// title: A
    /// variables: { reviewer: { description: Who reads it } }
    /// steps: [{ id: reader, title: Find a reader, type: input, input: { variable: reviewer } }]
    /// ")?;
    /// let mut engine = WorkflowEngine::create(project, setup)?;
    /// engine.start(&list, &Default::default())?;
    /// engine.answer("reader", Some("bo"), &ActOptions::default())?;
    /// assert_eq!(engine.view()?.variables, [("reviewer".to_owned(), "bo".to_owned())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(&mut self, step: &str, value: Option<&str>, options: &ActOptions) -> Result<Acted> {
        self.refresh()?;
        let known = self.step(step)?.clone();
        let selected = self.selected()?;
        let input = known.input.as_ref().ok_or_else(|| Refusal::NoQuestion(known.id.clone()))?;
        let variable = selected.template.variable(&input.variable);
        let variable = variable.ok_or_else(|| Refusal::NoQuestion(known.id.clone()))?;
        let value = match value {
            Some(text) => {
                variables::keeps_no_secret(&self.masker(), variable, text)?;
                variables::value(variable, text)?
            }
            None => {
                let present = selected.run.variables.get(&input.variable);
                present.cloned().ok_or_else(|| Error::NeedsAnswer(known.id.clone()))?
            }
        };
        let before = self.done_steps();
        let operation = Operation::Answered { step: known.id.clone(), value };
        let note = Note::new("done", Some(&known.id), format!("answered {}", input.variable));
        let saved = self.apply(&[operation], &note, *options)?;
        self.acted(&known.id, Some(saved), Vec::new(), &before)
    }
}
