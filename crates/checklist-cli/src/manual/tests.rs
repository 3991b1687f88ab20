//! Tests: the manual is about every command, and every example in it is one that the program understands.

use super::*;
use crate::cli::Cli;
use crate::screen::layout::{Look, width};
use clap::{Command, Parser as _};
use std::collections::BTreeSet;

/// Every command that is shown, by its path.
fn paths(tree: &Command) -> Vec<Vec<String>> {
    let shown = tree.get_subcommands().filter(|command| !command.is_hide_set());
    let own = |command: &Command| vec![command.get_name().to_owned()];
    shown
        .flat_map(|command| {
            let below = paths(command).into_iter().map(|path| [own(command), path].concat());
            std::iter::once(own(command)).chain(below).collect::<Vec<_>>()
        })
        .collect()
}

/// Every page there is.
fn pages() -> Vec<Page> {
    let tree = tree();
    let of = |path: &Vec<String>| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        command(&tree, &path).expect("it is there")
    };
    let commands = paths(&tree).iter().map(of).collect::<Vec<_>>();
    let topics = TOPICS.iter().map(|known| topic(known.name).expect("it is there"));
    std::iter::once(overview(&tree)).chain(commands).chain(topics).collect()
}

#[test]
fn every_command_is_in_one_group_and_has_examples() {
    let tree = tree();
    for path in paths(&tree) {
        let groups = GROUPS.iter().filter(|group| group.commands.contains(&path[0].as_str())).count();
        assert_eq!(groups, 1, "{}: add it to a group in manual/groups.rs", path[0]);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = examples::examples_of(&path);
        assert!(!found.is_empty(), "{path:?}: add examples to manual/examples.rs");
        let name = command::name(&path);
        assert!(
            found.iter().any(|pair| pair.left.contains(&name)),
            "{path:?}: none of its examples is one of it"
        );
    }
    for name in GROUPS.iter().flat_map(|group| group.commands) {
        assert!(
            tree.find_subcommand(name).is_some_and(|command| !command.is_hide_set()),
            "{name} is no command"
        );
    }
    for (path, _) in examples::EXAMPLES {
        let known = path.split(' ').try_fold(&tree, |command, name| command.find_subcommand(name));
        assert!(known.is_some(), "{path} is no command");
    }
}

/// The `checklist` commands of a line of shell, as the words of each.
fn commands_in(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let (mut words, mut word, mut quote, mut is_word) = (Vec::new(), String::new(), None, false);
    for char in line.chars().chain([';']) {
        match (char, quote) {
            (char, Some(end)) if char == end => quote = None,
            (char, Some(_)) => word.push(char),
            ('"' | '\'', None) => (quote, is_word) = (Some(char), true),
            (' ' | ';' | '|' | '>' | '&' | ')' | '(' | '$' | '#', None) => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
                if char != ' ' {
                    found.push(std::mem::take(&mut words));
                }
            }
            (char, None) => {
                word.push(char);
                is_word = true;
            }
        }
    }
    let starts = |words: &Vec<String>| words.iter().position(|word| word == "checklist");
    found.into_iter().filter_map(|words| Some(words[starts(&words)?..].to_vec())).collect()
}

#[test]
fn every_example_is_understood() {
    let mut count = 0;
    for page in pages() {
        for block in page.sections.iter().flat_map(|section| &section.blocks) {
            let Block::Examples(examples) = block else { continue };
            for example in examples {
                // A command may stand in the quotes of another.
                let bare = example.left.replace("\"$(", "$(").replace(")\"", ")");
                for words in commands_in(&bare) {
                    count += 1;
                    if let Err(error) = Cli::try_parse_from(&words) {
                        panic!("{}: {}: {error}", page.name, example.left);
                    }
                }
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn examples_come_first_and_every_page_fits_a_narrow_screen() {
    let look = Look { width: 60, ..Look::SCREEN };
    for page in pages() {
        let first = &page.sections[0];
        assert!(matches!(first.blocks[0], Block::Examples(_) | Block::Code(_)), "{}", page.name);
        assert!(!page.about.ends_with('.') && !page.about.is_empty(), "{}", page.name);
        let codes: BTreeSet<String> = page
            .sections
            .iter()
            .flat_map(|section| &section.blocks)
            .flat_map(|block| match block {
                Block::Code(code) => code.lines().map(|line| format!("  {line}")).collect(),
                Block::Examples(pairs) => pairs.iter().map(|pair| format!("  {}", pair.left)).collect(),
                _ => Vec::new(),
            })
            .collect();
        for line in form::terminal::page(&page, look).lines() {
            assert!(width(line) <= 60 || codes.contains(line), "{}: {line}", page.name);
        }
    }
}

#[test]
fn a_page_is_the_same_in_every_form() {
    for page in pages() {
        let plain = form::plain::page(&page);
        assert!(plain.lines().all(|line| line.matches('\t').count() == 2), "{plain}");
        let object = form::object::page(&page);
        let sections = object["sections"].as_array().expect("sections");
        assert_eq!(sections.len(), page.sections.len());
        let roff = form::roff::page(&page, "1.0");
        for section in &page.sections {
            assert!(plain.contains(&format!("{}\t", section.title)));
            assert!(roff.contains(".SH "));
        }
    }
}

#[test]
fn commands_are_found_in_a_line_of_shell() {
    assert_eq!(commands_in("A=1 checklist a 'b c' | x"), [["checklist", "a", "b c"]]);
    assert_eq!(commands_in("eval $(checklist hook bash)"), [["checklist", "hook", "bash"]]);
    assert_eq!(commands_in("checklist run || echo $?"), [["checklist", "run"]]);
}
