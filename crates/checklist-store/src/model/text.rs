//! `Text`: a string of the document; a short one lies in place, a longer one is shared between versions.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// What lies in place: names, words such as `done`, and moments. As much as makes a node no larger.
const SHORT_BYTES: usize = 22;

/// An immutable string whose copy costs no allocation.
#[derive(Clone)]
pub(crate) enum Text {
    Short { len: u8, bytes: [u8; SHORT_BYTES] },
    Long(Arc<str>),
}

impl Text {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Text::Short { len, bytes } => &bytes[..usize::from(*len)],
            Text::Long(text) => text.as_bytes(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Text::Short { .. } => std::str::from_utf8(self.as_bytes()).expect("it was made from a string"),
            Text::Long(text) => text,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// How it stands to a name that is looked for.
    pub(super) fn against(&self, sought: Sought<'_>) -> Ordering {
        let head = match self {
            Text::Short { bytes, .. } => head(bytes),
            Text::Long(text) => head(text.as_bytes()),
        };
        // A lookup compares with a dozen names. All but the last one are another by their heads, which lie in place.
        head.cmp(&sought.head).then_with(|| self.as_bytes().cmp(sought.name.as_bytes()))
    }
}

/// A name that is looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    pub(super) name: &'a str,
    head: u128,
}

impl<'a> From<&'a str> for Sought<'a> {
    fn from(name: &'a str) -> Sought<'a> {
        Sought { name, head: head(name.as_bytes()) }
    }
}

/// The first bytes as a number, with zeros behind what is shorter: of two strings the smaller one has the smaller
/// number, or the same.
fn head(bytes: &[u8]) -> u128 {
    let mut head = [0; size_of::<u128>()];
    let len = bytes.len().min(head.len());
    head[..len].copy_from_slice(&bytes[..len]);
    u128::from_be_bytes(head)
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        let mut bytes = [0; SHORT_BYTES];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Text::Short { len, bytes }
            }
            _ => Text::Long(Arc::from(text)),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By bytes, which is by characters.
impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ones_are_the_strings_they_were_made_from() {
        let all: Vec<String> = (0..=64)
            .flat_map(|len| ["a".repeat(len), "\u{e9}".repeat(len), "z".repeat(len), "a".repeat(len) + "\0"])
            .collect();
        for one in &all {
            let text = Text::from(&**one);
            assert_eq!((text.as_str(), text.len()), (&**one, one.len()));
            assert_eq!(matches!(text, Text::Short { .. }), one.len() <= SHORT_BYTES);
            for other in &all {
                assert_eq!(text.cmp(&Text::from(&**other)), one.cmp(other));
                assert_eq!(text.against(Sought::from(&**other)), one.cmp(other));
            }
        }
    }
}
