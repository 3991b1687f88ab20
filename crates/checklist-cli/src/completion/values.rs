//! What the value of an argument may be: steps, runs and lists of the project, as they are at this moment.

use super::{Candidate, Offer};
use crate::cli::typed::Typed;
use crate::context::Context;
use crate::embedded::EMBEDDED;
use crate::manual::{TOPICS, value_name};
use crate::source;
use checklist_workflow::glance::Glance;
use checklist_workflow::run::{CommandStatus, Run, StepStatus};
use checklist_workflow::template::{ROLLBACK_PREFIX, Step, Template, VariableKind};
use clap::{Arg, Command};

/// What may be given for an argument. Where nothing is known, nothing is offered: this is asked by the keyboard.
pub(super) fn of(ctx: &Context, typed: &Typed<'_>, argument: &Arg, last: &str) -> Offer {
    let possible = argument.get_possible_values();
    if argument.get_action().takes_values() && !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        let about =
            |help: Option<&clap::builder::StyledStr>| help.map(ToString::to_string).unwrap_or_default();
        return just(shown.map(|value| Candidate::new(value.get_name(), about(value.get_help()))).collect());
    }
    let verb = typed.path().first().copied().unwrap_or_default();
    match (value_name(argument).unwrap_or_default(), argument.get_id().as_str()) {
        ("FILE", _) => Offer { has_files: true, ..Offer::default() },
        ("DIR", _) => Offer { has_folders: true, ..Offer::default() },
        ("FILE|NAME" | "NAME|FILE", _) => Offer { has_files: true, ..just(lists(ctx)) },
        ("LIST", _) => just(EMBEDDED.iter().map(|list| Candidate::new(list.name, list.about)).collect()),
        ("COMMAND|TOPIC", _) => just(pages(typed)),
        ("ID", "run-id") | ("RUN", _) => just(runs(ctx, verb).unwrap_or_default()),
        ("NAME=VALUE", _) => variables(ctx, typed, last),
        ("STEP" | "ID" | "STEP/COMMAND" | "STEP[/COMMAND]", id) => {
            just(Opened::of(ctx).map(|opened| opened.steps(verb, id, typed)).unwrap_or_default())
        }
        ("OLD=NEW", _) => {
            let steps =
                Opened::of(ctx).map(|opened| opened.steps("migrate", "map", typed)).unwrap_or_default();
            let old = steps.into_iter().map(|step| Candidate::new(format!("{}=", step.value), step.about));
            Offer { is_open: true, ..just(old.collect()) }
        }
        _ => Offer::default(),
    }
}

fn just(candidates: Vec<Candidate>) -> Offer {
    Offer { candidates, ..Offer::default() }
}

/// The project, as its files show it.
fn glance(ctx: &Context) -> Option<Glance> {
    Glance::at(&ctx.env, &ctx.store_options(), &ctx.project().ok()?).ok()
}

/// The run that is meant, with its list.
struct Opened {
    run: Run,
    template: Template,
}

impl Opened {
    fn of(ctx: &Context) -> Option<Opened> {
        let glance = glance(ctx)?;
        let id = match &ctx.globals.run {
            None => glance.active().ok()??,
            Some(named) => glance.find(named)?,
        };
        let run = glance.run(&id).ok()?;
        let template = glance.template(&run).ok()?;
        Some(Opened { run, template })
    }

    /// The steps, or commands of steps, that this verb can do something with.
    fn steps(&self, verb: &str, argument: &str, typed: &Typed<'_>) -> Vec<Candidate> {
        // One that takes several is not offered what it has.
        let given = |step: &Step| argument == "steps" && typed.positionals.contains(&step.id);
        let steps = self.template.steps.iter().filter(|step| !given(step));
        match (verb, argument) {
            (_, "rerun" | "done" | "failed") => steps.flat_map(|step| self.interrupted(step)).collect(),
            (_, "allowed") => steps.flat_map(dangers).collect(),
            ("logs", _) => steps.flat_map(|step| self.logged(step)).collect(),
            (_, "killer") => steps.filter(|step| step.killer).map(|step| self.step(step)).collect(),
            _ => steps.filter(|step| self.suits(verb, step)).map(|step| self.step(step)).collect(),
        }
    }

    fn suits(&self, verb: &str, step: &Step) -> bool {
        let status = self.run.status_of(&step.id);
        match verb {
            "done" | "skip" | "claim" | "run" => !status.is_settled(),
            "back" => !matches!(status, StepStatus::Pending | StepStatus::Hidden),
            "verify" => status == StepStatus::Done,
            "rollback" => !step.rollback.is_empty(),
            _ => true,
        }
    }

    fn step(&self, step: &Step) -> Candidate {
        let value = |name: &str| self.run.variables.get(name).map(checklist_workflow::variables::text_of);
        let title = self.template.expand(&step.title, value).unwrap_or_else(|_| step.title.clone());
        Candidate::new(&*step.id, format!("{} {title}", self.run.status_of(&step.id).marker()))
    }

    /// Commands of a step whose outcome nobody knows.
    fn interrupted(&self, step: &Step) -> Vec<Candidate> {
        let commands = self.run.steps.get(&step.id).into_iter().flat_map(|state| &state.commands);
        // One that is begun may be cut off: nobody has looked since.
        let unknown = commands.filter(|(_, command)| {
            matches!(command.status, CommandStatus::Interrupted | CommandStatus::Started)
        });
        unknown.map(|(id, _)| Candidate::new(format!("{}/{id}", step.id), &*step.title)).collect()
    }

