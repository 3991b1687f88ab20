//! `stats`: how long things took, by the history, and how long the store takes on this disk.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::stats::{self as screen, Measured, Report};
use crate::ui::Format;
use checklist_store::env::os;
use checklist_store::{Key, Latency, Metrics, Publish, Store};
use checklist_workflow::engine::CommandStats;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// How often the scratch store is opened, and how often it is recovered.
const OPENINGS: usize = 5;

/// No log of these few commits is as long: it waits for the next opening.
const LOG_BYTES: u64 = 1 << 20;

pub(crate) fn stats(ctx: &Context, arguments: &cli::Stats) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let report = Report {
        title: engine.view().ok().map(|view| (view.title, view.id)),
        stats: engine.stats()?,
        opening: engine.store().recovery().clone(),
        measured: match arguments.commits {
            0 => Err("not asked for (--commits 0)".to_owned()),
            commits => measure(ctx, engine.store().root(), commits)?,
        },
    };
    if ctx.signals.is_cancelled() {
        return Ok(ctx.signals.exit());
    }
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::plain(&report)),
        _ => ctx.ui.answer(&screen::stats(&report, &ctx.calendar(), ctx.ui.look())),
    }
    ctx.ui.object(json::object("stats", object(&report)));
    Ok(Exit::Ok)
}

/// Commits to a store of its own beside the project's; the reason where that cannot be done, which is no failure.
fn measure(ctx: &Context, beside: &Path, commits: u64) -> Result<Result<Measured, String>, Failure> {
    let cannot = |error: std::io::Error| Failure::new(Exit::Io, format!("signals cannot be caught: {error}"));
    ctx.signals.catch().map_err(cannot)?;
    let folder = beside.join(format!(".stats-{}-{:08x}", std::process::id(), ctx.env.random_u64() >> 32));
    if let Err(error) = ctx.env.fs.create_dir(&folder) {
        return Ok(Err(format!("{} cannot be created: {error}", ctx.shown(&folder))));
    }
    let latencies = commit(ctx, &folder.join(".checklist"), commits);
    os::remove_folder(&folder).map_err(|error| {
        Failure::new(Exit::Io, format!("{} cannot be removed: {error}", folder.display()))
    })?;
    let file_system = ctx.env.fs.describe(beside).map_or_else(|_| "unknown".to_owned(), |volume| volume.name);
    Ok(latencies
        .map(|latencies| Measured { commits, file_system, latencies })
        .map_err(|error| error.to_string()))
}

/// What the store tells of so many commits, and of a few openings behind them.
fn commit(ctx: &Context, root: &Path, commits: u64) -> checklist_store::Result<Vec<(String, Latency)>> {
    const PLACE: Key<'static> = Key::from_static("/step");
    let options = || Store::options().env(ctx.env.clone()).holder("checklist stats");
    let metrics = Arc::new(Metrics::default());
    // Creating a store takes longer than opening it, and happens once in the life of a project.
    drop(options().open(root)?);
    let mut store = options().observe(metrics.clone()).open(root)?;
    for number in 0..commits {
        if ctx.signals.is_cancelled() {
            break;
        }
        store.transact(|draft| draft.write(&PLACE, number))?;
    }
    drop(store);
    let mut openings = Vec::new();
    for number in 0..OPENINGS as u64 {
        openings.push(options().open(root)?.recovery().elapsed);
        // Who is killed with a commit in the log leaves what this one leaves.
        let mut killed = options().publish(Publish::Deferred { wal_bytes: LOG_BYTES }).open(root)?;
        killed.transact(|draft| draft.write(&PLACE, commits + number))?;
        drop(killed);
        options().observe(metrics.clone()).open(root)?.close()?;
    }
    let mut latencies = metrics.snapshot().latencies;
    latencies.insert("opening".to_owned(), Latency::of(openings));
    Ok(latencies.into_iter().collect())
}

fn object(report: &Report) -> Value {
    let Report { stats, opening, .. } = report;
    let span = stats.span.map(|(since, until)| (since.to_string(), until.to_string())).unzip();
    json!({
        "run": report.title.as_ref().map(|(_, id)| id),
        "operations": stats.operations,
        "history": {"transactions": stats.transactions, "changes": stats.changes, "since": span.0, "until": span.1},
        "commands": stats.commands.iter().map(command).collect::<Value>(),
        "took": latency(&stats.took),
        "opening": {"verdict": screen::verdict(opening.verdict),
            "elapsed_ns": u64::try_from(opening.elapsed.as_nanos()).unwrap_or(u64::MAX)},
        "measured": report.measured.as_ref().ok().map(measured),
        "not_measured": report.measured.as_ref().err(),
    })
}

fn command(command: &CommandStats) -> Value {
    json!({"step": command.step, "command": command.command, "attempts": command.attempts,
        "succeeded": command.succeeded, "failed": command.failed, "interrupted": command.interrupted,
        "took": latency(&command.took)})
}

fn measured(measured: &Measured) -> Value {
    let one = |(name, latency): &(String, Latency)| json!({"name": name, "latency": self::latency(latency)});
    json!({"commits": measured.commits, "file_system": measured.file_system,
        "latencies": measured.latencies.iter().map(one).collect::<Value>()})
}

fn latency(latency: &Latency) -> Value {
    serde_json::to_value(latency).unwrap_or_default()
}
