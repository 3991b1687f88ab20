//! `closest`: of the words there are, the one that somebody most likely meant by another.

use std::cmp::Reverse;

/// A longer word is no slip of the fingers, and not worth the time.
const WORD_BYTES_MAX: usize = 80;

/// The beginning of a word is taken for it, and a word for what begins with it, from this length on.
const BEGINNING_BYTES_MIN: usize = 3;

/// The candidate that was most likely meant by `given`, whatever the case of either; `None` where that would be a
/// guess.
///
/// Likely is a candidate that a few slips away: letters left out, put in, replaced or swapped, at most one in three
/// of the longer word; and one that `given` is the beginning of, or begins with. Of several, the one with the fewest slips; of
/// those, the one that has all the letters that were typed; then the first.
///
/// ```
/// use checklist_workflow::closest::closest;
///
/// assert_eq!(closest("stauts", ["stats", "status"]), Some("status"));
/// assert_eq!(closest("deploy", ["stats", "status"]), None);
/// ```
#[must_use]
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.is_empty() || given.len() > WORD_BYTES_MAX {
        return None;
    }
    let wanted = given.to_lowercase();
    let ranked = candidates.into_iter().enumerate().filter_map(|(place, candidate)| {
        let allowed = (wanted.len().max(candidate.len()) / 3).max(1);
        let known = candidate.to_lowercase();
        let is_beginning = wanted.len().min(known.len()) >= BEGINNING_BYTES_MIN
            && (known.starts_with(&wanted) || wanted.starts_with(&known));
        let is_comparable =
            candidate.len() <= WORD_BYTES_MAX && wanted.len().abs_diff(candidate.len()) <= allowed;
        if !is_comparable && !is_beginning {
            return None;
        }
        let slips = strsim::damerau_levenshtein(&wanted, &known);
        let rank = (slips, strange(&wanted, &known), Reverse(is_beginning), place);
        (slips <= allowed || is_beginning).then_some((rank, candidate))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// How many letters were typed that a candidate does not have.
fn strange(wanted: &str, candidate: &str) -> usize {
    let mut left: Vec<char> = candidate.chars().collect();
    let is_strange = |letter: &char| match left.iter().position(|known| known == letter) {
        Some(at) => left.swap_remove(at) != *letter,
        None => true,
    };
    wanted.chars().filter(is_strange).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_is_understood_and_a_guess_is_not_made() {
        let names = ["changelog", "release", "test"];
        assert_eq!(closest("chanelog", names), Some("changelog"));
        assert_eq!(closest("relaese", names), Some("release"));
        assert_eq!(closest("Release", names), Some("release"));
        assert_eq!(closest("deploy", names), None);
        assert_eq!(closest("", names), None);
        assert_eq!(closest(&"x".repeat(100), [&*"x".repeat(100)]), None);
    }

    #[test]
    fn of_two_that_one_slip_leads_to_the_one_with_all_the_letters_is_meant() {
        for slip in ["stauts", "staus"] {
            assert_eq!(closest(slip, ["stats", "status"]), Some("status"), "{slip}");
        }
    }

    #[test]
    fn the_beginning_of_a_word_is_taken_for_it_where_nothing_is_nearer() {
        assert_eq!(closest("hist", ["init", "history"]), Some("history"));
        assert_eq!(closest("history-of-all", ["init", "history"]), Some("history"));
        assert_eq!(closest("hi", ["history"]), None);
        assert_eq!(closest("tes", ["testimony", "test"]), Some("test"));
    }
}
