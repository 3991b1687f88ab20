//! Keys, one by one: where they go and what they want of the engine.

use super::{SIZE, action, begun, control, did, done, ended, key, meant, panel, press, seen, shown};
use crate::screen::sample::{crashed, release, step};
use crate::ui::action::{Action, Answered, Seen};
use crate::ui::panel::{Effect, Event};
use crate::ui::places::Focus;
use checklist_workflow::run::{RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::view::RunView;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[test]
fn vi_keys_and_arrows_move() {
    let mut panel = begun();
    assert_eq!(meant(&panel), "changelog", "it begins where there is something to do");
    press(&mut panel, "jj");
    assert_eq!(meant(&panel), "approve-prod");
    key(&mut panel, KeyCode::Up);
    assert_eq!(meant(&panel), "test");
    press(&mut panel, "G");
    assert_eq!(meant(&panel), "announce");
    press(&mut panel, "j");
    assert_eq!(meant(&panel), "announce", "the list ends there");
    press(&mut panel, "gk");
    assert_eq!(meant(&panel), "clean-tree");
    press(&mut panel, "n");
    assert_eq!(meant(&panel), "changelog", "n goes to the step to do now");
    press(&mut panel, "n");
    assert_eq!(meant(&panel), "test", "and on to the next one that is open");
    key(&mut panel, KeyCode::PageDown);
    assert_eq!(meant(&panel), "announce");
}

#[test]
fn done_is_done_at_once_and_the_cursor_goes_on() {
    let mut panel = begun();
    assert_eq!(action(&press(&mut panel, "d")), done("changelog"));
    assert_eq!(press(&mut panel, "s"), [], "a reason may be typed meanwhile");
    assert_eq!(press(&mut panel, "why\n"), [], "but one thing is done at a time");
    assert!(shown(&panel).contains("done changelog"), "{}", shown(&panel));
    let mut view = release();
    view.steps[1].status = StepStatus::Done;
    view.steps[1].is_current = false;
    view.steps[2].is_current = true;
    view.current = Some("test".to_owned());
    ended(&mut panel, did("[x] changelog  verified   op 5, saved"), Some(view));
    assert_eq!(meant(&panel), "test");
    assert!(shown(&panel).contains("op 5, saved"), "{}", shown(&panel));
}

#[test]
fn what_another_process_does_moves_nobody() {
    let mut panel = begun();
    press(&mut panel, "j");
    let mut view = release();
    view.steps.insert(0, step("before", "Before all", StepKind::Task));
    view.current = Some("approve-prod".to_owned());
    panel.update(Event::Seen(Box::new(seen(view))));
    assert_eq!(meant(&panel), "test");
    // While a reason is typed, it is typed on.
    press(&mut panel, "sno ");
    panel.update(Event::Seen(Box::new(seen(release()))));
    let skip = Action::Skip { step: "test".to_owned(), reason: Some("no tests".to_owned()), killer: None };
    assert_eq!(action(&press(&mut panel, "tests\n")), skip);
}

#[test]
fn undo_is_of_what_was_seen() {
    let mut panel = begun();
    assert_eq!(action(&press(&mut panel, "u")), Action::Undo { rev: 4 });
    panel.running = None;
    assert_eq!(action(&press(&mut panel, "U")), Action::Redo { rev: 4 });
    panel.running = None;
    assert_eq!(action(&control(&mut panel, 'r')), Action::Redo { rev: 4 });
    panel.running = None;
    assert_eq!(action(&press(&mut panel, "b")), Action::Back { step: None, rev: 4 });
    panel.running = None;
    let tree = Action::Back { step: Some("clean-tree".to_owned()), rev: 4 };
    assert_eq!(action(&press(&mut panel, "gb")), tree);
}

#[test]
fn the_cursor_goes_where_an_undo_changed_something() {
    let mut panel = begun();
    press(&mut panel, "G");
    press(&mut panel, "u");
    let undone = Answered::Did { text: "Undid op 4".to_owned(), on: Some("test".to_owned()) };
    ended(&mut panel, undone, Some(release()));
    assert_eq!(meant(&panel), "test");
}

#[test]
fn what_the_tool_runs_is_run_and_not_said_to_be_done() {
    let mut panel = begun();
    assert_eq!(press(&mut panel, "r"), []);
    assert!(shown(&panel).contains("changelog has nothing to run"), "{}", shown(&panel));
    assert_eq!(press(&mut panel, "jd"), []);
    assert!(shown(&panel).contains("r runs it"), "{}", shown(&panel));
    assert_eq!(action(&press(&mut panel, "r")), Action::Run { step: "test".to_owned() });
    assert!(!panel.shows_output, "it may be refused before anything runs");
    panel.update(Event::Progress(vec![(None, "$ cargo test".to_owned())]));
    panel.update(Event::Live(vec!["running 3 tests".to_owned()]));
    let text = shown(&panel);
    assert!(text.contains("$ cargo test") && text.contains("| running 3 tests"), "{text}");
    assert_eq!(control(&mut panel, 'c'), [Effect::Cancel]);
    assert!(shown(&panel).contains("Ending run test"), "{}", shown(&panel));
    ended(&mut panel, Answered::Failed("Ended, with its process group.".to_owned()), None);
    assert_eq!(control(&mut panel, 'c'), [Effect::Leave]);
}

#[test]
fn a_search_goes_to_what_is_typed_and_n_goes_on() {
    let mut panel = begun();
    press(&mut panel, "/ann");
    assert_eq!(meant(&panel), "announce", "it goes there while it is typed");
    key(&mut panel, KeyCode::Esc);
    assert_eq!(meant(&panel), "changelog", "Esc goes back");
    press(&mut panel, "/release\n");
    assert_eq!(meant(&panel), "approve-prod", "titles count, capitals do not");
    press(&mut panel, "/e\n");
    assert_eq!(meant(&panel), "approve-prod", "where it is already, it stays");
    press(&mut panel, "n");
    assert_eq!(meant(&panel), "announce");
    press(&mut panel, "N");
    assert_eq!(meant(&panel), "approve-prod");
    key(&mut panel, KeyCode::Esc);
    press(&mut panel, "n");
    assert_eq!(meant(&panel), "changelog", "without a search n is the step to do now");
    press(&mut panel, "/nowhere\n");
    assert_eq!(meant(&panel), "changelog");
    assert!(shown(&panel).contains("No step has \"nowhere\""), "{}", shown(&panel));
    press(&mut panel, "/RELEASE\n");
    assert!(shown(&panel).contains("No step has \"RELEASE\""), "a capital makes capitals count");
    panel.update(Event::Paste("x\ny".to_owned()));
    press(&mut panel, "/");
    panel.update(Event::Paste("publ".to_owned()));
    press(&mut panel, "\n");
    assert_eq!(meant(&panel), "publish", "what is pasted is typed, and nowhere else");
}

#[test]
fn in_a_narrow_window_one_side_is_shown_at_a_time() {
    let mut panel = panel(release(), (50, 12));
    assert!(shown(&panel).contains("Test suite passes"));
    key(&mut panel, KeyCode::Tab);
    assert_eq!(panel.focus, Focus::Detail);
    let text = shown(&panel);
    assert!(text.contains("[>] changelog") && !text.contains("Test suite passes"), "{text}");
    press(&mut panel, "jj");
    assert!(panel.scroll > 0, "j scrolls there");
    press(&mut panel, "h");
    assert!(shown(&panel).contains("Test suite passes"));
    assert_eq!(meant(&panel), "changelog");
}

#[test]
fn scrolling_ends_with_the_text() {
    let mut panel = panel(release(), (50, 12));
    press(&mut panel, "l");
    press(&mut panel, "G");
    let last = panel.scroll;
    press(&mut panel, "j");
    assert_eq!(panel.scroll, last);
    press(&mut panel, "g");
    assert_eq!(panel.scroll, 0);
    panel.update(Event::Resize(50, 60));
    press(&mut panel, "G");
    assert_eq!(panel.scroll, 0, "all of it is in sight");
}

#[test]
fn a_signal_ends_what_runs_and_then_the_panel() {
    assert_eq!(begun().update(Event::Terminate), [Effect::Leave]);
    let mut panel = begun();
    press(&mut panel, "jr");
    assert_eq!(panel.update(Event::Terminate), [Effect::Cancel]);
    assert_eq!(ended(&mut panel, did("done"), None), [Effect::Leave]);
}

#[test]
fn a_run_is_put_aside_and_taken_up_with_one_key() {
    let mut panel = begun();
    assert_eq!(action(&press(&mut panel, "p")), Action::Pause);
    let view = RunView { status: RunStatus::Paused, ..release() };
    ended(&mut panel, did("Paused"), Some(view));
    assert_eq!(action(&press(&mut panel, "p")), Action::Unpause);
}

#[test]
fn a_prompt_is_copied_and_logs_are_read_where_there_are_any() {
    let mut panel = begun();
    let effects = press(&mut panel, "c");
    assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text.starts_with("Write the CHANGELOG.md")));
    assert_eq!(press(&mut panel, "o"), []);
    assert!(shown(&panel).contains("No command of changelog was run yet."));
    let mut view = crashed();
    view.steps[4].commands[0].log = Some("logs/x/publish-tag-1.log".to_owned());
    let mut panel = super::panel(view, SIZE);
    let logs = vec![("tag".to_owned(), "logs/x/publish-tag-1.log".to_owned())];
    assert_eq!(press(&mut panel, "o"), [Effect::ReadLogs { step: "publish".to_owned(), logs }]);
    panel.update(Event::Printed { step: "publish".to_owned(), lines: vec![(None, "| tagged".to_owned())] });
    assert!(shown(&panel).contains("| tagged"));
    press(&mut panel, "o");
    assert!(!shown(&panel).contains("| tagged"), "o shows the step again");
}

