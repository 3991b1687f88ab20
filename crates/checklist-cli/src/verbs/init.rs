//! `init`: makes `.checklist/` with a first list in it. It never overwrites.

use crate::approval::Content;
use crate::cli;
use crate::context::Context;
use crate::embedded::{EMBEDDED, Embedded};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{pad, wrap};
use crate::source;
use crate::ui::Format;
use checklist_workflow::closest::closest;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::list::{List, ListKind};
use checklist_workflow::project::{self, FOLDER};
use checklist_workflow::template::Template;
use checklist_workflow::trust::Approval;
use serde_json::{Value, json};
use std::path::Path;

/// A list that is about to be kept in the project.
struct First {
    /// Its file name in `.checklist/templates/`.
    file: String,
    list: List,
    /// Whether this program wrote it, so that its commands are approved here at once.
    is_ours: bool,
}

pub(crate) fn init(ctx: &Context, arguments: &cli::Init) -> Result<Exit, Failure> {
    if arguments.list {
        return Ok(list(ctx));
    }
    let here = ctx.here.clone();
    // In a folder of a project the project is meant, unless the folder was named.
    let root = match project::discover(&ctx.env, &here, ctx.home.as_deref()) {
        Ok(project) if project.root == here || ctx.globals.directory.is_none() => Some(project.root),
        Ok(_) => None,
        Err(project::DiscoverError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let first = first(ctx, arguments, root.as_deref().unwrap_or(&here))?;
    match root {
        Some(root) => existing(ctx, arguments, &root, &first),
        None => create(ctx, &here, &first),
    }
}

/// The list that is asked for.
fn first(ctx: &Context, arguments: &cli::Init, root: &Path) -> Result<First, Failure> {
    if let Some(given) = &arguments.from {
        let found = source::file(ctx, root, given)?;
        let list = source::parse(ctx, &found)?;
        let file = Path::new(&found.name).file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(First { file, list, is_ours: false });
    }
    let name = arguments.name.as_deref().unwrap_or(EMBEDDED[0].name);
    let Some(embedded) = EMBEDDED.iter().find(|known| known.name == name) else {
        return Err(unknown(ctx, name));
    };
    let file = format!("{name}.yaml");
    let list = List::parse(&file, embedded.text).map_err(Failure::template)?;
    Ok(First { file, list, is_ours: true })
}

/// A list that does not come with the program: those that do, and whether a file of that name was meant.
fn unknown(ctx: &Context, name: &str) -> Failure {
    let names = EMBEDDED.iter().map(|known| known.name);
    let meant = closest(name, names).map_or_else(String::new, |name| format!(". Did you mean: {name}"));
    let mut failure = Failure::usage(format!("no list \"{name}\" comes with the program{meant}"));
    if ctx.env.fs.stat(&ctx.here.join(name)).is_ok() {
        failure = failure.advise(format!("From this file: checklist init --from {name}"));
    }
    for line in shown(ctx.ui.look_of_talk().width).lines() {
        failure = failure.detail(line);
    }
    failure.advise("From a file of yours: checklist init --from FILE.md")
}

/// The lists that come with the program, one line each.
fn list(ctx: &Context) -> Exit {
    match ctx.ui.format {
        Format::Plain => {
            ctx.ui.answer(
                &EMBEDDED.iter().map(|list| format!("{}\t{}\n", list.name, list.about)).collect::<String>(),
            );
        }
        _ => ctx.ui.answer(&format!(
            "The lists that come with the program:\n{}\nNext: checklist init hello\n",
            shown(ctx.ui.look().width.saturating_sub(2))
                .lines()
                .map(|line| format!("  {line}\n"))
                .collect::<String>(),
        )),
    }
    let lists = EMBEDDED.iter().map(|list| {
        let template = list.template();
        let variables = template.variables.iter().map(|variable| {
            json!({"name": variable.name, "about": variable.description, "required": variable.required})
        });
        json!({"name": list.name, "about": list.about, "title": template.title, "steps": template.steps.len(),
            "variables": variables.collect::<Value>()})
    });
    ctx.ui.object(json::object("init-list", json!({"lists": lists.collect::<Value>()})));
    Exit::Ok
}

/// Names and what each is for, in columns.
fn shown(width: usize) -> String {
    let widest = EMBEDDED.iter().map(|list| list.name.len()).max().unwrap_or(0);
    let line = |list: &Embedded| {
        let about =
            wrap(list.about, width.saturating_sub(widest + 2)).join(&format!("\n{}", " ".repeat(widest + 2)));
        format!("{}  {about}\n", pad(list.name, widest))
    };
    EMBEDDED.iter().map(line).collect()
}

fn create(ctx: &Context, root: &Path, first: &First) -> Result<Exit, Failure> {
    let engine = ctx.create(root)?;
    keep(ctx, &engine, first)?;
    let template = &first.list.template;
    let next = next(first, false);
    let size = size(template);
    let approval = match has_commands_of_ours(first) {
        true => ", but for a note on this machine that these commands may run here",
        false => "",
    };
    let made = [
        (format!("templates/{}", first.file), format!("the steps. Edit this.   ({size})")),
        ("state.yaml ".to_owned(), "where you are. Commit this.".to_owned()),
        (".gitignore".to_owned(), "keeps the log, the locks and the copies out of git".to_owned()),
    ];
    let width = ctx.ui.look().width;
    let widest = made.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let gap = format!("\n{}", " ".repeat(widest + 5));
    let about = |about: &str| wrap(about, width.saturating_sub(widest + 5)).join(&gap);
    let lines: String =
        made.iter().map(|(name, text)| format!("  {}   {}\n", pad(name, widest), about(text))).collect();
    let nothing = wrap(&format!("Nothing outside .checklist/ was changed{approval}."), width).join("\n");
    ctx.ui.answer(&format!("Created .checklist/ in {}\n{lines}{nothing}\n\nNext: {next}\n", ctx.shown(root)));
    let fields = json!({
        "changed": true,
        "project": root.to_string_lossy(),
        "list": format!("{FOLDER}/templates/{}", first.file),
        "steps": template.steps.len(),
        "next_commands": [next],
    });
    ctx.ui.object(json::object("init", fields));
    Ok(Exit::Ok)
}

/// Whether the list came with the program and has commands: those are approved where it was made.
fn has_commands_of_ours(first: &First) -> bool {
    first.is_ours && !first.list.template.commands().is_empty()
}

/// The list goes into the project, as it was read, byte for byte.
fn keep(ctx: &Context, engine: &WorkflowEngine, first: &First) -> Result<(), Failure> {
    let path = format!("templates/{}", first.file);
    // What it extends is looked for beside it.
    for (_, base) in &first.list.bases {
        let file = Path::new(&base.name).file_name().unwrap_or_default().to_string_lossy();
        let kept = format!("templates/{file}");
        if ctx.env.fs.stat(&engine.store().root().join(&kept)).is_err() {
            engine.store().keep(&kept, base.source.as_bytes())?;
        }
    }
    engine.store().keep(&path, &first.list.source)?;
    if has_commands_of_ours(first) {
        let content =
            Content { root: engine.project(), path: &path, name: None, template: &first.list.template };
        ctx.trust()?.approve(
            &content.hash(),
            &first.list.template.id,
            engine.project(),
            Approval::Written,
        )?;
    }
    Ok(())
}

fn size(template: &Template) -> String {
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let steps = counted(template.steps.len(), "step");
    match template.variables.len() {
        0 => steps,
        count => format!("{steps}, {}", counted(count, "variable")),
    }
}

/// The command that runs the list, with the variables it cannot begin without; by its name where others are there.
fn next(first: &First, is_named: bool) -> String {
    let required = first.list.template.variables.iter();
    let required =
        required.filter(|variable| variable.required && variable.default.is_none() && !variable.secret);
    let variables: String = required
        .map(|variable| {
            let example = if variable.name == "version" { "1.4.0" } else { "..." };
            format!(" --var {}={example}", variable.name)
        })
        .collect();
    let name = match first.list.kind {
        ListKind::Yaml if !is_named => String::new(),
        _ => format!(" {}", stem(first)),
    };
    format!("checklist run{name}{variables}")
}

fn stem(first: &First) -> &str {
    first.file.rsplit_once('.').map_or(first.file.as_str(), |(stem, _)| stem)
}

/// The project is there already: what is there stays, and a list that was named and is missing is added.
fn existing(ctx: &Context, arguments: &cli::Init, root: &Path, first: &First) -> Result<Exit, Failure> {
    let path = root.join(FOLDER).join("templates").join(&first.file);
    let is_named = arguments.name.is_some() || arguments.from.is_some();
    // An `init` that a full disk stopped has made the folder and no list: repeated, it goes on.
    let is_unfinished =
        || Ok::<_, Failure>(source::names(ctx, root).is_empty() && ctx.read()?.runs()?.is_empty());
    if (is_named || is_unfinished()?) && ctx.env.fs.stat(&path).is_err() {
        let engine = ctx.write()?;
        keep(ctx, &engine, first)?;
        let command = next(first, true);
        ctx.ui.answer(&format!(
            ".checklist/ is already {}. Added templates/{}   ({})\n{}\nNext: {command}\n",
            place(ctx, root),
            first.file,
            size(&first.list.template),
            one_of_its_own(ctx, arguments, root)
        ));
        let fields = json!({"changed": true, "project": root.to_string_lossy(),
            "list": format!("{FOLDER}/templates/{}", first.file), "next_commands": [command]});
        ctx.ui.object(json::object("init", fields));
        return Ok(Exit::Ok);
    }
    let engine = ctx.read()?;
    let state = match engine.view() {
        Ok(view) => {
            let (done, total) = (view.progress.done, view.progress.total);
            format!("run {}, {done} of {total} done", view.short)
        }
        Err(_) => "no run yet".to_owned(),
    };
    ctx.ui.answer(&format!(
        ".checklist/ is already {} ({state}). Nothing changed.\n{}\nNext: checklist status\n",
        place(ctx, root),
        one_of_its_own(ctx, arguments, root)
    ));
    let fields =
        json!({"changed": false, "project": root.to_string_lossy(), "next_commands": ["checklist status"]});
    ctx.ui.object(json::object("init", fields));
    Ok(Exit::Ok)
}

/// `here`, or the folder further up that has it.
fn place(ctx: &Context, root: &Path) -> String {
    if root == ctx.here { "here".to_owned() } else { format!("in {}", ctx.shown(root)) }
}

/// How a folder of a project gets a project of its own: named, it is meant itself.
fn one_of_its_own(ctx: &Context, arguments: &cli::Init, root: &Path) -> String {
    if root == ctx.here {
        return String::new();
    }
    let list = arguments.name.iter().map(|name| format!(" {name}"));
    let from = arguments.from.iter().map(|file| format!(" --from {file}"));
    let words: String = list.chain(from).collect();
    format!("To make one in this folder too: checklist -C . init{words}\n")
}
