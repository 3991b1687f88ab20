//! Questions: what is asked before a wish is passed on, and how it is answered.

use super::{SIZE, action, begun, control, ended, key, meant, panel, press, shown};
use crate::screen::sample::{crashed, release};
use crate::ui::action::{Action, Answered};
use crate::ui::panel::Effect;
use checklist_workflow::engine::{Dangerous, UnknownCommand};
use checklist_workflow::run::Evidence;
use checklist_workflow::template::{Mode, StepKind};
use checklist_workflow::transition::Resolution;
use checklist_workflow::view::{InputView, RunView};
use ratatui::crossterm::event::KeyCode;

#[test]
fn skipping_a_killer_step_takes_a_reason_and_its_id() {
    let mut panel = begun();
    press(&mut panel, "jj");
    assert_eq!(press(&mut panel, "sit is a drill\n"), []);
    assert!(shown(&panel).contains("Type approve-prod to skip it."), "{}", shown(&panel));
    let skip = Action::Skip {
        step: "approve-prod".to_owned(),
        reason: Some("it is a drill".to_owned()),
        killer: Some("approve-prod".to_owned()),
    };
    assert_eq!(action(&press(&mut panel, "approve-prod\n")), skip);
}

#[test]
fn esc_takes_a_question_back() {
    for keys in ["s", "sno", "D", "?"] {
        let mut panel = begun();
        press(&mut panel, keys);
        assert!(panel.dialog.is_some(), "{keys}");
        assert_eq!(key(&mut panel, KeyCode::Esc), []);
        assert!(panel.dialog.is_none() && panel.running.is_none(), "{keys}");
        press(&mut panel, keys);
        assert_eq!(control(&mut panel, 'c'), [], "Ctrl-C closes it too");
        assert!(panel.dialog.is_none(), "{keys}");
    }
}

#[test]
fn a_claim_takes_a_reason() {
    let mut panel = begun();
    assert_eq!(press(&mut panel, "D\n"), []);
    assert!(shown(&panel).contains("A claim takes a reason"), "{}", shown(&panel));
    let claim = Action::Claim { step: "changelog".to_owned(), reason: "read by two".to_owned() };
    assert_eq!(action(&press(&mut panel, "Dread by two\n")), claim);
}

#[test]
fn a_check_that_fails_can_be_claimed_in_two_steps() {
    let mut panel = begun();
    press(&mut panel, "d");
    let text = "not done: changelog did not pass its check\n".to_owned();
    ended(&mut panel, Answered::Unproven { step: "changelog".to_owned(), text }, None);
    assert!(shown(&panel).contains("changelog did not pass its check"), "{}", shown(&panel));
    assert_eq!(press(&mut panel, "x"), [], "another key is no answer");
    let claim = Action::Claim { step: "changelog".to_owned(), reason: "ok".to_owned() };
    assert_eq!(action(&press(&mut panel, "cok\n")), claim);
}

#[test]
fn what_has_to_be_typed_to_confirm_is_compared() {
    let mut panel = begun();
    press(&mut panel, "jj");
    assert_eq!(press(&mut panel, "d1.3.0\n"), []);
    assert!(shown(&panel).contains("was not confirmed"), "{}", shown(&panel));
    let confirmed = Some(Some("1.4.0".to_owned()));
    let wanted = Action::Done { step: "approve-prod".to_owned(), confirmed };
    assert_eq!(action(&press(&mut panel, "d1.4.0\n")), wanted);
}

#[test]
fn a_plain_confirmation_is_yes_or_no_and_silence_is_no() {
    let mut view = release();
    view.steps[3].confirm.as_mut().expect("a question").type_to_confirm = None;
    let mut panel = panel(view, SIZE);
    press(&mut panel, "jj");
    assert_eq!(press(&mut panel, "d\n"), [], "Enter alone is no answer");
    assert_eq!(press(&mut panel, "n"), []);
    let wanted = Action::Done { step: "approve-prod".to_owned(), confirmed: Some(None) };
    assert_eq!(action(&press(&mut panel, "dy")), wanted);
}

#[test]
fn a_section_of_a_do_confirm_list_is_confirmed_as_one() {
    let mut view = RunView { mode: Mode::DoConfirm, ..release() };
    for step in &mut view.steps {
        step.section = Some("Cockpit".to_owned());
    }
    view.steps[2].kind = StepKind::Task;
    let mut panel = panel(view, SIZE);
    assert!(shown(&panel).contains("a all done"), "{}", shown(&panel));
    assert_eq!(press(&mut panel, "a"), []);
    assert!(shown(&panel).contains("Cockpit: do these, then confirm."), "{}", shown(&panel));
    let steps = ["changelog", "test"].map(str::to_owned).to_vec();
    assert_eq!(action(&press(&mut panel, "y")), Action::Block { steps });
    let mut panel = begun();
    press(&mut panel, "a");
    assert!(shown(&panel).contains("changelog is confirmed by itself"), "{}", shown(&panel));
}

