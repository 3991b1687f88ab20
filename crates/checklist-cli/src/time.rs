//! Moments on screen: local and short. Files and JSON have RFC 3339 in UTC.

use crate::zone;
use checklist_store::env::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

/// Now, and where: what a moment is compared with to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    now: jiff::Timestamp,
    zone: TimeZone,
}

impl Calendar {
    /// The calendar of this machine's time zone.
    pub(crate) fn local(now: Timestamp) -> Calendar {
        Calendar::new(now, zone::local())
    }

    pub(crate) fn new(now: Timestamp, zone: TimeZone) -> Calendar {
        Calendar { now: moment(now), zone }
    }

    /// The same place at another time.
    pub(crate) fn at(&self, now: Timestamp) -> Calendar {
        Calendar::new(now, self.zone.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.as_millisecond())
    }

    /// Whole seconds since a moment; 0 if it lies ahead.
    pub(crate) fn seconds_since(&self, at: Timestamp) -> i64 {
        (self.now.as_second() - moment(at).as_second()).max(0)
    }

    /// `14:29` today, `Thu 14:29` within the last six days, and else the date.
    pub(crate) fn short(&self, at: Timestamp) -> String {
        let (at, now) = (moment(at).to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()));
        let days = (now.date() - at.date()).get_days();
        match days {
            0 => at.strftime("%H:%M").to_string(),
            1..=6 => at.strftime("%a %H:%M").to_string(),
            _ => at.strftime("%Y-%m-%d").to_string(),
        }
    }

    /// As [`Calendar::short`], with seconds.
    pub(crate) fn exact(&self, at: Timestamp) -> String {
        let zoned = moment(at).to_zoned(self.zone.clone());
        match self.short(at) {
            short if short.len() <= "Thu 14:29".len() => format!("{short}{}", zoned.strftime(":%S")),
            date => format!("{date} {}", zoned.strftime("%H:%M:%S")),
        }
    }

    /// The moment that people mean: an RFC 3339 time, a date with or without a time, a time of the last 24 hours,
    /// or `20 minutes ago`; `None` if it is none of these.
    pub(crate) fn meant(&self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let here = |at: jiff::civil::DateTime| at.to_zoned(self.zone.clone()).ok().map(|at| at.timestamp());
        let found = if let Ok(at) = text.parse::<jiff::Timestamp>() {
            at
        } else if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
            here(at)?
        } else if let Ok(time) = text.parse::<jiff::civil::Time>() {
            let now = self.now.to_zoned(self.zone.clone());
            let today = here(now.date().to_datetime(time))?;
            if today > self.now { here(now.date().yesterday().ok()?.to_datetime(time))? } else { today }
        } else {
            let span = text.parse::<jiff::Span>().ok().filter(|span| span.is_negative())?;
            self.now.to_zoned(self.zone.clone()).checked_add(span).ok()?.timestamp()
        };
        Some(Timestamp::from_millis(found.as_millisecond()))
    }

    /// `just now`, `5 minutes ago`, `3 days ago`.
    pub(crate) fn ago(&self, at: Timestamp) -> String {
        let seconds = self.seconds_since(at);
        let counted = |count: i64, unit: &str| match count {
            1 => format!("1 {unit} ago"),
            count => format!("{count} {unit}s ago"),
        };
        match seconds {
            0..60 => "just now".to_owned(),
            60..3600 => counted(seconds / 60, "minute"),
            3600..86_400 => counted(seconds / 3600, "hour"),
            _ => counted(seconds / 86_400, "day"),
        }
    }
}

impl Calendar {
    /// Whole months since a day, written as `2026-11-22`; `None` if it is none, or lies ahead.
    pub(crate) fn months_since(&self, day: &str) -> Option<i32> {
        let day: jiff::civil::Date = day.parse().ok()?;
        let today = self.now.to_zoned(self.zone.clone()).date();
        let span = today.since((jiff::Unit::Month, day)).ok()?;
        Some(span.get_months()).filter(|months| *months >= 0)
    }
}

fn moment(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default()
}

/// The longest time a step is claimed for.
const SPAN_SECONDS_MAX: u64 = 30 * 86_400;

