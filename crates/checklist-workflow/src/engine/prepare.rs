//! What a command is given: its folder, its time, its environment with variables, outputs and secrets.

use super::WorkflowEngine;
use super::execute::{Deadline, Task};
use super::interrupted::command_key;
use crate::confine::confine;
use crate::error::{Error, Result};
use crate::exec::{self, Attempt};
use crate::mask::Masker;
use crate::pattern;
use crate::template::{Check, Command, Step, Template, Variable};
use crate::variables::text_of;
use std::path::PathBuf;

impl WorkflowEngine {
    /// Where an attempt of a command writes to.
    pub(super) fn log_name(&self, task: &Task<'_>, attempt: u32) -> Result<String> {
        let command = task.id.replace('/', "-");
        Ok(format!("logs/{}/{}-{command}-{attempt}.log", self.selected()?.id, task.step.id))
    }

    /// Where the checks of a step write to.
    pub(super) fn check_log_name(&self, step: &str) -> Result<String> {
        Ok(format!("logs/{}/{step}-check.log", self.selected()?.id))
    }

    /// Where the command of an output of a step writes what is not the output.
    pub(super) fn output_log_name(&self, step: &str, output: &str) -> Result<String> {
        Ok(format!("logs/{}/{step}-output-{output}.log", self.selected()?.id))
    }

