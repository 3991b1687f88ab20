//! The runs of a project, one line each.

use super::layout::{Look, Role, clean, fit, pad, width};
use crate::time::Calendar;
use checklist_workflow::view::RunSummary;

/// The newest first; the active one is marked.
pub(crate) fn runs(runs: &[RunSummary], calendar: &Calendar, look: Look) -> String {
    let widest = runs.iter().map(|run| width(&run.template)).max().unwrap_or(0).min(look.width / 3);
    let mut text = String::new();
    for run in runs {
        let marker = if run.is_active { look.paint(Role::Now, "[>]") } else { "   ".to_owned() };
        let name = pad(&fit(&clean(&run.template), widest), widest);
        let settled = format!("{} settled", run.settled);
        let ago = calendar.ago(run.updated_at);
        let (short, status) = (&run.short, run.status.as_str());
        text.push_str(&format!("{marker} {short}  {name}  {status:<9}  {settled:<12}  {ago}\n"));
    }
    text
}

/// One line per run for programs: active, id, template, status, settled steps, time.
pub(crate) fn plain(runs: &[RunSummary]) -> String {
    let line = |run: &RunSummary| {
        let active = if run.is_active { "active" } else { "" };
        let settled = run.settled.to_string();
        let time = run.updated_at.to_string();
        let parts = [active, &run.id, &clean(&run.template), run.status.as_str(), &settled, &time];
        format!("{}\n", parts.join("\t"))
    };
    runs.iter().map(line).collect()
}
