//! `help`: the first page, a command, a topic, or all of the manual.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::manual::{self, Page, TOPICS, form};
use crate::ui::{Format, Ui};
use checklist_workflow::closest::closest;
use clap::Command;
use serde_json::{Value, json};

const ALL: &str = "All commands and topics: checklist help";

pub(crate) fn help(ctx: &Context, arguments: &cli::Help) -> Result<Exit, Failure> {
    let tree = manual::tree();
    if arguments.markdown {
        let text = form::markdown::manual(&tree);
        ctx.ui.answer(&text);
        ctx.ui.object(json::object("help", json!({"text": text})));
        return Ok(Exit::Ok);
    }
    if arguments.all {
        show_all(&ctx.ui, &manual::pages(&tree));
        return Ok(Exit::Ok);
    }
    let words: Vec<&str> = arguments.topic.iter().map(String::as_str).collect();
    match find(&tree, &words) {
        Some(page) => show(&ctx.ui, &page),
        None => return Err(unknown(&tree, &words)),
    }
    Ok(Exit::Ok)
}

/// The page that words name; without words, the first one.
pub(crate) fn find(tree: &Command, words: &[&str]) -> Option<Page> {
    match words {
        [] => Some(manual::overview(tree)),
        [name] => manual::command(tree, words).or_else(|| manual::topic(name)),
        path => manual::command(tree, path),
    }
}

/// Shows a page in the form that was asked for.
pub(crate) fn show(ui: &Ui, page: &Page) {
    match ui.format {
        Format::Human => ui.answer(&form::terminal::page(page, ui.look())),
        Format::Plain => ui.answer(&form::plain::page(page)),
        Format::Json => {
            let mut fields = form::object::page(page);
            if page.name == "exit-codes" {
                fields["codes"] = codes();
            }
            ui.object(json::object("help", fields));
        }
    }
}

fn show_all(ui: &Ui, pages: &[Page]) {
    match ui.format {
        Format::Human => {
            let shown: Vec<String> = pages.iter().map(|page| form::terminal::page(page, ui.look())).collect();
            ui.answer(&shown.join("\n\n"));
        }
        Format::Plain => ui.answer(&pages.iter().map(form::plain::page).collect::<String>()),
        Format::Json => {
            let pages: Value = pages.iter().map(form::object::page).collect();
            ui.object(json::object("help", json!({"pages": pages})));
        }
    }
}

/// What may have been meant by a word that is neither a command nor a topic.
pub(super) fn unknown(tree: &Command, words: &[&str]) -> Failure {
    let parents = &words[..words.len() - 1];
    let known = parents.iter().try_fold(tree, |command, name| command.find_subcommand(name));
    let (word, command) = match known {
        Some(command) => (words[words.len() - 1], command),
        None => (words[0], tree),
    };
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set());
    let topics = TOPICS.iter().map(|topic| topic.name).filter(|_| std::ptr::eq(command, tree));
    let names = shown.map(Command::get_name).chain(topics);
    let meant = closest(word, names).map_or_else(String::new, |name| format!(". Did you mean: {name}"));
    Failure::usage(format!("no help on \"{}\"{meant}", words.join(" "))).advise(ALL)
}

/// The published table, for programs.
fn codes() -> Value {
    let code = |exit: &Exit| {
        let row = exit.row();
        json!({"exit": row.code, "code": row.name, "meaning": row.meaning, "advice": row.advice})
    };
    Exit::ALL.iter().map(code).collect()
}
