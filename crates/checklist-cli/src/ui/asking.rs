//! What a person wants of a step: asked about first, where the engine demands it.

use super::action::Action;
use super::dialog::{Dialog, Text};
use super::keys::Wish;
use super::panel::{Effect, Panel};
use crate::screen::layout::{Look, Role, clean};
use crate::verbs::run::block;
use checklist_workflow::run::{CommandStatus, RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::view::StepView;

impl Panel {
    /// A wish that is about the run or the step that is meant.
    pub(super) fn act(&mut self, wish: Wish) -> Vec<Effect> {
        let rev = self.view().rev;
        let Some(step) = self.step().cloned() else { return Vec::new() };
        match wish {
            Wish::Done => self.settle(&step),
            Wish::All => self.ask_block(&step),
            Wish::Claim => self.ask_claim(&step.id),
            Wish::Skip => self.ask_skip(&step),
            Wish::Back => {
                let is_open = matches!(step.status, StepStatus::Pending | StepStatus::Active);
                self.perform(Action::Back { step: (!is_open).then_some(step.id), rev })
            }
            Wish::Undo => self.perform(Action::Undo { rev }),
            Wish::Redo => self.perform(Action::Redo { rev }),
            Wish::Run => self.run(&step),
            Wish::Rollback => self.ask_rollback(&step),
            Wish::Pause => match self.view().status {
                RunStatus::Paused => self.perform(Action::Unpause),
                _ => self.perform(Action::Pause),
            },
            Wish::Copy if step.prompts.is_empty() => {
                self.say(None, format!("{} has no prompt to copy.", step.id))
            }
            Wish::Copy => {
                self.said = Some((None, "Sent to the clipboard of the terminal (OSC 52).".to_owned()));
                vec![Effect::Copy(step.prompts.join("\n\n"))]
            }
            Wish::Output => self.toggle_output(&step),
            _ => Vec::new(),
        }
    }

    fn settle(&mut self, step: &StepView) -> Vec<Effect> {
        let id = step.id.clone();
        if step.status == StepStatus::Interrupted {
            let text = format!("Nobody knows what became of a command of {id}: r settles it.");
            return self.say(Some(Role::Doubt), text);
        }
        if step.status.is_settled() {
            return self.say(None, format!("{id} is {} already; b opens it again.", step.status));
        }
        match (step.kind, &step.input, &step.confirm) {
            (StepKind::Auto, ..) => {
                self.say(None, format!("{id} is run by the tool: r runs it, D records it as claimed."))
            }
            (StepKind::Input, Some(input), _) => {
                let about = input.about.as_deref().map(clean).unwrap_or_default();
                let allowed = match input.allowed.as_slice() {
                    [] => String::new(),
                    allowed => format!("\none of {}", clean(&allowed.join(", "))),
                };
                let kept = input.value.as_deref().map(|value| format!("\nEmpty keeps: {}", clean(value)));
                let body = format!("{about}{allowed}{}", kept.unwrap_or_default());
                let then = Text::Answer { step: id.clone() };
                self.ask(Dialog::line(id, body.trim_start(), &input.variable, then))
            }
            (StepKind::Confirm, _, Some(confirm)) => match &confirm.type_to_confirm {
                Some(wanted) => {
                    let body = format!("{}\n\nType \"{}\" to confirm.", confirm.message, clean(wanted));
                    let then = Text::Confirm { step: id.clone(), wanted: wanted.clone() };
                    self.ask(Dialog::line(id, &body, "confirm", then))
                }
                None => {
                    let action = Action::Done { step: id.clone(), confirmed: Some(None) };
                    self.ask(Dialog::yes(id, &confirm.message, "yes", action))
                }
            },
            _ => self.perform(Action::Done { step: id, confirmed: None }),
        }
    }

    /// The pause point of a list in mode do-confirm: what was done from memory is confirmed as one.
    fn ask_block(&mut self, step: &StepView) -> Vec<Effect> {
        let block = block::of(self.view(), step);
        if block.is_empty() {
            let text = format!("{} is confirmed by itself: d says that it is done.", step.id);
            return self.say(None, text);
        }
        let lines = block::lines(&block, Look::SCREEN);
        let action = Action::Block { steps: block.iter().map(|step| step.id.clone()).collect() };
        self.ask(Dialog::yes("A section at once", &lines, "all of it is done", action))
    }

    pub(super) fn ask(&mut self, dialog: Dialog) -> Vec<Effect> {
        self.dialog = Some(dialog);
        Vec::new()
    }

    pub(super) fn ask_claim(&mut self, id: &str) -> Vec<Effect> {
        let body = "Its checks are not run; it is recorded as claimed, on your word.";
        let then = Text::Claim { step: id.to_owned() };
        self.ask(Dialog::line(format!("{id} is done"), body, "Why", then))
    }

    fn ask_skip(&mut self, step: &StepView) -> Vec<Effect> {
        if step.status == StepStatus::Skipped {
            return self.say(None, format!("{} is skipped already; b opens it again.", step.id));
        }
        let killer = if step.killer { "\nIt is a KILLER step: its id has to be typed as well." } else { "" };
        let body = format!("{}{killer}", clean(&step.title));
        let then = Text::Skip { step: step.id.clone(), is_killer: step.killer };
        self.ask(Dialog::line(format!("Skip {}", step.id), &body, "Why", then))
    }

    fn run(&mut self, step: &StepView) -> Vec<Effect> {
        let action = Action::Run { step: step.id.clone() };
        let is_run = matches!(step.kind, StepKind::Auto | StepKind::Check) || !step.commands.is_empty();
        if step.status.is_settled() {
            return self.say(None, format!("{} is {} already; b opens it again.", step.id, step.status));
        }
        if step.status != StepStatus::Interrupted && !is_run {
            return self.say(None, format!("{} has nothing to run; d says that it is done.", step.id));
        }
        if step.status != StepStatus::Interrupted && is_rolling_back(step) {
            return self.ask_rollback(step);
        }
        self.perform(action)
    }

    fn ask_rollback(&mut self, step: &StepView) -> Vec<Effect> {
        if step.rollback.is_empty() {
            return self.say(None, format!("{} declares nothing that takes it back.", step.id));
        }
        let mut body = String::from("What its commands did is taken back by:\n\n");
        for command in &step.rollback {
            body.push_str(&format!("$ {}\n", command.script.trim_end().replace('\n', "\n  ")));
        }
        let action = Action::Rollback { step: step.id.clone() };
        self.ask(Dialog::yes(format!("Roll back {}", step.id), &body, "run it", action))
    }

    /// Shows what the commands of a step printed, or the step again.
    fn toggle_output(&mut self, step: &StepView) -> Vec<Effect> {
        let is_running = self.running.as_ref().is_some_and(|running| running.action.runs_commands());
        if self.shows_output || is_running {
            self.shows_output = !self.shows_output;
            return Vec::new();
        }
        if self.output.as_ref().is_some_and(|output| output.step == step.id) {
            self.shows_output = true;
            return Vec::new();
        }
        let logs = step.all_commands().filter_map(|command| Some((command.id.clone(), command.log.clone()?)));
        let logs: Vec<(String, String)> = logs.collect();
        if logs.is_empty() && self.output.is_some() {
            // What ran last is what people mean who have gone on to a step that runs nothing.
            self.shows_output = true;
            return Vec::new();
        }
        if logs.is_empty() {
            return self.say(None, format!("No command of {} was run yet.", step.id));
        }
        vec![Effect::ReadLogs { step: step.id.clone(), logs }]
    }

    /// Closes what is open: the output, the search, the detail.
    pub(super) fn close(&mut self) {
        if self.shows_output {
            self.shows_output = false;
        } else if !self.search.text.is_empty() {
            self.search.text.clear();
        } else {
            self.focus = super::places::Focus::List;
        }
    }

    /// `q` and Ctrl-C: a command that runs is not left alone without a word.
    pub(super) fn leave(&mut self, is_interrupt: bool) -> Vec<Effect> {
        let Some(running) = &mut self.running else { return vec![Effect::Leave] };
        if is_interrupt {
            running.is_ending = true;
            return vec![Effect::Cancel];
        }
        let body =
            format!("{} is under way. Leaving ends it, with its process group.", running.action.words());
        let choices = vec![
            ('y', "end it and leave".to_owned(), super::dialog::Next::LeaveAndEnd),
            ('n', "stay".to_owned(), super::dialog::Next::Close),
        ];
        self.ask(Dialog::new("Leave", &body, super::dialog::Asks::Key(choices)))
    }
}

/// Whether its rollback was begun and has not come to its end.
fn is_rolling_back(step: &StepView) -> bool {
    step.rollback.iter().any(|command| command.status != CommandStatus::Pending)
}
