//! One run of the program: arguments in, answer and exit code out.

use crate::cli::typed::Typed;
use crate::cli::{self, Cli, JsonForm, Status, Verb};
use crate::context::{Context, lookup};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::Role;
use crate::screen::prose;
use crate::ui::{ColourChoice, Format, Ui};
use crate::{json, manual, screen, verbs};
use checklist_store::env::os;
use checklist_workflow::closest::closest;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _, ValueEnum as _};
use std::ffi::OsString;
use std::io::IsTerminal as _;

const ALL_COMMANDS: &str = "All commands: checklist help";

/// Runs the program with the arguments of this process.
pub(crate) fn run() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => with(cli),
        Err(error) => misunderstood(&error, &arguments),
    }
}

/// `CHECKLIST_AGENT=1`: a program reads this, and nobody is there to ask.
pub(crate) fn is_agent() -> bool {
    lookup("CHECKLIST_AGENT").is_some_and(|value| value == "1")
}

fn with(cli: Cli) -> Exit {
    let globals = cli.globals;
    let is_for_shells = cli.verb.as_ref().is_some_and(Verb::is_for_shells);
    let format = match (globals.json.is_some() || is_agent() && !is_for_shells, globals.plain) {
        (_, true) => Format::Plain,
        (true, false) => Format::Json,
        (false, false) => Format::Human,
    };
    let may_ask = !globals.no_input && !is_agent();
    let ui = Ui::new(format, globals.color, may_ask, &lookup);
    let ui = ui.streaming(globals.json == Some(JsonForm::Lines));
    let verb = match cli.verb {
        Some(verb) => verb,
        None if std::io::stdout().is_terminal() || format == Format::Json => {
            Verb::Status(Status { exit_code: false })
        }
        None => Verb::Help(cli::Help { topic: Vec::new(), all: false, markdown: false }),
    };
    match Context::new(os::env(), ui, globals, &verb) {
        Ok(ctx) => carry_out(&ctx, &verb),
        Err(failure) => without_context(format, &failure, verbs::writes(&verb)),
    }
}

/// Does what a verb says and gives its answer, whether it succeeds or not.
pub(crate) fn carry_out(ctx: &Context, verb: &Verb) -> Exit {
    let result = verbs::perform(ctx, verb);
    #[cfg(feature = "otlp")]
    ctx.send_traces(verb.name(), *result.as_ref().unwrap_or_else(|failure| &failure.exit));
    ctx.say_what_was_heard();
    if let Err(failure) = &result {
        tell(ctx, verb, failure);
    }
    if ctx.ui.has_unsaid() && matches!(verb, Verb::Watch(_)) {
        ctx.ui.line(json::event("notice", serde_json::json!({}), ctx.env.clock.now()));
    }
    ctx.ui.end();
    match result {
        Ok(Exit::Ok) if ctx.ui.is_lost() => {
            ctx.ui.talk("error: the answer could not be written; what was done is saved\n");
            Exit::Io
        }
        Ok(Exit::Ok) if ctx.is_damaged() => Exit::Damaged,
        Ok(exit) => exit,
        Err(failure) => failure.exit,
    }
}

/// The failure: on stderr for people, as the one object on stdout in JSON.
fn tell(ctx: &Context, verb: &Verb, failure: &Failure) {
    let known = ctx.known();
    let rev = known.as_ref().map(|(_, rev)| *rev);
    let look = ctx.ui.look_of_messages();
    ctx.ui.talk(&screen::error::failure(failure, &ctx.doing, rev, verbs::writes(verb), look));
    ctx.ui.object(json::error(failure, known.as_ref().map(|(run, _)| run.as_str()), rev));
}

fn without_context(format: Format, failure: &Failure, writes: bool) -> Exit {
    let ui = Ui::new(format, ColourChoice::Auto, false, &lookup);
    ui.talk(&screen::error::failure(failure, "", None, writes, ui.look_of_messages()));
    ui.object(json::error(failure, None, None));
    ui.end();
    failure.exit
}

fn is_json(argument: &OsString) -> bool {
    argument.to_str().is_some_and(|argument| argument == "--json" || argument.starts_with("--json="))
}

