//! What a dry run found: each step that would come, in order, and where it would stop for somebody.

use super::layout::{Look, Role, clean, counted};
use super::prose::flow;
use super::spoken::unaligned;
use checklist_workflow::output::plain_text;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::{CommandView, RunView, StepView};

/// What a dry run found.
pub(crate) struct Foreseen {
    /// The run as it is.
    pub(crate) view: RunView,
    /// The run as it would be when all that is planned is done.
    pub(crate) end: RunView,
    /// Whether it would only begin now.
    pub(crate) is_new: bool,
    pub(crate) is_approved: bool,
    /// Secrets without a value.
    pub(crate) secrets: Vec<String>,
    pub(crate) planned: Vec<Planned>,
    /// The command that does it.
    pub(crate) next: String,
    /// The command that approves it.
    pub(crate) trust: String,
}

/// One step that would come.
pub(crate) struct Planned {
    pub(crate) step: StepView,
    pub(crate) what: What,
    pub(crate) scripts: Vec<Script>,
    /// What is checked, with the values of its names where it is a script.
    pub(crate) checks: Vec<String>,
    /// Whether a walk would end there.
    pub(crate) is_stop: bool,
}

/// One command of it.
pub(crate) struct Script {
    pub(crate) command: CommandView,
    /// With the values of its names.
    pub(crate) filled: String,
    pub(crate) is_done: bool,
    pub(crate) is_allowed: bool,
    pub(crate) left_out: Option<String>,
}

/// What would happen at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Runs,
    Confirmed,
    Human,
    Agent,
    Someone,
    CutOff,
    RunsElsewhere,
    Claimed,
}

impl What {
    /// The word for it in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            What::Runs => "runs",
            What::Confirmed => "confirmed",
            What::Human => "waits_for_human",
            What::Agent => "waits_for_agent",
            What::Someone => "waits_for_someone",
            What::CutOff => "interrupted",
            What::RunsElsewhere => "running",
            What::Claimed => "claimed",
        }
    }

    /// Whether a walk without a person ends there.
    pub(crate) fn ends(self) -> bool {
        !matches!(self, What::Runs | What::Confirmed)
    }

    fn sentence(self, id: &str) -> String {
        match self {
            What::Runs => String::new(),
            What::Confirmed => "confirmed by --yes".to_owned(),
            What::Human => format!("waits for a person at a terminal: checklist done {id}"),
            What::Agent => format!("waits for an agent or a person: checklist done {id}"),
            What::Someone => format!("waits for a person: checklist done {id}"),
            What::CutOff => {
                "was cut off, and first it is to be known what became of it: checklist resume".to_owned()
            }
            What::RunsElsewhere => "another process is running it now".to_owned(),
            What::Claimed => "somebody else has taken it: checklist claim".to_owned(),
        }
    }
}

impl Foreseen {
    /// Where it would end without a person.
    pub(crate) fn stop(&self) -> Option<&Planned> {
        self.planned.iter().find(|planned| planned.is_stop)
    }

    /// The steps that would be left out by their conditions.
    pub(crate) fn hidden(&self) -> Vec<&StepView> {
        self.end.steps.iter().filter(|step| step.status == StepStatus::Hidden).collect()
    }

    /// The steps that cannot be foreseen to be done.
    pub(crate) fn waiting(&self) -> Vec<&StepView> {
        let is_planned = |step: &&StepView| self.planned.iter().any(|planned| planned.step.id == step.id);
        let open = self.end.steps.iter().filter(|step| !step.status.is_settled() && !step.has_parts);
        open.filter(|step| !is_planned(step)).collect()
    }
}

/// Why a step is left out, or not reached.
pub(crate) fn why(step: &StepView) -> String {
    match &step.condition {
        _ if !step.waits_for.is_empty() => format!("waits for {}", step.waits_for.join(", ")),
        Some(condition) => clean(&condition.why),
        None => "nothing leads to it".to_owned(),
    }
}

