//! The panel at the sizes that people have, letter by letter.

use super::{MONO, buffer, key, panel, press, seen, shown};
use crate::screen::sample::{crashed, release, step};
use crate::ui::markdown::render;
use crate::ui::palette::Palette;
use crate::ui::panel::Panel;
use checklist_workflow::template::StepKind;
use checklist_workflow::view::StepView;
use ratatui::crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

#[test]
fn at_80_columns_list_and_step_stand_beside_each_other() {
    let panel = panel(release(), (80, 24));
    let text = shown(&panel);
    assert_eq!(
        text,
        r###"release  "Ship a release"  1.4.0 -> prod                       run 01JD3V  rev 4
1 of 6 done.  You left off 3 days ago, on branch release/1.4 (now: main).
--------------------------------------------------------------------------------
 [x] Working tree is clean verified | [>] changelog                          2/6
>[>] Write the changelog f... agent | Write the changelog for 1.4.0
 [ ] Test suite passes         auto | task, agent
 [ ] Release manage... KILLER human | It waits for nothing: it is the step to do
 [ ] Publish           KILLER waits | now.
 [ ] Announce in the team...  waits | Waiting for it: publish.
                                    |
                                    | For your agent (c copies it):
                                    | | Write the CHANGELOG.md entry for 1.4.0.
                                    | | Do not invent entries.
                                    |
                                    | Checked before it counts as done:
                                    |   file_contains CHANGELOG.md "## [1.4.0]"
                                    |
                                    |
                                    |
                                    |
                                    |
                                    |

d done  s skip  c copy prompt  u undo  n next  b back  ? help  q leave
"###
    );
}

#[test]
fn at_40_columns_the_list_has_the_window_for_itself() {
    let mut panel = panel(release(), (40, 10));
    assert_eq!(
        shown(&panel),
        r###"release  "Ship a release"  1.4.0...  1/6
 [x] Working tree is clean      verified
>[>] Write the changelog for 1.4.0 agent
 [ ] Test suite passes              auto
 [ ] Release manager app... KILLER human
 [ ] Publish                KILLER waits
 [ ] Announce in the team channel  waits


d done  s skip  ? help  q leave
"###
    );
    key(&mut panel, KeyCode::Enter);
    assert_eq!(
        shown(&panel),
        r###"release  "Ship a release"  1.4.0...  1/6
[>] changelog                        2/6
Write the changelog for 1.4.0
task, agent
It waits for nothing: it is the step to
do now.
Waiting for it: publish.
                           9 more lines

Esc list  d done  ? help  q leave
"###
    );
}

#[test]
fn every_standing_has_its_marker_and_a_word() {
    let text = shown(&panel(crashed(), (80, 24)));
    for line in ["[x] Working tree is clean", "[?] Publish", "[-] Announce in the", "interrupted", "skipped"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("push: unknown   started Thu 14:32:05"), "{text}");
    let text = shown(&panel(release(), (80, 24)));
    assert!(text.contains("waits") && text.contains("KILLER human") && text.contains("agent"), "{text}");
}

#[test]
fn sections_are_headings_and_parts_are_indented() {
    let mut view = release();
    let within = |section: &str, depth, id: &str, title: &str| StepView {
        section: Some(section.to_owned()),
        depth,
        ..step(id, title, StepKind::Task)
    };
    view.steps = vec![
        within("Before", 0, "notes", "Notes"),
        within("Before", 1, "api", "API"),
        within("After", 0, "rest", "Rest"),
    ];
    let text = shown(&panel(view, (40, 14)));
    let list: Vec<&str> = text.lines().skip(1).take(6).map(str::trim_end).collect();
    assert_eq!(list, [" Before", ">[ ] Notes", "   [ ] API", "", " After", " [ ] Rest"], "{text}");
}

#[test]
fn no_size_and_no_state_is_too_much_to_draw() {
    let open: [fn(&mut Panel); 6] = [
        |_| {},
        |panel| drop(press(panel, "?")),
        |panel| {
            press(panel, "sa long reason for leaving it out, longer than the line that it is typed in");
        },
        |panel| drop(press(panel, "/publish")),
        |panel| drop(press(panel, "jr")),
        |panel| drop(key(panel, KeyCode::Tab)),
    ];
    for columns in (1..130).step_by(7) {
        for rows in 1..40 {
            for act in open {
                let mut panel = panel(crashed(), (80, 24));
                act(&mut panel);
                panel.update(crate::ui::panel::Event::Resize(columns, rows));
                buffer(&panel);
            }
        }
    }
    assert!(shown(&panel(release(), (20, 4))).contains("Too small"));
}

#[test]
fn without_colour_nothing_is_coloured_and_with_it_nothing_else_is_said() {
    let mono = panel(release(), (80, 24));
    let cells = buffer(&mono);
    assert!(cells.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(shown(&mono).is_ascii(), "{}", shown(&mono));
    let bright = Palette { colour: true, has_lines: false };
    let bright = Panel::new(seen(release()), super::calendar(), bright, (80, 24));
    assert_eq!(shown(&mono), shown(&bright));
    assert!(buffer(&bright).content.iter().any(|cell| cell.fg == Color::Green));
    let meant = cells.content.iter().skip(4 * 80).take(30);
    assert!(meant.clone().any(|cell| cell.modifier.contains(Modifier::REVERSED)), "the cursor is seen");
}

#[test]
fn nothing_a_terminal_obeys_is_drawn() {
    let mut view = release();
    view.steps[1].title = "a\u{1b}[31m title\u{7}".to_owned();
    view.steps[1].description =
        Some("text \u{1b}]0;owned\u{7} **bold\u{1b}[2J**\n\n    code\u{1b}c".to_owned());
    view.steps[1].prompts = vec!["tab\there \u{202e}gnp.exe".to_owned()];
    let cells = buffer(&panel(view, (80, 30)));
    for cell in &cells.content {
        assert!(cell.symbol().chars().all(|char| !char.is_control() && char != '\u{202e}'), "{cell:?}");
    }
}

#[test]
fn markdown_is_read_without_its_marks() {
    let text = "# Head\n\nSome *words* and **more** of `them`, see [here](https://e.org).\n\n1. one\n2. two\n   - [x] nested\n   - [ ] open\n\n> quoted\n> on\n\n---\n\n```sh\n  kept   as it is\n```\n\nhttps://a.example/<b>raw</b>\n";
    let lines: Vec<String> = render(text, 30, MONO).iter().map(ToString::to_string).collect();
    let expected = [
        "Head",
        "",
        "Some words and more of `them`,",
        "see here (https://e.org).",
        "",
        "1. one",
        "2. two",
        "   - [x] nested",
        "   - [ ] open",
        "",
        "| quoted on",
        "",
        "--------------------",
        "",
        "  [sh]",
        "    kept   as it is",
        "",
        "https://a.example/<b>raw</b>",
    ];
    assert_eq!(lines, expected);
    let bold = render("**more**", 30, MONO);
    assert!(bold[0].spans[0].style.add_modifier.contains(Modifier::BOLD));
}