/// What `--color` asks for, of arguments that were not understood as a whole.
fn colour(arguments: &[OsString]) -> ColourChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let mut choice = None;
    while let Some(word) = words.next() {
        choice = match word.strip_prefix("--color=") {
            Some(value) => Some(value),
            None if word == "--color" => words.next(),
            None => choice,
        };
    }
    choice.and_then(|value| ColourChoice::from_str(value, false).ok()).unwrap_or(ColourChoice::Auto)
}

/// What clap says about arguments it does not understand; help and version are answers.
fn misunderstood(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let has_plain = arguments.iter().any(|argument| argument == "--plain");
    let format = match (has_plain, is_agent() || arguments.iter().any(is_json)) {
        (true, _) => Format::Plain,
        (false, true) => Format::Json,
        (false, false) => Format::Human,
    };
    let ui = Ui::new(format, colour(arguments), false, &lookup);
    let exit = answer_without_verb(&ui, error, arguments);
    ui.end();
    exit
}

fn answer_without_verb(ui: &Ui, error: &clap::Error, arguments: &[OsString]) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp => return help(ui, arguments),
        ErrorKind::DisplayVersion => {
            let text = error.render().to_string();
            ui.answer(&text);
            let version = text.trim().rsplit(' ').next().unwrap_or_default();
            ui.object(json::object("version", serde_json::json!({"text": text, "version": version})));
            return Exit::Ok;
        }
        _ => {}
    }
    if let Some(failure) = unknown_command(error, arguments) {
        ui.talk(&screen::error::failure(&failure, "", None, false, ui.look_of_messages()));
        ui.object(json::error(&failure, None, None));
        return Exit::Usage;
    }
    let plain = error.render().to_string();
    let look = ui.look_of_messages();
    let flowed: String =
        plain.lines().map(|line| format!("{}\n", prose::flow_below_label(line, look.width))).collect();
    match (look.colour, flowed == plain) {
        (true, true) => ui.talk(&error.render().ansi().to_string()),
        // Its colours are in the text; of one that is broken the first word alone is painted.
        (true, false) => ui.talk(&flowed.replacen("error:", &look.paint(Role::Bad, "error:"), 1)),
        (false, _) => ui.talk(&flowed),
    }
    let mut said = plain.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = said.next().unwrap_or_default();
    let mut failure = Failure::usage(message.strip_prefix("error: ").unwrap_or(message));
    failure.details = said
        .take_while(|line| !line.starts_with("Usage: ") && !line.starts_with("For more "))
        .map(str::to_owned)
        .collect();
    ui.object(json::error(&failure.advise(ALL_COMMANDS), None, None));
    Exit::Usage
}

/// `--help`, wherever it stands: the page of the command that was named.
fn help(ui: &Ui, arguments: &[OsString]) -> Exit {
    let tree = manual::tree();
    let words = words(arguments);
    let path = Typed::read(&tree, &words).path();
    let page = manual::command(&tree, &path).filter(|_| !path.is_empty());
    verbs::show_help(ui, &page.unwrap_or_else(|| manual::overview(&tree)));
    Exit::Ok
}

/// A verb that does not exist, with the one that was probably meant.
fn unknown_command(error: &clap::Error, arguments: &[OsString]) -> Option<Failure> {
    let ErrorKind::InvalidSubcommand = error.kind() else { return None };
    let ContextValue::String(given) = error.get(ContextKind::InvalidSubcommand)? else { return None };
    let tree = Cli::command();
    let typed = Typed::read(&tree, &words(arguments));
    let above: String = typed.path().iter().map(|name| format!("{name} ")).collect();
    let shown = typed.command().get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> = shown.map(clap::Command::get_name).collect();
    let meant = closest(given, names)
        .map_or_else(String::new, |name| format!(". Did you mean: checklist {above}{name}"));
    Some(Failure::usage(format!("no command \"{above}{given}\"{meant}")).advise(ALL_COMMANDS))
}

/// The words behind the name of the program.
fn words(arguments: &[OsString]) -> Vec<String> {
    arguments.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect()
}