#[test]
fn what_cannot_be_read_is_said_and_what_was_read_stays() {
    let mut panel = begun();
    panel.update(Event::Unreadable("input/output error".to_owned()));
    let text = shown(&panel);
    assert!(text.contains("This may be old: input/output error") && text.contains("changelog"), "{text}");
    panel.update(Event::Seen(Box::new(seen(release()))));
    assert!(!shown(&panel).contains("may be old"));
}

#[test]
fn what_was_found_is_said_until_a_key_is_pressed_and_what_stands_in_the_way_for_longer() {
    let found = vec!["Recovered: the last command was cut off.".to_owned()];
    let notices = vec!["Nothing can be saved here: read-only".to_owned()];
    let mut panel = begun();
    panel.update(Event::Seen(Box::new(Seen { found, notices: notices.clone(), ..seen(release()) })));
    panel.update(Event::Seen(Box::new(Seen { notices, ..seen(release()) })));
    assert!(shown(&panel).contains("Recovered: the last command"), "{}", shown(&panel));
    press(&mut panel, "j");
    assert!(shown(&panel).contains("Nothing can be saved here"), "{}", shown(&panel));
}

#[test]
fn the_terminal_is_asked_for_where_a_command_talks_to_a_person() {
    let mut view = crashed();
    view.steps[4].status = StepStatus::Pending;
    view.steps[4].commands[1].interactive = true;
    let mut panel = panel(view, SIZE);
    let effects = press(&mut panel, "r");
    assert!(matches!(effects.as_slice(), [Effect::Perform { needs_terminal: true, .. }]), "{effects:?}");
}

#[test]
fn time_goes_on_while_a_command_runs() {
    let mut panel = begun();
    press(&mut panel, "jr");
    let later = checklist_store::env::Timestamp::parse("2026-11-22T15:00:42Z").expect("RFC 3339");
    panel.update(Event::Time(later));
    assert!(shown(&panel).contains("Running: run test  42 s   Ctrl-C ends it"), "{}", shown(&panel));
}

#[test]
fn esc_and_a_key_in_haste_are_two_keys_and_nothing_while_a_text_is_typed() {
    let alt = |char| Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::ALT));
    let mut panel = begun();
    press(&mut panel, "?");
    assert_eq!(panel.update(alt('q')), [Effect::Leave]);
    press(&mut panel, "sreason");
    assert_eq!(panel.update(alt('b')), []);
    assert!(shown(&panel).contains("Why: reason"), "{}", shown(&panel));
}

#[test]
fn stopping_and_drawing_again_work_everywhere() {
    let mut panel = begun();
    assert_eq!(control(&mut panel, 'z'), [Effect::Stop]);
    assert_eq!(control(&mut panel, 'l'), [Effect::Redraw]);
    press(&mut panel, "s");
    assert_eq!(control(&mut panel, 'z'), [Effect::Stop], "also while something is asked");
}
