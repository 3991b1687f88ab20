//! `Key`: the address of one value in the state document, an RFC 6901 JSON Pointer.

use crate::error::{Error, ErrorKind, Result};
use std::borrow::Cow;
use std::fmt;

/// The longest key a transaction accepts, in bytes.
pub const KEY_BYTES_MAX: usize = 1024;

/// The deepest key, and the deepest value, a transaction accepts.
pub const DEPTH_MAX: usize = 48;

/// The address of one value in the state document: a JSON Pointer (RFC 6901), such as
/// `/instances/01JD/steps/build/status`. `~` is written `~0` and `/` is written `~1` inside a token.
/// The empty key addresses the whole document.
///
/// ```
/// use checklist_store::Key;
/// const BUILD: Key = Key::from_static("/steps/build");
/// assert_eq!(BUILD.child("a/b").as_str(), "/steps/build/a~1b");
/// ```
///
/// A malformed literal is a compile error:
/// ```compile_fail
/// const BROKEN: checklist_store::Key = checklist_store::Key::from_static("steps");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a>(Cow<'a, str>);

/// What is wrong with a pointer, found without allocating so that it works in constants.
#[derive(Clone, Copy)]
enum Flaw {
    None,
    NoSlash,
    BadEscape,
}

const fn flaw(pointer: &str) -> Flaw {
    let bytes = pointer.as_bytes();
    if bytes.is_empty() {
        return Flaw::None;
    }
    if bytes[0] != b'/' {
        return Flaw::NoSlash;
    }
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'~' && (at + 1 == bytes.len() || (bytes[at + 1] != b'0' && bytes[at + 1] != b'1')) {
            return Flaw::BadEscape;
        }
        at += 1;
    }
    Flaw::None
}

impl Key<'static> {
    /// The whole document.
    pub const ROOT: Key<'static> = Key(Cow::Borrowed(""));

    /// A key written in the program.
    ///
    /// # Panics
    /// If the pointer is malformed; in a constant that is a compile error.
    #[must_use]
    pub const fn from_static(pointer: &'static str) -> Key<'static> {
        match flaw(pointer) {
            Flaw::None => Key(Cow::Borrowed(pointer)),
            Flaw::NoSlash => panic!("a key is empty or begins with `/`"),
            Flaw::BadEscape => panic!("`~` in a key is followed by 0 or 1"),
        }
    }
}

impl<'a> Key<'a> {
    /// Reads a key.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`] if it is not a JSON Pointer, or longer or deeper than the limits.
    pub fn parse(pointer: &'a str) -> Result<Key<'a>> {
        let reason = match flaw(pointer) {
            Flaw::None => return Key(Cow::Borrowed(pointer)).within_limits(),
            Flaw::NoSlash => "a key is empty or begins with `/`",
            Flaw::BadEscape => "`~` in a key is followed by 0 or 1",
        };
        Err(Error::new(ErrorKind::InvalidKey, format!("invalid key `{}`: {reason}", shortened(pointer))))
    }

    /// A key again that [`Key::parse`] took before.
    pub(crate) fn parsed_before(pointer: Cow<'a, str>) -> Key<'a> {
        debug_assert!(Key::parse(&pointer).is_ok(), "a key was looked at when it was cut out");
        Key(pointer)
    }

    pub(crate) fn within_limits(self) -> Result<Key<'a>> {
        let reason = if self.0.len() > KEY_BYTES_MAX {
            format!("it has {} bytes, the limit is {KEY_BYTES_MAX}", self.0.len())
        } else if self.depth() > DEPTH_MAX {
            format!("it is {} levels deep, the limit is {DEPTH_MAX}", self.depth())
        } else {
            return Ok(self);
        };
        Err(Error::new(ErrorKind::InvalidKey, format!("invalid key `{}`: {reason}", shortened(&self.0))))
    }

    /// The key of a member or element below this one; `token` is escaped as needed.
    #[must_use]
    pub fn child(&self, token: impl fmt::Display) -> Key<'static> {
        let mut path = format!("{}/{token}", self.0);
        let start = self.0.len() + 1;
        if path[start..].contains(['~', '/']) {
            let escaped = path[start..].replace('~', "~0").replace('/', "~1");
            path.replace_range(start.., &escaped);
        }
        Key(Cow::Owned(path))
    }

    /// The keys above this one and below the whole document, from the root down.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Key<'_>> {
        self.0.match_indices('/').skip(1).map(|(at, _)| Key(Cow::Borrowed(&self.0[..at])))
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same key, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Key<'static> {
        Key(Cow::Owned(self.0.into_owned()))
    }

    /// How many tokens it has; zero for the whole document.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.bytes().filter(|byte| *byte == b'/').count()
    }

    /// The key above it and its own last token, unescaped; `None` for the whole document.
    pub(crate) fn split_last(&self) -> Option<(Key<'_>, Cow<'_, str>)> {
        let (above, last) = self.0.rsplit_once('/')?;
        Some((Key(Cow::Borrowed(above)), unescaped(last)))
    }

    /// The tokens from the root down, unescaped.
    ///
    /// ```
    /// use checklist_store::Key;
    ///
    /// let key = Key::parse("/files/a~1b")?.into_owned();
    /// assert_eq!((key.depth(), key.as_str()), (2, "/files/a~1b"));
    /// assert_eq!(key.tokens().collect::<Vec<_>>(), ["files", "a/b"]);
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescaped)
    }
}

fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 80 {
        text.to_owned()
    } else {
        text.chars().take(77).chain("...".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_both_ways() {
        let key = Key::ROOT.child("a/b~c").child("~1");
        assert_eq!(key.as_str(), "/a~1b~0c/~01");
        assert_eq!(key.tokens().collect::<Vec<_>>(), ["a/b~c", "~1"]);
        assert_eq!(Key::parse(key.as_str()).unwrap(), key);
        let below = key.child("c");
        assert_eq!(below.parents().map(Key::into_owned).collect::<Vec<_>>(), [Key::ROOT.child("a/b~c"), key]);
        assert_eq!(Key::ROOT.child("a").parents().count() + Key::ROOT.parents().count(), 0);
    }

    #[test]
    fn malformed_and_oversized_keys_are_refused() {
        for pointer in ["a", "a/b", "/a~", "/a~2b", "~0"] {
            assert_eq!(Key::parse(pointer).unwrap_err().kind(), ErrorKind::InvalidKey, "{pointer}");
        }
        assert!(Key::parse(&"/a".repeat(DEPTH_MAX)).is_ok());
        assert!(Key::parse(&"/a".repeat(DEPTH_MAX + 1)).is_err());
        assert!(Key::parse(&format!("/{}", "a".repeat(KEY_BYTES_MAX))).is_err());
    }

    #[test]
    fn the_empty_key_is_the_document_and_a_slash_is_an_empty_token() {
        assert_eq!(Key::parse("").unwrap().depth(), 0);
        assert_eq!(Key::parse("/").unwrap().tokens().collect::<Vec<_>>(), [""]);
    }
}
