//! Programs that chores start: cargo, compilers and their tools, and where they build.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The folder cargo builds into: the one this very program was built into.
pub(crate) fn target_folder() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("the build folder is unknown: {error}"))?;
    let folder = own.ancestors().nth(2).ok_or("the build folder is unknown")?;
    Ok(folder.to_path_buf())
}

/// Cargo, in the repository, with nobody to answer a question.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(words).current_dir(crate::repository()).stdin(Stdio::null());
    cargo
}

/// What a command says on stdout; an error if it fails.
pub(crate) fn said(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| format!("{name} does not answer in text"))
    } else {
        Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}
