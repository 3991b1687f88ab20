//! `Document`: the tree of values, persistent, so that a copy costs nothing and an edit its path alone.

use super::items::Items;
use super::members::{Builder, Members};
use super::operation::Operation;
use super::text::Text;
use super::typed;
use super::weight::{CONTAINER_BYTES, ELEMENT_NAME_BYTES, member_bytes, weight};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use std::fmt;

/// One value of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    Array(Items),
    Object(Members),
}

/// A node lies in the leaf of its object beside its name: two of these are 48 bytes.
const _: () = assert!(size_of::<Node>() == 24 && size_of::<Text>() == 24);

/// The most a document may be allowed to hold, in the bytes of its names and values as JSON.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// The most that its text has: so many times its bytes, as blocks of the greatest depth, whose indents are most of it.
pub(crate) const DOCUMENT_TEXT_BYTES_MAX: u64 = 16 * DOCUMENT_BYTES_MAX as u64;

/// What it may hold unless more is asked for.
pub(crate) const DOCUMENT_BYTES_DEFAULT: usize = 64 << 20;

/// The whole tree; its root is an object. Cloning is constant time.
#[derive(Clone)]
pub(crate) struct Document {
    root: Node,
    /// About how many bytes its names and values have, kept up with each operation.
    bytes: usize,
}

impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        self.root == other.root
    }
}

/// Without values: whoever prints a store, a draft or a snapshot does not print the state.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} members)", self.members().len())
    }
}

impl Default for Document {
    fn default() -> Document {
        Document { root: Node::Object(Members::default()), bytes: 0 }
    }
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Node {
        match value {
            Value::Null => Node::Null,
            Value::Bool(is) => Node::Bool(*is),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::Text(Text::from(&**text)),
            Value::Array(items) => Node::Array(items.iter().map(Node::from).collect()),
            Value::Object(members) => {
                let mut builder = Builder::default();
                for (name, value) in members {
                    builder
                        .push(Text::from(&**name), Node::from(value))
                        .expect("a map of serde_json is sorted");
                }
                Node::Object(builder.finish())
            }
        }
    }
}

impl From<&Node> for Value {
    fn from(node: &Node) -> Value {
        match node {
            Node::Null => Value::Null,
            Node::Bool(is) => Value::Bool(*is),
            Node::Number(number) => Value::Number(number.clone()),
            Node::Text(text) => Value::String(text.as_str().to_owned()),
            Node::Array(items) => Value::Array(items.iter().map(Value::from).collect()),
            Node::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, node)| (name.as_str().to_owned(), Value::from(node)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

impl Node {
    fn child(&self, token: &str) -> Option<&Node> {
        match self {
            Node::Object(members) => members.get(token),
            Node::Array(items) => items.get(index(token)?),
            _ => None,
        }
    }

    fn child_mut(&mut self, token: &str) -> Option<&mut Node> {
        match self {
            Node::Object(members) => members.get_mut(token),
            Node::Array(items) => items.get_mut(index(token)?),
            _ => None,
        }
    }

    /// Whether it is this value.
    pub(crate) fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Node::Null, Value::Null) => true,
            (Node::Bool(one), Value::Bool(other)) => one == other,
            (Node::Number(one), Value::Number(other)) => one == other,
            (Node::Text(one), Value::String(other)) => one.as_bytes() == other.as_bytes(),
            (Node::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(node, value)| node.is(value))
            }
            (Node::Object(one), Value::Object(other)) => {
                let is_member = |((name, node), (other, value)): ((&Text, &Node), (&String, &Value))| {
                    name.as_bytes() == other.as_bytes() && node.is(value)
                };
                one.len() == other.len() && one.iter().zip(other).all(is_member)
            }
            _ => false,
        }
    }
}

