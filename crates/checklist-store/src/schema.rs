//! `Schema`: the version of what a document holds.

use std::fmt;

/// The version of what a document holds: `schemaVersion` in `state.yaml`. A newer major version cannot be read
/// at all, a newer minor or patch version is read and not written, an older version is migrated.
///
/// ```
/// use checklist_store::Schema;
///
/// let next = Schema { major: 1, minor: 1, patch: 0 };
/// assert!(next > Schema::FIRST);
/// assert_eq!(next.to_string(), "1.1.0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schema {
    /// Changed where older programs could not make sense of the document.
    pub major: u32,
    /// Changed where older programs could read it, and would break it by writing.
    pub minor: u32,
    /// Changed for anything smaller.
    pub patch: u32,
}

impl Schema {
    /// What a store begins with unless its options say otherwise.
    pub const FIRST: Schema = Schema { major: 1, minor: 0, patch: 0 };

    /// Reads `1.0.0`; `None` if it is nothing like that.
    pub(crate) fn parse(text: &str) -> Option<Schema> {
        let mut parts = text.split('.').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<u32>().ok()).flatten()
        });
        let mut part = || parts.next().flatten();
        let schema = Schema { major: part()?, minor: part()?, patch: part()? };
        parts.next().is_none().then_some(schema)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Schema {
        Schema::parse(text).unwrap()
    }

    #[test]
    fn versions_have_three_numbers_and_an_order() {
        assert!(schema("1.2.10") > schema("1.2.9") && schema("2.0.0") > schema("1.99.99"));
        assert_eq!(schema("1.2.3").to_string(), "1.2.3");
        for bad in ["", "1", "1.0", "1.0.0.0", "1.0.x", "1..0", "+1.0.0", "1.0.99999999999"] {
            assert_eq!(Schema::parse(bad), None, "{bad}");
        }
    }
}
