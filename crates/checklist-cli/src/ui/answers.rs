//! Answers: what a person gave to a question, and what the engine gave to a wish.

use super::action::{Action, Answered, Secret, Seen};
use super::dialog::{Asks, Dialog, Given, Next, Text};
use super::panel::{Effect, Panel};
use crate::screen::layout::{Role, clean};
use checklist_workflow::engine::{Dangerous, UnknownCommand};
use checklist_workflow::run::Evidence;
use checklist_workflow::transition::Resolution;

impl Panel {
    /// What a question was answered with.
    pub(super) fn given(&mut self, given: Given) -> Vec<Effect> {
        match given {
            Given::Open | Given::Closed | Given::Key(Next::Close) => Vec::new(),
            Given::Key(Next::Do(action)) => self.perform(action),
            Given::Key(Next::AskClaim(step)) => self.ask_claim(&step),
            Given::Key(Next::LeaveAndEnd) => self.end_and_leave(),
            Given::Text(text, answer) => self.given_text(text, answer),
        }
    }

    fn given_text(&mut self, text: Text, answer: String) -> Vec<Effect> {
        let is_empty = answer.is_empty();
        match text {
            Text::Skip { step, is_killer } => {
                let reason = (!is_empty).then_some(answer);
                if !is_killer {
                    return self.perform(Action::Skip { step, reason, killer: None });
                }
                let title = format!("Skip {step}");
                let body = format!("This is a KILLER step. Type {step} to skip it.");
                self.ask(Dialog::line(title, &body, "id", Text::Killer { step, reason }))
            }
            Text::Killer { step, reason } => {
                self.perform(Action::Skip { step, reason, killer: (!is_empty).then_some(answer) })
            }
            Text::Claim { step } if is_empty => {
                self.say(None, format!("A claim takes a reason; {step} is as it was."))
            }
            Text::Claim { step } => self.perform(Action::Claim { step, reason: answer }),
            Text::Confirm { step, wanted } if answer != wanted => self
                .say(Some(Role::Doubt), format!("{step} was not confirmed: that is not what was asked for.")),
            Text::Confirm { step, .. } => self.perform(Action::Done { step, confirmed: Some(Some(answer)) }),
            Text::Answer { step } => {
                self.perform(Action::Answer { step, value: (!is_empty).then_some(answer) })
            }
            Text::Secret { name, .. } if is_empty => {
                self.say(Some(Role::Doubt), format!("Nothing was run: {name} has no value."))
            }
            Text::Secret { name, then } => {
                self.perform(Action::Given { name, value: Secret(answer), then: Box::new(then) })
            }
        }
    }

    /// The action that was under way is over.
    pub(super) fn ended(&mut self, answered: Answered, seen: Option<Box<Seen>>) -> Vec<Effect> {
        let action = self.running.take().map(|running| running.action);
        let (has_done, elsewhere) = match &answered {
            Answered::Did { on, .. } => (true, on.clone()),
            _ => (false, None),
        };
        if self.output.as_ref().is_some_and(|output| output.len() == 0) {
            self.output = None;
            self.shows_output = false;
        }
        if let Some(seen) = seen {
            // Who settled the step they looked at goes on to the next one.
            let meant = self.step().map(|step| step.id.clone());
            let acted = action.as_ref().and_then(Action::step).map(str::to_owned);
            let is_settled = |id: &str| {
                let step = seen.view.steps.iter().find(|step| step.id == id);
                step.is_some_and(|step| step.status.is_settled())
            };
            let goes_on = has_done && meant == acted && acted.as_deref().is_some_and(is_settled);
            let on = if goes_on { seen.view.current.clone() } else { elsewhere };
            self.show(*seen, on.as_deref());
        }
        if self.is_leaving {
            return vec![Effect::Leave];
        }
        match answered {
            Answered::Did { text, .. } => self.say(Some(Role::Good), text),
            Answered::Unapproved { shown, sha256, then } => {
                self.shows_output = false;
                let intro = "These commands come from a template you have not approved on this machine:";
                let then = Action::Approved { sha256, then: Box::new(then) };
                self.ask(Dialog::yes(
                    "Run these commands?",
                    &format!("{intro}\n\n{shown}"),
                    "run them (remembered for this exact content)",
                    then,
                ))
            }
            Answered::Dangerous { step, commands, then } => self.ask_about_dangers(step, &commands, then),
            Answered::NeedsSecret { name, about, then } => {
                let about = about.as_deref().map(|about| format!("{}\n", clean(about))).unwrap_or_default();
                let body = format!("{about}It is a secret: not shown, not stored.");
                let then = Text::Secret { name: name.clone(), then };
                self.ask(Dialog::line("A value is needed", &body, &name, then))
            }
            Answered::Asks(unknown) => self.ask_what_became_of(unknown),
            Answered::Unproven { step, text } => {
                let choices =
                    vec![('c', "record it as claimed all the same".to_owned(), Next::AskClaim(step))];
                self.ask(Dialog::new("Not done", &text, Asks::Key(choices)))
            }
            Answered::Failed(text) => {
                let is_short = text.trim_end().lines().count() <= 1;
                match is_short {
                    true => self.say(Some(Role::Bad), text.trim_end()),
                    false => self.ask(Dialog::notice("That did not work", &text)),
                }
            }
        }
    }

    fn ask_about_dangers(&mut self, step: String, commands: &[Dangerous], then: Action) -> Vec<Effect> {
        let mut body = String::new();
        for command in commands {
            let script = command.script.trim_end().replace('\n', "\n  ");
            body.push_str(&format!("danger: {}\n$ {script}\n\n", clean(&command.danger)));
        }
        let commands = commands.iter().map(|command| command.command.clone()).collect();
        let title = format!("Run {step}?");
        let then = Action::Allowed { step, commands, then: Box::new(then) };
        self.ask(Dialog::yes(title, &body, "run it", then))
    }

    fn ask_what_became_of(&mut self, unknown: UnknownCommand) -> Vec<Effect> {
        let UnknownCommand { step, command, script } = unknown;
        let body = format!(
            "{command} was running when the process died. It may or may not have worked.\n\n$ {}",
            script.trim_end().replace('\n', "\n  ")
        );
        let resolve = |resolution| {
            Next::Do(Action::Resolve { step: step.clone(), command: command.clone(), resolution })
        };
        let choices = vec![
            ('r', "run it again".to_owned(), resolve(Resolution::Rerun)),
            (
                'd',
                "it did work (recorded as claimed)".to_owned(),
                resolve(Resolution::Done(Evidence::Claimed)),
            ),
            ('f', "it failed".to_owned(), resolve(Resolution::Failed)),
            ('q', "decide later".to_owned(), Next::Close),
        ];
        self.ask(Dialog::new(format!("{step} was interrupted"), &body, Asks::Key(choices)))
    }
}
