//! `Typed`: what the words of a command line say so far, also where it is not finished or not right.

use clap::{Arg, Command};

/// What was typed, read by the tree of commands.
pub(crate) struct Typed<'t> {
    /// The commands that were named, from the program down.
    pub(crate) commands: Vec<&'t Command>,
    /// The option whose value the next word is.
    pub(crate) awaited: Option<&'t Arg>,
    /// The options that were given, each with its value as far as it has one.
    pub(crate) options: Vec<(&'t Arg, Option<String>)>,
    /// What was given to the last command besides options.
    pub(crate) positionals: Vec<String>,
    /// Whether `--` was typed: nothing behind it is an option.
    pub(crate) is_literal: bool,
}

impl<'t> Typed<'t> {
    /// Reads the words behind the name of the program. What is not known is passed over.
    pub(crate) fn read(tree: &'t Command, words: &[String]) -> Typed<'t> {
        let mut typed = Typed {
            commands: vec![tree],
            awaited: None,
            options: Vec::new(),
            positionals: Vec::new(),
            is_literal: false,
        };
        words.iter().for_each(|word| typed.take(word));
        typed
    }

    fn take(&mut self, word: &str) {
        if let Some(option) = self.awaited.take() {
            self.options.push((option, Some(word.to_owned())));
        } else if self.is_literal {
            self.positionals.push(word.to_owned());
        } else if word == "--" {
            self.is_literal = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            if let Some(option) = self.option(|option| option.get_long() == Some(name)) {
                self.give(option, value);
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            self.take_letters(letters);
        } else {
            self.take_positional(word);
        }
    }

    /// `-k`, `-ky`, `-n 5` and `-n5`.
    fn take_letters(&mut self, letters: &str) {
        for (at, letter) in letters.char_indices() {
            let Some(option) = self.option(|option| option.get_short() == Some(letter)) else { return };
            let rest = &letters[at + letter.len_utf8()..];
            if option.get_action().takes_values() {
                let rest = (!rest.is_empty()).then(|| rest.strip_prefix('=').unwrap_or(rest).to_owned());
                self.give(option, rest);
                return;
            }
            self.give(option, None);
        }
    }

    fn give(&mut self, option: &'t Arg, value: Option<String>) {
        match (option.get_action().takes_values(), &value) {
            (true, None) => self.awaited = Some(option),
            _ => self.options.push((option, value)),
        }
    }

    fn take_positional(&mut self, word: &str) {
        match self.command().find_subcommand(word).filter(|_| self.positionals.is_empty()) {
            Some(below) => self.commands.push(below),
            None => self.positionals.push(word.to_owned()),
        }
    }

    fn option(&self, is_meant: impl Fn(&Arg) -> bool) -> Option<&'t Arg> {
        self.command().get_arguments().find(|option| !option.is_positional() && is_meant(option))
    }

    /// The last command that was named.
    pub(crate) fn command(&self) -> &'t Command {
        self.commands.last().expect("the program itself is the first")
    }

    /// The names of the commands below the program.
    pub(crate) fn path(&self) -> Vec<&'t str> {
        self.commands[1..].iter().map(|command| command.get_name()).collect()
    }

    /// What the next word is, if it is no option: an argument of the last command.
    pub(crate) fn expected(&self) -> Option<&'t Arg> {
        let arguments: Vec<&Arg> = self.command().get_positionals().collect();
        let takes_more =
            |argument: &&Arg| argument.get_num_args().is_some_and(|range| range.max_values() > 1);
        let next = arguments.get(self.positionals.len()).copied();
        next.or_else(|| arguments.last().copied().filter(takes_more))
    }

    /// The value that was given last for an option, by its id.
    pub(crate) fn value(&self, id: &str) -> Option<&str> {
        let given = self.options.iter().rev().find(|(option, _)| option.get_id().as_str() == id)?;
        given.1.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manual;

    fn of<'t>(tree: &'t Command, line: &str) -> Typed<'t> {
        Typed::read(tree, &line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn values_of_options_are_no_commands() {
        let tree = manual::tree();
        let typed = of(&tree, "--run done -C status wal show --json");
        assert_eq!(typed.path(), ["wal", "show"]);
        assert_eq!((typed.value("run-id"), typed.value("directory")), (Some("done"), Some("status")));
        assert_eq!(of(&tree, "done status").positionals, ["status"]);
        assert_eq!(of(&tree, "-- done").path(), [""; 0]);
    }

    #[test]
    fn what_comes_next_is_known() {
        let tree = manual::tree();
        let next = |line: &str| of(&tree, line).expected().map(|argument| argument.get_id().to_string());
        assert_eq!((next("done"), next("done a")), (Some("step".to_owned()), None));
        assert_eq!(next("verify a b"), Some("steps".to_owned()));
        assert_eq!(next("status"), None);
        let awaited = |line: &str| of(&tree, line).awaited.map(|option| option.get_id().to_string());
        assert_eq!(awaited("done --claim"), Some("claim".to_owned()));
        assert_eq!(awaited("history -n"), Some("limit".to_owned()));
        assert_eq!(
            (awaited("done --claim=x"), awaited("run -ky"), awaited("history -n5")),
            (None, None, None)
        );
    }
}
