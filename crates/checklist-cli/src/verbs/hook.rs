//! `hook`: what a shell runs when the folder changes. Nothing is installed: whoever wants it has it evaluated.

use crate::cli::{self, HookShell};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use serde_json::json;

pub(crate) fn hook(ctx: &Context, arguments: &cli::Hook) -> Result<Exit, Failure> {
    let script = match arguments.shell {
        HookShell::Bash => include_str!("hook/checklist.bash"),
        HookShell::Zsh => include_str!("hook/checklist.zsh"),
        HookShell::Fish => include_str!("hook/checklist.fish"),
    };
    ctx.ui.answer(script);
    ctx.ui.object(json::object("hook", json!({"script": script})));
    Ok(Exit::Ok)
}
