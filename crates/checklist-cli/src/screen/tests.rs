//! The screens at 80 and at 60 columns, letter by letter.

use super::ahead::Ahead;
use super::layout::{Look, width};
use super::sample::{at, crashed, release, step};
use super::{outcome, status, step as screen};
use crate::time::Calendar;
use checklist_workflow::check::CheckKind;
use checklist_workflow::engine::{Acted, Saved};
use checklist_workflow::run::{Evidence, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{CheckView, RunView, StepView};
use jiff::tz::TimeZone;

const WIDE: Look = Look::SCREEN;
const NARROW: Look = Look { width: 60, ..Look::SCREEN };

fn calendar() -> Calendar {
    Calendar::new(at("2026-11-22T15:00:00Z"), TimeZone::UTC)
}

fn shown(view: &RunView, look: Look) -> String {
    status::status(Ahead { view, template: None, is_active: true, look }, Some("main"), &calendar(), look)
}

#[test]
fn status_at_80_columns() {
    assert_eq!(
        shown(&release(), WIDE),
        r###"release  "Ship a release"  1.4.0 -> prod                       run 01JD3V  rev 4
1 of 6 done.  You left off 3 days ago, on branch release/1.4 (now: main).

  [x] clean-tree    Working tree is clean            verified  Thu 14:29  ana
  [>] changelog     Write the changelog for 1.4.0    agent
  [ ] test          Test suite passes                auto
  [ ] approve-prod  Release manager approves  KILLER human
  [ ] publish       Publish                   KILLER waits for changelog +2
  [ ] announce      Announce in the team channel     waits for publish

Next: checklist done             (checks that CHANGELOG.md has "## [1.4.0]")
      checklist show changelog   (the full prompt)
"###
    );
}

#[test]
fn a_list_that_nobody_looks_at_is_called_out() {
    let mut view = release();
    view.reviewed = Some("2025-09-20".to_owned());
    view.owner = Some("platform-team".to_owned());
    let text = shown(&view, WIDE);
    assert!(text.contains("\nThe list was not reviewed for 14 months (owner: platform-team).\n\n"), "{text}");
    view.reviewed = Some("2026-11-01".to_owned());
    assert!(!shown(&view, WIDE).contains("reviewed"));
}

#[test]
fn status_at_60_columns() {
    let text = shown(&release(), NARROW);
    assert!(text.lines().all(|line| width(line) <= 60), "{text}");
    assert!(text.contains("verified") && text.contains("KILLER human"), "{text}");
}

#[test]
fn a_long_title_gives_way_to_the_values_of_a_run() {
    let mut view = release();
    view.title = "A title that nobody reads to its end, ".repeat(5);
    for look in [WIDE, NARROW] {
        let text = shown(&view, look);
        assert!(text.lines().all(|line| width(line) <= look.width), "{text}");
        assert!(
            text.starts_with("release  \"A title that") && text.contains("...\"  1.4.0 -> prod\n"),
            "{text}"
        );
    }
}

#[test]
fn a_crash_is_shown_with_what_is_known_of_each_command() {
    let text = shown(&crashed(), WIDE);
    assert!(text.contains("4 of 6 done.  1 skipped.  1 interrupted.\nYou left off 3 days ago"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("  [?] publish")).expect("the step");
    assert!(lines[at].ends_with("KILLER interrupted Thu 14:32"), "{text}");
    assert_eq!(lines[at + 1], "        tag   done      exit 0");
    assert_eq!(lines[at + 2], "        push  unknown   started Thu 14:32:05, no result was recorded");
    assert_eq!(lines[at + 3].trim_end(), "  [-] announce      skipped: no channel for a patch release");
    assert!(text.ends_with("Next: checklist resume   (says what became of it)\n"), "{text}");
}

#[test]
fn parts_are_indented_and_sections_are_headings() {
    let mut view = release();
    let parent = StepView { section: Some("Before".to_owned()), ..step("notes", "Notes", StepKind::Task) };
    let child = StepView {
        section: Some("Before".to_owned()),
        parent: Some("notes".to_owned()),
        depth: 1,
        ..step("api", "API", StepKind::Task)
    };
    let other = StepView { section: Some("After".to_owned()), ..step("rest", "Rest", StepKind::Task) };
    let last = step("end", "End", StepKind::Task);
    view.steps = vec![parent, child, other, last];
    let text = shown(&view, WIDE);
    assert!(
        text.contains(
            "\n  Before\n  [ ] notes  Notes\n    [ ] api  API\n\n  After\n  [ ] rest   Rest\n\n  [ ] end    End\n"
        ),
        "{text}"
    );
}

#[test]
fn long_ids_and_titles_give_way_and_no_line_breaks() {
    let mut view = release();
    let title = "日本語".repeat(40);
    view.steps[0].title.clone_from(&title);
    view.steps[1].id = "a-very-long-id-made-from-the-text-of-a-markdown-list-item".to_owned();
    for look in [WIDE, NARROW] {
        let text = shown(&view, look);
        let body = text.split("\nNext:").next().expect("there is a body");
        assert!(body.lines().skip(3).all(|line| width(line) <= look.width), "{text}");
    }
    assert!(status::plain(&view).contains(&title), "plain lines are whole");
}

#[test]
fn a_step_in_full() {
    let view = release();
    let text = screen::step(&view, &view.steps[1], &calendar(), NARROW);
    assert_eq!(
        text,
        "\
[>]  changelog   2/6
     Write the changelog for 1.4.0
     task, agent

     +- for your agent -------------------------------------
     | Write the CHANGELOG.md entry for 1.4.0.
     | Do not invent entries.
     +------------------------------------------------------

     Checked before it counts as done:
       file_contains CHANGELOG.md \"## [1.4.0]\"
"
    );
    let text = screen::step(&view, &view.steps[3], &calendar(), WIDE);
    assert!(text.contains("confirm, human  KILLER"), "{text}");
    assert!(text.contains("A person at a terminal answers, by typing \"1.4.0\"."), "{text}");
}

#[test]
fn why_a_step_waits() {
    let view = release();
    let ahead = Ahead { view: &view, template: None, is_active: true, look: WIDE };
    let text = screen::explain(ahead, &view.steps[4], &calendar(), WIDE);
    assert!(text.contains("It waits for changelog, which is to do."), "{text}");
    assert!(text.contains("It is a KILLER step"), "{text}");
    assert!(text.contains("Waiting for it: announce."), "{text}");
    let text = screen::explain(ahead, &view.steps[1], &calendar(), WIDE);
    assert!(text.contains("it is the step to do now"), "{text}");
}

#[test]
fn an_outcome_is_one_line_with_its_number_at_the_edge() {
    let acted = Acted {
        changed: true,
        saved: Some(Saved { rev: 5, run: "01JD3V".to_owned() }),
        step: "changelog".to_owned(),
        status: StepStatus::Done,
        evidence: Some(Evidence::Verified),
        detail: Some("CHANGELOG.md line 8".to_owned()),
        checks: Vec::new(),
        also: vec!["notes".to_owned()],
    };
    assert_eq!(
        outcome::settled(&acted, WIDE),
        "[x] changelog   verified   (CHANGELOG.md line 8)                     op 5, saved\n\
         [x] notes   all its parts are settled\n"
    );
    let completed = outcome::completed(&crashed());
    assert!(
        completed.contains("Killer steps: approve-prod (human, ana), publish (interrupted)."),
        "{completed}"
    );
}

#[test]
fn commands_for_another_run_name_it_and_programs_get_the_revision() {
    let view = release();
    let ahead = Ahead { view: &view, template: None, is_active: false, look: WIDE };
    assert!(ahead.text().starts_with("Next: checklist done --run 01JD3V "), "{}", ahead.text());
    let ahead = Ahead { is_active: true, ..ahead };
    assert_eq!(ahead.for_programs()[0], "checklist done changelog --if-rev 4");
    assert_eq!(
        ahead.line(WIDE).trim_end(),
        "Next: changelog   Write the changelog for 1.4.0        when done: checklist done"
    );
}

#[test]
fn what_is_checked_is_told_by_its_kind_and_not_by_its_text() {
    let told = |kind, path: Option<&str>, text: Option<&str>| {
        let mut view = release();
        let (path, text) = (path.map(str::to_owned), text.map(str::to_owned));
        view.steps[1].checks = vec![CheckView { kind, path, text }];
        shown(&view, Look { width: 200, ..WIDE })
    };
    let text = told(CheckKind::FileContains, Some("my notes.md"), Some("a b"));
    assert!(text.contains("(checks that my notes.md has \"a b\")"), "{text}");
    let text = told(CheckKind::Bash, None, Some("file_exists x"));
    assert!(text.contains("(checks: file_exists x)"), "{text}");
    let text = told(CheckKind::Expr, None, Some("vars.target == \"prod\""));
    assert!(text.contains("(checks: expr vars.target == \"prod\")"), "{text}");
}
