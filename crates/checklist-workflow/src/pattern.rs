//! Patterns: regular expressions whose search takes time in proportion to the text, whatever they are.

use regex_lite::{Regex, RegexBuilder};

/// Bytes of memory a compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 256 * 1024;

/// A pattern ready to search with. `\d`, `\w` and `\s` mean ASCII, as in RE2 and JSON Schema; there are no
/// look-arounds and no back-references, which cannot be searched in linear time.
///
/// # Errors
/// Why it is none, in words.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(COMPILED_BYTES_MAX).build().map_err(|error| error.to_string())
}
