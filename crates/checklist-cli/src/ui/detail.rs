//! The step that is meant, in full: the same facts as `show` and `explain`, with its text rendered.

use super::flow;
use super::markdown;
use super::palette::Palette;
use super::panel::Panel;
use crate::screen::layout::{Role, clean, pad, width};
use crate::screen::marker;
use crate::screen::{status, step as words};
use crate::time::Calendar;
use checklist_workflow::condition::Verdict;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::{CommandView, StepView};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// All lines of the step that is meant.
pub(crate) fn lines(panel: &Panel, columns: usize) -> Vec<Line<'static>> {
    let Some(step) = panel.step() else { return vec![Line::raw("This list has no steps.")] };
    let mut sheet = Sheet { palette: panel.palette, columns, lines: Vec::new() };
    sheet.title(panel, step);
    sheet.facts(panel, step);
    if let Some(description) = &step.description {
        sheet.gap();
        sheet.lines.extend(markdown::render(description, columns, panel.palette));
    }
    for prompt in &step.prompts {
        sheet.prompt(prompt);
    }
    sheet.questions(step);
    sheet.commands(None, &step.commands, &panel.calendar);
    if !step.rollback.is_empty() {
        sheet.commands(Some("Taken back, on request alone, by R:"), &step.rollback, &panel.calendar);
    }
    sheet.checks(step);
    sheet.lines
}

/// Lines as they are written.
struct Sheet {
    palette: Palette,
    columns: usize,
    lines: Vec<Line<'static>>,
}

impl Sheet {
    fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }

    fn say(&mut self, role: Option<Role>, text: &str) {
        self.indented(role, text, 0);
    }

    fn indented(&mut self, role: Option<Role>, text: &str, indent: usize) {
        let style = role.map(|role| self.palette.style(role)).unwrap_or_default();
        self.lines.extend(flow::lines(text, style, self.columns, indent));
    }

    /// `[>] changelog                  2/6`, and below it what it is called.
    fn title(&mut self, panel: &Panel, step: &StepView) {
        let place = format!("{}/{}", panel.list.cursor() + 1, panel.view().steps.len());
        let room = self.columns.saturating_sub(marker::marker(step).len() + 2 + width(&place));
        let id = crate::screen::layout::fit(&step.id, room);
        self.lines.push(Line::from(vec![
            Span::styled(marker::marker(step), self.palette.style(marker::role(step))),
            Span::styled(format!(" {} ", pad(&id, room)), self.palette.style(Role::Strong)),
            Span::styled(place, self.palette.style(Role::Quiet)),
        ]));
        self.say(Some(Role::Strong), &clean(&step.title));
    }

    fn facts(&mut self, panel: &Panel, step: &StepView) {
        for (index, fact) in words::facts(step, &panel.calendar).iter().enumerate() {
            let role = match index {
                0 if step.killer => Role::Bad,
                _ => Role::Quiet,
            };
            self.say(Some(role), fact);
        }
        if step.status == StepStatus::Interrupted {
            self.say(Some(Role::Doubt), "Nobody knows what became of a command of it: r settles it.");
        }
        if step.status != StepStatus::Pending {
            return;
        }
        for reason in words::reasons(panel.view(), step, self.columns) {
            self.say(None, &reason);
        }
        if let Some(dependents) = words::dependents(panel.view(), step) {
            self.say(Some(Role::Quiet), &dependents);
        }
    }

    /// What an agent is asked, letter by letter: it is copied as it stands.
    fn prompt(&mut self, prompt: &str) {
        self.gap();
        self.say(Some(Role::Quiet), "For your agent (c copies it):");
        let quiet = self.palette.style(Role::Quiet);
        let bar = format!("{} ", self.palette.vertical());
        for line in flow::lines(prompt.trim_end(), Style::new(), self.columns.saturating_sub(2), 0) {
            let mut spans = vec![Span::styled(bar.clone(), quiet)];
            spans.extend(line.spans);
            self.lines.push(Line::from(spans));
        }
    }

    fn questions(&mut self, step: &StepView) {
        let questions = [words::confirmation(step), words::question(step)];
        for line in questions.iter().flat_map(|text| text.lines()) {
            match line.trim_start() {
                "" => self.gap(),
                line => self.say(None, line),
            }
        }
    }

    fn commands(&mut self, title: Option<&str>, commands: &[CommandView], calendar: &Calendar) {
        if commands.is_empty() {
            return;
        }
        self.gap();
        if let Some(title) = title {
            self.say(Some(Role::Quiet), title);
        }
        for command in commands {
            if let Some(danger) = &command.danger {
                self.say(Some(Role::Bad), &format!("danger: {}", clean(danger)));
            }
            for (index, line) in command.script.trim_end().lines().enumerate() {
                let prompt = if index == 0 { "$ " } else { "  " };
                self.say(None, &format!("{prompt}{line}"));
            }
            let left_out = command.condition.as_ref().filter(|condition| condition.verdict == Verdict::False);
            let state = match left_out {
                Some(condition) => format!("left out: {}", clean(&condition.why)),
                None => status::state(command, calendar),
            };
            self.indented(Some(Role::Quiet), &format!("{}: {state}", command.id), 2);
        }
    }

    fn checks(&mut self, step: &StepView) {
        if !step.outputs.is_empty() {
            self.gap();
        }
        for (name, value) in &step.outputs {
            self.say(None, &format!("output {}: {}", clean(name), clean(value)));
        }
        if !step.checks.is_empty() {
            self.gap();
            self.say(Some(Role::Quiet), "Checked before it counts as done:");
        }
        for check in &step.checks {
            self.indented(None, &clean(&check.label()), 2);
        }
    }
}
