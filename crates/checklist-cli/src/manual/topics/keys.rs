//! The topic `keys`: what the keys of the panel do, from the table that the panel itself shows.

use crate::manual::{Block, Pair, Section, examples, section, terms};
use crate::ui::keys;

pub(super) fn sections() -> Vec<Section> {
    let panel = keys::LINES.iter().map(|line| {
        let command = match line.command {
            "" => String::new(),
            command => format!(" (checklist {})", command.replace(", ", ", checklist ")),
        };
        Pair::new(line.keys, format!("{}{command}", line.what))
    });
    vec![
        section(
            "Examples",
            vec![examples(&[("checklist ui", "the run in a full-screen panel; ? shows its keys")])],
        ),
        Section { title: "In the panel".to_owned(), blocks: vec![Block::Terms(panel.collect())] },
        section(
            "In checklist run, at a question",
            vec![terms(&[
                ("d", "it is done: its checks run, or it is recorded as claimed"),
                ("s", "skip it, with a reason"),
                ("b", "open the step before again"),
                ("c", "copy the prompt for your agent, where there is one"),
                ("a, o", "in a list that is do-confirm: all of the section, or one by one"),
                ("?", "what the keys do"),
                ("q", "leave; your place is kept"),
            ])],
        ),
        section(
            "In checklist resume, about a command that was cut off",
            vec![terms(&[
                ("r", "run it again"),
                ("d", "it did work: recorded as claimed"),
                ("f", "it failed"),
                ("q", "decide later"),
            ])],
        ),
    ]
}
