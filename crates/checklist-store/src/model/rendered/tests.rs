//! What two versions share, what the next one costs, and that both read the same.

use super::*;
use crate::key::Key;
use crate::model::operation::Operation;
use crate::model::visits::of;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Steps with a field that is an object each, so that they and the steps stand as blocks.
fn document(steps: usize) -> Document {
    let step =
        |at: usize| (format!("s{at:04}"), json!({"state": "open", "more": {"at": at, "list": [1, [2]]}}));
    let line: serde_json::Map<String, Value> =
        (0..steps).map(|at| (format!("s{at:04}"), json!("on a line"))).collect();
    let steps: serde_json::Map<String, Value> = (0..steps).map(step).collect();
    Document::from_value(json!({"name": "release", "runs": {"one": {"line": line, "steps": steps}}}))
        .expect("an object")
}

fn write(document: &mut Document, key: &str, value: Value) {
    let key = Key::parse(key).expect("a key").into_owned();
    document.apply(&Operation::Write { key, value, previous: None }).expect("its parent is there");
}

fn lines(document: &Document, before: Option<Rendered>) -> Rendered {
    Rendered::between(b"---\n", document, b"...\n", before)
}

#[test]
fn what_two_versions_share_is_taken_over_and_nothing_else() {
    let mut next = document(1_000);
    let mut before = lines(&next, None);
    write(&mut next, "/runs/one/steps/s0500/state", json!("done"));
    let whole = lines(&next, None).bytes;
    // Whoever reads the old bytes shows what he read: one letter of each step is another one there.
    before.bytes.iter_mut().filter(|byte| **byte == b'o').for_each(|byte| *byte = b'0');
    let taken = lines(&next, Some(before)).bytes;
    assert_eq!(taken.len(), whole.len());
    let own = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'o').count();
    assert!((1..own(&whole) / 2).contains(&own(&taken)), "{} of {}", own(&taken), own(&whole));
}

#[test]
fn the_next_version_costs_the_path_to_what_changed() {
    for steps in [100, 10_000] {
        let mut next = document(steps);
        // The CRC of each piece is computed when a version is the next one for the first time.
        let mut before = lines(&next, Some(lines(&next, None)));
        // The last two are side by side, and below different branches.
        for places in [&[7][..], &[steps / 2], &[steps - 1], &[4_095 % steps, 4_096 % steps]] {
            for at in places {
                write(&mut next, &format!("/runs/one/line/s{at:04}"), json!("is another one"));
            }
            let (visits, taken) = of(|| lines(&next, Some(before)));
            assert!(visits < 800 * places.len(), "{visits} entries of {steps} on a line");
            before = taken;
        }
        for places in [&[5][..], &[steps / 2], &[steps - 1, 0], &[steps / 2, (steps / 2 + 256) % steps]] {
            for at in places {
                write(&mut next, &format!("/runs/one/steps/s{at:04}/state"), json!("done"));
            }
            let (visits, taken) = of(|| lines(&next, Some(before)));
            assert!(visits < 500 * places.len(), "{visits} entries of {steps} steps");
            before = taken;
        }
    }
}

#[test]
fn a_long_text_is_not_kept() {
    let text = |len: usize| json!({"text": "x".repeat(len)});
    let of = |len: usize| lines(&Document::from_value(text(len)).expect("an object"), None).kept();
    assert!(of(KEPT_BYTES_MAX - 100).is_some() && of(KEPT_BYTES_MAX).is_none());
}

proptest! {
    #[test]
    fn what_is_taken_over_is_what_would_be_written(
        steps in 1_usize..400,
        edits in prop::collection::vec((0_u8..5, 0_usize..500), 1..60),
    ) {
        let mut next = document(steps);
        let mut before = lines(&next, None);
        for (at, (kind, step)) in edits.into_iter().enumerate() {
            let key = format!("/runs/one/steps/s{step:04}");
            let found = next.get(&Key::parse(&key).expect("a key"));
            let (is_there, is_object) = (found.is_some(), matches!(found, Some(Node::Object(_))));
            match kind {
                0 if is_object => write(&mut next, &format!("{key}/state"), json!(at)),
                1 if is_there => {
                    let key = Key::parse(&key).expect("a key").into_owned();
                    next.apply(&Operation::Delete { key, previous: Value::Null }).expect("it is there");
                }
                0 => write(&mut next, &format!("/runs/one/line/s{step:04}"), json!({})),
                1 => write(&mut next, &format!("/runs/one/line/s{step:04}"), json!([at])),
                // From a block to a line of its own, and to none.
                2 => write(&mut next, &key, json!({"state": at})),
                3 => write(&mut next, &key, json!(at)),
                _ => write(&mut next, &key, json!({"more": {"even": {"more": [at]}}})),
            }
            if at % 3 == 0 {
                let taken = lines(&next, Some(before));
                let whole = lines(&next, None);
                prop_assert_eq!(&taken.bytes, &whole.bytes);
                prop_assert_eq!(taken.content, whole.content);
                before = taken;
            }
        }
    }
}