/// The screen.
pub(crate) fn text(foreseen: &Foreseen, look: Look) -> String {
    let view = &foreseen.view;
    let which = match foreseen.is_new {
        true => format!("a new run of {}", view.template),
        false => format!("run {} of {}, at op {}", view.short, view.template, view.rev),
    };
    let first =
        format!("Dry run of {which}, \"{}\". Nothing is run, and nothing is saved.", clean(&view.title));
    let mut text = format!("{}\n", flow(&first, 2, look.width));
    let mut is_behind = false;
    for planned in &foreseen.planned {
        text.push_str(&one(planned, look));
        if planned.is_stop && !is_behind {
            is_behind = true;
            text.push_str(&format!(
                "\n{}\n",
                look.paint(Role::Now, "It would stop here. When that is done:")
            ));
        }
    }
    let sets = [("Left out by their conditions:", foreseen.hidden()), ("Not reached:", foreseen.waiting())];
    for (title, steps) in sets.iter().filter(|(_, steps)| !steps.is_empty()) {
        text.push_str(&format!("\n{title}\n"));
        for step in steps {
            let line = format!("  {}: {} ({})", step.id, clean(&step.title), why(step));
            text.push_str(&format!("{}\n", flow(&line, 4, look.width)));
        }
    }
    text.push('\n');
    for line in ends(foreseen) {
        text.push_str(&format!("{}\n", flow(&line, 2, look.width)));
    }
    text.push_str(&format!("Next: {}\n", foreseen.next));
    if look.is_spoken() { unaligned(&text) } else { text }
}

/// What is to be known before it is done.
fn ends(foreseen: &Foreseen) -> Vec<String> {
    let mut lines = Vec::new();
    if foreseen.planned.is_empty() {
        lines.push("Nothing would be done.".to_owned());
    } else {
        let runs = foreseen.planned.iter().take_while(|planned| !planned.is_stop);
        let runs = runs.filter(|planned| planned.what == What::Runs).count();
        let stop = foreseen.stop().map(|planned| format!(", then it stops at {}", planned.step.id));
        lines.push(match (runs, foreseen.stop()) {
            (0, Some(planned)) => format!("It would stop at once, at {}.", planned.step.id),
            (runs, _) => format!("{} would run{}.", counted(runs, "step"), stop.unwrap_or_default()),
        });
    }
    if !foreseen.is_approved {
        let trust = &foreseen.trust;
        lines.push(format!("Its commands are not approved on this machine, which is asked first: {trust}"));
    }
    lines.extend(
        foreseen
            .secrets
            .iter()
            .map(|name| format!("The secret {name} has no value, and is asked for first.")),
    );
    lines
}

fn one(planned: &Planned, look: Look) -> String {
    let step = &planned.step;
    let killer = if step.killer { "  KILLER" } else { "" };
    let heading = format!("\n{}   {}{killer}\n", look.paint(Role::Strong, &step.id), clean(&step.title));
    let mut text = heading;
    let sentence = planned.what.sentence(&step.id);
    let said = |line: &str| format!("{}\n", flow(&format!("     {line}"), 4, look.width));
    if !sentence.is_empty() {
        text.push_str(&said(&sentence));
    }
    if let Some(condition) = &step.condition {
        text.push_str(&said(&format!("applies: {}", clean(&condition.why))));
    }
    for script in &planned.scripts {
        let id = &script.command.id;
        text.push_str(&match (&script.left_out, script.is_done) {
            (Some(why), _) => said(&format!("{id} is left out: {}", clean(why))),
            (None, true) => said(&format!("{id} is done already, and is not run again")),
            (None, false) => script_lines(script, look),
        });
    }
    for check in &planned.checks {
        text.push_str(&format!("     checked: {}\n", clean(check)));
    }
    text
}

/// What would be run is for copying, so its lines stay whole.
fn script_lines(script: &Script, look: Look) -> String {
    let mut text = String::new();
    for (index, line) in script.filled.trim_end().lines().enumerate() {
        let prompt = if index == 0 { "$" } else { " " };
        text.push_str(&format!("     {prompt} {}\n", plain_text(line)));
    }
    if let Some(danger) = &script.command.danger {
        let asks = if script.is_allowed { "allowed" } else { "asked about first" };
        let danger = look.paint(Role::Bad, &format!("danger: {}", clean(danger)));
        text.push_str(&format!("     {danger} ({asks})\n"));
    }
    text
}

/// One line per step for programs: what, id, type, whether it stops there, title; behind them those that are left out.
pub(crate) fn plain(foreseen: &Foreseen) -> String {
    let planned = foreseen.planned.iter().map(|planned| {
        let stops = if planned.is_stop { "stops" } else { "" };
        let step = &planned.step;
        let kind = super::kind_word(step.kind);
        format!("{}\n", [planned.what.word(), &step.id, kind, stops, &clean(&step.title)].join("\t"))
    });
    let others = [("hidden", foreseen.hidden()), ("not_reached", foreseen.waiting())];
    let others = others.into_iter().flat_map(|(word, steps)| {
        let line = move |step: &StepView| {
            format!("{}\n", [word, &step.id, super::kind_word(step.kind), "", &clean(&step.title)].join("\t"))
        };
        steps.into_iter().map(line).collect::<Vec<_>>()
    });
    planned.chain(others).collect()
}
