//! The first page: every command in its group, the topics, and the options that every command takes.

use super::command::options;
use super::{Block, GROUPS, PURPOSE, Page, Pair, Section, TOPICS, examples, section, text};
use clap::{Arg, Command};

/// The page that `checklist help` shows, of a tree that was built.
pub(crate) fn overview(tree: &Command) -> Page {
    let mut sections = vec![section(
        "Begin",
        vec![examples(&[
            ("checklist init hello", "a tutorial, two minutes"),
            ("checklist run RELEASE.md", "walk through a Markdown list as it stands"),
            ("checklist status", "where am I, and what is next"),
        ])],
    )];
    sections.extend(GROUPS.iter().map(|group| {
        let about = |name: &&str| Some(Pair::new(*name, about(tree.find_subcommand(name)?)));
        let commands = group.commands.iter().filter_map(about).collect();
        Section { title: group.title.to_owned(), blocks: vec![Block::Terms(commands)] }
    }));
    let topics = TOPICS.iter().map(|topic| Pair::new(topic.name, topic.about)).collect();
    sections.push(Section {
        title: "Topics, with checklist help TOPIC".to_owned(),
        blocks: vec![Block::Terms(topics)],
    });
    let everywhere = options(tree, Arg::is_global_set);
    sections.push(Section { title: "Everywhere".to_owned(), blocks: vec![Block::Terms(everywhere)] });
    sections.push(section(
        "More",
        vec![text(
            "Without a command: status on a terminal, and else this page. On one command, with examples: checklist \
             help COMMAND. Everything on one page: checklist help --all.",
        )],
    ));
    Page { name: "checklist".to_owned(), about: PURPOSE.trim_end_matches('.').to_owned(), sections }
}

/// What a command is for, in one line.
pub(crate) fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}
