//! The recovery decision: a table of what is found in the log and in `state.yaml`, and what is done about it.

use crate::disk::wal_reader::LogFinding;

/// What `state.yaml` turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StateFinding {
    /// There is none.
    Absent,
    /// As this program wrote it.
    Sound,
    /// Well-formed, but changed by hand.
    Edited,
    /// Empty or zeros: no edit, and nothing to read.
    Lost,
    /// Not readable.
    Damaged,
    /// A newer program's.
    Newer,
}

/// What opening does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// There is nothing here yet: create it.
    Create,
    /// All is well: open it.
    Open,
    /// Apply what the log holds, put aside what nobody was promised, clear the log, open.
    Recover,
    /// Rebuild the state if copies, history and log prove the newest one; otherwise change nothing and say why.
    Rebuild(Refusal),
    /// Show the edit, refuse to write until it is adopted or undone.
    OpenEdited,
    /// Show the state, refuse to write.
    OpenReadOnly,
    /// Change nothing and say why.
    Refuse(Refusal),
}

/// Why opening refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// `state.yaml` is gone while other files show that there was one.
    StateMissing,
    /// `state.yaml` cannot be read, in a way no crash causes.
    StateDamaged,
    /// The log is damaged where it was promised durable.
    LogDamaged,
    /// The log continues another state than the one that is there.
    LogDetached,
    /// A newer program wrote it.
    Newer,
}

/// One row: the first that matches decides. `None` matches anything.
struct Row {
    state: Option<StateFinding>,
    log: Option<LogFinding>,
    has_traces: Option<bool>,
    action: Action,
}

/// A row for which traces make no difference.
macro_rules! row {
    ($state:expr, $log:expr, $action:expr) => {
        Row { state: $state, log: $log, has_traces: None, action: $action }
    };
}

/// The table. Rows are disjoint, so their order means nothing; the test holds that.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // A folder without a state is new only if nothing else was ever written there.
    Row { state: Some(StateFinding::Absent), log: Some(LogFinding::Empty), has_traces: Some(false), action: Action::Create },
    Row { state: Some(StateFinding::Absent), log: Some(LogFinding::Empty), has_traces: Some(true), action: Action::Rebuild(Refusal::StateMissing) },
    row!(Some(StateFinding::Absent), Some(LogFinding::Published),     Action::Rebuild(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::Committed),     Action::Rebuild(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::CommittedTorn), Action::Rebuild(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::Torn),          Action::Rebuild(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::Detached),      Action::Rebuild(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::Damaged),       Action::Refuse(Refusal::StateMissing)),
    row!(Some(StateFinding::Absent), Some(LogFinding::Newer),         Action::Refuse(Refusal::Newer)),

    row!(Some(StateFinding::Sound), Some(LogFinding::Empty),          Action::Open),
    row!(Some(StateFinding::Sound), Some(LogFinding::Published),      Action::Recover),
    row!(Some(StateFinding::Sound), Some(LogFinding::Committed),      Action::Recover),
    row!(Some(StateFinding::Sound), Some(LogFinding::CommittedTorn),  Action::Recover),
    row!(Some(StateFinding::Sound), Some(LogFinding::Torn),           Action::Recover),
    row!(Some(StateFinding::Sound), Some(LogFinding::Detached),       Action::Refuse(Refusal::LogDetached)),
    row!(Some(StateFinding::Sound), Some(LogFinding::Damaged),        Action::Refuse(Refusal::LogDamaged)),
    row!(Some(StateFinding::Sound), Some(LogFinding::Newer),          Action::OpenReadOnly),

    // A log that continues the edited bytes themselves is an adoption that was cut off: finish it.
    row!(Some(StateFinding::Edited), Some(LogFinding::Empty),         Action::OpenEdited),
    row!(Some(StateFinding::Edited), Some(LogFinding::Published),     Action::OpenEdited),
    row!(Some(StateFinding::Edited), Some(LogFinding::Committed),     Action::Recover),
    row!(Some(StateFinding::Edited), Some(LogFinding::CommittedTorn), Action::Recover),
    row!(Some(StateFinding::Edited), Some(LogFinding::Torn),          Action::OpenEdited),
    row!(Some(StateFinding::Edited), Some(LogFinding::Detached),      Action::OpenEdited),
    row!(Some(StateFinding::Edited), Some(LogFinding::Damaged),       Action::Refuse(Refusal::LogDamaged)),
    row!(Some(StateFinding::Edited), Some(LogFinding::Newer),         Action::OpenReadOnly),

    // No editor leaves this: what can be proven takes its place.
    row!(Some(StateFinding::Lost), Some(LogFinding::Empty),           Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Published),       Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Committed),       Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::CommittedTorn),   Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Torn),            Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Detached),        Action::Rebuild(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Damaged),         Action::Refuse(Refusal::StateDamaged)),
    row!(Some(StateFinding::Lost), Some(LogFinding::Newer),           Action::Refuse(Refusal::Newer)),

    row!(Some(StateFinding::Damaged), None,                           Action::Refuse(Refusal::StateDamaged)),
    row!(Some(StateFinding::Newer),   None,                           Action::Refuse(Refusal::Newer)),
];

