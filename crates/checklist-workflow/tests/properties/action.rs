//! What somebody can ask of an engine, and when the power fails meanwhile.

use checklist_workflow::{Evidence, Resolution};
use proptest::prelude::*;

/// One step of a sequence: an action, and perhaps a power cut.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// The revision that is expected is another than the one there is.
    pub(crate) is_stale: bool,
    /// Whether it is undone and redone, too.
    pub(crate) is_undone: bool,
    /// What the disk does to it.
    pub(crate) cut: Option<Cut>,
}

/// The power fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// After so many calls on the disk; behind the last one where there are fewer.
    pub(crate) after: u64,
    /// Whether what was written and not synced is there. It is where the process alone died.
    pub(crate) everything: bool,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Whatever brings the current step further.
    Forward {
        fails: bool,
    },
    Done {
        step: &'static str,
        claimed: bool,
    },
    Confirm {
        step: &'static str,
    },
    Answer {
        step: &'static str,
        value: &'static str,
    },
    Skip {
        step: &'static str,
        killer: bool,
    },
    Execute {
        step: &'static str,
        fails: bool,
    },
    Settle {
        step: &'static str,
    },
    Resolve {
        step: &'static str,
        command: &'static str,
        resolution: Resolution,
    },
    Rollback {
        step: &'static str,
        fails: bool,
    },
    Back {
        step: Option<&'static str>,
    },
    Undo,
    Redo,
    Reset,
    Pause,
    Unpause,
    /// Another run of the same list begins, and is the active one.
    Start,
    /// The oldest run is the active one.
    Select,
    /// What the checks look for is there, or not.
    Prove {
        is_there: bool,
    },
    /// The engine is dropped, and another one opens.
    Reopen,
}

impl Step {
    pub(crate) fn any() -> impl Strategy<Value = Step> {
        let cut = (0_u64..120, any::<bool>()).prop_map(|(after, everything)| Cut { after, everything });
        let rarely = prop::bool::weighted;
        (Action::any(), rarely(0.05), rarely(0.2), prop::option::weighted(0.3, cut))
            .prop_map(|(action, is_stale, is_undone, cut)| Step { action, is_stale, is_undone, cut })
    }
}

impl Action {
    fn any() -> impl Strategy<Value = Action> {
        let step = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]);
        let auto = prop::sample::select(vec!["b", "b", "e", "h", "a"]);
        let command = prop::sample::select(vec!["x", "y", "rollback/u"]);
        let resolution = prop::sample::select(vec![
            Resolution::Rerun,
            Resolution::Done(Evidence::Claimed),
            Resolution::Done(Evidence::Verified),
            Resolution::Failed,
        ]);
        let value = prop::sample::select(vec!["red", "blue", "green"]);
        let flag = any::<bool>;
        prop_oneof![
            24 => prop::bool::weighted(0.2).prop_map(|fails| Action::Forward { fails }),
            5 => (step.clone(), flag()).prop_map(|(step, claimed)| Action::Done { step, claimed }),
            2 => step.clone().prop_map(|step| Action::Confirm { step }),
            3 => value.prop_map(|value| Action::Answer { step: "f", value }),
            4 => (step.clone(), flag()).prop_map(|(step, killer)| Action::Skip { step, killer }),
            5 => (auto.clone(), prop::bool::weighted(0.3))
                .prop_map(|(step, fails)| Action::Execute { step, fails }),
            3 => auto.clone().prop_map(|step| Action::Settle { step }),
            4 => (auto.clone(), command, resolution)
                .prop_map(|(step, command, resolution)| Action::Resolve { step, command, resolution }),
            3 => (auto, prop::bool::weighted(0.3)).prop_map(|(step, fails)| Action::Rollback { step, fails }),
            3 => prop::option::of(step).prop_map(|step| Action::Back { step }),
            4 => Just(Action::Undo),
            2 => Just(Action::Redo),
            2 => Just(Action::Reset),
            1 => Just(Action::Pause),
            2 => Just(Action::Unpause),
            1 => Just(Action::Start),
            1 => Just(Action::Select),
            4 => prop::bool::weighted(0.7).prop_map(|is_there| Action::Prove { is_there }),
            2 => Just(Action::Reopen),
        ]
    }

    /// Whether it asks for a change of the run that is worked on.
    pub(crate) fn is_about_the_run(&self) -> bool {
        !matches!(self, Action::Start | Action::Select | Action::Prove { .. } | Action::Reopen)
    }
}
