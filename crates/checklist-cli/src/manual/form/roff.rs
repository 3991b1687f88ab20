//! A page as troff with the man macros: what `man` shows.

use crate::manual::{Block, Page, Pair};

/// The page, with a name for the index of `man` and the manual it is a part of.
pub(crate) fn page(page: &Page, version: &str) -> String {
    let title = page.name.replace(' ', "-");
    let mut text = format!(
        ".\\\" Written by checklist man.\n.TH \"{}\" 1 \"\" \"checklist {version}\" \"Manual of checklist\"\n.nh\n.ad l\n",
        escaped(&title.to_uppercase())
    );
    text.push_str(&format!(".SH NAME\n{} \\- {}\n", escaped(&title), escaped(&page.about)));
    for section in &page.sections {
        text.push_str(&format!(".SH \"{}\"\n", escaped(&section.title.to_uppercase()).replace('"', "\\(dq")));
        for block in &section.blocks {
            text.push_str(&self::block(block));
        }
    }
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) => format!(".PP\n{}\n", line(text)),
        Block::Code(code) => {
            let lines: String = code.lines().map(|text| format!("{}\n", line(text))).collect();
            format!(".PP\n.RS 4\n.nf\n{lines}.fi\n.RE\n")
        }
        Block::Examples(pairs) => {
            let shown = |pair: &Pair| format!(".TP\n.B {}\n{}\n", argument(&pair.left), line(&pair.right));
            pairs.iter().map(shown).collect()
        }
        Block::Terms(pairs) => {
            let shown =
                |pair: &Pair| format!(".TP\n.B {}\n{}\n", argument(pair.left.trim()), line(&pair.right));
            pairs.iter().map(shown).collect()
        }
    }
}

/// Text in which nothing is a request or an escape; a hyphen can be copied as one.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq")
        .replace('^', "\\(ha")
        .replace('~', "\\(ti")
        .replace('`', "\\(ga")
}

/// A line that stays text wherever it stands, also where there is nothing to say.
fn line(text: &str) -> String {
    match text.chars().next() {
        None => "\\&".to_owned(),
        Some('.' | '\'' | ' ') => format!("\\&{}", escaped(text)),
        Some(_) => escaped(text),
    }
}

/// The one argument of a macro.
fn argument(text: &str) -> String {
    format!("\"{}\"", line(text).replace('"', "\\(dq"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_request() {
        assert_eq!(line(".checklist/ is 'here'"), "\\&.checklist/ is \\(aqhere\\(aq");
        assert_eq!(line("a\\b --json"), "a\\eb \\-\\-json");
        assert_eq!(argument("say \"a b\""), "\"say \\(dqa b\\(dq\"");
        assert_eq!(line(""), "\\&");
    }
}
