//! Ten thousand steps: what is laid out is what is in sight.

use super::{key, meant, panel, press, shown};
use crate::screen::sample::{release, step};
use crate::ui::list::List;
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{RunView, StepView};
use ratatui::crossterm::event::KeyCode;

const STEPS: usize = 10_000;

fn long() -> RunView {
    let made = |number: usize| StepView {
        section: Some(format!("Part {}", number / 100)),
        is_current: number == 0,
        ..step(&format!("step-{number}"), &format!("Step number {number}"), StepKind::Task)
    };
    RunView { steps: (0..STEPS).map(made).collect(), current: Some("step-0".to_owned()), ..release() }
}

#[test]
fn no_more_rows_are_laid_out_than_are_in_sight() {
    let view = long();
    let mut list = List::default();
    list.show(&view, None);
    for height in [1, 2, 5, 20, 100] {
        for place in [0, 1, 50, 99, 100, 5_000, STEPS - 2, STEPS - 1] {
            list.go_to(place);
            list.follow(height);
            let rows = list.in_sight(height);
            assert_eq!(rows.len(), height, "{height} rows at {place}");
            assert!(rows.contains(&crate::ui::list::Row::Step(place)), "{height} rows at {place}");
        }
    }
}

#[test]
fn the_cursor_is_in_sight_wherever_it_goes() {
    let mut panel = panel(long(), (80, 24));
    assert!(shown(&panel).contains("Part 0"), "the first heading is in sight");
    for keys in ["G", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", "g", "jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj"] {
        press(&mut panel, keys);
        let id = meant(&panel).to_owned();
        let number = id.strip_prefix("step-").expect("an id");
        let text = shown(&panel);
        let pointed: Vec<&str> = text.lines().filter(|line| line.starts_with('>')).collect();
        assert_eq!(pointed.len(), 1, "{text}");
        assert!(pointed[0].contains(&format!("] Step number {number} ")), "{text}");
    }
    key(&mut panel, KeyCode::End);
    assert_eq!(meant(&panel), "step-9999");
    press(&mut panel, "/number 7777\n");
    assert_eq!(meant(&panel), "step-7777");
    assert!(shown(&panel).contains("7778/10000"), "{}", shown(&panel));
}
