//! `completions`: the script of a shell; and the hidden `complete`, by which that script asks what may follow.

use crate::cli::typed::Typed;
use crate::cli::{self, Globals, Shell, Verb};
use crate::completion::{self, Line, Offer};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::manual;
use crate::screen::layout::clean;
use crate::ui::{ColourChoice, Format, Ui};
use serde_json::json;
use std::path::PathBuf;

pub(crate) fn completions(ctx: &Context, arguments: &cli::Completions) -> Result<Exit, Failure> {
    let script = completion::script::of(arguments.shell);
    ctx.ui.answer(script);
    ctx.ui.object(json::object("completions", json!({"script": script})));
    Ok(Exit::Ok)
}

/// Answers with a line about how to go on, and a line for each word that may follow. Whatever stands in the way, it
/// offers less and is no error: nobody can read one while they type.
pub(crate) fn complete(ctx: &Context, arguments: &cli::Complete) -> Result<Exit, Failure> {
    let line = match arguments.shell {
        Shell::Bash => Line::read(arguments.typed.first().map_or("", String::as_str)),
        _ => Line { words: words(arguments), quote: None },
    };
    let Some((last, before)) = line.words.split_last() else { return Ok(Exit::Ok) };
    let tree = manual::tree();
    let typed = Typed::read(&tree, before);
    let meant = Globals {
        directory: typed.value("directory").map(PathBuf::from),
        run: typed.value("run-id").map(str::to_owned),
        ..ctx.globals.clone()
    };
    // Whatever the environment says: a script reads this, and it reads lines. It only looks.
    let ui = Ui::new(Format::Plain, ColourChoice::Never, false, &crate::context::lookup);
    let ctx = Context::new(ctx.env.clone(), ui, meant, &Verb::Next)?;
    let offer = completion::offer(&ctx, &typed, last);
    ctx.ui.answer(&lines(&offer, arguments, &line));
    Ok(Exit::Ok)
}

fn words(arguments: &cli::Complete) -> Vec<String> {
    let mut words = arguments.typed.clone();
    if arguments.new_word || words.is_empty() {
        words.push(String::new());
    }
    words
}

fn lines(offer: &Offer, arguments: &cli::Complete, line: &Line) -> String {
    let how = [(offer.has_files, "files"), (offer.has_folders, "folders"), (offer.is_open, "open")];
    let how: Vec<&str> = how.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect();
    let kept = line.kept(&arguments.breaks);
    let shown = offer.candidates.iter().map(|candidate| match arguments.shell {
        Shell::Bash if line.quote.is_some() => format!("{}\n", candidate.value),
        Shell::Bash => format!("{}\n", completion::escaped(&candidate.value[kept..])),
        _ => format!("{}\t{}\n", candidate.value, clean(&candidate.about)),
    });
    format!("{}\n{}", how.join(" "), shown.collect::<String>())
}