    /// A step that printed something, and its commands.
    fn logged(&self, step: &Step) -> Vec<Candidate> {
        let commands = self.run.steps.get(&step.id).into_iter().flat_map(|state| &state.commands);
        let logged: Vec<Candidate> = commands
            .filter(|(_, command)| command.log.is_some())
            .map(|(id, command)| {
                Candidate::new(format!("{}/{id}", step.id), command.outcome.clone().unwrap_or_default())
            })
            .collect();
        match logged.is_empty() {
            true => Vec::new(),
            false => std::iter::once(self.step(step)).chain(logged).collect(),
        }
    }
}

/// Commands of a step that can do harm, by the names that a yes takes.
fn dangers(step: &Step) -> Vec<Candidate> {
    let named = step.commands.iter().map(|command| (String::new(), command));
    let rollback = step.rollback.iter().map(|command| (ROLLBACK_PREFIX.to_owned(), command));
    let danger = |(prefix, command): (String, &checklist_workflow::template::Command)| {
        Some(Candidate::new(format!("{}/{prefix}{}", step.id, command.id), command.danger.clone()?))
    };
    named.chain(rollback).filter_map(danger).collect()
}

fn lists(ctx: &Context) -> Vec<Candidate> {
    let names = ctx.project().map(|project| source::names(ctx, &project.root)).unwrap_or_default();
    names.into_iter().map(|name| Candidate::new(name, "a list of this project")).collect()
}

/// Runs by their names, or by their ids where they have none.
fn runs(ctx: &Context, verb: &str) -> Option<Vec<Candidate>> {
    let glance = glance(ctx)?;
    let known = glance.ids().into_iter().filter_map(|id| {
        let run = glance.run(&id).ok()?;
        let settled = run.steps.values().filter(|state| state.status.is_settled()).count();
        let about =
            format!("{}, {settled} settled, since {}", run.template_id, day(&run.started_at.0.to_string()));
        Some(Candidate::new(run.name.unwrap_or(id), about))
    });
    let mut runs: Vec<Candidate> = known.collect();
    if matches!(verb, "archive" | "export" | "status" | "show" | "history" | "logs") {
        let archived = glance.archived_ids().unwrap_or_default();
        runs.extend(archived.into_iter().map(|id| Candidate::new(id, "was put aside")));
    }
    Some(runs)
}

/// The day of a time as files have it.
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or_default()
}

/// The variables of the list that is named, or of the only one; behind `=` the values that one takes.
fn variables(ctx: &Context, typed: &Typed<'_>, last: &str) -> Offer {
    let Ok(project) = ctx.project() else { return Offer::default() };
    let root = &project.root;
    let named = typed.positionals.first().cloned();
    let only =
        || Some(source::names(ctx, root)).filter(|names| names.len() == 1).and_then(|mut names| names.pop());
    let Some(list) = named.or_else(only) else { return Offer::default() };
    let Ok(list) = source::find(ctx, root, &list).and_then(|found| source::parse(ctx, &found)) else {
        return Offer::default();
    };
    let variables = list.template.variables.iter().filter(|variable| !variable.secret);
    let Some((name, _)) = last.split_once('=') else {
        let about = |text: &Option<String>| text.clone().unwrap_or_default();
        let names = variables
            .map(|variable| Candidate::new(format!("{}=", variable.name), about(&variable.description)));
        return Offer { is_open: true, ..just(names.collect()) };
    };
    let Some(variable) = variables.into_iter().find(|variable| variable.name == name) else {
        return Offer::default();
    };
    let values: Vec<String> = match variable.kind {
        VariableKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => variable.allowed.iter().map(checklist_workflow::variables::text_of).collect(),
    };
    just(values.into_iter().map(|value| Candidate::new(format!("{name}={value}"), "")).collect())
}

/// What there is a page about: commands and topics.
fn pages(typed: &Typed<'_>) -> Vec<Candidate> {
    let words: Vec<&str> = typed.positionals.iter().map(String::as_str).collect();
    let tree = typed.commands[0];
    let Some(command) = words.iter().try_fold(tree, |command, name| command.find_subcommand(name)) else {
        return Vec::new();
    };
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set());
    let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    let commands = shown.map(|command| Candidate::new(command.get_name(), about(command)));
    let topics = TOPICS.iter().filter(|_| words.is_empty());
    commands.chain(topics.map(|topic| Candidate::new(topic.name, topic.about))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manual;

    /// The names of values that nobody can guess: texts, numbers, times.
    const FREE: &[&str] = &[
        "WHY", "REASON", "TIME", "N", "S", "X", "KEY", "VALUE", "NAME", "OP", "RECORD", "PREFIX", "FORMAT",
        "FOLDER", "RUN:N",
    ];

    /// Every argument that takes a value, with the command it is of.
    fn arguments<'t>(command: &'t Command, found: &mut Vec<(&'t str, &'t Arg)>) {
        let taking = command.get_arguments().filter(|argument| argument.get_action().takes_values());
        found.extend(taking.map(|argument| (command.get_name(), argument)));
        command
            .get_subcommands()
            .filter(|below| !below.is_hide_set())
            .for_each(|below| arguments(below, found));
    }

    #[test]
    fn every_value_is_of_a_known_kind() {
        const KNOWN: &[&str] = &[
            "FILE",
            "DIR",
            "FILE|NAME",
            "NAME|FILE",
            "LIST",
            "COMMAND|TOPIC",
            "RUN",
            "ID",
            "NAME=VALUE",
            "STEP",
            "STEP/COMMAND",
            "STEP[/COMMAND]",
            "OLD=NEW",
        ];
        let tree = manual::tree();
        let mut found = Vec::new();
        arguments(&tree, &mut found);
        for (command, argument) in
            found.iter().filter(|(_, argument)| argument.get_possible_values().is_empty())
        {
            let name = value_name(argument).unwrap_or_default();
            assert!(KNOWN.contains(&name) || FREE.contains(&name), "{command}: {argument} takes {name:?}");
        }
    }
}
