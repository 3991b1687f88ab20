//! What `agents install` puts in, `agents uninstall` takes out, whatever is around it.

use super::*;

/// Texts of every shape that a file of somebody has at its end and in between.
fn texts() -> Vec<String> {
    let pieces = [
        "",
        "\n",
        "\n\n",
        "# Agents",
        "- one\n  two",
        "  ",
        "é \u{feff}",
        "x\r",
        "<!-- checklist: other -->",
    ];
    let mut texts = Vec::new();
    for first in pieces {
        for second in pieces {
            for third in ["", "\n", "end", "end\n", "\n\n\n"] {
                let text = format!("{first}\n{second}{third}");
                texts.extend([text.replace('\n', "\r\n"), text, format!("{first}{third}")]);
            }
        }
    }
    texts
}

#[test]
fn what_is_put_in_can_be_taken_out_again_byte_for_byte() {
    for text in texts() {
        let with = installed(Some(&text)).unwrap();
        assert!(with.starts_with(&text), "{text:?}: what was there stays where it was");
        assert_eq!(installed(Some(&with)).unwrap(), with, "{text:?}: a second time changes nothing");
        assert_eq!(uninstalled(&with).unwrap(), Without::Rest(text.clone()), "{text:?}");
        assert_eq!(uninstalled(&text).unwrap(), Without::Unchanged, "{text:?}");
    }
    let made = installed(None).unwrap();
    assert!(made.starts_with(BEGIN) && made.ends_with(&format!("{END}\n")), "{made}");
    assert_eq!(uninstalled(&made).unwrap(), Without::Nothing);
}

#[test]
fn an_older_block_is_brought_up_to_date_in_its_place_and_keeps_its_line_ends() {
    for eol in ["\n", "\r\n"] {
        for text in texts() {
            let around = text.replace("\r\n", "\n").replace('\n', eol);
            let old = format!("{around}{eol}{BEGIN}{eol}older{eol}and longer{eol}{END}{eol}{around}");
            let new = installed(Some(&old)).unwrap();
            let (before, after) = (format!("{around}{eol}"), format!("{eol}{around}"));
            let inner = new.strip_prefix(&before).and_then(|new| new.strip_suffix(&after));
            let inner = inner.unwrap_or_else(|| panic!("{old:?} became {new:?}"));
            assert_eq!(inner, block(eol), "{around:?}");
            assert_eq!(inner.matches('\n').count(), inner.matches(eol).count(), "one kind of line end");
        }
    }
}

#[test]
fn a_paragraph_that_was_written_behind_it_is_not_drawn_up_to_the_one_before() {
    let with = |after: &str| format!("before\n\n{BEGIN}\nx\n{END}\n{after}");
    let rest = |text: String| uninstalled(&text).unwrap();
    assert_eq!(rest(with("behind\n")), Without::Rest("before\n\nbehind\n".to_owned()));
    assert_eq!(rest(with("\nbehind\n")), Without::Rest("before\n\nbehind\n".to_owned()));
    assert_eq!(rest(format!("{BEGIN}\nx\n{END}\nbehind")), Without::Rest("behind".to_owned()));
    assert_eq!(rest(format!("\u{feff}{BEGIN}\nx\n{END}\n")), Without::Rest("\u{feff}".to_owned()));
}

#[test]
fn markers_that_do_not_make_one_block_are_named_with_their_place() {
    let place = |text: &str| {
        let damage = uninstalled(text).unwrap_err();
        assert_eq!(installed(Some(text)).unwrap_err(), damage, "both refuse it alike");
        (damage.line, damage.column, damage.message)
    };
    let cases = [
        (format!("a\n{BEGIN}\nb\n"), (2, 1, "does not end")),
        (format!("a\n  {END}\nb\n"), (2, 3, "did not begin")),
        (format!("{END}\n{BEGIN}\n"), (1, 1, "did not begin")),
        (format!("{BEGIN}\n{BEGIN}\n{END}\n"), (2, 1, "one began in line 1 already")),
        (format!("{BEGIN}\n{END}\n\n{BEGIN}\n{END}\n"), (4, 1, "the first is in line 1")),
        (format!("{BEGIN}\n{END}\n{BEGIN}\n"), (3, 1, "the first is in line 1")),
        (format!("{BEGIN}\n{END}\n{END}\n"), (3, 1, "did not begin")),
        (format!("é\r\né\r\n\t{BEGIN}\r\n"), (3, 2, "does not end")),
    ];
    for (text, (line, column, message)) in cases {
        let found = place(&text);
        assert_eq!((found.0, found.1), (line, column), "{text:?}");
        assert!(found.2.contains(message), "{text:?}: {}", found.2);
    }
    // One that is only spoken of is none.
    assert_eq!(uninstalled(&format!("between `{BEGIN}` and `{END}`\n")).unwrap(), Without::Unchanged);
}
