//! The runs of a project, one line each.

use super::layout::{Look, Role, clean, fit, pad, width};
use crate::time::Calendar;
use checklist_workflow::view::RunSummary;

/// The newest first; the active one is marked.
pub(crate) fn runs(runs: &[RunSummary], calendar: &Calendar, look: Look) -> String {
    if look.is_spoken() {
        return super::spoken::runs(runs, calendar);
    }
    let widest = runs.iter().map(|run| width(&called(run))).max().unwrap_or(0).min(look.width / 3);
    let mut text = String::new();
    for run in runs {
        let marker = if run.is_active { look.paint(Role::Now, "[>]") } else { "   ".to_owned() };
        let name = pad(&fit(&called(run), widest), widest);
        let settled = format!("{} settled", run.settled);
        let ago = calendar.ago(run.updated_at);
        let (short, status) = (&run.short, run.status.as_str());
        text.push_str(&format!("{marker} {short}  {name}  {status:<9}  {settled:<12}  {ago}\n"));
    }
    text
}

/// The name of a run with its template, or the template alone.
fn called(run: &RunSummary) -> String {
    match &run.name {
        Some(name) => format!("{} \"{}\"", clean(&run.template), clean(name)),
        None => clean(&run.template),
    }
}

/// One line per run for programs: active, id, template, status, settled steps, time, name.
pub(crate) fn plain(runs: &[RunSummary]) -> String {
    let line = |run: &RunSummary| {
        let active = match (run.is_active, run.is_archived) {
            (true, _) => "active",
            (_, true) => "archived",
            _ => "",
        };
        let called = run.name.as_deref().map(clean).unwrap_or_default();
        let settled = run.settled.to_string();
        let time = run.updated_at.to_string();
        let parts = [active, &run.id, &clean(&run.template), run.status.as_str(), &settled, &time, &called];
        format!("{}\n", parts.join("\t"))
    };
    runs.iter().map(line).collect()
}
