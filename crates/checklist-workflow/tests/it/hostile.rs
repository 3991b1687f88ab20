//! Texts nobody would write, or only to do harm: answered, in bounded time, without a panic.

use checklist_workflow::diagnostic::KEPT_MAX;
use checklist_workflow::markdown::import;
use proptest::prelude::*;

use crate::reading::{parse, refused, with};

#[test]
fn a_flood_of_mistakes_is_counted_and_cut() {
    let keys: String = (0..50_000).map(|n| format!("conditio{n}: 1\n")).collect();
    let found = refused(&with(&keys));
    assert_eq!(found.error_count(), 50_001);
    assert_eq!(found.iter().len(), KEPT_MAX);
    assert!(found.render(false).ends_with("t.yaml: and 49901 more findings like these\n"));
}

#[test]
fn hostile_documents_are_refused() {
    for source in [
        format!("checklist: {}", "[".repeat(100_000)),
        format!("checklist: {}", "{a: ".repeat(100_000)),
        "- ".repeat(100_000),
        format!("checklist: 1\n{}", "&a ".repeat(10_000)),
        "a: &a [x]\nb: &b [*a,*a]\n".to_owned(),
        format!("checklist: 1\nid: {}\n", "x".repeat(1_000_000)),
        "checklist: 1\nid: \"\\0\"\ntitle: \u{7f}\n".to_owned(),
    ] {
        assert!(!refused(&source).render(false).is_empty());
    }
}

#[test]
fn hostile_lists_are_read_to_their_end() {
    // So much that a reader which goes back over it once for each line or mark would not end today.
    let size = 1 << 21;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let deep: String = (0..1_500).map(|n| format!("{}- [ ] {n}\n", "  ".repeat(n))).collect();
    let fences: String = (3..1_500).rev().map(|n| format!("{}\n", "`".repeat(n))).collect();
    let sources = [
        fill("[[LLM: \n"),
        fill("<!-- \n"),
        fill("]]\n"),
        fill("[["),
        fill("<!--"),
        fill("`<!--"),
        fill("](x"),
        fill("- "),
        fill("> "),
        fill("```\n~~~\n"),
        fill("- [ ] [a](\n"),
        fill("[[LLM: x]]\n"),
        fill("x\n---\n"),
        fill("# #\n"),
        deep,
        fences,
        fill("a\n"),
        fill("- a\n\n  b\n"),
        fill(" "),
        fill("*"),
        fill("- [ ] a `<!-- b\n"),
    ];
    for source in sources {
        match import("hostile.md", &source) {
            Ok(list) => assert_eq!(list.statuses.len(), list.template.steps.len()),
            Err(found) => {
                let text = found.to_string();
                assert!(!text.is_empty() && !text.contains("disagree"), "{text}");
            }
        }
    }
}

/// Lines as they occur in lists, and as nobody would write them.
fn line() -> impl Strategy<Value = String> {
    let indent = prop_oneof![Just(""), Just(" "), Just("  "), Just("    "), Just("\t"), Just("> ")];
    let start = prop_oneof![
        Just("- "),
        Just("* "),
        Just("+\t"),
        Just("1. "),
        Just("12) "),
        Just("# "),
        Just("## "),
        Just("-"),
        Just("- - "),
        Just("")
    ];
    let mark = prop_oneof![
        Just("[ ]"),
        Just("[x]"),
        Just("[X] "),
        Just("[-]"),
        Just("[~] "),
        Just("[/]"),
        Just("[N/A] "),
        Just("[x]("),
        Just("[]"),
        Just("[")
    ];
    let rest = prop_oneof![
        Just("text"),
        Just(" text"),
        Just("**Bold:**"),
        Just("<!--"),
        Just("-->"),
        Just("<!-- a -->"),
        Just("```"),
        Just("````"),
        Just("~~~"),
        Just("`"),
        Just("``` sh"),
        Just("```x`"),
        Just("[[LLM: a"),
        Just("]]"),
        Just("[[LLM: b]]"),
        Just("---"),
        Just("==="),
        Just(""),
        Just("<!-->"),
        Just("\u{feff}"),
        Just("\u{a0}"),
        Just("é")
    ];
    (indent, prop::option::of(start), prop::option::of(mark), prop::collection::vec(rest, 0..3)).prop_map(
        |(indent, start, mark, rest)| {
            format!("{indent}{}{}{}", start.unwrap_or(""), mark.unwrap_or(""), rest.concat())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_template_is_answered(text in "(checklist: 1\n)?(.|\n){0,200}") {
        if let Err(found) = parse(&text) {
            prop_assert!(found.has_errors());
            prop_assert!(!found.render(true).is_empty());
        }
    }

    /// A good template with a piece of it replaced is read or refused, and every finding lies inside it.
    #[test]
    fn a_damaged_template_is_answered(at in 0_usize..4_000, length in 0_usize..40, piece in "[-:{}\\[\\]#&*!|>'\"%@` \t\na-z$é]{0,6}") {
        let good = include_str!("../../../../examples/release.yaml");
        let start = at.min(good.len());
        let end = (start + length).min(good.len());
        let damaged = format!("{}{piece}{}", &good[..start], &good[end..]);
        let found = match parse(&damaged) {
            Ok(template) => template.notes,
            Err(found) => { prop_assert!(found.has_errors()); found }
        };
        for finding in &found {
            prop_assert!(damaged.get(finding.span.clone()).is_some());
        }
        prop_assert_eq!(found.render(false).is_empty(), found.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The two counters agree on every text, and nothing panics.
    #[test]
    fn any_list_is_answered(lines in prop::collection::vec(line(), 0..25), end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]) {
        let source = lines.join(end);
        match import("any.md", &source) {
            Ok(list) => {
                prop_assert_eq!(list.statuses.len(), list.template.steps.len());
                prop_assert!(list.from_list_items || list.boxes == list.template.steps.len());
                prop_assert!(!list.notes().has_errors());
                let mut ids = std::collections::HashSet::new();
                for step in &list.template.steps {
                    prop_assert!(checklist_workflow::text::is_id(&step.id), "{}", step.id);
                    prop_assert!(step.parent.as_ref().is_none_or(|parent| ids.contains(parent)), "parents come first");
                    prop_assert!(ids.insert(step.id.clone()), "{}", step.id);
                }
                prop_assert_eq!(&list, &import("any.md", &source).expect("it was fine before"));
            }
            Err(found) => {
                let text = found.to_string();
                prop_assert!(text.contains("there is no check box and no list"), "{}\n{:?}", text, source);
            }
        }
    }

    #[test]
    fn any_text_is_answered(source in "(.|\n){0,300}") {
        if let Err(found) = import("any.md", &source) {
            prop_assert!(!found.render(true).contains("disagree"));
        }
    }
}
