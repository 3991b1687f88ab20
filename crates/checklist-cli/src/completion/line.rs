//! `Line`: a command line as bash gives it, up to the cursor, taken apart as bash would.

/// The words of a line that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The words behind the name of the program; the last one is being typed and may be empty.
    pub(crate) words: Vec<String>,
    /// The quote that the last word is in.
    pub(crate) quote: Option<char>,
}

impl Line {
    pub(crate) fn read(text: &str) -> Line {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match (char, quote) {
                (char, Some(end)) if char == end => quote = None,
                ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
                (char, Some(_)) => word.get_or_insert_default().push(char),
                ('"' | '\'', None) => {
                    word.get_or_insert_default();
                    quote = Some(char);
                }
                (char, None) if char.is_whitespace() => words.extend(word.take()),
                (char, None) => word.get_or_insert_default().push(char),
            }
        }
        let is_setting = |word: &String| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_')
            })
        };
        words.push(word.unwrap_or_default());
        let program = words.iter().position(|word| !is_setting(word)).unwrap_or(words.len() - 1);
        let mut words = words.split_off((program + 1).min(words.len()));
        if words.is_empty() {
            words.push(String::new());
        }
        Line { words, quote }
    }

    /// How much of the last word stays, where bash replaces only what is behind a character that breaks words.
    pub(crate) fn kept(&self, breaks: &str) -> usize {
        let last = self.words.last().map(String::as_str).unwrap_or_default();
        match self.quote {
            Some(_) => 0,
            None => {
                let breaks = |char: char| {
                    !char.is_whitespace() && !matches!(char, '"' | '\'') && breaks.contains(char)
                };
                last.rfind(breaks).map_or(0, |at| at + 1)
            }
        }
    }
}

/// A word as bash takes it for one, when nothing is quoted around it.
pub(crate) fn escaped(word: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "-_./=:@+,%^".contains(char);
    word.chars().flat_map(|char| (!is_plain(char)).then_some('\\').into_iter().chain([char])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Line::read(text).words
    }

    #[test]
    fn a_line_is_taken_apart_as_bash_would() {
        assert_eq!(words("checklist do"), ["do"]);
        assert_eq!(words("checklist "), [""]);
        assert_eq!(words("checklist"), [""]);
        assert_eq!(
            words("A=1 B= ./bin/checklist skip  x --reason 'a b' \"c d"),
            ["skip", "x", "--reason", "a b", "c d"]
        );
        assert_eq!(words(r#"c rename a\ b "x\"y" "#), ["rename", "a b", "x\"y", ""]);
        assert_eq!(Line::read("c done 'a").quote, Some('\''));
    }

    #[test]
    fn bash_replaces_what_is_behind_a_break() {
        let kept = |text: &str| Line::read(text).kept(" \t\n\"'@><=;|&(:");
        assert_eq!((kept("c run --step=te"), kept("c done te"), kept("c --actor agent:a")), (7, 0, 6));
        assert_eq!(escaped("1.4 for Ana's"), "1.4\\ for\\ Ana\\'s");
    }
}
