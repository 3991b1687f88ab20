//! `Output`: what the commands of a step print, while they run and after.

use crate::screen::layout::Role;

/// Lines that are kept: what a person scrolls back through. The log has all of them.
pub(crate) const LINES_MAX: usize = 2000;

/// A line, and its meaning where it has one.
pub(crate) type Said = (Option<Role>, String);

/// What is shown of a step that runs or ran.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) step: String,
    /// What is over.
    kept: Vec<Said>,
    /// The end of the log of the command that runs now.
    live: Vec<String>,
    /// Lines between the end and what is in sight; zero follows the end.
    pub(crate) up: usize,
}

impl Output {
    pub(crate) fn of(step: &str) -> Output {
        Output { step: step.to_owned(), ..Output::default() }
    }

    /// The log of the command that runs, as it ends now.
    pub(crate) fn set_live(&mut self, lines: Vec<String>) {
        self.live = lines;
    }

    /// What the program itself says comes after what the command printed.
    pub(crate) fn say(&mut self, lines: Vec<Said>) {
        self.settle();
        self.kept.extend(lines);
        self.kept.drain(..self.kept.len().saturating_sub(LINES_MAX));
    }

    /// The command is over: its output is kept.
    fn settle(&mut self) {
        let printed = std::mem::take(&mut self.live);
        self.kept.extend(printed.into_iter().map(|line| (None, format!("| {line}"))));
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len() + self.live.len()
    }

    /// Moves what is in sight; `height` lines are.
    pub(crate) fn scroll(&mut self, lines: isize, height: usize) {
        self.up = self.up.saturating_add_signed(-lines).min(self.len().saturating_sub(height));
    }

    /// The lines in sight: never more than `height`.
    pub(crate) fn in_sight(&self, height: usize) -> Vec<Said> {
        let end = self.len() - self.up.min(self.len());
        let live = self.live.iter().map(|line| (None, format!("| {line}")));
        let begin = end.saturating_sub(height);
        let from_kept = self.kept.get(begin..end.min(self.kept.len())).unwrap_or_default();
        let skipped = begin.saturating_sub(self.kept.len());
        let taken = end.saturating_sub(self.kept.len().max(begin));
        from_kept.iter().cloned().chain(live.skip(skipped).take(taken)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_followed_until_somebody_scrolls() {
        let mut output = Output::of("build");
        output.say(vec![(None, "$ make".to_owned())]);
        output.set_live(["a", "b", "c"].map(str::to_owned).to_vec());
        let texts = |output: &Output, height| {
            output.in_sight(height).into_iter().map(|(_, line)| line).collect::<Vec<_>>()
        };
        assert_eq!(texts(&output, 2), ["| b", "| c"]);
        assert_eq!(texts(&output, 9), ["$ make", "| a", "| b", "| c"]);
        output.scroll(-1, 2);
        assert_eq!(texts(&output, 2), ["| a", "| b"]);
        output.scroll(-9, 2);
        assert_eq!(texts(&output, 2), ["$ make", "| a"]);
        output.scroll(9, 2);
        output.say(vec![(Some(Role::Bad), "exit 1, 3 ms".to_owned())]);
        assert_eq!(texts(&output, 2), ["| c", "exit 1, 3 ms"]);
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut output = Output::default();
        output.say((0..3 * LINES_MAX).map(|line| (None, line.to_string())).collect());
        assert_eq!(output.len(), LINES_MAX);
        assert_eq!(output.in_sight(1)[0].1, (3 * LINES_MAX - 1).to_string());
    }
}
