//! `agents`: a few lines for agents in a file that they read, put in and taken out on request.

use crate::cli::{Agents, Passage};
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::{Change, Failure};
use crate::json;
use crate::marked::{self, Damage, Without};
use crate::outgoing;
use crate::screen::layout::width;
use crate::unified::unified;
use checklist_store::env::Kind;
use checklist_workflow::confine::confine;
use checklist_workflow::file::reason;
use checklist_workflow::output::plain_text;
use checklist_workflow::project::FOLDER;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// The file that agents read by themselves.
const FILE: &str = "AGENTS.md";

/// A larger file is none that an agent is to read whole.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The file that is meant.
struct File {
    /// Relative to the project.
    name: String,
    path: PathBuf,
    /// What is in it; `None` where it does not exist.
    text: Option<String>,
}

pub(crate) fn agents(ctx: &Context, arguments: &Agents) -> Result<Exit, Failure> {
    let (passage, verb) = match arguments {
        Agents::Install(passage) => (passage, "install"),
        Agents::Uninstall(passage) => (passage, "uninstall"),
    };
    let file = find(ctx, passage)?;
    let again = format!("checklist agents {verb}{}", option(&file));
    let (new, action) = match arguments {
        Agents::Install(_) => {
            let new = marked::installed(file.text.as_deref());
            let new = new.map_err(|damage| damaged(&file, &damage, &again))?;
            let action = match &file.text {
                None => "created",
                Some(text) if *text == new => "none",
                Some(text) if text.contains(marked::BEGIN) => "updated",
                Some(_) => "added",
            };
            (Some(new), action)
        }
        Agents::Uninstall(_) => {
            let without = file.text.as_deref().map_or(Ok(Without::Unchanged), marked::uninstalled);
            match without.map_err(|damage| damaged(&file, &damage, &again))? {
                Without::Unchanged => (file.text.clone(), "none"),
                Without::Rest(rest) => (Some(rest), "removed"),
                Without::Nothing => (None, "deleted"),
            }
        }
    };
    let difference = unified(&file.name, file.text.as_deref(), new.as_deref());
    if action != "none" {
        require_writable(&file)?;
    }
    if action != "none" && !passage.dry_run {
        write(ctx, &file, new.as_deref())?;
    }
    answer(ctx, &file, passage.dry_run, action, &difference, &again);
    Ok(Exit::Ok)
}

/// The option that names the file where it is not the usual one.
fn option(file: &File) -> String {
    if file.name == FILE { String::new() } else { format!(" --file {}", file.name) }
}

/// The file, inside of the project and read. A link that stays in the project stands for what it points to.
fn find(ctx: &Context, passage: &Passage) -> Result<File, Failure> {
    let root = ctx.project()?.root;
    let given = match &passage.file {
        Some(given) => tidied(&ctx.here.join(given)),
        None => root.join(FILE),
    };
    let shown = passage.file.as_deref().unwrap_or(FILE);
    let Ok(name) = given.strip_prefix(&root) else {
        return Err(Failure::usage(format!("{shown} is outside the project {}", ctx.shown(&root)))
            .advise("Name a file in it, or go there: checklist -C DIR agents install"));
    };
    let path = confine(&ctx.env, &root, &name.to_string_lossy())?;
    let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
    if path == root || path.starts_with(root.join(FOLDER)) {
        return Err(Failure::usage(format!("{shown} is no place for it: {FOLDER} is kept by the program"))
            .advise(format!("Leave --file out for {FILE}: checklist agents install")));
    }
    let text = match ctx.env.fs.stat(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(&name, &error)),
        Ok(stat) if stat.kind == Kind::Directory => {
            return Err(Failure::usage(format!("{name} is a folder, and a file is needed")));
        }
        Ok(stat) if stat.kind != Kind::File => {
            return Err(Failure::usage(format!("{name} is not a file")));
        }
        Ok(stat) if stat.len > BYTES_MAX => {
            return Err(Failure::refused(format!("{name} is larger than 4 MiB: no agent reads that whole"))
                .advise("Name another: checklist agents install --file PATH"));
        }
        Ok(stat) => {
            let bytes = ctx.env.fs.read(&path, 0..stat.len.max(1));
            Some(text(&name, bytes.map_err(|error| unreadable(&name, &error))?)?)
        }
    };
    Ok(File { name, path, text })
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::refused(format!("{name} is not UTF-8 text: see line {line}, byte {at} of the file"))
            .advise("Save it as UTF-8 and run the same command again.")
            .data(json!({"file": name, "line": line, "byte": at}))
    })
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(Exit::Io, format!("cannot read {name}: {}", reason(error)))
}

