//! A deployment driven from code: the engine runs what it can, this program answers for people, and listens to what happens.
//!
//! `cargo run -p checklist-workflow --example deploy -- FOLDER`. Kill it at any moment and run it again: it goes on.

use checklist_workflow::{
    ActOptions, Advanced, Claim, List, Resolution, Setup, WorkflowEngine, WorkflowEvent,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;

const LIST: &str = r#"
checklist: 1
id: deploy
title: Deploy ${version}
variables:
  version: { required: true }
steps:
  - id: build
    title: Build ${version}
    type: auto
    commands: [{ id: build, kind: bash, run: 'echo "${version}" > build.txt' }]
    outputs: { size: 'wc -c < build.txt | tr -d " "' }
  - id: approve
    title: Ship ${build_size} bytes?
    type: confirm
  - id: ship
    title: Ship it
    type: auto
    commands: [{ id: copy, kind: bash, run: cp build.txt shipped.txt, idempotent: true, on_interrupt: verify }]
    validation: [{ kind: file_contains, path: shipped.txt, text: '${version}' }]
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: deploy FOLDER")?;
    deploy(Path::new(&folder), "1.4.0", &mut io::stdout())
}

/// Begins a deployment in the folder, or goes on with the one that is there; tells `out` what happens.
pub(crate) fn deploy(project: &Path, version: &str, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    // Observers are called once a change is durable. They must not block, so this one only passes on what it hears.
    let (tell, heard) = mpsc::channel();
    let setup =
        Setup::new("deploy-bot").observed_by(move |event: &WorkflowEvent| drop(tell.send(event.clone())));
    let mut engine = WorkflowEngine::create(project, setup)?;
    if engine.run().is_none() {
        let list = List::parse("deploy.yaml", LIST)?;
        engine.start(&list, &BTreeMap::from([("version".to_owned(), version.to_owned())]))?;
    }

    let (cancel, now) = (AtomicBool::new(false), ActOptions::default());
    loop {
        let advanced = engine.advance(&cancel, &mut |_| {})?;
        for event in heard.try_iter() {
            writeln!(out, "  {event}")?;
        }
        match advanced {
            Advanced::Acted(acted) => writeln!(out, "{} is {}", acted.step, acted.status)?,
            Advanced::Settled(acted) => {
                writeln!(out, "{} commands were cut off, and are settled", acted.len())?;
            }
            Advanced::Waits(step) => {
                writeln!(out, "{} yes", step.title)?;
                let yes = Claim::Confirmed { typed: None, at_terminal: false };
                engine.done(&step.id, yes, &now, &cancel)?;
            }
            // Killed while it built: nobody knows how far that came, and building again does no harm.
            Advanced::Asks(unknown) => {
                for command in unknown {
                    engine.resolve(&command.step, &command.command, Resolution::Rerun, &now)?;
                }
            }
            Advanced::Completed => break,
            other => return Err(format!("nothing can be done: {other:?}").into()),
        }
    }
    let outputs = engine.run().and_then(|run| run.steps.get("build")).map(|step| step.outputs.clone());
    writeln!(out, "shipped {} bytes", outputs.unwrap_or_default()["size"])?;
    Ok(())
}
