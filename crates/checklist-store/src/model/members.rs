//! `Members`: the members of an object, sorted by name, in a B-tree whose nodes are shared between versions.
//!
//! Members lie in the leaves, all at one depth; a branch knows a lower bound of the names below each child
//! (Comer, "The Ubiquitous B-Tree", 1979). A copy is a pointer; an edit copies the path to its leaf, and only
//! what another version still holds (Driscoll et al., "Making Data Structures Persistent", 1989).

use super::document::Node;
use super::text::{Sought, Text};
use super::visits;
use std::fmt;
use std::sync::Arc;

/// The most members of a leaf and children of a branch.
const FANOUT: usize = 16;

/// A node that an edit leaves with fewer is joined with a neighbour, if both fit into one.
const JOINED_BELOW: usize = FANOUT / 4;

/// A sorted map from names to nodes. Cloning is constant time.
#[derive(Clone, Default)]
pub(crate) struct Members {
    /// Absent where there are none.
    root: Option<Arc<Tree>>,
    len: usize,
}

enum Tree {
    Leaf(Vec<(Text, Node)>),
    Branch(Vec<Child>),
}

#[derive(Clone)]
struct Child {
    /// No name below it is smaller; it is not looked at in the first child of a branch.
    bound: Text,
    tree: Arc<Tree>,
}

impl Clone for Tree {
    fn clone(&self) -> Tree {
        visits::count(self.len());
        match self {
            Tree::Leaf(entries) => Tree::Leaf(entries.clone()),
            Tree::Branch(children) => Tree::Branch(children.clone()),
        }
    }
}

/// A part of the members: all below one node of the tree.
#[derive(Clone, Copy)]
pub(super) struct Part<'a>(&'a Arc<Tree>);

/// What a part is made of, in the order of the names.
pub(super) enum Inside<'a, P> {
    Parts(P),
    Members(&'a [(Text, Node)]),
}

impl<'a> Part<'a> {
    /// Where it lies: two versions that are both held and have a part at one address share it.
    pub(super) fn address(self) -> usize {
        Arc::as_ptr(self.0).addr()
    }

    pub(super) fn inside(self) -> Inside<'a, impl Iterator<Item = Part<'a>>> {
        visits::count(self.0.len());
        match &**self.0 {
            Tree::Branch(children) => Inside::Parts(children.iter().map(|child| Part(&child.tree))),
            Tree::Leaf(entries) => Inside::Members(entries),
        }
    }
}

impl Members {
    /// All of them as one part; `None` if there are none.
    pub(super) fn part(&self) -> Option<Part<'_>> {
        self.root.as_ref().map(Part)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        let mut tree = self.root.as_ref()?;
        let name = Sought::from(name);
        loop {
            visits::count(1);
            match &**tree {
                Tree::Branch(children) => tree = &children[child_of(children, name)].tree,
                Tree::Leaf(entries) => return place(entries, name).ok().map(|at| &entries[at].1),
            }
        }
    }

    /// The node of that name, to be changed. Nothing is copied where there is none.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.get(name)?;
        let mut tree = Arc::make_mut(self.root.as_mut()?);
        let name = Sought::from(name);
        loop {
            match tree {
                Tree::Branch(children) => {
                    let at = child_of(children, name);
                    tree = Arc::make_mut(&mut children[at].tree);
                }
                Tree::Leaf(entries) => {
                    return place(entries, name).ok().map(|at| &mut entries[at].1);
                }
            }
        }
    }

    pub(crate) fn insert(&mut self, name: &str, node: Node) {
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Tree::Leaf(vec![(Text::from(name), node)])));
            self.len = 1;
            return;
        };
        let before = self.len;
        let split = Arc::make_mut(root).insert(Sought::from(name), node, &mut self.len);
        debug_assert!(self.len - before <= 1);
        if let Some(right) = split {
            let left = Child { bound: right.bound.clone(), tree: Arc::clone(root) };
            *root = Arc::new(Tree::Branch(vec![left, right]));
        }
    }

    /// Removes the member of that name, if there is one.
    pub(crate) fn remove(&mut self, name: &str) {
        if self.get(name).is_none() {
            return;
        }
        self.len -= 1;
        let Some(root) = &mut self.root else { return };
        Arc::make_mut(root).remove(Sought::from(name));
        while let Tree::Branch(children) = &**root
            && let [only] = &children[..]
        {
            *root = Arc::clone(&only.tree);
        }
        if self.len == 0 {
            self.root = None;
        }
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        let mut iter = Iter { leaf: [].iter(), above: Vec::new() };
        if let Some(root) = &self.root {
            iter.descend(root);
        }
        iter
    }
}

/// Which child holds the name, if any does.
fn child_of(children: &[Child], name: Sought<'_>) -> usize {
    children.partition_point(|child| child.bound.against(name).is_le()).saturating_sub(1)
}

/// Where the name is in a leaf, or would be.
fn place(entries: &[(Text, Node)], name: Sought<'_>) -> Result<usize, usize> {
    entries.binary_search_by(|(found, _)| found.against(name))
}

/// The same for a name that is new: what is written one after the other mostly comes at the end.
fn place_of_new(entries: &[(Text, Node)], name: Sought<'_>) -> Result<usize, usize> {
    match entries.last() {
        Some((last, _)) if last.against(name).is_lt() => Err(entries.len()),
        _ => place(entries, name),
    }
}

/// Which child a new name belongs into.
fn child_of_new(children: &[Child], name: Sought<'_>) -> usize {
    match children.last() {
        Some(last) if last.bound.against(name).is_le() => children.len() - 1,
        _ => child_of(children, name),
    }
}

