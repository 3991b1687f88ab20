//! `torture`: proves on this very disk that no acknowledged transaction is lost when writers are killed.

mod asked;
mod deeds;
mod document;
mod ledger;
mod linear;
mod process;
mod random;
mod request;
mod round;
mod storm;
mod writer;

use crate::cli::{Torture, TortureWriter};
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::Drawing;
use crate::screen::torture::{self as screen, Report};
use crate::ui::Format;
use checklist_store::env::{Instant, Kind, os};
use serde_json::json;
use std::cell::Cell;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
pub(crate) use storm::Findings;
use storm::{Storm, Wanted};

/// How often the progress bar is drawn at most.
const DRAWN_EVERY: Duration = Duration::from_millis(100);

/// Runs one writer, for the process that started this one.
pub(crate) fn serve(ctx: &Context, arguments: &TortureWriter) -> Result<Exit, Failure> {
    writer::serve(&ctx.env, arguments)
}

/// Runs the storm and says what it found.
pub(crate) fn torture(ctx: &Context, arguments: &Torture) -> Result<Exit, Failure> {
    let cannot = |error: std::io::Error| Failure::new(Exit::Io, format!("signals cannot be caught: {error}"));
    ctx.signals.catch().map_err(cannot)?;
    let begin = ctx.env.clock.instant();
    let seed = arguments.seed.unwrap_or_else(|| ctx.env.random_u64() >> 32);
    let ends_at = since(begin) + Duration::from_secs(arguments.seconds);
    let ends_at = Instant::from_nanos(u64::try_from(ends_at.as_nanos()).unwrap_or(u64::MAX));
    let wanted = Wanted { kills: arguments.kills, histories: arguments.histories, ends_at, seed };
    let program = round::own_program().map_err(|message| Failure::new(Exit::Io, message))?;
    let folder = folder(ctx, arguments)?;
    let progress = Progress::new(ctx, arguments.kills, begin);
    let tell = |findings: &Findings| progress.tell(findings);
    let is_cancelled = || ctx.signals.is_cancelled();
    let writers = usize::from(arguments.writers);
    let storm = Storm::new(&ctx.env, &folder, &program, writers, wanted, &is_cancelled, &tell);
    let found = storm.run();
    progress.end();
    let findings = found.map_err(|message| {
        let _ = os::remove_folder(&folder);
        Failure::new(Exit::Io, format!("the storm cannot go on: {message}"))
            .detail("No promise was broken until then.")
            .advise("Another disk or folder: checklist torture --in DIR")
    })?;
    let report = Report {
        writers,
        seed,
        file_system: ctx.env.fs.describe(&folder).map_or_else(|_| "unknown".to_owned(), |volume| volume.name),
        place: ctx.shown(folder.parent().unwrap_or(&folder)),
        left_in: findings.breach.as_ref().map(|(_, store)| (ctx.shown(store), ctx.shown(&folder))),
        took: ctx.env.clock.instant().since(begin),
        is_cut_short: ctx.signals.is_cancelled(),
        findings,
    };
    if report.findings.breach.is_none() {
        os::remove_folder(&folder).map_err(|error| {
            Failure::new(Exit::Io, format!("{} cannot be removed: {error}", folder.display()))
        })?;
    }
    answer(ctx, &report);
    Ok(match report.findings.breach {
        Some(_) => Exit::PromiseBroken,
        None if report.is_cut_short => ctx.signals.exit(),
        None => Exit::Ok,
    })
}

fn since(moment: Instant) -> Duration {
    moment.since(Instant::from_nanos(0))
}

/// A new folder on the disk that is meant: within the project's own, so that nothing else sees it.
fn folder(ctx: &Context, arguments: &Torture) -> Result<PathBuf, Failure> {
    let parent = match &arguments.folder {
        Some(folder) => tidied(&ctx.here.join(folder)),
        None => ctx.project().map_or_else(|_| ctx.here.clone(), |project| project.folder()),
    };
    let name = format!(".torture-{}-{:08x}", std::process::id(), ctx.env.random_u64() >> 32);
    let folder = parent.join(name);
    is_folder(ctx, &parent)?;
    let made = ctx.env.fs.create_dir(&folder);
    made.map_err(|error| {
        Failure::new(Exit::Io, format!("{} cannot be created: {error}", ctx.shown(&folder)))
            .advise("Another disk or folder: checklist torture --in DIR")
    })?;
    Ok(folder)
}

