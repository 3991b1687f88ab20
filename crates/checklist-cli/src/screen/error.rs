//! A failure as text: what happened, what is saved, and what to do.

use super::layout::{Drawing, Look, Role, clean};
use super::prose::{flow, flow_below_label, flow_findings};
use crate::failure::{Change, Failure};
use checklist_workflow::output::plain_text;

/// The failure for a person. `doing` is the command that failed, `rev` the last operation known to be saved;
/// `writes` says whether the command was to change anything.
pub(crate) fn failure(failure: &Failure, doing: &str, rev: Option<u64>, writes: bool, look: Look) -> String {
    let rendered = failure.rendered.as_ref().map(|found| found.render(look.colour)).unwrap_or_default();
    let mut text = flow_findings(&rendered, look.width);
    text.push_str(&headline(failure, doing, writes, look));
    text.push('\n');
    for detail in &failure.details {
        // What a command printed is marked as quoted where there are frames.
        let is_whole = stays_whole(detail);
        let detail = match look.drawing {
            Drawing::Framed => detail.as_str(),
            _ => detail.strip_prefix("| ").unwrap_or(detail),
        };
        let detail = match is_whole {
            _ if look.is_spoken() => clean(detail),
            true => format!("  {}", clean(detail)),
            false => flow(&format!("  {}", plain_lines(detail)), 2, look.width),
        };
        text.push_str(&format!("{detail}\n"));
    }
    let state = state(failure, rev, writes);
    if look.is_spoken() {
        // What stands side by side elsewhere is a line each.
        let told = state.iter().chain(&failure.advice).flat_map(|line| line.split("   ")).map(str::trim);
        text.extend(told.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")));
        return text;
    }
    text.extend(state.map(|state| format!("{state}\n")));
    for advice in &failure.advice {
        text.push_str(&format!("{}\n", flow(advice, 2, look.width)));
    }
    text
}

/// A path or a command is for copying, and what a command printed is as it was.
fn stays_whole(detail: &str) -> bool {
    ["/", "log: ", "bash ", "$ ", "| "].iter().any(|begin| detail.starts_with(begin))
}

/// A text without anything a terminal would act on; its lines stand below each other.
fn plain_lines(text: &str) -> String {
    text.lines().map(plain_text).collect::<Vec<_>>().join("\n  ")
}

fn headline(failure: &Failure, doing: &str, writes: bool, look: Look) -> String {
    let message = match failure.change {
        Change::NotSaved if writes => format!("{}. `{doing}` was NOT saved.", failure.message),
        Change::InDoubt => {
            format!("in doubt. The disk refused to confirm `{doing}` ({}).", failure.message)
        }
        _ => failure.message.clone(),
    };
    match failure.lead {
        "" => flow(&message, 2, look.width),
        lead => {
            let text = flow_below_label(&format!("{lead}: {message}"), look.width);
            text.replacen(lead, &look.paint(Role::Bad, lead), 1)
        }
    }
}

/// The sentence about what is on disk.
fn state(failure: &Failure, rev: Option<u64>, writes: bool) -> Option<String> {
    match failure.change {
        Change::NotSaved => {
            let at = rev.map_or_else(String::new, |rev| format!(" at op {rev}"));
            Some(format!("  State on disk is intact{at}."))
        }
        Change::InDoubt => Some("  It may or may not be saved.".to_owned()),
        Change::Saved => Some("  What happened is saved.".to_owned()),
        Change::Nothing => writes.then(|| "Nothing was changed.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    const LOOK: Look = Look { width: 60, ..Look::SCREEN };

    #[test]
    fn a_full_disk_says_what_was_not_saved_and_what_is_intact() {
        let mut full = Failure::new(Exit::Io, "no space left on device")
            .detail("cannot append to the log")
            .advise("Free some space and run the same command again.");
        full.change = Change::NotSaved;
        assert_eq!(
            failure(&full, "done changelog", Some(4), true, LOOK),
            "error: no space left on device. `done changelog` was NOT\n       saved.\n  cannot append to the log\n  \
             State on disk is intact at op 4.\nFree some space and run the same command again.\n"
        );
    }

    #[test]
    fn a_path_stays_in_one_piece() {
        let path = format!("/{}", "folder/".repeat(20));
        let text = failure(&Failure::refused("no").detail(&path), "done", None, true, LOOK);
        assert!(text.contains(&format!("\n  {path}\n")), "{text}");
    }

    #[test]
    fn a_message_is_broken_between_words_and_its_commands_are_whole() {
        let long =
            Failure::refused("the step publish-the-release needs test-everything, which is not settled yet")
                .detail(
                    "what it waits for is told by the list, and by nothing else that could be looked at here",
                )
                .advise("To go on with what does not need it (announce, tidy): checklist run --keep-going");
        assert_eq!(
            failure(&long, "done", None, true, LOOK),
            "refused: the step publish-the-release needs test-everything,\n         which is not settled yet\n  \
             what it waits for is told by the list, and by nothing else\n    that could be looked at here\n\
             Nothing was changed.\n\
             To go on with what does not need it (announce, tidy):\n  checklist run --keep-going\n"
        );
        let wide = failure(&long, "done", None, true, Look::PLAIN);
        assert_eq!(wide.lines().count(), 4, "{wide}");
    }

    #[test]
    fn what_is_read_aloud_is_not_indented_and_not_side_by_side() {
        let spoken = Look { drawing: Drawing::Spoken, ..Look::PLAIN };
        let mut failed = Failure::refused("no")
            .detail("| what it printed")
            .advise("Start one: checklist init hello        From Markdown: checklist init --from FILE.md");
        failed.change = Change::Saved;
        assert_eq!(
            failure(&failed, "run", None, true, spoken),
            "refused: no\nwhat it printed\nWhat happened is saved.\nStart one: checklist init hello\n\
             From Markdown: checklist init --from FILE.md\n"
        );
    }

    #[test]
    fn doubt_is_called_doubt() {
        let mut doubt =
            Failure::new(Exit::Io, "input/output error").advise("Do not repeat it blindly: checklist status");
        doubt.change = Change::InDoubt;
        let text = failure(&doubt, "done changelog", None, true, LOOK);
        assert!(
            text.starts_with("error: in doubt. The disk refused to confirm\n       `done changelog` (inp"),
            "{text}"
        );
        assert!(text.contains("It may or may not be saved."), "{text}");
    }

    #[test]
    fn a_refusal_says_that_nothing_was_changed_only_where_something_could_have_been() {
        let refusal = Failure::refused("no");
        assert_eq!(failure(&refusal, "skip", None, true, LOOK), "refused: no\nNothing was changed.\n");
        assert_eq!(failure(&refusal, "status", None, false, LOOK), "refused: no\n");
    }
}