impl Tree {
    fn len(&self) -> usize {
        match self {
            Tree::Leaf(entries) => entries.len(),
            Tree::Branch(children) => children.len(),
        }
    }

    /// Puts a node under a name below; returns what has to stand to the right of this if it became too large.
    fn insert(&mut self, name: Sought<'_>, node: Node, len: &mut usize) -> Option<Child> {
        visits::count(1);
        match self {
            Tree::Leaf(entries) => match place_of_new(entries, name) {
                Ok(at) => entries[at].1 = node,
                Err(at) => {
                    if entries.len() == entries.capacity() {
                        let more = entries.len().max(4).min(FANOUT + 1 - entries.len());
                        entries.reserve_exact(more);
                    }
                    entries.insert(at, (Text::from(name.name), node));
                    *len += 1;
                }
            },
            Tree::Branch(children) => {
                let at = child_of_new(children, name);
                if let Some(right) = Arc::make_mut(&mut children[at].tree).insert(name, node, len) {
                    children.insert(at + 1, right);
                }
            }
        }
        if self.len() <= FANOUT {
            return None;
        }
        Some(match self {
            Tree::Leaf(entries) => {
                let right = entries.split_off(entries.len() / 2);
                Child { bound: right[0].0.clone(), tree: Arc::new(Tree::Leaf(right)) }
            }
            Tree::Branch(children) => {
                let right = children.split_off(children.len() / 2);
                Child { bound: right[0].bound.clone(), tree: Arc::new(Tree::Branch(right)) }
            }
        })
    }

    /// Removes a name that is there.
    fn remove(&mut self, name: Sought<'_>) {
        visits::count(1);
        match self {
            Tree::Leaf(entries) => {
                if let Ok(at) = place(entries, name) {
                    entries.remove(at);
                }
            }
            Tree::Branch(children) => {
                let at = child_of(children, name);
                Arc::make_mut(&mut children[at].tree).remove(name);
                let left = children[at].tree.len();
                if left == 0 {
                    children.remove(at);
                } else if left < JOINED_BELOW {
                    join(children, at);
                }
            }
        }
    }

    /// Takes in what stands to the right of this, at the same depth.
    fn append(&mut self, right: &Tree) {
        match (self, right) {
            (Tree::Leaf(entries), Tree::Leaf(more)) => entries.extend_from_slice(more),
            (Tree::Branch(children), Tree::Branch(more)) => children.extend_from_slice(more),
            _ => unreachable!("all leaves are at one depth"),
        }
    }
}

/// Joins a child with the next one, or with the one before it, if both fit into one.
fn join(children: &mut Vec<Child>, at: usize) {
    let fits = |left: usize| {
        children.get(left + 1).is_some_and(|right| children[left].tree.len() + right.tree.len() <= FANOUT)
    };
    let Some(left) = [Some(at), at.checked_sub(1)].into_iter().flatten().find(|left| fits(*left)) else {
        return;
    };
    let right = children.remove(left + 1);
    Arc::make_mut(&mut children[left].tree).append(&right.tree);
}

/// Builds members from the leaves up, as fast as they can be given in order.
#[derive(Default)]
pub(crate) struct Builder {
    leaves: Vec<Child>,
    entries: Vec<(Text, Node)>,
}

impl Builder {
    /// Adds a member; `None` if its name is not greater than all before.
    pub(crate) fn push(&mut self, name: Text, node: Node) -> Option<()> {
        if self.entries.last().is_some_and(|(last, _)| *last >= name) {
            return None;
        }
        if self.entries.len() == FANOUT {
            self.end_leaf();
            self.entries.reserve_exact(FANOUT);
        }
        self.entries.push((name, node));
        Some(())
    }

    fn end_leaf(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        if let Some((first, _)) = entries.first() {
            self.leaves.push(Child { bound: first.clone(), tree: Arc::new(Tree::Leaf(entries)) });
        }
    }

    pub(crate) fn finish(mut self) -> Members {
        let len = self.leaves.len() * FANOUT + self.entries.len();
        self.entries.shrink_to_fit();
        self.end_leaf();
        let mut level = self.leaves;
        while level.len() > 1 {
            let branch = |children: &[Child]| Child {
                bound: children[0].bound.clone(),
                tree: Arc::new(Tree::Branch(children.to_vec())),
            };
            level = level.chunks(FANOUT).map(branch).collect();
        }
        Members { root: level.pop().map(|only| only.tree), len }
    }
}

/// The members in the order of their names.
pub(crate) struct Iter<'a> {
    leaf: std::slice::Iter<'a, (Text, Node)>,
    above: Vec<std::slice::Iter<'a, Child>>,
}

impl<'a> Iter<'a> {
    fn descend(&mut self, mut tree: &'a Tree) {
        loop {
            match tree {
                Tree::Leaf(entries) => {
                    visits::count(entries.len());
                    self.leaf = entries.iter();
                    return;
                }
                Tree::Branch(children) => {
                    let mut rest = children.iter();
                    let Some(first) = rest.next() else { return };
                    self.above.push(rest);
                    tree = &first.tree;
                }
            }
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Text, &'a Node);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((name, node)) = self.leaf.next() {
                return Some((name, node));
            }
            match self.above.last_mut()?.next() {
                Some(child) => self.descend(&child.tree),
                None => drop(self.above.pop()),
            }
        }
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Members) -> bool {
        let is_shared = match (&self.root, &other.root) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_shared || self.len == other.len && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests;
