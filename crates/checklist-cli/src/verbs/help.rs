//! `help`: a command, or the table of exit codes.

use crate::cli::{self, Cli};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::source::closest;
use clap::CommandFactory as _;
use serde_json::{Value, json};

const TOPIC: &str = "exit-codes";

pub(crate) fn help(ctx: &Context, arguments: &cli::Help) -> Result<Exit, Failure> {
    if arguments.topic.first().map(String::as_str) == Some(TOPIC) {
        return exit_codes(ctx);
    }
    let mut command = Cli::command();
    command.build();
    let mut found = &mut command;
    for word in &arguments.topic {
        let names: Vec<String> = found.get_subcommands().map(|known| known.get_name().to_owned()).collect();
        let topics = names.iter().map(String::as_str).chain([TOPIC]);
        let meant = closest(word, topics).map_or_else(String::new, |name| format!(". Did you mean: {name}"));
        let Some(next) = found.find_subcommand_mut(word) else {
            return Err(Failure::usage(format!("no help on \"{word}\"{meant}"))
                .advise("All commands: checklist help    Exit codes: checklist help exit-codes"));
        };
        found = next;
    }
    let shown = found.render_long_help();
    match ctx.ui.look().colour {
        true => ctx.ui.answer(&format!("{}\n", shown.ansi())),
        false => ctx.ui.answer(&format!("{shown}\n")),
    }
    ctx.ui.object(json::object("help", json!({"text": shown.to_string()})));
    Ok(Exit::Ok)
}

fn exit_codes(ctx: &Context) -> Result<Exit, Failure> {
    let mut text = String::from("code  name               means                               what to do\n");
    for exit in Exit::ALL {
        let row = exit.row();
        text.push_str(&format!("{:>4}  {:<17}  {:<34}  {}\n", row.code, row.name, row.meaning, row.advice));
    }
    text.push_str("\nThese numbers are never changed. Errors in JSON carry the name as `code`.\n");
    ctx.ui.answer(&text);
    let rows: Vec<Value> = Exit::ALL
        .iter()
        .map(|exit| {
            let row = exit.row();
            json!({"exit": row.code, "code": row.name, "meaning": row.meaning, "advice": row.advice})
        })
        .collect();
    ctx.ui.object(json::object("help", json!({"topic": TOPIC, "codes": rows})));
    Ok(Exit::Ok)
}
