//! The topic `exit-codes`: the published table.

use crate::exit::Exit;
use crate::manual::{Block, Pair, Section, examples, section, text};

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("checklist run || echo \"code $?\"", "what stopped it, as a number"),
                ("checklist status --exit-code", "10 where a person is needed, and else 0"),
                ("checklist help exit-codes --json", "this table, for programs"),
            ])],
        ),
        Section { title: "Codes".to_owned(), blocks: vec![Block::Terms(rows())] },
        section(
            "Rules",
            vec![text(
                "These numbers are never changed. An error in JSON carries the word as `code` and the number as `exit`. \
                 Whatever the code, the message says whether a change is saved, not saved, or in doubt.",
            )],
        ),
    ]
}

/// Code and word, and what each means and asks for.
pub(crate) fn rows() -> Vec<Pair> {
    let pair = |exit: &Exit| {
        let row = exit.row();
        Pair::new(format!("{:>3}  {}", row.code, row.name), format!("{}; {}", row.meaning, row.advice))
    };
    Exit::ALL.iter().map(pair).collect()
}