    /// Where the checks and outputs of a step print to, if any of them runs a script: the name of each, and its
    /// place in the store, whether or not it ran.
    ///
    /// # Errors
    /// [`Error::NoRun`], and [`Error::UnknownStep`].
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = checklist_workflow::Setup::new("ana").store(Store::options().env(world.env()));
    /// use checklist_workflow::{List, WorkflowEngine};
    ///
    /// let list = List::parse("a.yaml", "
    /// checklist: 1
    /// id: a
    /// title: A
    /// steps: [{ id: tidy, title: Tidy, type: check, validation: [{ kind: bash, run: 'true' }] }]
    /// ")?;
    /// let mut engine = WorkflowEngine::create(project, setup)?;
    /// engine.start(&list, &Default::default())?;
    /// let logs = engine.other_logs("tidy")?;
    /// assert!(logs[0].0 == "check" && logs[0].1.ends_with("tidy-check.log"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn other_logs(&self, step: &str) -> Result<Vec<(String, String)>> {
        let known = self.step(step)?;
        let mut logs = Vec::new();
        if known.validation.iter().any(|check| matches!(check.check, Check::Bash { .. })) {
            logs.push(("check".to_owned(), self.check_log_name(&known.id)?));
        }
        for name in known.outputs.keys() {
            logs.push((format!("output-{name}"), self.output_log_name(&known.id, name)?));
        }
        Ok(logs)
    }

    /// A command with everything it is given; one without an id is a check.
    pub(super) fn prepare(
        &self,
        step: &Step,
        command: Option<(&str, &Command)>,
        script: &str,
        attempt: u32,
        log: &str,
        deadline: Deadline,
    ) -> Result<exec::Command> {
        let selected = self.selected()?;
        let env = self.store.env();
        let dir: PathBuf = match command.and_then(|(_, command)| command.dir.as_deref()) {
            Some(dir) => confine(env, &self.project, &self.expand(dir))?,
            None => self.project.clone(),
        };
        let secrets = self.secrets()?;
        let with_secrets = |text: &str| self.expand_with(text, &secrets);
        let mut variables: Vec<(String, String)> =
            selected.run.variables.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
        variables.extend(self.outputs());
        variables.extend(secrets.iter().cloned());
        let own = command.into_iter().flat_map(|(_, command)| &command.env);
        variables.extend(own.map(|(name, value)| (name.clone(), with_secrets(value))));
        let id = command.map_or("check", |(id, _)| id);
        let key = command_key(&selected.id, &step.id, id);
        let attempt = Attempt { run: &selected.id, step: &step.id, number: attempt, key: &key };
        let environment =
            attempt.environment(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let own_limit =
            command.and_then(|(_, command)| command.timeout).or(selected.template.defaults.timeout);
        let limits = [own_limit, deadline.left(env)];
        Ok(exec::Command {
            shell: selected.template.defaults.shell.clone(),
            env: environment,
            timeout: limits.into_iter().flatten().min(),
            interactive: command.is_some_and(|(_, command)| command.interactive),
            masker: self.masker(),
            ..exec::Command::new(script, dir, self.store.place(log)?)
        })
    }

    /// The outputs there are, under the names they have in texts and in the environment.
    pub(super) fn outputs(&self) -> Vec<(String, String)> {
        let Some(selected) = &self.selected else { return Vec::new() };
        let of_step = |step: &Step| {
            let outputs = selected.run.steps.get(&step.id).into_iter().flat_map(|state| &state.outputs);
            outputs.map(|(name, value)| (step.output_name(name), value.clone())).collect::<Vec<_>>()
        };
        selected.template.steps.iter().flat_map(of_step).collect()
    }

    /// A text of the template with its variables and outputs. A variable without a value is empty; an output
    /// that is not there yet stays as it is written.
    pub(crate) fn expand(&self, text: &str) -> String {
        self.expand_with(text, &[])
    }

    fn expand_with(&self, text: &str, secrets: &[(String, String)]) -> String {
        let Some(selected) = &self.selected else { return text.to_owned() };
        let find = |list: &[(String, String)], name: &str| {
            list.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let lookup = |name: &str| {
            let is_variable = selected.template.variable(name).is_some();
            let value = selected.run.variables.get(name).map(text_of).or_else(|| find(secrets, name));
            Some(match value {
                Some(value) => value,
                None if is_variable => String::new(),
                None => find(&self.outputs(), name).unwrap_or_else(|| format!("${{{name}}}")),
            })
        };
        selected.template.expand(text, lookup).unwrap_or_else(|_| text.to_owned())
    }

    /// Gives the value of a secret for the life of this engine. It is kept in memory alone.
    ///
    /// # Errors
    /// [`Error::Variable`] if there is no such secret, or the value is not one it may have. The message does
    /// not quote it.
    pub fn provide_secret(&mut self, name: &str, value: &str) -> Result<()> {
        let variable = self.selected()?.template.variable(name).filter(|variable| variable.secret);
        let refused = |reason: &str| Error::Variable { name: name.to_owned(), reason: reason.to_owned() };
        let variable = variable.ok_or_else(|| refused("the template has no such secret"))?;
        check_secret(variable, value)?;
        self.provided.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// The secrets that are required and have no value: neither provided nor in the environment.
    ///
    /// # Errors
    /// [`Error::NoRun`].
    pub fn missing_secrets(&self) -> Result<Vec<Variable>> {
        let secrets = self.selected()?.template.variables.iter().filter(|variable| variable.secret);
        let is_missing = |variable: &&Variable| variable.required && self.secret(variable).is_none();
        Ok(secrets.filter(is_missing).cloned().collect())
    }

    /// Whether every required secret has a value.
    pub(super) fn require_secrets(&self) -> Result<()> {
        match self.missing_secrets()?.first() {
            None => Ok(()),
            Some(variable) => Err(Error::SecretMissing {
                name: variable.name.clone(),
                from_env: variable.from_env.clone().unwrap_or_default(),
            }),
        }
    }

    fn secret(&self, variable: &Variable) -> Option<String> {
        let provided = self.provided.get(&variable.name).cloned();
        let from_env = || variable.from_env.as_deref().and_then(|name| (self.environment)(name));
        provided.or_else(from_env).filter(|value| !value.is_empty())
    }

    /// The secrets that have a value, by their names.
    fn secrets(&self) -> Result<Vec<(String, String)>> {
        let mut secrets = Vec::new();
        for variable in self.selected()?.template.variables.iter().filter(|variable| variable.secret) {
            let Some(value) = self.secret(variable) else { continue };
            check_secret(variable, &value)?;
            secrets.push((variable.name.clone(), value));
        }
        Ok(secrets)
    }

    /// What masks the values of all secrets, also those that they may not have.
    pub(crate) fn masker(&self) -> Masker {
        self.masker_of(self.selected.as_ref().map(|selected| &selected.template))
    }

    /// The same for those of a template.
    pub(crate) fn masker_of(&self, template: Option<&Template>) -> Masker {
        let variables = template.into_iter().flat_map(|template| &template.variables);
        let secrets =
            variables.filter(|variable| variable.secret).filter_map(|variable| self.secret(variable));
        Masker::new(secrets.collect::<Vec<_>>().iter().map(String::as_str))
    }

    /// Refuses where what is stored with every operation, who asks and by which key, holds the value of a secret.
    pub(crate) fn stores_no_secret(&self, masker: &Masker) -> Result<()> {
        let key = self.request.as_ref().map(|request| request.key.as_str());
        for (what, text) in [("name of the actor", Some(self.actor.as_str())), ("key", key)] {
            if text.is_some_and(|text| masker.finds(text)) {
                return Err(Error::StoresSecret(what));
            }
        }
        Ok(())
    }
}

/// Whether a secret may have this value; the message does not quote it.
fn check_secret(variable: &Variable, value: &str) -> Result<()> {
    let refused = |reason: String| Err(Error::Variable { name: variable.name.clone(), reason });
    if let Some(text) = &variable.pattern
        && !pattern::compile(text).is_ok_and(|pattern| pattern.is_match(value))
    {
        return refused(format!("the secret does not match the pattern {text}"));
    }
    match value.contains('\0') {
        true => refused("the secret holds a NUL character, which no command can take".to_owned()),
        false => Ok(()),
    }
}
