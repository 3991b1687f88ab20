//! `Items`: the elements of an array, in a trie over their indices whose nodes are shared between versions.
//!
//! All leaves but the last are full, so that the digits of an index lead to its leaf (Bagwell and Rompf,
//! "RRB-Trees", 2011, without the relaxation: an array grows and shrinks at its end alone).

use super::document::Node;
use super::visits;
use std::fmt;
use std::sync::Arc;

/// How many elements a leaf has and how many children a branch, as a power of two.
const DIGIT_BITS: u32 = 5;
const FANOUT: usize = 1 << DIGIT_BITS;

/// A sequence of nodes. Cloning is constant time.
#[derive(Clone, Default)]
pub(crate) struct Items {
    /// Absent where there are none.
    root: Option<Arc<Trie>>,
    len: usize,
}

enum Trie {
    Leaf(Vec<Node>),
    Branch(Vec<Arc<Trie>>),
}

impl Clone for Trie {
    fn clone(&self) -> Trie {
        match self {
            Trie::Leaf(items) => {
                visits::count(items.len());
                Trie::Leaf(items.clone())
            }
            Trie::Branch(children) => {
                visits::count(children.len());
                Trie::Branch(children.clone())
            }
        }
    }
}

/// How many branches stand above the leaves of so many elements.
fn height(len: usize) -> u32 {
    let mut height = 0;
    while len.saturating_sub(1) >> (DIGIT_BITS * (height + 1)) > 0 {
        height += 1;
    }
    height
}

/// The digit of an index that chooses at so many levels above the leaves.
fn digit(index: usize, level: u32) -> usize {
    index >> (DIGIT_BITS * level) & (FANOUT - 1)
}

impl Items {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Node> {
        let mut trie = self.root.as_ref().filter(|_| index < self.len)?;
        let mut level = height(self.len);
        loop {
            visits::count(1);
            match &**trie {
                Trie::Leaf(items) => return items.get(digit(index, 0)),
                Trie::Branch(children) => trie = children.get(digit(index, level))?,
            }
            level -= 1;
        }
    }