/// An array index as RFC 6901 writes it: no sign, no leading zero.
fn index(token: &str) -> Option<usize> {
    if token != "0" && (token.starts_with('0') || !token.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    token.parse().ok()
}

impl Document {
    /// The document a value describes; `None` if it is not an object.
    pub(crate) fn from_value(value: Value) -> Option<Document> {
        let bytes = weight(&value);
        value.is_object().then(|| Document { root: Node::from(&value), bytes })
    }

    /// A document that was read; `bytes` is the sum of the [`member_bytes`] of its members.
    pub(super) fn from_members(members: Members, bytes: usize) -> Document {
        Document { root: Node::Object(members), bytes: CONTAINER_BYTES + bytes }
    }

    /// About how many bytes its names and values have as JSON.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    pub(crate) fn members(&self) -> &Members {
        match &self.root {
            Node::Object(members) => members,
            _ => unreachable!("the root is an object by construction"),
        }
    }

    pub(crate) fn get(&self, key: &Key<'_>) -> Option<&Node> {
        key.tokens().try_fold(&self.root, |node, token| node.child(&token))
    }

    /// The value under a key as a type of the caller's.
    pub(crate) fn read_as<T: DeserializeOwned>(&self, key: &Key<'_>) -> Result<Option<T>> {
        let Some(node) = self.get(key) else { return Ok(None) };
        // The reason may quote the value, so it is not part of the message.
        typed::read(node).map(Some).map_err(|_| {
            let form = match node {
                Node::Array(_) => "array",
                Node::Object(_) => "object",
                _ => "scalar",
            };
            Error::new(
                ErrorKind::Invalid,
                format!("the {form} under `{key}` does not have the expected form"),
            )
        })
    }

    /// Applies an operation whose parent exists.
    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<()> {
        let key = operation.key();
        let Some((above, last)) = key.split_last() else {
            return Err(refused(key, "the whole document is never written at once"));
        };
        let last = &*last;
        let parent = above.tokens().try_fold(&mut self.root, |node, token| node.child_mut(&token));
        let parent = parent.ok_or_else(|| refused(key, "its parent does not exist"))?;
        let is_element = matches!(parent, Node::Array(_));
        let name_bytes = if is_element { ELEMENT_NAME_BYTES } else { last.len() };
        match (parent, operation) {
            (Node::Object(members), Operation::Write { value, .. }) => {
                members.insert(last, Node::from(value));
            }
            (Node::Object(members), Operation::Delete { .. }) => {
                members.remove(last);
            }
            (Node::Array(items), Operation::Write { value, .. }) => {
                write_item(items, last, value).ok_or_else(|| {
                    refused(key, "an array takes a new element at its end, or another value for one it has")
                })?;
            }
            (Node::Array(items), Operation::Delete { .. }) => {
                if index(last).is_none_or(|at| at + 1 != items.len()) {
                    return Err(refused(
                        key,
                        "an array gives up its last element; write the whole array instead",
                    ));
                }
                items.pop();
            }
            _ => return Err(refused(key, "its parent is not an object or an array")),
        }
        let (added, removed) = match operation {
            Operation::Write { value, previous, .. } => (Some(value), previous.as_ref()),
            Operation::Delete { previous, .. } => (None, Some(previous)),
        };
        let member = |value: &Value| member_bytes(name_bytes, weight(value));
        self.bytes += added.map_or(0, member);
        self.bytes = self.bytes.saturating_sub(removed.map_or(0, member));
        Ok(())
    }

    /// The operations that make `other` of this document, as few and as deep as possible.
    pub(crate) fn changes_to(&self, other: &Document) -> Vec<Operation> {
        let mut operations = Vec::new();
        object_changes(&Key::ROOT, self.members(), other.members(), &mut operations);
        operations
    }
}

fn write_item(items: &mut Items, token: &str, value: &Value) -> Option<()> {
    let at = index(token)?;
    if at == items.len() {
        items.push(Node::from(value));
    } else {
        *items.get_mut(at)? = Node::from(value);
    }
    Some(())
}

fn object_changes(key: &Key<'_>, from: &Members, to: &Members, operations: &mut Vec<Operation>) {
    for (name, node) in from.iter().filter(|(name, _)| to.get(name.as_str()).is_none()) {
        operations.push(Operation::Delete { key: key.child(name.as_str()), previous: node.into() });
    }
    for (name, node) in to.iter() {
        let before = from.get(name.as_str());
        if before == Some(node) {
            continue;
        }
        let key = key.child(name.as_str());
        match (before, node) {
            (Some(Node::Object(before)), Node::Object(after)) => {
                let mut inner = Vec::new();
                object_changes(&key, before, after, &mut inner);
                // Where a key would be too long to be read again, its parent is written whole.
                if inner.iter().all(|change| change.key().clone().within_limits().is_ok()) {
                    operations.append(&mut inner);
                } else {
                    let (value, previous) = (node.into(), Some(Node::Object(before.clone())));
                    let previous = previous.as_ref().map(Value::from);
                    operations.push(Operation::Write { key, value, previous });
                }
            }
            (before, after) => operations.push(Operation::Write {
                key,
                value: after.into(),
                previous: before.map(Value::from),
            }),
        }
    }
}

fn refused(key: &Key<'_>, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidKey, format!("cannot change `{key}`: {reason}"))
}

#[cfg(test)]
mod tests;
