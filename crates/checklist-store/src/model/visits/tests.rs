//! What a change costs, counted: it follows the change and not the document.

use super::of;
use crate::env::mem::World;
use crate::env::{Fs as _, Timestamp};
use crate::key::Key;
use crate::model::document::{Document, Node};
use crate::model::draft::Draft;
use crate::model::items::Items;
use crate::model::members::Builder;
use crate::model::text::Text;
use crate::model::yaml::{State, render};
use crate::protocol::options::Publish;
use crate::report::Lsn;
use crate::schema::Schema;
use crate::store::Store;
use serde_json::{Number, json};
use std::path::Path;

/// Sizes of documents, in keys, and how many levels the tree of each has.
const SIZES: [(usize, usize); 3] = [(100, 2), (10_000, 4), (1_000_000, 5)];

/// The most entries of a tree that one edit may look at or copy for each level of the tree: the node itself,
/// twice, since it is looked up before it is changed, and what the levels above `/items` add.
const ENTRIES_PER_LEVEL: usize = 40;

fn document(keys: usize) -> Document {
    let number = |number: usize| Node::Number(Number::from(number));
    let mut builder = Builder::default();
    (0..keys).for_each(|key| builder.push(Text::from(&*format!("{key:07}")), number(key)).unwrap());
    let list: Items = (0..keys).map(number).collect();
    let mut root = Builder::default();
    root.push(Text::from("items"), Node::Object(builder.finish())).unwrap();
    root.push(Text::from("list"), Node::Array(list)).unwrap();
    Document::from_members(root.finish(), keys * 30)
}

fn item(key: usize) -> Key<'static> {
    Key::from_static("/items").child(format!("{key:07}"))
}

#[test]
fn an_edit_and_its_rollback_cost_the_path_to_the_key() {
    for (keys, levels) in SIZES {
        let (base, kept) = (document(keys), document(keys));
        let bound = levels * ENTRIES_PER_LEVEL + 2 * ENTRIES_PER_LEVEL;
        let middle = keys / 2;
        type Edit<'a> = &'a dyn Fn(&mut Draft);
        let edits: [(&str, Edit<'_>); 7] = [
            ("write", &|draft| draft.write(&item(middle), "new").unwrap()),
            ("the same again", &|draft| draft.write(&item(middle), middle).unwrap()),
            ("add", &|draft| draft.write(&Key::from_static("/items/0000050x"), 1).unwrap()),
            ("delete", &|draft| assert!(draft.delete(&item(middle)).unwrap())),
            ("element", &|draft| draft.write(&Key::from_static("/list").child(middle), "new").unwrap()),
            ("append", &|draft| draft.write(&Key::from_static("/list").child(keys), 1).unwrap()),
            ("refused", &|draft| drop(draft.write(&item(middle).child("below"), 1).unwrap_err())),
        ];
        for (name, edit) in edits {
            let mut draft = Draft::new(base.clone(), Lsn(1));
            let (visits, ()) = of(|| edit(&mut draft));
            assert!(visits <= bound, "{name} at {keys} keys: {visits} entries, more than {bound}");
            let (visits, ()) = of(|| {
                let mut inner = draft.savepoint();
                edit_twice(&mut inner, middle + 1);
                inner.rollback();
            });
            assert!(visits <= 2 * bound, "savepoint at {keys} keys: {visits} entries");
            let (visits, ()) = of(|| drop(draft));
            assert_eq!(visits, 0, "a rollback only lets go");
        }
        assert!(base == kept, "no edit reached the committed document");
    }
}

#[test]
fn what_is_looked_at_is_counted() {
    let document = document(10_000);
    let (visits, node) = of(|| document.get(&item(1)).cloned());
    let expected = Some(Node::Number(Number::from(1)));
    assert_eq!((visits, node), (5, expected), "one of the root, one for each level below");
    let (visits, count) = of(|| match document.get(&Key::from_static("/list")) {
        Some(Node::Array(list)) => list.iter().count(),
        _ => 0,
    });
    assert_eq!((visits, count), (10_001, 10_000));
}

#[test]
fn two_versions_that_share_everything_are_compared_at_no_cost() {
    let document = document(10_000);
    let members = document.members().clone();
    let (visits, is_same) = of(|| document.members() == &members);
    assert_eq!((visits, is_same), (0, true));
    for name in ["items", "list"] {
        let node = document.members().get(name).unwrap();
        let other = node.clone();
        let (visits, is_same) = of(|| *node == other);
        assert_eq!((visits, is_same), (0, true), "{name}");
    }
}

fn edit_twice(draft: &mut Draft, key: usize) {
    draft.write(&item(key), "one").unwrap();
    draft.write(&item(key), json!({"other": [1]})).unwrap();
}

#[test]
fn a_commit_costs_the_path_to_the_key_apart_from_publishing() {
    for (keys, levels) in SIZES {
        let world = World::new(1);
        let root = Path::new("/project/.checklist");
        let publish = Publish::Deferred { wal_bytes: u64::MAX };
        let options = || Store::options().env(world.env()).publish(publish).deadline(None);
        world.fs.create_dir(Path::new("/project")).unwrap();
        drop(options().open(root).unwrap());
        let state = State {
            schema: Schema::FIRST,
            lsn: Lsn(7),
            modified: Timestamp::from_millis(5),
            recovery: None,
            document: document(keys),
        };
        world.fs.place(&root.join("state.yaml"), &render(&state).0).unwrap();
        let mut store = options().open(root).unwrap();
        // The first change copies the state for the history, once.
        store.transact(|draft| draft.write(&item(1), "first")).unwrap();
        let bound = 2 * levels * ENTRIES_PER_LEVEL + 2 * ENTRIES_PER_LEVEL;
        let (visits, ()) = of(|| {
            store.transact(|draft| draft.write(&item(keys / 2), "second")).unwrap();
            let snapshot = store.snapshot();
            assert_eq!(snapshot.read(&item(keys / 2)), Some(json!("second")));
        });
        assert!(visits <= bound, "{visits} entries at {keys} keys, more than {bound}");
        let kept = store.snapshot();
        let (visits, _) = of(|| store.transact(|draft| draft.delete(&item(keys / 2))).unwrap());
        assert!(visits <= bound, "{visits} entries at {keys} keys beside a snapshot, more than {bound}");
        assert_eq!(kept.read(&item(keys / 2)), Some(json!("second")));
    }
}
