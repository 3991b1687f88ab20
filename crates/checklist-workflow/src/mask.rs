//! `Masker`: secret values are replaced wherever they would be seen or stored, also when they arrive in pieces.

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Of a secret of several lines, each line of at least this many bytes is one too: tools print lines one by one.
const LINE_BYTES_MIN: usize = 8;

/// A beginning of a secret that the end of the output cuts off is masked from this length on.
const BEGINNING_BYTES_MIN: usize = 4;

/// The values that must not be seen, longest first.
///
/// ```
/// use checklist_workflow::mask::{MASK, Masker};
///
/// let masker = Masker::new(["hunter2-and-more"]);
/// assert!(!masker.is_empty() && masker.finds("with hunter2-and-more"));
/// assert_eq!(masker.mask("with hunter2-and-more"), format!("with {MASK}"));
/// ```
#[derive(Clone, Default)]
pub struct Masker {
    values: Vec<Vec<u8>>,
}

impl Masker {
    /// A masker of these values; empty ones are none.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Masker {
        let lines = |value: &'a str| value.lines().filter(|line| line.len() >= LINE_BYTES_MIN);
        let all = values.into_iter().flat_map(|value| lines(value).chain([value]));
        let mut values: Vec<Vec<u8>> = all.filter(|value| !value.is_empty()).map(Into::into).collect();
        values.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        values.dedup();
        Masker { values }
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether a text holds one of the values.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        let text = text.as_bytes();
        self.values.iter().any(|value| text.windows(value.len()).any(|window| window == value))
    }

    /// A text without the values.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        if !self.finds(text) {
            return text.to_owned();
        }
        let mut masked = Vec::with_capacity(text.len());
        let rest = self.pass(text.as_bytes(), &mut masked);
        masked.extend_from_slice(&text.as_bytes()[rest..]);
        String::from_utf8_lossy(&masked).into_owned()
    }

    /// Puts out what is certain of `bytes`, masked; says where the rest begins, which may be the beginning of
    /// a value.
    fn pass(&self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if self.values.iter().any(|value| value.len() > rest.len() && value.starts_with(rest)) {
                return at;
            }
            match self.values.iter().find(|value| rest.starts_with(value)) {
                Some(value) => {
                    out.extend_from_slice(MASK.as_bytes());
                    at += value.len();
                }
                None => {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
        }
        at
    }
}

/// Says how many values there are, and nothing of them.
impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} values)", self.values.len())
    }
}

/// Output that arrives in pieces. What may be the beginning of a value is held back until more is known.
#[derive(Debug)]
pub(crate) struct Masking {
    masker: Masker,
    held: Vec<u8>,
}

impl Masking {
    pub(crate) fn new(masker: Masker) -> Masking {
        Masking { masker, held: Vec::new() }
    }

    /// What is certain after this piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let mut out = Vec::with_capacity(self.held.len());
        let rest = self.masker.pass(&self.held, &mut out);
        self.held.drain(..rest);
        out
    }

    /// The rest, when nothing more comes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        // What is held is the beginning of one value, and may hold others whole.
        while !self.held.is_empty() {
            if self.held.len() >= BEGINNING_BYTES_MIN {
                out.extend_from_slice(MASK.as_bytes());
                return out;
            }
            match self.masker.values.iter().find(|value| self.held.starts_with(value)) {
                Some(value) => {
                    out.extend_from_slice(MASK.as_bytes());
                    self.held.drain(..value.len());
                }
                None => out.push(self.held.remove(0)),
            }
            let rest = self.masker.pass(&self.held, &mut out);
            self.held.drain(..rest);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_pieces(masker: &Masker, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
        let mut masking = Masking::new(masker.clone());
        let (mut out, mut at) = (Vec::new(), 0);
        for cut in cuts.iter().map(|cut| (at + cut).min(bytes.len())).collect::<Vec<_>>() {
            out.extend(masking.push(&bytes[at.min(cut)..cut]));
            at = at.max(cut);
        }
        out.extend(masking.push(&bytes[at..]));
        out.extend(masking.finish());
        out
    }

    #[test]
    fn the_longest_value_is_masked_first() {
        let masker = Masker::new(["hunter2", "hunter2-and-more", "", "two\nlines-of-it"]);
        assert_eq!(masker.mask("a hunter2-and-more b hunter2 c"), "a *** b *** c");
        assert_eq!(masker.mask("lines-of-it, two"), "***, two");
        assert_eq!(masker.mask("hunter"), "hunter");
        assert!(Masker::new([""]).is_empty());
        assert!(!format!("{masker:?}").contains("hunter"));
    }

    #[test]
    fn the_beginning_of_a_value_is_not_left_at_the_end() {
        let masker = Masker::new(["hunter2"]);
        assert_eq!(in_pieces(&masker, b"x hunter", &[3]), b"x ***");
        assert_eq!(in_pieces(&masker, b"x hu", &[3]), b"x hu");
    }

    proptest! {
        #[test]
        fn no_value_passes_however_it_is_cut(
            words in prop::collection::vec("[ab]{1,6}|ab-[cd]{1,4}", 1..4),
            text in "[abcd -]{0,60}",
            cuts in prop::collection::vec(0_usize..7, 0..20),
        ) {
            let masker = Masker::new(words.iter().map(String::as_str));
            let out = in_pieces(&masker, text.as_bytes(), &cuts);
            let whole = in_pieces(&masker, text.as_bytes(), &[]);
            prop_assert_eq!(&out, &whole, "pieces make a difference");
            let shown = String::from_utf8(out).unwrap();
            prop_assert!(shown.split(MASK).all(|rest| !masker.finds(rest)), "{:?} shows a value", shown);
        }
    }
}