/// What is marked as read-only was marked by somebody.
fn require_writable(file: &File) -> Result<(), Failure> {
    if file.text.is_none() || !outgoing::is_read_only(&file.path) {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Io, format!("{} is read-only", file.name))
        .advise(format!("Make it writable and run the same command again: chmod u+w {}", file.name));
    failure.change = Change::NotSaved;
    Err(failure)
}

/// Puts the new text in the place of the old, unless somebody wrote there meanwhile.
fn write(ctx: &Context, file: &File, new: Option<&str>) -> Result<(), Failure> {
    let now = match ctx.env.fs.read(&file.path, 0..BYTES_MAX) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(&file.name, &error)),
    };
    if now.as_deref() != file.text.as_deref().map(str::as_bytes) {
        return Err(Failure::new(Exit::Conflict, format!("{} was changed by somebody meanwhile", file.name))
            .lead("conflict")
            .advise("Run the same command again."));
    }
    match new {
        Some(new) => {
            let folder = file.path.parent().unwrap_or(Path::new("."));
            outgoing::replace(ctx, &file.path, new.as_bytes()).map_err(|failure| {
                match ctx.env.fs.stat(folder) {
                    Err(_) => {
                        failure.advise(format!("Make its folder first: mkdir -p {}", ctx.shown(folder)))
                    }
                    Ok(_) => failure,
                }
            })
        }
        None => ctx.env.fs.remove(&file.path).map_err(|error| outgoing::failed(ctx, &file.path, &error)),
    }
}

/// Markers that somebody damaged: nothing is guessed about where the block was.
fn damaged(file: &File, damage: &Damage, again: &str) -> Failure {
    let Damage { line, column, source, marker, message } = damage;
    let number = line.to_string();
    let gutter = " ".repeat(width(&number));
    let caret = format!("{}{}", " ".repeat(column - 1), "^".repeat(width(marker)));
    Failure::refused(format!("{}:{line}:{column}: {message}", file.name))
        .detail(format!("{gutter} |"))
        .detail(format!("{number} | {}", plain_text(&source.replace('\t', " "))))
        .detail(format!("{gutter} | {caret}"))
        .advise(format!("Put the markers right, or take them out with what is between them; then: {again}"))
        .data(json!({"file": file.name, "line": line, "column": column}))
}

fn answer(ctx: &Context, file: &File, is_dry: bool, action: &str, difference: &str, again: &str) {
    let name = &file.name;
    let (would, done) = match action {
        "created" => ("would be made", "made, with the lines for agents in it"),
        "added" => ("would get the lines for agents", "got the lines for agents, at its end"),
        "updated" => ("has an older block, which would be brought up to date", "brought up to date"),
        "removed" => ("would lose the lines for agents", "the lines for agents are taken out"),
        "deleted" => (
            "would be removed: the lines for agents are all that is in it, and install made it",
            "removed: the lines for agents were all that was in it, and install made it",
        ),
        _ if again.contains("uninstall") => ("has no lines for agents", "has no lines for agents"),
        _ => ("has the lines for agents as they are now", "has the lines for agents as they are now"),
    };
    let next = match (is_dry && action != "none", action) {
        (true, _) => again.to_owned(),
        (false, "created" | "added" | "updated") => again.replace("install", "uninstall"),
        _ => "checklist prime".to_owned(),
    };
    let why = if next.contains("uninstall") && !is_dry { "   (takes it out again)" } else { "" };
    let text = match (is_dry, action) {
        (_, "none") => format!("{name} {done}. Nothing changed.\n"),
        (false, _) => format!("{name}: {done}.\n\nNext: {next}{why}\n"),
        (true, _) => {
            let lines: String = difference.lines().map(|line| format!("{}\n", plain_text(line))).collect();
            format!("{lines}{name} {would}. Nothing was changed.\n\nNext: {next}\n")
        }
    };
    ctx.ui.answer(&text);
    let fields = json!({
        "changed": action != "none" && !is_dry,
        "dry_run": is_dry,
        "file": name,
        "action": action,
        "diff": if difference.is_empty() { Value::Null } else { difference.into() },
        "next_commands": [next],
    });
    ctx.ui.object(json::object("agents", fields));
}