fn is_folder(ctx: &Context, parent: &Path) -> Result<(), Failure> {
    // `-C` and `--in` may name a link to a folder; what is made in it is a plain folder of its own.
    match ctx.env.fs.stat(parent) {
        Ok(stat) if matches!(stat.kind, Kind::Directory | Kind::Symlink) => Ok(()),
        Ok(_) => Err(Failure::usage(format!("{} is not a folder", ctx.shown(parent)))),
        Err(_) => Err(Failure::usage(format!("there is no folder {}", ctx.shown(parent)))),
    }
}

fn answer(ctx: &Context, report: &Report) {
    ctx.ui.answer(&screen::summary(report, ctx.ui.look()));
    let findings = &report.findings;
    let (deeds, tally) = (&findings.deeds, &findings.tally);
    let (median, longest) = screen::lock_waits(&deeds.lock_us);
    let mut object = json::object(
        "torture",
        json!({
            "kills": deeds.kills,
            "kills_of_the_lock_holder": deeds.holder_kills,
            "stops": deeds.stops,
            "writers": report.writers,
            "acknowledged": tally.acknowledged,
            "lost": if findings.breach.is_some() { json!(null) } else { json!(0) },
            "doubled": if findings.breach.is_some() { json!(null) } else { json!(0) },
            "unanswered_saved": tally.unanswered_saved,
            "unanswered_not_saved": tally.unanswered_gone,
            "histories": findings.histories,
            "histories_undecided": findings.undecided,
            "operations": findings.operations,
            "recoveries": deeds.recoveries,
            "recovery_us_max": deeds.recovery_us_max,
            "lock_wait_us_median": median,
            "lock_wait_us_max": longest,
            "sync_us_median": u64::try_from(findings.sync.as_micros()).unwrap_or(u64::MAX),
            "file_system": report.file_system,
            "folder": report.place,
            "version": env!("CARGO_PKG_VERSION"),
            "system": screen::system(),
            "seed": report.seed,
            "duration_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            "cut_short": report.is_cut_short,
            "found": findings.breach.as_ref().map(|(what, _)| what),
            "left_in": report.left_in.as_ref().map(|(store, _)| store),
        }),
    );
    object["ok"] = json!(findings.breach.is_none());
    ctx.ui.object(object);
}

/// What is shown while it runs: a bar at a terminal, else a line for each tenth.
struct Progress<'a> {
    ctx: &'a Context,
    kills: u64,
    begin: Instant,
    is_bar: bool,
    drawn: Cell<Instant>,
    tenths: Cell<u64>,
}

impl Progress<'_> {
    fn new(ctx: &Context, kills: u64, begin: Instant) -> Progress<'_> {
        let can_draw = ctx.ui.drawing == Drawing::Framed && crate::context::lookup("TERM").is_some();
        let is_bar = ctx.ui.format == Format::Human && std::io::stderr().is_terminal() && can_draw;
        Progress { ctx, kills, begin, is_bar, drawn: Cell::new(begin), tenths: Cell::new(0) }
    }

    fn tell(&self, findings: &Findings) {
        let now = self.ctx.env.clock.instant();
        let (kills, saved) = (findings.deeds.kills, findings.tally.acknowledged);
        let took = now.since(self.begin);
        if self.is_bar {
            if now.since(self.drawn.get()) >= DRAWN_EVERY {
                self.drawn.set(now);
                let line = screen::bar(kills, self.kills, saved, took, self.ctx.ui.look_of_talk());
                self.ctx.ui.talk(&format!("\r{line}\u{1b}[K"));
            }
        } else if kills * 10 / self.kills > self.tenths.get() {
            self.tenths.set(kills * 10 / self.kills);
            self.ctx.ui.talk(&screen::progress(kills, self.kills, saved, took));
        }
    }

    /// Takes the bar away: the answer follows.
    fn end(&self) {
        if self.is_bar {
            self.ctx.ui.talk("\r\u{1b}[K");
        }
    }
}