#[test]
fn an_input_step_asks_for_its_value() {
    let mut view = release();
    view.steps[1].kind = StepKind::Input;
    view.steps[1].input = Some(Box::new(InputView {
        variable: "size".to_owned(),
        about: Some("How large".to_owned()),
        value: Some("4".to_owned()),
        allowed: Vec::new(),
    }));
    let mut panel = panel(view, SIZE);
    press(&mut panel, "d");
    assert!(shown(&panel).contains("Empty keeps: 4"), "{}", shown(&panel));
    let answer = |value: Option<&str>| Action::Answer {
        step: "changelog".to_owned(),
        value: value.map(str::to_owned),
    };
    assert_eq!(action(&press(&mut panel, "12\n")), answer(Some("12")));
    panel.running = None;
    assert_eq!(action(&press(&mut panel, "d\n")), answer(None));
}

#[test]
fn a_dangerous_command_is_looked_at_twice() {
    let mut panel = begun();
    press(&mut panel, "jr");
    let then = Action::Run { step: "test".to_owned() };
    let dangerous = || Answered::Dangerous {
        step: "test".to_owned(),
        commands: vec![Dangerous {
            command: "drop".to_owned(),
            script: "dropdb prod".to_owned(),
            danger: "it cannot be taken back".to_owned(),
        }],
        then: then.clone(),
    };
    ended(&mut panel, dangerous(), None);
    let text = shown(&panel);
    assert!(text.contains("danger: it cannot be taken back") && text.contains("$ dropdb prod"), "{text}");
    assert_eq!(press(&mut panel, "\n"), [], "silence is no");
    assert_eq!(press(&mut panel, "n"), []);
    ended(&mut panel, dangerous(), None);
    let (step, commands) = ("test".to_owned(), vec!["drop".to_owned()]);
    let allowed = Action::Allowed { step, commands, then: Box::new(then.clone()) };
    assert_eq!(action(&press(&mut panel, "y")), allowed);
}

#[test]
fn approval_shows_everything_and_approves_what_was_shown() {
    let mut panel = begun();
    press(&mut panel, "jr");
    let then = Action::Run { step: "test".to_owned() };
    let shown_commands = (0..40).map(|line| format!("    echo {line}\n")).collect::<String>();
    let unapproved =
        Answered::Unapproved { shown: shown_commands, sha256: "ab".repeat(32), then: then.clone() };
    ended(&mut panel, unapproved, None);
    assert!(shown(&panel).contains("more lines: Down, PgDn"), "{}", shown(&panel));
    assert!(!shown(&panel).contains("echo 39"));
    for _ in 0..5 {
        key(&mut panel, KeyCode::PageDown);
    }
    assert!(shown(&panel).contains("echo 39"), "{}", shown(&panel));
    let approved = Action::Approved { sha256: "ab".repeat(32), then: Box::new(then) };
    assert_eq!(action(&press(&mut panel, "y")), approved);
}

#[test]
fn a_secret_is_typed_unseen_and_kept_out_of_every_text() {
    let mut panel = begun();
    press(&mut panel, "jr");
    let then = Action::Run { step: "test".to_owned() };
    ended(&mut panel, Answered::NeedsSecret { name: "token".to_owned(), about: None, then }, None);
    press(&mut panel, "hunter6");
    let text = shown(&panel);
    assert!(text.contains("token: *******") && !text.contains("hunter6"), "{text}");
    assert!(!format!("{panel:?}").contains("hunter6"));
    let effects = press(&mut panel, "\n");
    assert!(matches!(action(&effects), Action::Given { .. }));
    assert!(!format!("{effects:?}").contains("hunter6"));
}

#[test]
fn what_was_cut_off_is_asked_about() {
    let mut panel = panel(crashed(), SIZE);
    assert_eq!(meant(&panel), "publish");
    assert_eq!(press(&mut panel, "d"), []);
    assert!(shown(&panel).contains("r settles it"), "{}", shown(&panel));
    assert_eq!(action(&press(&mut panel, "r")), Action::Run { step: "publish".to_owned() });
    let unknown = UnknownCommand {
        step: "publish".to_owned(),
        command: "push".to_owned(),
        script: "git push origin v1.4.0".to_owned(),
    };
    for (keys, resolution) in
        [("r", Resolution::Rerun), ("d", Resolution::Done(Evidence::Claimed)), ("f", Resolution::Failed)]
    {
        ended(&mut panel, Answered::Asks(unknown.clone()), None);
        let (step, command) = ("publish".to_owned(), "push".to_owned());
        assert_eq!(action(&press(&mut panel, keys)), Action::Resolve { step, command, resolution });
    }
    ended(&mut panel, Answered::Asks(unknown), None);
    assert_eq!(press(&mut panel, "q"), [], "it can be decided later");
}

#[test]
fn leaving_asks_where_a_command_would_be_ended() {
    let mut panel = begun();
    assert_eq!(press(&mut panel, "q"), [Effect::Leave]);
    press(&mut panel, "jr");
    assert_eq!(press(&mut panel, "q"), []);
    assert!(shown(&panel).contains("Leaving ends it"), "{}", shown(&panel));
    assert_eq!(press(&mut panel, "n"), []);
    press(&mut panel, "q");
    assert_eq!(press(&mut panel, "y"), [Effect::Cancel]);
    let over = Answered::Failed("Ended.".to_owned());
    assert_eq!(ended(&mut panel, over, None), [Effect::Leave], "it leaves when the command has ended");
}
