//! Lists by name or by file: found, confined to the project, read and parsed.

use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use checklist_store::env::Kind;
use checklist_workflow::closest::closest;
use checklist_workflow::confine::confine;
use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::file::reason;
use checklist_workflow::list::{List, ListKind};
use checklist_workflow::template::{BaseSource, SOURCE_BYTES_MAX};
use std::path::{Path, PathBuf};

/// The endings of a list, the one that is looked for first at the front.
const ENDINGS: [&str; 4] = ["yaml", "yml", "md", "markdown"];

/// Where the lists of a project are, relative to it.
const TEMPLATES: &str = ".checklist/templates";

/// A list on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is called in messages: its path, relative to the project.
    pub(crate) name: String,
    /// Where it is, without a symlink in it.
    pub(crate) path: PathBuf,
}

/// The names that lists in `.checklist/templates/` go by, sorted.
pub(crate) fn names(ctx: &Context, root: &Path) -> Vec<String> {
    let files = ctx.env.fs.list(&root.join(TEMPLATES)).unwrap_or_default();
    let stem = |path: PathBuf| {
        let is_list = path.extension().is_some_and(|end| ENDINGS.iter().any(|known| end == *known));
        let name = path.file_stem()?.to_str()?.to_owned();
        (is_list && !name.starts_with('.')).then_some(name)
    };
    files.into_iter().filter_map(stem).collect()
}

/// The list that is meant by a name or a path; a path is relative to the folder the command runs in. A file that is
/// there under this very name goes before a list that was taken in and is called alike.
pub(crate) fn find(ctx: &Context, root: &Path, given: &str) -> Result<Found, Failure> {
    let plain = !given.contains(['/', '\\']);
    let has_ending = ENDINGS.iter().any(|end| given.ends_with(&format!(".{end}")));
    let is_here = is_file(ctx, &ctx.here.join(given));
    if plain && !(has_ending && is_here) {
        let endings = ENDINGS.iter().map(|end| format!("{TEMPLATES}/{given}.{end}"));
        let whole = has_ending.then(|| format!("{TEMPLATES}/{given}"));
        for name in endings.chain(whole) {
            if is_file(ctx, &root.join(&name)) {
                let path = confine(&ctx.env, root, &name)?;
                return Ok(Found { name, path });
            }
        }
    }
    if plain && !has_ending && !is_here {
        return Err(unknown(ctx, root, given));
    }
    file(ctx, root, given)
}

/// A file of the project, by a path relative to the folder the command runs in.
pub(crate) fn file(ctx: &Context, root: &Path, given: &str) -> Result<Found, Failure> {
    let path = tidied(&ctx.here.join(given));
    let Ok(name) = path.strip_prefix(root) else {
        let folder = ctx.shown(root);
        return Err(Failure::usage(format!("{given} is outside the project {folder}"))
            .advise("Copy it into the project first, then name the copy."));
    };
    let name = name.to_string_lossy().into_owned();
    let path = confine(&ctx.env, root, &name)?;
    match ctx.env.fs.stat(&path) {
        Ok(stat) if stat.kind == Kind::File => Ok(Found { name, path }),
        Ok(_) => Err(Failure::usage(format!("{given} is not a file"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(missing(ctx, &path, given)),
        Err(error) => Err(Failure::new(Exit::Io, format!("cannot look at {given}: {}", reason(&error)))),
    }
}

fn is_file(ctx: &Context, path: &Path) -> bool {
    ctx.env.fs.stat(path).is_ok_and(|stat| matches!(stat.kind, Kind::File | Kind::Symlink))
}

fn missing(ctx: &Context, path: &Path, given: &str) -> Failure {
    let folder = path.parent().unwrap_or(&ctx.here);
    let files = ctx.env.fs.list(folder).unwrap_or_default();
    let names: Vec<&str> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let meant = closest(wanted, names).map_or_else(String::new, |name| {
        let shown = Path::new(given).with_file_name(name);
        format!(". Did you mean: {}", shown.display())
    });
    Failure::usage(format!("there is no file {given}{meant}"))
}

fn unknown(ctx: &Context, root: &Path, given: &str) -> Failure {
    let names = names(ctx, root);
    let meant = closest(given, names.iter().map(String::as_str))
        .map_or_else(String::new, |name| format!(". Did you mean: {name}"));
    let failure = Failure::usage(format!("no list \"{given}\"{meant}"));
    match names.as_slice() {
        [] => failure.advise("Make one: checklist init hello"),
        names => failure.advise(format!("The lists here: {}", names.join(", "))),
    }
}

/// The text of a list.
pub(crate) fn read(ctx: &Context, found: &Found) -> Result<String, Failure> {
    let limit = SOURCE_BYTES_MAX as u64 + 1;
    let bytes =
        ctx.env.fs.read(&found.path, 0..limit).map_err(|error| {
            Failure::new(Exit::Io, format!("cannot read {}: {}", found.name, reason(&error)))
        })?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
        Failure::new(Exit::Template, format!("{}:{line}: the file is not UTF-8 text", found.name))
            .advise("Save it as UTF-8.")
    })
}

/// The list, parsed.
pub(crate) fn parse(ctx: &Context, found: &Found) -> Result<List, Failure> {
    parse_text(ctx, found, &read(ctx, found)?).map_err(Failure::template)
}

/// The list in a text, with the templates beside its file that it extends.
pub(crate) fn parse_text(ctx: &Context, found: &Found, text: &str) -> Result<List, Diagnostics> {
    let mut find = |name: &str| {
        let has_ending = ENDINGS.iter().any(|end| name.ends_with(&format!(".{end}")));
        let file = if has_ending { name.to_owned() } else { format!("{name}.yaml") };
        let path = found.path.with_file_name(&file);
        if !is_file(ctx, &path) {
            return Err(format!("there is no {file} beside this file"));
        }
        let shown = Path::new(&found.name).with_file_name(&file).to_string_lossy().into_owned();
        let base = Found { name: shown, path };
        let source = read(ctx, &base).map_err(|failure| failure.message.clone())?;
        Ok(BaseSource { name: base.name, source })
    };
    List::parse_as(ListKind::of(&found.name), &found.name, text, &mut find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out_of_paths() {
        assert_eq!(tidied(Path::new("/a/b/../c/./d")), Path::new("/a/c/d"));
        assert_eq!(tidied(Path::new("/../..")), Path::new("/"));
    }
}
