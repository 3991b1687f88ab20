//! The tree against a map of the standard library.

use super::*;
use proptest::prelude::*;
use serde_json::Number;
use std::collections::BTreeMap;

fn node(number: u64) -> Node {
    Node::Number(Number::from(number))
}

fn assert_same(members: &Members, model: &BTreeMap<String, u64>) {
    assert_eq!((members.len(), members.is_empty()), (model.len(), model.is_empty()));
    let found: Vec<_> = members.iter().map(|(name, node)| (name.as_str().to_owned(), node.clone())).collect();
    let expected: Vec<_> = model.iter().map(|(name, number)| (name.clone(), node(*number))).collect();
    assert_eq!(found, expected);
    if let Some(root) = &members.root {
        assert_balanced(root, None, None);
    }
}

/// Checks fill, bounds and order; returns the depth.
fn assert_balanced(tree: &Tree, from: Option<&Text>, to: Option<&Text>) -> usize {
    assert!((1..=FANOUT).contains(&tree.len()), "a node has {} entries", tree.len());
    match tree {
        Tree::Leaf(entries) => {
            assert!(entries.iter().all(|(name, _)| from.is_none_or(|from| from <= name)));
            assert!(entries.iter().all(|(name, _)| to.is_none_or(|to| name < to)));
            0
        }
        Tree::Branch(children) => {
            let depths: Vec<usize> = (0..children.len())
                .map(|at| {
                    let from = if at == 0 { from } else { Some(&children[at].bound) };
                    let to = children.get(at + 1).map_or(to, |next| Some(&next.bound));
                    assert_balanced(&children[at].tree, from, to)
                })
                .collect();
            assert!(depths.windows(2).all(|pair| pair[0] == pair[1]), "all leaves are at one depth");
            1 + depths[0]
        }
    }
}

fn built(model: &BTreeMap<String, u64>) -> Members {
    let mut builder = Builder::default();
    for (name, number) in model {
        builder.push(Text::from(&**name), node(*number)).unwrap();
    }
    builder.finish()
}

#[test]
fn building_and_inserting_and_removing_agree_across_every_depth() {
    for len in [0, 1, 15, 16, 17, 256, 257, 4096, 4097, 20_000] {
        let model: BTreeMap<String, u64> = (0..len)
            .map(|number: u64| (format!("{:08x}", number.wrapping_mul(0x9e37_79b9) as u32), number))
            .collect();
        let whole = built(&model);
        assert_same(&whole, &model);
        let mut members = Members::default();
        // In an order of their own, which the names are not in.
        let mut names: Vec<_> = model.iter().collect();
        names.sort_by_key(|(_, number)| **number);
        for (name, number) in &names {
            members.insert(name, node(**number));
        }
        assert_same(&members, &model);
        assert!(members == whole);
        let mut left = model.clone();
        for (count, (name, _)) in names.iter().enumerate() {
            members.remove(name);
            left.remove(*name);
            if count % 997 == 0 {
                assert_same(&members, &left);
            }
        }
        assert!(members == Members::default());
        assert!(len == 0 || whole != members, "another version is as it was");
    }
}

/// The leaves of a tree in order: how many members each holds, and has room for.
fn leaves(tree: &Tree) -> Vec<(usize, usize)> {
    match tree {
        Tree::Leaf(entries) => vec![(entries.len(), entries.capacity())],
        Tree::Branch(children) => children.iter().flat_map(|child| leaves(&child.tree)).collect(),
    }
}

fn fills(members: &Members) -> Vec<usize> {
    members.root.iter().flat_map(|root| leaves(root)).map(|(len, _)| len).collect()
}

/// The names of so many members, in order.
fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:04}")).collect()
}

fn of_names(names: &[String]) -> Members {
    built(&names.iter().zip(0..).map(|(name, number)| (name.clone(), number)).collect())
}

#[test]
fn what_only_grew_is_at_least_half_full_and_has_no_room_that_it_cannot_use() {
    fn check(tree: &Tree, is_root: bool) {
        assert!(is_root || tree.len() >= FANOUT / 2, "a node has {} entries", tree.len());
        if let Tree::Branch(children) = tree {
            children.iter().for_each(|child| check(&child.tree, false));
        }
    }
    let names = numbered(5_000);
    // One after the other, and in an order of their own: 1367 and 5000 have no common divisor.
    for step in [1, 1367] {
        let mut members = Members::default();
        for at in 0..names.len() {
            members.insert(&names[at * step % names.len()], Node::Null);
        }
        assert_eq!(members.len(), names.len());
        let root = members.root.as_ref().unwrap();
        check(root, true);
        assert!(leaves(root).iter().all(|(_, room)| *room <= FANOUT + 1), "{:?}", leaves(root));
    }
}

