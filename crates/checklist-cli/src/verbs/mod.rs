//! The verbs, one file each.

mod act;
mod adopt;
mod agents;
mod archive;
mod back;
mod backup;
mod claim;
mod completions;
mod doctor;
mod done;
mod explain;
mod export;
mod help;
mod history;
mod hook;
mod import;
mod init;
mod interrupted;
mod logs;
mod ls;
mod man;
mod mcp;
mod migrate;
mod next;
mod pause;
mod prime;
mod projects;
mod prompt;
mod recover;
mod rename;
mod reset;
mod restore;
mod resume;
mod rollback;
pub(crate) mod run;
mod salvage;
mod schema;
mod show;
mod skip;
mod stats;
mod status;
mod switch;
pub(crate) mod torture;
mod trust;
mod ui;
mod undo;
mod validate;
mod verify;
mod wal;
mod watch;

pub(crate) use help::show as show_help;

use crate::cli::{Agents, Passage, Verb, Wal};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Does what a verb says.
pub(crate) fn perform(ctx: &Context, verb: &Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Init(arguments) => init::init(ctx, arguments),
        Verb::Run(arguments) => run::run(ctx, arguments),
        Verb::Status(arguments) => status::status(ctx, arguments),
        Verb::Next => next::next(ctx),
        Verb::Show(arguments) => show::show(ctx, arguments),
        Verb::Done(arguments) => done::done(ctx, arguments),
        Verb::Skip(arguments) => skip::skip(ctx, arguments),
        Verb::Back(arguments) => back::back(ctx, arguments),
        Verb::Rollback(arguments) => rollback::rollback(ctx, arguments),
        Verb::Ui => ui::ui(ctx),
        Verb::Undo(arguments) => undo::undo(ctx, arguments),
        Verb::Redo(revision) => undo::redo(ctx, revision),
        Verb::History(arguments) => history::history(ctx, arguments),
        Verb::Watch(arguments) => watch::watch(ctx, arguments),
        Verb::Stats(arguments) => stats::stats(ctx, arguments),
        Verb::Resume(arguments) => resume::resume(ctx, arguments),
        Verb::Pause(revision) => pause::pause(ctx, revision),
        Verb::Reset(revision) => reset::reset(ctx, revision),
        Verb::Claim(arguments) => claim::claim(ctx, arguments),
        Verb::Verify(arguments) => verify::verify(ctx, arguments),
        Verb::Ls(arguments) => ls::ls(ctx, arguments),
        Verb::Rename(arguments) => rename::rename(ctx, arguments),
        Verb::Archive(arguments) => archive::archive(ctx, arguments),
        Verb::Export(arguments) => export::export(ctx, arguments),
        Verb::Diff(arguments) => migrate::diff(ctx, arguments),
        Verb::Migrate(arguments) => migrate::migrate(ctx, arguments),
        Verb::Switch(arguments) => switch::switch(ctx, arguments),
        Verb::Validate(arguments) => validate::validate(ctx, arguments),
        Verb::Import(arguments) => import::import(ctx, arguments),
        Verb::Trust(arguments) => trust::trust(ctx, arguments),
        Verb::Wal(Wal::Show) => wal::show(ctx),
        Verb::Recover(arguments) => recover::recover(ctx, arguments),
        Verb::Adopt => adopt::adopt(ctx),
        Verb::Restore(arguments) => restore::restore(ctx, arguments),
        Verb::Backup(arguments) => backup::backup(ctx, arguments),
        Verb::Doctor => doctor::doctor(ctx),
        Verb::Torture(arguments) => torture::torture(ctx, arguments),
        Verb::LockProbe(arguments) => doctor::probe(ctx, arguments),
        Verb::TortureWriter(arguments) => torture::serve(ctx, arguments),
        Verb::Schema(arguments) => schema::schema(ctx, arguments),
        Verb::Prime(arguments) => prime::prime(ctx, arguments),
        Verb::Agents(arguments) => agents::agents(ctx, arguments),
        Verb::Mcp(_) => mcp::mcp(ctx),
        Verb::Explain(arguments) => explain::explain(ctx, arguments),
        Verb::Logs(arguments) => logs::logs(ctx, arguments),
        Verb::Completions(arguments) => completions::completions(ctx, arguments),
        Verb::Complete(arguments) => completions::complete(ctx, arguments),
        Verb::Man(arguments) => man::man(ctx, arguments),
        Verb::Prompt(arguments) => prompt::prompt(ctx, arguments),
        Verb::Hook(arguments) => hook::hook(ctx, arguments),
        Verb::Help(arguments) => help::help(ctx, arguments),
    }
}

/// Whether a verb is meant to change something: what its failures have to speak about.
pub(crate) fn writes(verb: &Verb) -> bool {
    !matches!(
        verb,
        Verb::Status(_)
            | Verb::Next
            | Verb::Show(_)
            | Verb::History(_)
            | Verb::Stats(_)
            | Verb::Ls(_)
            | Verb::Diff(_)
            | Verb::Export(_)
            | Verb::Verify(crate::cli::Verify { record: false, .. })
            | Verb::Validate(_)
            | Verb::Wal(_)
            | Verb::Doctor
            | Verb::Torture(_)
            | Verb::LockProbe(_)
            | Verb::TortureWriter(_)
            | Verb::Explain(_)
            | Verb::Schema(_)
            | Verb::Prime(_)
            | Verb::Mcp(_)
            | Verb::Run(crate::cli::Run { dry_run: true, .. })
            | Verb::Agents(Agents::Install(Passage { dry_run: true, .. }))
            | Verb::Agents(Agents::Uninstall(Passage { dry_run: true, .. }))
            | Verb::Logs(_)
            | Verb::Completions(_)
            | Verb::Complete(_)
            | Verb::Man(_)
            | Verb::Prompt(_)
            | Verb::Hook(_)
            | Verb::Help(_)
            | Verb::Backup(crate::cli::Backup { list: true })
    )
}