    /// The element at an index, to be changed.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Node> {
        let mut level = height(self.len);
        let mut trie = Arc::make_mut(self.root.as_mut().filter(|_| index < self.len)?);
        loop {
            match trie {
                Trie::Leaf(items) => return items.get_mut(digit(index, 0)),
                Trie::Branch(children) => trie = Arc::make_mut(children.get_mut(digit(index, level))?),
            }
            level -= 1;
        }
    }

    pub(crate) fn push(&mut self, node: Node) {
        let (index, level) = (self.len, height(self.len + 1));
        self.len += 1;
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Trie::Leaf(vec![node])));
            return;
        };
        if level > height(index) {
            *root = Arc::new(Trie::Branch(vec![Arc::clone(root)]));
        }
        Arc::make_mut(root).push(index, level, node);
    }

    /// Removes the last element, if there is one.
    pub(crate) fn pop(&mut self) {
        let Some(last) = self.len.checked_sub(1) else { return };
        let level = height(self.len);
        self.len = last;
        let Some(root) = &mut self.root else { return };
        Arc::make_mut(root).pop(last, level);
        if let Trie::Branch(children) = &**root
            && let [only] = &children[..]
        {
            *root = Arc::clone(only);
        }
        if last == 0 {
            self.root = None;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Node> {
        let leaves = (0..self.len).step_by(FANOUT).map(|start| self.leaf(start));
        leaves.flatten()
    }

    /// The elements of the leaf that begins at an index.
    fn leaf(&self, start: usize) -> &[Node] {
        let Some(mut trie) = self.root.as_ref() else { return &[] };
        let mut level = height(self.len);
        while let Trie::Branch(children) = &**trie {
            trie = &children[digit(start, level)];
            level -= 1;
        }
        match &**trie {
            Trie::Leaf(items) => {
                visits::count(items.len());
                items
            }
            Trie::Branch(_) => &[],
        }
    }
}

impl Trie {
    /// Puts a node behind the last one, at `index`.
    fn push(&mut self, index: usize, level: u32, node: Node) {
        match self {
            Trie::Leaf(items) => items.push(node),
            Trie::Branch(children) => match children.get_mut(digit(index, level)) {
                Some(child) => Arc::make_mut(child).push(index, level - 1, node),
                None => {
                    let leaf = Arc::new(Trie::Leaf(vec![node]));
                    children.push((1..level).fold(leaf, |below, _| Arc::new(Trie::Branch(vec![below]))));
                }
            },
        }
    }

    /// Removes the last node, which is at `index`.
    fn pop(&mut self, index: usize, level: u32) {
        match self {
            Trie::Leaf(items) => drop(items.pop()),
            Trie::Branch(children) => {
                // The first of a child is the last that is left of it.
                if index.trailing_zeros() >= DIGIT_BITS * level {
                    children.pop();
                } else if let Some(child) = children.last_mut() {
                    Arc::make_mut(child).pop(index, level - 1);
                }
            }
        }
    }
}

impl FromIterator<Node> for Items {
    fn from_iter<T: IntoIterator<Item = Node>>(nodes: T) -> Items {
        let (mut leaves, mut leaf, mut len) = (Vec::new(), Vec::new(), 0);
        for node in nodes {
            if leaf.len() == FANOUT {
                leaves.push(Arc::new(Trie::Leaf(std::mem::replace(&mut leaf, Vec::with_capacity(FANOUT)))));
            }
            leaf.push(node);
            len += 1;
        }
        if !leaf.is_empty() {
            leaf.shrink_to_fit();
            leaves.push(Arc::new(Trie::Leaf(leaf)));
        }
        while leaves.len() > 1 {
            leaves =
                leaves.chunks(FANOUT).map(|children| Arc::new(Trie::Branch(children.to_vec()))).collect();
        }
        Items { root: leaves.pop(), len }
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Items {
    fn eq(&self, other: &Items) -> bool {
        let is_shared = match (&self.root, &other.root) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_shared || self.len == other.len && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Number;

    fn node(number: usize) -> Node {
        Node::Number(Number::from(number))
    }

    fn assert_same(items: &Items, model: &[usize]) {
        assert_eq!((items.len(), items.is_empty()), (model.len(), model.is_empty()));
        assert!(items.iter().eq(&model.iter().map(|number| node(*number)).collect::<Vec<_>>()));
        assert_eq!(items.get(model.len()), None);
        assert_eq!(
            items.get(model.len() / 2),
            model.get(model.len() / 2).map(|number| node(*number)).as_ref()
        );
    }

    #[test]
    fn growing_shrinking_and_building_agree_across_every_height() {
        for len in [0, 1, 31, 32, 33, 1023, 1024, 1025, 32 * 1024, 32 * 1024 + 1] {
            let model: Vec<usize> = (0..len).collect();
            let built: Items = (0..len).map(node).collect();
            assert_same(&built, &model);
            let mut grown = Items::default();
            assert_eq!(grown.get_mut(0), None);
            (0..len).for_each(|number| grown.push(node(number)));
            assert!(grown == built, "{len}");
            assert!((0..len).all(|index| grown.get(index) == Some(&node(index))));
            assert!((len..len + 2).all(|index| grown.get_mut(index).is_none()), "{len}");
            for left in (0..len).rev() {
                grown.pop();
                assert_eq!(grown.len(), left);
            }
            assert!(grown == Items::default());
        }
    }

    #[test]
    fn sequences_are_equal_if_all_their_elements_are() {
        let items = |model: &[usize]| model.iter().map(|number| node(*number)).collect::<Items>();
        assert!(items(&[1, 2]) == items(&[1, 2]));
        for other in [&[][..], &[1], &[1, 3], &[3, 2], &[1, 2, 3]] {
            assert!(items(&[1, 2]) != items(other), "{other:?}");
            assert!(items(other) != items(&[1, 2]), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn edits_change_one_version_alone(
            start in 0_usize..1100,
            edits in prop::collection::vec((0_u8..4, 0_usize..1200), 0..100),
        ) {
            let mut model: Vec<usize> = (0..start).collect();
            let mut items: Items = (0..start).map(node).collect();
            let (first, first_model) = (items.clone(), model.clone());
            for (kind, index) in edits {
                match kind {
                    0 | 1 => { items.push(node(index)); model.push(index); }
                    2 => { items.pop(); model.pop(); }
                    _ => {
                        let place = items.get_mut(index);
                        prop_assert_eq!(place.is_some(), index < model.len());
                        if let (Some(place), Some(expected)) = (place, model.get_mut(index)) {
                            *place = node(index + 7);
                            *expected = index + 7;
                        }
                    }
                }
            }
            assert_same(&items, &model);
            assert_same(&first, &first_model);
        }
    }
}