/// A time as people write it, `90s`, `30m`, `2h` or `1d`, up to 30 days; `None` if it is none.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.find(|char: char| !char.is_ascii_digit())?)?;
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (1..=SPAN_SECONDS_MAX).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// `12 ms`, `0.4 s`, `3 min 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        ms @ 0..100 => format!("{ms} ms"),
        ms @ 100..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// `72 us`, `1.9 ms`, `2.5 s`.
pub(crate) fn precise(time: Duration) -> String {
    match time.as_micros() {
        us @ 0..1_000 => format!("{us} us"),
        us @ 1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        us => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("the test writes RFC 3339")
    }

    #[test]
    fn a_latency_has_one_unit() {
        let shown = |us| precise(Duration::from_micros(us));
        assert_eq!([shown(72), shown(1_940), shown(2_500_000)], ["72 us", "1.9 ms", "2.5 s"]);
    }

    #[test]
    fn a_moment_is_as_short_as_its_distance_allows() {
        // 2026-11-22 is a Sunday.
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let calendar = Calendar::new(at("2026-11-22T13:35:00Z"), zone);
        assert_eq!(calendar.short(at("2026-11-22T13:29:05Z")), "14:29");
        assert_eq!(calendar.short(at("2026-11-21T23:30:00Z")), "00:30");
        assert_eq!(calendar.short(at("2026-11-19T13:29:05Z")), "Thu 14:29");
        assert_eq!(calendar.short(at("2026-11-15T13:29:05Z")), "2026-11-15");
        assert_eq!(calendar.short(at("2026-11-23T13:29:05Z")), "2026-11-23");
        assert_eq!(calendar.exact(at("2026-11-22T13:29:05Z")), "14:29:05");
        assert_eq!(calendar.exact(at("2026-11-15T13:29:05Z")), "2026-11-15 14:29:05");
    }

    #[test]
    fn a_moment_is_meant_in_many_ways() {
        let calendar = Calendar::new(at("2026-11-22T12:00:00Z"), TimeZone::fixed(jiff::tz::offset(1)));
        for (text, meant) in [
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
            ("12:30", "2026-11-22T11:30:00Z"),
            // Later than now is yesterday.
            (" 13:30:05 ", "2026-11-21T12:30:05Z"),
            ("2026-11-20 09:00", "2026-11-20T08:00:00Z"),
            ("2026-11-20", "2026-11-19T23:00:00Z"),
            ("20 minutes ago", "2026-11-22T11:40:00Z"),
            ("1 day ago", "2026-11-21T12:00:00Z"),
        ] {
            assert_eq!(calendar.meant(text), Some(at(meant)), "{text}");
        }
        for text in ["", "soon", "20 minutes", "25:00", "9999999 years ago"] {
            assert_eq!(calendar.meant(text), None, "{text}");
        }
    }

    #[test]
    fn distances_have_one_unit() {
        let calendar = Calendar::new(at("2026-11-22T12:00:00Z"), TimeZone::UTC);
        for (then, said) in [
            ("2026-11-22T12:00:30Z", "just now"),
            ("2026-11-22T11:59:30Z", "just now"),
            ("2026-11-22T11:59:00Z", "1 minute ago"),
            ("2026-11-22T09:00:00Z", "3 hours ago"),
            ("2026-11-19T09:00:00Z", "3 days ago"),
        ] {
            assert_eq!(calendar.ago(at(then)), said);
        }
        assert_eq!(calendar.months_since("2025-09-23"), Some(13));
        assert_eq!(calendar.months_since("2026-11-22"), Some(0));
        assert_eq!((calendar.months_since("2026-12-23"), calendar.months_since("soon")), (None, None));
        assert_eq!(span("90s"), Some(Duration::from_secs(90)));
        assert_eq!(
            (span("2h"), span("30d")),
            (Some(Duration::from_secs(7200)), Some(Duration::from_secs(2_592_000)))
        );
        for text in ["", "30", "m", "0m", "-1m", "31d", "1w", "99999999999999999999s", "é"] {
            assert_eq!(span(text), None, "{text}");
        }
        assert_eq!(duration(Duration::from_millis(12)), "12 ms");
        assert_eq!(duration(Duration::from_millis(430)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 5 s");
    }
}
