//! Going through a run in memory alone: what would come if everything went well. Nothing is executed, asked or saved.

use super::WorkflowEngine;
use crate::error::{Error, Result};
use crate::fill::fill;
use crate::run::Evidence;
use crate::transition::{self, Operation, Resolution};
use crate::variables::text_of;
use std::collections::BTreeMap;

/// What stands in the place of the value of a secret.
const SECRET: &str = "***";

impl WorkflowEngine {
    /// Supposes that a step is done, in what this engine has of the run. The next operation forgets that, for it begins
    /// with what is on disk.
    ///
    /// # Errors
    /// [`Error::Refused`] where the step could not be done now.
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = || Setup::new("ana").store(Store::options().env(world.env()));
    /// # let mut engine = WorkflowEngine::create(project, setup())?;
    /// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
    /// engine.suppose_done("morning")?;
    /// assert_eq!(engine.view()?.current.as_deref(), Some("noon"));
    /// # let engine = WorkflowEngine::init(project, setup())?;
    /// // Whoever looks at the disk sees nothing of it.
    /// assert_eq!(engine.view()?.current.as_deref(), Some("morning"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn suppose_done(&mut self, step: &str) -> Result<()> {
        let stamp = self.stamp();
        let cut_off = self.unknown_commands(step);
        let selected = self.selected.as_mut().ok_or(Error::NoRun)?;
        let resolved = cut_off.into_iter().map(|unknown| Operation::Resolved {
            step: unknown.step,
            command: unknown.command,
            resolution: Resolution::Done(Evidence::Claimed),
            note: None,
        });
        let done = Operation::Done {
            step: step.to_owned(),
            evidence: Evidence::Claimed,
            note: None,
            outputs: BTreeMap::new(),
        };
        let mut run = selected.run.clone();
        for operation in resolved.chain([done]) {
            run = transition::next(&run, &selected.template, &operation, &stamp)?;
        }
        selected.run = run;
        Ok(())
    }

    /// The text of a command with the values that its names have now, as bash would put them in: not within single
    /// quotes, and `***` for a secret. What has no value yet stays as it is written.
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # use checklist_workflow::{List, Setup, WorkflowEngine};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
    /// # let mut engine = WorkflowEngine::create(project, setup)?;
    /// let list = "checklist: 1\nid: t\ntitle: T\nvariables: { name: {} }\nsteps: [{ id: a, title: A }]\n";
    /// engine.start(&List::parse("t.yaml", list)?, &[("name".to_owned(), "Ana".to_owned())].into())?;
    /// assert_eq!(engine.filled("echo \"$name\" '$name' ${other}"), "echo \"Ana\" '$name' ${other}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn filled(&self, script: &str) -> String {
        let Some(selected) = &self.selected else { return script.to_owned() };
        let outputs: BTreeMap<String, String> = self.outputs().into_iter().collect();
        let value = |name: &str| match selected.template.variable(name) {
            Some(variable) if variable.secret => Some(SECRET.to_owned()),
            _ => selected.run.variables.get(name).map(text_of).or_else(|| outputs.get(name).cloned()),
        };
        self.masker().mask(&fill(script, value))
    }
}
