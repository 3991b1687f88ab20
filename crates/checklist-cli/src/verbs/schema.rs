//! `schema`: the JSON Schema of templates, for editors, and those of the answers in JSON, for programs.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::schema::{self, Row};
use crate::screen::layout::{fit, pad};
use crate::ui::Format;
use checklist_workflow::closest::closest;
use serde_json::{Value, json};

pub(crate) fn schema(ctx: &Context, arguments: &cli::Schema) -> Result<Exit, Failure> {
    if arguments.list {
        return list(ctx);
    }
    let name = arguments.name.as_str();
    let Some(found) = schema::named(name) else {
        let rows = schema::rows();
        let meant = closest(name, rows.iter().map(|row| row.name))
            .map_or_else(String::new, |name| format!(". Did you mean: {name}"));
        return Err(
            Failure::usage(format!("no schema \"{name}\"{meant}")).advise("All: checklist schema --list")
        );
    };
    ctx.ui.answer(&format!("{found:#}\n"));
    ctx.ui.object(json::object("schema", json!({"name": name, "json_schema": found})));
    Ok(Exit::Ok)
}

fn list(ctx: &Context) -> Result<Exit, Failure> {
    let rows = schema::rows();
    let text: String = match ctx.ui.format {
        Format::Plain => {
            rows.iter().map(|row| format!("{}\t{}\t{}\n", row.name, row.id, row.about)).collect()
        }
        _ => {
            let widest = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
            let line = |row: &Row| {
                let line = format!("{}  {}  {}", pad(row.name, widest), row.version, row.about);
                format!("{}\n", fit(&line, ctx.ui.look().width))
            };
            let lines: String = rows.iter().map(line).collect();
            format!(
                "{lines}\nAn object names its schema first: checklist.status/1 is status, version 1.\n\
                 Within a version members are only added, so take no offence at one you do not know.\n\n\
                 Next: checklist schema status\n"
            )
        }
    };
    ctx.ui.answer(&text);
    let rows: Value = rows
        .iter()
        .map(|row| {
            json!({"name": row.name, "version": row.version, "schema": row.id, "about": row.about,
                "verbs": row.verbs, "draft": row.draft})
        })
        .collect();
    ctx.ui.object(json::object("schema", json!({"schemas": rows})));
    Ok(Exit::Ok)
}
