//! `Places`: where on the screen each part of the panel is.

use ratatui::layout::Rect;

/// From this width on, list and detail stand beside each other.
const BESIDE_COLUMNS_MIN: u16 = 72;

/// From this height on there is room for more than the name of the run.
const ROOMY_ROWS_MIN: u16 = 16;

/// Smaller than this, nothing useful fits.
pub(crate) const COLUMNS_MIN: u16 = 24;
pub(crate) const ROWS_MIN: u16 = 6;

/// The part of the panel that keys are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    List,
    Detail,
}

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) header: Rect,
    pub(crate) summary: Option<Rect>,
    pub(crate) rule: Option<Rect>,
    pub(crate) list: Option<Rect>,
    /// The line between list and detail.
    pub(crate) between: Option<Rect>,
    pub(crate) detail: Option<Rect>,
    pub(crate) message: Rect,
    pub(crate) keys: Rect,
}

impl Places {
    /// The places on a screen of this size, with so many rows for what is said. `None` if it is too small.
    pub(crate) fn of((columns, rows): (u16, u16), focus: Focus, message_rows: u16) -> Option<Places> {
        if columns < COLUMNS_MIN || rows < ROWS_MIN {
            return None;
        }
        let is_roomy = rows >= ROOMY_ROWS_MIN;
        let line = |y: u16| Rect::new(0, y, columns, 1);
        let top = if is_roomy { 3 } else { 1 };
        let message_rows = message_rows.clamp(1, rows - top - 2);
        let bottom = rows - 1 - message_rows;
        let body = Rect::new(0, top, columns, bottom - top);
        let (list, between, detail) = match columns >= BESIDE_COLUMNS_MIN {
            true => {
                let left = (columns * 9 / 20).clamp(34, 72);
                // A column stays free on both sides of the line.
                let rest = columns - left;
                (
                    Some(Rect { width: left - 1, ..body }),
                    Some(Rect { x: left, width: 1, ..body }),
                    Some(Rect { x: left + 2, width: rest - 2, ..body }),
                )
            }
            false if focus == Focus::List => (Some(body), None, None),
            false => (None, None, Some(body)),
        };
        Some(Places {
            header: line(0),
            summary: is_roomy.then(|| line(1)),
            rule: is_roomy.then(|| line(2)),
            list,
            between,
            detail,
            message: Rect::new(0, bottom, columns, message_rows),
            keys: line(rows - 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_covered_without_overlap() {
        for columns in COLUMNS_MIN..200 {
            for rows in ROWS_MIN..60 {
                for (focus, said) in [(Focus::List, 1), (Focus::Detail, 3)] {
                    let places = Places::of((columns, rows), focus, said).expect("it is large enough");
                    let top = if places.rule.is_some() { 3 } else { 1 };
                    let parts = [places.list, places.between, places.detail];
                    for part in parts.into_iter().flatten() {
                        assert_eq!(part.y, top, "{columns}x{rows}");
                        assert!(part.height >= 1 && part.bottom() == places.message.y, "{columns}x{rows}");
                        assert!(part.right() <= columns, "{columns}x{rows}");
                    }
                    assert_eq!(places.message.bottom(), places.keys.y, "{columns}x{rows}");
                    assert_eq!(places.keys.bottom(), rows);
                }
            }
        }
        assert_eq!(Places::of((COLUMNS_MIN - 1, 50), Focus::List, 1), None);
        assert_eq!(Places::of((80, ROWS_MIN - 1), Focus::List, 1), None);
    }
}
