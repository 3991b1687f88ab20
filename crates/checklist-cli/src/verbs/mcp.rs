//! `mcp`: a Model Context Protocol server on stdin and stdout. Its tools are verbs, and answer as they do with `--json`.

#[cfg(feature = "mcp")]
mod request;
#[cfg(feature = "mcp")]
mod tools;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

#[cfg(not(feature = "mcp"))]
pub(crate) fn mcp(_ctx: &Context) -> Result<Exit, Failure> {
    Err(Failure::usage("this program was built without its MCP server")
        .advise("Build it with: cargo install checklist-cli --features mcp")
        .advise("Every tool is a command as well: checklist prime"))
}

#[cfg(feature = "mcp")]
pub(crate) fn mcp(ctx: &Context) -> Result<Exit, Failure> {
    use checklist_mcp::{About, Stop, serve};
    use checklist_workflow::file::reason;
    use std::io::IsTerminal as _;
    use std::sync::Arc;

    if std::io::stdin().is_terminal() {
        ctx.ui.talk(
            "This speaks JSON-RPC with a program and is of no use at a terminal; Ctrl-D ends it.\n\
             Tell your agent to start it: checklist -C PROJECT mcp\n",
        );
    }
    let about =
        About { name: "checklist", version: env!("CARGO_PKG_VERSION"), instructions: tools::INSTRUCTIONS };
    let stop = Stop::default();
    let heard = on_signal(stop.clone())
        .map_err(|error| Failure::new(Exit::Bug, format!("cannot catch signals: {}", reason(&error))))?;
    serve(about, Arc::new(tools::Verbs::new(ctx)), &stop).map_err(|error| {
        let exit = if error.kind() == std::io::ErrorKind::InvalidData { Exit::Usage } else { Exit::Io };
        Failure::new(exit, format!("the client cannot be served: {error}"))
            .detail("What it asked for until then is done and saved.")
    })?;
    Ok(heard.get().copied().unwrap_or(Exit::Ok))
}

/// Ends the server at the first signal; gives what the program exits with then.
#[cfg(feature = "mcp")]
fn on_signal(stop: checklist_mcp::Stop) -> std::io::Result<std::sync::Arc<std::sync::OnceLock<Exit>>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let heard = std::sync::Arc::new(std::sync::OnceLock::new());
    let tell = std::sync::Arc::clone(&heard);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // The first one says why it ends.
            let _ = tell.set(if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated });
            stop.stop();
        }
    })?;
    Ok(heard)
}
