//! Patterns: regular expressions whose search takes time in proportion to the text, whatever they are.

use regex_lite::{Regex, RegexBuilder};

/// Bytes of memory that a compiled pattern may take, divided by its groups that capture and the whole: a search
/// keeps for each state of the pattern where each of them began and ended.
const COMPILED_BYTES_MAX: usize = 128 * 1024;

/// A pattern ready to search with. `\d`, `\w` and `\s` mean ASCII, as in RE2 and JSON Schema; there are no
/// look-arounds and no back-references, which cannot be searched in linear time.
///
/// # Errors
/// Why it is none, in words.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let built = |bytes_max| RegexBuilder::new(pattern).size_limit(bytes_max).build();
    let regex = built(COMPILED_BYTES_MAX).map_err(|error| error.to_string())?;
    let captured = regex.captures_len();
    let too_many = |_| {
        let groups = captured - 1;
        format!("it is too large for its {groups} groups that capture; write (?:…) for what is only grouped")
    };
    built(COMPILED_BYTES_MAX / captured).map_err(too_many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_people_write_are_searched_with() {
        let dots = r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,5}$";
        assert!(compile(dots).unwrap().is_match("www.example.org"));
        let version = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$";
        assert!(compile(version).unwrap().is_match("1.4.0-rc.1+build"));
        let words: Vec<String> = (10..60).map(|number| format!("step-{number}")).collect();
        assert!(compile(&words.join("|")).unwrap().is_match("step-42"));
    }

    #[test]
    fn a_pattern_whose_search_would_take_too_much_memory_is_refused_with_the_way_out() {
        let many = "(a)|".repeat(200) + "b";
        let why = compile(&many).unwrap_err();
        assert!(why.contains("200 groups") && why.contains("(?:"), "{why}");
        assert!(compile(&many.replace('(', "(?:")).is_ok());
        assert!(compile("(?:a{100}){100}").is_err(), "it is larger than any may be");
    }
}
