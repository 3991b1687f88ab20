//! A run in a few words, for the prompt of a shell, and in two lines for who comes back.

use super::layout::{Look, Role, clean, fit};
use crate::time::Calendar;
use checklist_store::env::Timestamp;
use checklist_workflow::run::StepStatus;

/// Who was away for less knows where they are.
const AWAY_SECONDS_MIN: i64 = 300;

/// What is shown of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) list: String,
    /// What people call the run.
    pub(crate) name: Option<String>,
    pub(crate) run: String,
    /// Steps about which nothing more is to be done.
    pub(crate) settled: usize,
    /// All steps; `None` where nobody counted them.
    pub(crate) total: Option<usize>,
    /// What is the matter with the step, where that is anything but "to do".
    pub(crate) marker: &'static str,
    /// The step to look at next, or what else holds the run up.
    pub(crate) step: String,
}

impl Segment {
    /// The marker of a status, where a prompt shows one.
    pub(crate) fn marker_of(status: StepStatus) -> &'static str {
        if status == StepStatus::Pending { "" } else { status.marker() }
    }

    /// `release 3/6 changelog`, `release 3/6 [?] publish`.
    pub(crate) fn text(&self) -> String {
        let name = clean(self.name.as_deref().unwrap_or(&self.list));
        let parts = [&name, &self.count(), self.marker, &clean(&self.step)].map(str::to_owned);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn count(&self) -> String {
        match self.total {
            Some(total) if total > 0 => format!("{}/{total}", self.settled),
            _ => String::new(),
        }
    }

    /// The same in somebody's own words; the name of a field that there is not is the error.
    pub(crate) fn formatted(&self, format: &str) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = format;
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let Some((field, behind)) = behind.split_once('}') else {
                return Err(format!("{{{behind}"));
            };
            text.push_str(&match field {
                "list" => clean(&self.list),
                "name" => clean(self.name.as_deref().unwrap_or_default()),
                "run" => self.run.clone(),
                "settled" => self.settled.to_string(),
                "total" => self.total.map_or_else(|| "?".to_owned(), |total| total.to_string()),
                "marker" => self.marker.to_owned(),
                "step" => clean(&self.step),
                _ => return Err(format!("{{{field}}}")),
            });
            rest = behind;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// When and where somebody left off.
pub(crate) struct Left<'a> {
    pub(crate) at: Timestamp,
    /// The branch at that moment, and the one that is checked out now.
    pub(crate) branch: Option<&'a str>,
    pub(crate) branch_now: Option<&'a str>,
    pub(crate) is_paused: bool,
}

/// What is said to somebody who comes into the project; empty where that is nothing they need.
pub(crate) fn left_off(segment: &Segment, left: &Left<'_>, calendar: &Calendar, look: Look) -> String {
    let is_calm = matches!(segment.marker, "" | "[>]");
    if is_calm && calendar.seconds_since(left.at) < AWAY_SECONDS_MIN {
        return String::new();
    }
    let doing = if left.is_paused { "paused" } else { "you left off" };
    let on = match (left.branch, left.branch_now) {
        (Some(then), Some(now)) if then != now => {
            format!(", on branch {} (now: {})", clean(then), clean(now))
        }
        _ => String::new(),
    };
    let at = match (segment.step.is_empty(), segment.marker) {
        (true, _) => String::new(),
        (false, "") => format!(", at {}", clean(&segment.step)),
        (false, marker) => format!(", at {marker} {}", clean(&segment.step)),
    };
    let name = clean(segment.name.as_deref().unwrap_or(&segment.list));
    let first = format!("{name} {}: {doing} {}{on}{at}", segment.count(), calendar.ago(left.at));
    let next = match segment.marker {
        "[?]" => "checklist resume",
        _ => "checklist status",
    };
    let first = look.paint(Role::Quiet, &fit(&first, look.width));
    format!("{first}\n{}\n", look.paint(Role::Quiet, &format!("Next: {next}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn segment() -> Segment {
        let (list, run, step) = ("release".to_owned(), "01".to_owned(), "changelog".to_owned());
        Segment { list, run, step, settled: 3, total: Some(6), ..Segment::default() }
    }

    #[test]
    fn a_run_is_a_few_words() {
        assert_eq!(segment().text(), "release 3/6 changelog");
        assert_eq!(Segment { marker: "[?]", ..segment() }.text(), "release 3/6 [?] changelog");
        assert_eq!(Segment { total: None, name: Some("1.4".into()), ..segment() }.text(), "1.4 changelog");
        assert_eq!(Segment { name: Some("a\x1b[31m\nb".into()), ..segment() }.text(), "a b 3/6 changelog");
    }

    #[test]
    fn words_of_ones_own_are_filled_in() {
        assert_eq!(segment().formatted("({settled} of {total}) {step}").as_deref(), Ok("(3 of 6) changelog"));
        assert_eq!(segment().formatted("{stpe}"), Err("{stpe}".to_owned()));
        assert_eq!(segment().formatted("{step"), Err("{step".to_owned()));
        assert_eq!(segment().formatted("plain").as_deref(), Ok("plain"));
    }

    #[test]
    fn who_was_away_is_told_and_who_was_not_is_left_alone() {
        let at = |seconds: i64| Timestamp::from_millis(1_700_000_000_000 + seconds * 1000);
        let look = Look { width: 100, ..Look::SCREEN };
        let said = |seconds: i64, marker: &'static str, now: &str| {
            let left = Left { at: at(0), branch: Some("a"), branch_now: Some(now), is_paused: false };
            let calendar = Calendar::new(at(seconds), TimeZone::UTC);
            left_off(&Segment { marker, ..segment() }, &left, &calendar, look)
        };
        let days = 3 * 86_400;
        assert_eq!(
            said(days, "", "b"),
            "release 3/6: you left off 3 days ago, on branch a (now: b), at changelog\nNext: checklist status\n"
        );
        assert_eq!(said(60, "", "b"), "");
        assert_eq!(
            said(60, "[?]", "a"),
            "release 3/6: you left off 1 minute ago, at [?] changelog\nNext: checklist resume\n"
        );
    }
}
