//! `Offer`: what may follow on a command line, for a shell that asks. The scripts know nothing but how to ask.

mod line;
mod values;

pub(crate) mod script;

pub(crate) use line::{Line, escaped};

use crate::cli::typed::Typed;
use crate::context::Context;
use clap::{Arg, ArgAction, Command};

/// Something that may follow, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) value: String,
    pub(crate) about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: impl Into<String>) -> Candidate {
        Candidate { value: value.into(), about: about.into() }
    }
}

/// Everything that may follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether names of files may follow as well.
    pub(crate) has_files: bool,
    /// Whether names of folders may follow as well.
    pub(crate) has_folders: bool,
    /// Whether more belongs to the word, so that no space follows.
    pub(crate) is_open: bool,
}

/// What may stand in place of `last`, the beginning of a word behind those of `typed`.
pub(crate) fn offer(ctx: &Context, typed: &Typed<'_>, last: &str) -> Offer {
    let mut offer = if let Some(option) = typed.awaited {
        values::of(ctx, typed, option, last)
    } else if typed.is_literal || !last.starts_with('-') {
        words(ctx, typed, last)
    } else if let Some((name, value)) = last.split_once('=') {
        let options = typed.command().get_arguments();
        let mut named =
            options.filter(|option| option.get_long().is_some_and(|long| name == format!("--{long}")));
        let mut offer =
            named.next().map_or_else(Offer::default, |option| values::of(ctx, typed, option, value));
        for candidate in &mut offer.candidates {
            candidate.value = format!("{name}={}", candidate.value);
        }
        offer
    } else {
        Offer { candidates: options(typed), ..Offer::default() }
    };
    offer.candidates.retain(|candidate| candidate.value.starts_with(last));
    offer
}

/// The commands below the one that was named, or what its next argument may be, or else its options.
fn words(ctx: &Context, typed: &Typed<'_>, last: &str) -> Offer {
    let below = typed.command().get_subcommands().filter(|below| !below.is_hide_set());
    let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    let commands: Vec<Candidate> =
        below.map(|command| Candidate::new(command.get_name(), about(command))).collect();
    if !commands.is_empty() && typed.positionals.is_empty() {
        return Offer { candidates: commands, ..Offer::default() };
    }
    match typed.expected() {
        // A command that does not exist.
        None if !commands.is_empty() => Offer::default(),
        Some(argument) => values::of(ctx, typed, argument, last),
        None if typed.is_literal => Offer::default(),
        None => Offer { candidates: options(typed), ..Offer::default() },
    }
}

/// The options that can still be given, those of the command itself first.
fn options(typed: &Typed<'_>) -> Vec<Candidate> {
    let is_given = |option: &Arg| typed.options.iter().any(|(given, _)| given.get_id() == option.get_id());
    let repeats = |option: &Arg| matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
    let all =
        typed.command().get_arguments().filter(|option| !option.is_positional() && !option.is_hide_set());
    let (everywhere, own): (Vec<&Arg>, Vec<&Arg>) = all
        .filter(|option| repeats(option) || !is_given(option))
        .partition(|option| option.is_global_set() || option.get_id() == "help");
    let name = |option: &&Arg| match (option.get_long(), option.get_short()) {
        (Some(long), _) => Some(format!("--{long}")),
        (None, short) => short.map(|short| format!("-{short}")),
    };
    let about = |option: &&Arg| option.get_help().map(ToString::to_string).unwrap_or_default();
    let offered = |option: &Arg| Some(Candidate::new(name(&option)?, about(&option)));
    own.into_iter().chain(everywhere).filter_map(offered).collect()
}
