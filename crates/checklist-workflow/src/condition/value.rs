//! Values of expressions, and how CEL compares them.

use std::cmp::Ordering;
use std::fmt;

/// What a part of an expression comes to.
///
/// ```
/// use checklist_workflow::condition::Value;
/// use std::cmp::Ordering;
///
/// let one = Value::of_json(&serde_json::json!(1)).expect("a number");
/// assert!(one.equals(&Value::Float(1.0)));
/// assert_eq!(one.compare(&Value::Float(1.5)), Some(Ordering::Less));
/// assert_eq!(one.compare(&Value::Boolean(true)), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number; never NaN.
    Float(f64),
    /// A text.
    Text(String),
    /// A list of values of any kind.
    List(Vec<Value>),
}

impl Value {
    /// The value of a variable, as a run keeps it; `None` for what no variable can hold.
    #[must_use]
    pub fn of_json(json: &serde_json::Value) -> Option<Value> {
        Some(match json {
            serde_json::Value::Bool(value) => Value::Boolean(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Float(number.as_f64().filter(|number| !number.is_nan())?),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(Value::of_json).collect::<Option<_>>()?)
            }
            serde_json::Value::Null | serde_json::Value::Object(_) => return None,
        })
    }

    /// Whether two values are the same, as CEL's `==` says: numbers by their amount, and values of different
    /// kinds never.
    #[must_use]
    pub fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::List(one), Value::List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.equals(other))
            }
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// The order of two values, where they have one: numbers by their amount, texts by their characters,
    /// `false` before `true`.
    #[must_use]
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Integer(one), Value::Integer(other)) => Some(one.cmp(other)),
            (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
            (Value::Integer(one), Value::Float(other)) => mixed(*one, *other),
            (Value::Float(one), Value::Integer(other)) => mixed(*other, *one).map(Ordering::reverse),
            (Value::Text(one), Value::Text(other)) => Some(one.cmp(other)),
            (Value::Boolean(one), Value::Boolean(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }

    /// What it costs to look at.
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(text) => 1 + text.len(),
            Value::List(items) => 1 + items.iter().map(Value::size).sum::<usize>(),
            _ => 1,
        }
    }

    /// Its kind, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Boolean(_) => "true or false",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
        }
    }
}

/// A whole number against any other, exactly: no amount of 64 bits is rounded.
fn mixed(whole: i64, other: f64) -> Option<Ordering> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if other.is_nan() {
        return None;
    }
    if other >= BOUND {
        return Some(Ordering::Less);
    }
    if other < -BOUND {
        return Some(Ordering::Greater);
    }
    let below = other.floor();
    let rest = if other > below { Ordering::Less } else { Ordering::Equal };
    Some(whole.cmp(&(below as i64)).then(rest))
}

/// As it is written in an expression.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(value) => value.fmt(f),
            Value::Integer(value) => value.fmt(f),
            Value::Float(value) => write!(f, "{value:?}"),
            Value::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_rounded_before_it_is_compared() {
        let large = 9_007_199_254_740_993_i64;
        assert!(!Value::Integer(large).equals(&Value::Float(9_007_199_254_740_992.0)));
        assert_eq!(mixed(large, 9_007_199_254_740_992.0), Some(Ordering::Greater));
        assert_eq!(mixed(i64::MAX, 9_223_372_036_854_775_807.0), Some(Ordering::Less));
        assert_eq!(mixed(i64::MIN, -9_223_372_036_854_775_808.0), Some(Ordering::Equal));
        assert_eq!(mixed(-1, -1.5), Some(Ordering::Greater));
        assert_eq!(mixed(-2, -1.5), Some(Ordering::Less));
        assert_eq!(mixed(1, 1.0), Some(Ordering::Equal));
        assert_eq!(mixed(0, f64::INFINITY), Some(Ordering::Less));
        assert_eq!(mixed(0, f64::NAN), None);
    }
}
