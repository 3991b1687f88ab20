//! `Step`: one letter of the alphabet that sequences are made of, and `Sequence`: a word of at most three.

use std::fmt;

/// What one process, another one, or a person with an editor does to a store.
///
/// The first process publishes with every commit, the other one lets its log grow. Each opens the store when
/// it first needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The first process commits one write.
    Commit,
    /// It commits writes, deletions and edits of a list.
    CommitMany,
    /// It commits nested transactions, of which some are rolled back.
    CommitNested,
    /// It commits more than one sector.
    CommitLarge,
    /// It rolls a transaction back.
    RollBack,
    /// It commits a transaction that changes nothing.
    CommitNothing,
    /// It publishes.
    Publish,
    /// It closes the store.
    Close,
    /// It goes away without closing the store.
    Leave,
    /// It takes in what others did.
    Refresh,
    /// It keeps a file.
    Keep,
    /// It opens the store anew for reading and looks at everything.
    Read,
    /// The other process commits, and does not publish.
    OtherCommits,
    /// The other process commits so much that its log is published and cleared.
    OtherRotates,
    /// The other process closes the store.
    OtherCloses,
    /// The other process goes away without closing the store.
    OtherLeaves,
    /// Somebody edits `state.yaml` with an editor that puts a whole file in place.
    EditWhole,
    /// The same with an editor that writes into the file.
    EditInPlace,
    /// Somebody puts the first `state.yaml` back.
    PutBack,
    /// The first process adopts the edit.
    Adopt,
    /// The first process restores what was committed.
    Restore,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 21] = [
        Step::Commit,
        Step::CommitMany,
        Step::CommitNested,
        Step::CommitLarge,
        Step::RollBack,
        Step::CommitNothing,
        Step::Publish,
        Step::Close,
        Step::Leave,
        Step::Refresh,
        Step::Keep,
        Step::Read,
        Step::OtherCommits,
        Step::OtherRotates,
        Step::OtherCloses,
        Step::OtherLeaves,
        Step::EditWhole,
        Step::EditInPlace,
        Step::PutBack,
        Step::Adopt,
        Step::Restore,
    ];
}

/// How long sequences are at most.
pub const STEPS_MAX: u32 = 3;

/// A sequence of steps. Sequences are numbered: short ones first, then in the order of [`Step::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Its number.
    pub number: usize,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Sequence {
    /// How many sequences of at most `steps` steps there are.
    #[must_use]
    pub fn count(steps: u32) -> usize {
        (1..=steps).map(|len| Step::ALL.len().pow(len)).sum()
    }

    /// The sequence with that number, the first one being 0; `None` behind the last one.
    #[must_use]
    pub fn numbered(number: usize) -> Option<Sequence> {
        let len = (1..=STEPS_MAX).find(|len| number < Sequence::count(*len))?;
        let mut rest = number - Sequence::count(len - 1);
        let mut steps = Vec::new();
        for _ in 0..len {
            steps.insert(0, Step::ALL[rest % Step::ALL.len()]);
            rest /= Step::ALL.len();
        }
        Some(Sequence { number, steps })
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sequence {}", self.number)?;
        for (index, step) in self.steps.iter().enumerate() {
            write!(f, "{} {step:?}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_sequence_has_one_number() {
        let all: Vec<Sequence> = (0..).map_while(Sequence::numbered).collect();
        assert_eq!(all.len(), Sequence::count(STEPS_MAX));
        assert_eq!(all.len(), 21 + 21 * 21 + 21 * 21 * 21);
        let distinct: HashSet<&[Step]> = all.iter().map(|sequence| sequence.steps.as_slice()).collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.windows(2).all(|pair| pair[0].steps.len() <= pair[1].steps.len()));
    }

    #[test]
    fn a_sequence_names_its_steps() {
        let sequence = Sequence::numbered(21 + 1).expect("there are more");
        assert_eq!(sequence.to_string(), "sequence 22: Commit, CommitMany");
    }
}
