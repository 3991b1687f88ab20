//! `cargo xtask mcp`: a real client of the Model Context Protocol, from the Python registry, works through a run.

use crate::arguments::Arguments;
use crate::kills::program;
use crate::tools::{said, target_folder};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The client, which needs the package `mcp`.
const CLIENT: &str = include_str!("mcp/client.py");

/// The package, below the next version that may be another.
const PACKAGE: &str = "mcp>=2.3,<3";

/// Passes if the client comes to the end of the run, by each way to begin that it knows.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["release", "program"])?;
    let is_release = arguments.switch("release");
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let path = if path.as_os_str().is_empty() { program::build(is_release)? } else { path };
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let python = match client(&target_folder()?.join("mcp-client")) {
        Ok(python) => python,
        Err(reason) => {
            crate::say(
                &mut std::io::stdout(),
                &format!("SKIPPED: a client of the Model Context Protocol cannot be had: {reason}"),
            );
            return Ok(true);
        }
    };
    let status = Command::new(python).arg("-c").arg(CLIENT).arg(path).status();
    Ok(status.map_err(|error| format!("python: {error}"))?.success())
}

/// The interpreter of an environment that has the package; it is made where it is not there yet.
fn client(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join("bin/python");
    let has_package = |python: &Path| {
        said(Command::new(python).args(["-c", "from mcp import Client, ClientSession"])).is_ok()
    };
    if !has_package(&python) {
        said(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        said(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    }
    has_package(&python).then_some(python).ok_or_else(|| format!("{PACKAGE} does not import"))
}
