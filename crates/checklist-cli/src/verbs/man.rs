//! `man`: a man page, or all of them as files.

use super::help;
use crate::cli;
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::manual;
use crate::outgoing;
use serde_json::json;
use std::io::IsTerminal as _;
use std::path::Path;

pub(crate) fn man(ctx: &Context, arguments: &cli::Man) -> Result<Exit, Failure> {
    let tree = manual::tree();
    if let Some(folder) = &arguments.out {
        return write_all(ctx, &tree, folder);
    }
    let words: Vec<&str> = arguments.command.iter().map(String::as_str).collect();
    let Some(page) = manual::man_page(&tree, &words) else { return Err(help::unknown(&tree, &words)) };
    ctx.ui.answer(&page.text);
    if std::io::stdout().is_terminal() && !ctx.is_json() {
        let words: String = words.iter().map(|word| format!(" {word}")).collect();
        ctx.ui.talk(&format!("To read it: checklist man{words} | man -l -\n"));
    }
    ctx.ui.object(json::object("man", json!({"file": page.file, "text": page.text})));
    Ok(Exit::Ok)
}

fn write_all(ctx: &Context, tree: &clap::Command, folder: &Path) -> Result<Exit, Failure> {
    let folder = tidied(&ctx.here.join(folder));
    let shown = ctx.shown(&folder);
    match ctx.env.fs.stat(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(format!("there is no folder {shown}"))
                .advise(format!("Make it first: mkdir -p {shown}")));
        }
        Err(error) => return Err(outgoing::failed(ctx, &folder, &error)),
        Ok(_) => {}
    }
    let pages = manual::man_pages(tree);
    for page in &pages {
        outgoing::replace(ctx, &folder.join(&page.file), page.text.as_bytes())?;
    }
    ctx.ui.answer(&format!(
        "Wrote {} man pages into {shown}\n\nNext: man -l {shown}/checklist.1\n",
        pages.len()
    ));
    let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    ctx.ui.object(json::object("man-files", json!({"folder": folder.to_string_lossy(), "files": files})));
    Ok(Exit::Ok)
}
