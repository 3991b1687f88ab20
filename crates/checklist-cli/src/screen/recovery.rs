//! What was repaired by itself before the answer: said once, on stderr.

use crate::time;
use checklist_store::{RecoveryReport, Verdict};

/// The line about a repair; `None` where there was none.
pub(crate) fn recovered(report: &RecoveryReport) -> Option<String> {
    let took = time::duration(report.elapsed);
    let records = match report.records {
        1 => "1 log record".to_owned(),
        count => format!("{count} log records"),
    };
    let tail = match report.discarded_bytes {
        0 => String::new(),
        bytes => format!(" {bytes} bytes of an unfinished record, never promised, were put aside."),
    };
    match report.verdict {
        Verdict::Created | Verdict::Clean => None,
        Verdict::Retired => Some(format!(
            "Recovered: the last command was cut off after its change was saved. Nothing lost, {took}.{tail}"
        )),
        Verdict::Redone => Some(format!(
            "Recovered: the last command was cut off. {records} replayed in {took}, nothing lost.{tail}"
        )),
        Verdict::Restored => {
            let (what, kept) = match report.was_unreadable {
                true => ("held nothing that can be read", " What was there is kept in .checklist/.backup/."),
                false => ("was gone", ""),
            };
            Some(format!(
                "Recovered: state.yaml {what}; it was put back from copies and history in {took}, nothing lost.{kept}"
            ))
        }
        Verdict::Discarded => {
            Some(format!("Recovered: the last command was cut off before it saved anything.{tail}"))
        }
    }
}

/// The line about a repair that the next command makes; `None` where there is none to make.
pub(crate) fn seen(report: &RecoveryReport) -> Option<String> {
    let what = match report.verdict {
        Verdict::Created | Verdict::Clean => return None,
        Verdict::Retired => "the last command was cut off after its change was saved",
        Verdict::Redone if report.records == 1 => {
            "the last command was cut off, and 1 log record is to be replayed"
        }
        Verdict::Redone => "the last command was cut off, and its log records are to be replayed",
        Verdict::Restored => "state.yaml is gone, and can be put back from copies and history",
        Verdict::Discarded => "the last command was cut off before it saved anything",
    };
    Some(format!("Seen: {what}. The next command does that; a dry run leaves it as it is."))
}

/// The line about steps that were cut off, and are not recorded as that.
pub(crate) fn cut_off(steps: &[String]) -> Option<String> {
    let steps = steps.join(", ");
    (!steps.is_empty()).then(|| {
        format!("Seen: the process that ran {steps} died. The next command records that; a dry run leaves it as it is.")
    })
}

/// The line about steps whose process died.
pub(crate) fn interrupted(steps: &[String]) -> Option<String> {
    match steps {
        [] => None,
        steps => Some(format!(
            "Interrupted: the process that ran {} died. What the command did is unknown; nothing was run again.",
            steps.join(", ")
        )),
    }
}