#[test]
fn a_full_leaf_that_was_built_takes_one_more() {
    let names = numbered(FANOUT + 1);
    for new in 0..names.len() {
        let mut model: BTreeMap<String, u64> = names.iter().cloned().zip(0..).collect();
        model.remove(&names[new]);
        let mut members = built(&model);
        assert_eq!(fills(&members), [FANOUT]);
        members.insert(&names[new], node(7));
        model.insert(names[new].clone(), 7);
        assert_same(&members, &model);
        assert_eq!(fills(&members), [FANOUT / 2, FANOUT / 2 + 1]);
    }
}

#[test]
fn a_leaf_with_too_few_is_joined_with_a_neighbour_if_both_fit_into_one() {
    let remove = |members: &mut Members, names: &[String]| names.iter().for_each(|name| members.remove(name));
    // With the next one, as soon as it has fewer than four.
    let names = numbered(FANOUT + 5);
    let mut members = of_names(&names);
    remove(&mut members, &names[4..FANOUT]);
    assert_eq!(fills(&members), [JOINED_BELOW, 5]);
    remove(&mut members, &names[..1]);
    assert_eq!(fills(&members), [JOINED_BELOW - 1 + 5]);
    // With the one before it, where there is no next one and both are just as many as fit.
    let names = numbered(FANOUT + 4);
    let mut members = of_names(&names);
    remove(&mut members, &names[..3]);
    assert_eq!(fills(&members), [FANOUT - 3, 4]);
    remove(&mut members, &names[FANOUT..=FANOUT]);
    assert_eq!(fills(&members), [FANOUT]);
    // Not where one more would be too many.
    let names = numbered(FANOUT + 4);
    let mut members = of_names(&names);
    remove(&mut members, &names[..2]);
    remove(&mut members, &names[FANOUT..=FANOUT]);
    assert_eq!(fills(&members), [FANOUT - 2, 3]);
    remove(&mut members, &names[FANOUT + 1..FANOUT + 2]);
    assert_eq!(fills(&members), [FANOUT], "this many fit");
}

#[test]
fn members_are_equal_if_all_names_and_values_are() {
    let of = |entries: &[(&str, u64)]| {
        built(&entries.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect())
    };
    assert!(of(&[("a", 1), ("b", 2)]) == of(&[("a", 1), ("b", 2)]));
    for other in [&[][..], &[("a", 1)], &[("a", 1), ("b", 3)], &[("a", 1), ("c", 2)]] {
        assert!(of(&[("a", 1), ("b", 2)]) != of(other), "{other:?}");
    }
}

#[test]
fn names_out_of_order_are_refused() {
    for names in [["b", "a"], ["a", "a"]] {
        let mut builder = Builder::default();
        builder.push(Text::from(names[0]), Node::Null).unwrap();
        assert_eq!(builder.push(Text::from(names[1]), Node::Null), None);
    }
    let mut builder = Builder::default();
    for number in 0..FANOUT {
        builder.push(Text::from(&*format!("{number:03}")), Node::Null).unwrap();
    }
    assert_eq!(builder.push(Text::from("000"), Node::Null), None, "across leaves too");
}

proptest! {
    #[test]
    fn edits_change_one_version_alone(
        start in prop::collection::btree_map("[a-c]{0,6}", any::<u64>(), 0..400),
        edits in prop::collection::vec((0_u8..3, "[a-d]{0,6}", any::<u64>()), 0..200),
    ) {
        let (mut members, mut model) = (built(&start), start.clone());
        let first = members.clone();
        for (kind, name, number) in edits {
            match kind {
                0 => { members.insert(&name, node(number)); model.insert(name, number); }
                1 => { members.remove(&name); model.remove(&name); }
                _ => {
                    let place = members.get_mut(&name);
                    prop_assert_eq!(place.is_some(), model.contains_key(&name));
                    if let (Some(place), Some(expected)) = (place, model.get_mut(&name)) {
                        *place = node(number);
                        *expected = number;
                    }
                }
            }
        }
        assert_same(&members, &model);
        assert_same(&first, &start);
    }
}