/// What to do about what was found. `has_traces`: a history, a log or a copied state shows that there was a
/// store here.
pub(crate) fn decide(state: StateFinding, log: LogFinding, has_traces: bool) -> Action {
    TABLE
        .iter()
        .find(|row| row.matches(state, log, has_traces))
        .map(|row| row.action)
        .expect("the table covers the whole input space, as its test shows")
}

impl Row {
    fn matches(&self, state: StateFinding, log: LogFinding, has_traces: bool) -> bool {
        self.state.is_none_or(|found| found == state)
            && self.log.is_none_or(|found| found == log)
            && self.has_traces.is_none_or(|found| found == has_traces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [StateFinding; 6] = [
        StateFinding::Absent,
        StateFinding::Sound,
        StateFinding::Edited,
        StateFinding::Lost,
        StateFinding::Damaged,
        StateFinding::Newer,
    ];
    const LOGS: [LogFinding; 8] = [
        LogFinding::Empty,
        LogFinding::Published,
        LogFinding::Committed,
        LogFinding::CommittedTorn,
        LogFinding::Torn,
        LogFinding::Detached,
        LogFinding::Damaged,
        LogFinding::Newer,
    ];

    fn inputs() -> impl Iterator<Item = (StateFinding, LogFinding, bool)> {
        STATES.into_iter().flat_map(|state| {
            LOGS.into_iter().flat_map(move |log| [false, true].map(|has_traces| (state, log, has_traces)))
        })
    }

    #[test]
    fn every_input_has_exactly_one_row_and_every_row_an_input() {
        let mut used = vec![0; TABLE.len()];
        for (state, log, has_traces) in inputs() {
            let rows: Vec<usize> =
                (0..TABLE.len()).filter(|at| TABLE[*at].matches(state, log, has_traces)).collect();
            assert_eq!(rows.len(), 1, "{state:?} {log:?} {has_traces}");
            used[rows[0]] += 1;
        }
        assert!(used.iter().all(|count| *count > 0));
    }

    #[test]
    fn nothing_is_created_over_traces_and_nothing_damaged_is_opened() {
        for (state, log, has_traces) in inputs() {
            let action = decide(state, log, has_traces);
            if action == Action::Create {
                assert!(!has_traces && state == StateFinding::Absent && log == LogFinding::Empty);
            }
            if state == StateFinding::Damaged || log == LogFinding::Damaged {
                assert!(matches!(action, Action::Refuse(_)), "{state:?} {log:?}");
            }
            if action == Action::Open {
                assert!(state == StateFinding::Sound && log == LogFinding::Empty);
            }
        }
    }
}
