//! The page of one command: examples first, then what the tree of commands knows about it.

use super::examples::examples_of;
use super::overview::about;
use super::{Block, Page, Pair, Section};
use crate::cli::Cli;
use clap::{Arg, ArgAction, Command, CommandFactory as _};

/// The tree of commands, built: every command knows its whole name and the options from above.
pub(crate) fn tree() -> Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

/// The page of the command at `path` below the program, such as `["wal", "show"]`; `None` if there is none.
pub(crate) fn command(tree: &Command, path: &[&str]) -> Option<Page> {
    let command = path.iter().try_fold(tree, |command, name| command.find_subcommand(name))?;
    let mut sections = Vec::new();
    let mut add = |title: &str, block: Option<Block>| {
        sections.extend(block.map(|block| Section { title: title.to_owned(), blocks: vec![block] }));
    };
    let some = |pairs: Vec<Pair>| (!pairs.is_empty()).then_some(pairs);
    add("Examples", some(examples_of(path)).map(Block::Examples));
    add("Usage", Some(Block::Code(usage(command))));
    add("Commands", some(commands(command)).map(Block::Terms));
    add("Arguments", some(arguments(command)).map(Block::Terms));
    add("Options", some(options(command, |option| !option.is_global_set())).map(Block::Terms));
    add("Everywhere", Some(Block::Text(everywhere(tree))));
    Some(Page { name: name(path), about: about(command), sections })
}

/// The paths of a command and of those below it.
pub(super) fn paths<'t>(tree: &'t Command, path: &[&'t str]) -> Vec<Vec<&'t str>> {
    let below = path.iter().try_fold(tree, |command, name| command.find_subcommand(name));
    let below = below.into_iter().flat_map(Command::get_subcommands).map(Command::get_name);
    let deeper = below.flat_map(|name| paths(tree, &[path, &[name]].concat()));
    std::iter::once(path.to_vec()).chain(deeper).collect()
}

/// The pages of a command and of those below it.
pub(super) fn pages(tree: &Command, path: &[&str]) -> Vec<Page> {
    paths(tree, path).iter().filter_map(|path| command(tree, path)).collect()
}

/// The whole name of a command, as typed.
pub(crate) fn name(path: &[&str]) -> String {
    std::iter::once("checklist").chain(path.iter().copied()).collect::<Vec<_>>().join(" ")
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    usage.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The commands below one.
fn commands(command: &Command) -> Vec<Pair> {
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set());
    shown.map(|below| Pair::new(below.get_name(), about(below))).collect()
}

fn arguments(command: &Command) -> Vec<Pair> {
    let shown = command.get_positionals().filter(|argument| !argument.is_hide_set());
    shown.map(|argument| Pair::new(argument.to_string(), help(argument))).collect()
}

/// The options of a command that are shown and wanted; those that every program has come from elsewhere.
pub(super) fn options(command: &Command, is_wanted: impl Fn(&Arg) -> bool) -> Vec<Pair> {
    let is_shown =
        |option: &&Arg| !option.is_hide_set() && !matches!(option.get_id().as_str(), "help" | "version");
    let shown = command.get_opts().chain(command.get_arguments().filter(|argument| is_switch(argument)));
    let mut shown: Vec<&Arg> = shown.filter(is_shown).filter(|option| is_wanted(option)).collect();
    let order: Vec<&str> = command.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    shown.sort_by_key(|option| order.iter().position(|id| *id == option.get_id().as_str()));
    shown.into_iter().map(|option| Pair::new(spelled(option), help(option))).collect()
}

fn is_switch(argument: &Arg) -> bool {
    !argument.is_positional() && !argument.get_action().takes_values()
}

/// `-n, --limit N`, or `--key KEY`.
fn spelled(option: &Arg) -> String {
    let short = option.get_short().map(|short| format!("-{short}"));
    let long = option.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let value = match option.get_action() {
        ArgAction::Set | ArgAction::Append => value_name(option).map(|name| format!(" {name}")),
        _ => None,
    };
    format!("{}{}", names.join(", "), value.unwrap_or_default())
}

/// What stands for the value of an argument: `FILE`, `STEP/COMMAND`.
pub(crate) fn value_name(argument: &Arg) -> Option<&str> {
    argument.get_value_names()?.first().map(clap::builder::Str::as_str)
}

/// What an argument is for, which values it takes, and which it has when it is not given.
fn help(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    let values: Vec<&str> = values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        text.push_str(&format!(": {}", values.join(", ")));
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() {
        text.push_str(&format!(" (default: {})", defaults.join(", ")));
    }
    text
}

/// The options that every command takes, named and not explained.
fn everywhere(tree: &Command) -> String {
    let names = options(tree, Arg::is_global_set);
    let names: Vec<&str> = names.iter().filter_map(|pair| pair.left.split(", ").last()).collect();
    format!("{}, --help: checklist help", names.join(", "))
}
