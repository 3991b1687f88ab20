//! Command-line words of a chore: `--name value` pairs and bare switches.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Parsed words; a chore takes what it knows and then calls [`Arguments::only`].
#[derive(Debug)]
pub(crate) struct Arguments(BTreeMap<String, Option<String>>);

impl Arguments {
    /// Reads `--name value` and `--name`; any other word is an error.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let mut found = BTreeMap::new();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or(format!("unexpected word: {word}"))?;
            let value = words.next_if(|next| !next.starts_with("--"));
            found.insert(name.to_owned(), value);
        }
        Ok(Arguments(found))
    }

    /// The value of `--name`, or `default` where it is not given.
    pub(crate) fn value<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        match self.0.get(name) {
            None => Ok(default),
            Some(None) => Err(format!("--{name} needs a value")),
            Some(Some(value)) => value.parse().map_err(|_| format!("--{name} does not take {value:?}")),
        }
    }

    /// Whether `--name` is given.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Refuses every name that is not in `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!("unknown option --{name}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn values_switches_and_defaults() {
        let arguments = parse("--count 7 --release").expect("both are well formed");
        assert_eq!(arguments.value("count", 1_u32), Ok(7));
        assert_eq!(arguments.value("seconds", 9_u32), Ok(9));
        assert!(arguments.switch("release"));
        assert_eq!(arguments.only(&["count"]), Err("unknown option --release".to_owned()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parse("count 7").is_err());
        assert!(parse("--count many").and_then(|arguments| arguments.value("count", 1_u32)).is_err());
        assert!(parse("--count").and_then(|arguments| arguments.value("count", 1_u32)).is_err());
    }
}
