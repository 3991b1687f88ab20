//! The evaluator: a value, or the steps it waits for, or the reason why there is none.
//!
//! As in CEL, `&&` and `||` look at both sides: one side that decides is enough, whatever is unknown or wrong
//! about the other. Everywhere else what is unknown makes the whole unknown, and what is wrong makes the
//! whole wrong.

use super::path::resolve;
use super::syntax::{Form, Node, Operator, Question, Segment};
use super::value::Value;
use super::{Path, Verdict};
use crate::pattern;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Bytes, items and pattern steps that one evaluation may look at.
pub const WORK_MAX: usize = 16 * 1024 * 1024;

/// What is known of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// It has this value.
    Known(Value),
    /// It has none.
    Absent,
    /// It depends on this step, which is not settled.
    Unsettled(String),
}

/// Where the names of an expression have their values.
pub trait Scope {
    /// What is known of a name that was declared.
    fn read(&self, path: Path<'_>) -> Reading;
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    Waits(BTreeSet<String>),
    Failed(String),
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Verdict {
        match stop {
            Stop::Waits(steps) => Verdict::Waits(steps.into_iter().collect()),
            Stop::Failed(why) => Verdict::Failed(why),
        }
    }
}

pub(super) fn verdict(root: &Node, scope: &dyn Scope) -> Verdict {
    match value(root, scope) {
        Ok(Value::Boolean(true)) => Verdict::True,
        Ok(Value::Boolean(false)) => Verdict::False,
        Ok(other) => Verdict::Failed(format!("it is {} and neither true nor false", other.kind())),
        Err(verdict) => verdict,
    }
}

pub(super) fn value(root: &Node, scope: &dyn Scope) -> Result<Value, Verdict> {
    Evaluator { scope, work: 0 }.value(root).map_err(Verdict::from)
}

struct Evaluator<'a> {
    scope: &'a dyn Scope,
    work: usize,
}

fn failed<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(why.into()))
}

/// Of two sides of which at least one has no value: unknown before wrong, as CEL has it.
fn stopped(one: Result<Value, Stop>, other: Result<Value, Stop>) -> Stop {
    match (one, other) {
        (Err(Stop::Waits(mut one)), Err(Stop::Waits(other))) => {
            one.extend(other);
            Stop::Waits(one)
        }
        (Err(waits @ Stop::Waits(_)), _) | (_, Err(waits @ Stop::Waits(_))) => waits,
        (Err(failed), _) | (Ok(_), Err(failed)) => failed,
        (Ok(one), Ok(_)) => Stop::Failed(format!("{} is neither true nor false", one.kind())),
    }
}

impl Evaluator<'_> {
    fn spend(&mut self, work: usize) -> Result<(), Stop> {
        self.work = self.work.saturating_add(work);
        if self.work > WORK_MAX {
            return failed("it takes more work than a condition may");
        }
        Ok(())
    }

    fn value(&mut self, node: &Node) -> Result<Value, Stop> {
        self.spend(1)?;
        match &node.form {
            Form::Boolean(value) => Ok(Value::Boolean(*value)),
            Form::Integer(value) => Ok(Value::Integer(*value)),
            Form::Float(value) => Ok(Value::Float(*value)),
            Form::Text(text) => Ok(Value::Text(text.clone())),
            Form::List(items) => self.list(items),
            Form::Reference(segments) => self.read(segments),
            Form::Index(list, index) => self.index(list, index),
            Form::Not(inner) => match self.value(inner)? {
                Value::Boolean(value) => Ok(Value::Boolean(!value)),
                other => failed(format!("`!` is put before {}", other.kind())),
            },
            Form::Binary(operator @ (Operator::And | Operator::Or), one, other) => {
                self.join(*operator == Operator::Or, one, other)
            }
            Form::Binary(operator, one, other) => self.compare(*operator, one, other),
            Form::Choice(parts) => {
                let [condition, one, other] = &**parts;
                match self.value(condition)? {
                    Value::Boolean(true) => self.value(one),
                    Value::Boolean(false) => self.value(other),
                    value => failed(format!("{} stands before `?`", value.kind())),
                }
            }
            Form::Has(name) => self.has(name),
            Form::Size(of) => match self.value(of)? {
                Value::Text(text) => {
                    self.spend(text.len())?;
                    Ok(Value::Integer(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)))
                }
                Value::List(items) => Ok(Value::Integer(i64::try_from(items.len()).unwrap_or(i64::MAX))),
                other => failed(format!("{} has no size", other.kind())),
            },
            Form::Ask(question, text, about) => self.ask(*question, text, about),
        }
    }

    /// Both values, or why not.
    fn both(&mut self, one: &Node, other: &Node) -> Result<(Value, Value), Stop> {
        match (self.value(one), self.value(other)) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (one, other) => Err(stopped(one, other)),
        }
    }

    /// `||` if `decider` is true, and else `&&`: one side that is the decider decides.
    fn join(&mut self, decider: bool, one: &Node, other: &Node) -> Result<Value, Stop> {
        let first = self.value(one);
        if first == Ok(Value::Boolean(decider)) {
            return first;
        }
        let second = self.value(other);
        match (first, second) {
            (_, Ok(Value::Boolean(value))) if value == decider => Ok(Value::Boolean(decider)),
            (Ok(Value::Boolean(_)), Ok(Value::Boolean(_))) => Ok(Value::Boolean(!decider)),
            (first, second) => Err(stopped(first, second)),
        }
    }

    fn list(&mut self, items: &[Node]) -> Result<Value, Stop> {
        let mut values = Vec::with_capacity(items.len());
        let mut stop: Option<Stop> = None;
        for item in items {
            match (self.value(item), stop.take()) {
                (Ok(value), None) => values.push(value),
                (Ok(_), before) => stop = before,
                (Err(now), None) => stop = Some(now),
                (Err(now), Some(before)) => stop = Some(stopped(Err(before), Err(now))),
            }
        }
        stop.map_or(Ok(Value::List(values)), Err)
    }

    fn read(&mut self, segments: &[Segment]) -> Result<Value, Stop> {
        let path = resolve(segments).map_err(|mistake| Stop::Failed(mistake.to_string()))?;
        match self.scope.read(path) {
            Reading::Known(value) => {
                self.spend(value.size())?;
                Ok(value)
            }
            Reading::Absent => failed(format!("{path} has no value; ask has({path}) first")),
            Reading::Unsettled(step) => Err(Stop::Waits(BTreeSet::from([step]))),
        }
    }

    fn has(&mut self, name: &Node) -> Result<Value, Stop> {
        let Form::Reference(segments) = &name.form else { return failed("`has` is asked about a name") };
        let path = resolve(segments).map_err(|mistake| Stop::Failed(mistake.to_string()))?;
        match self.scope.read(path) {
            Reading::Known(_) => Ok(Value::Boolean(true)),
            Reading::Absent => Ok(Value::Boolean(false)),
            Reading::Unsettled(step) => Err(Stop::Waits(BTreeSet::from([step]))),
        }
    }

    fn index(&mut self, list: &Node, index: &Node) -> Result<Value, Stop> {
        let (list, index) = self.both(list, index)?;
        let Value::List(mut items) = list else { return failed(format!("{} has no places", list.kind())) };
        let place = match index {
            Value::Integer(place) => usize::try_from(place).ok(),
            Value::Float(place) if place.fract() == 0.0 && place >= 0.0 => Some(place as usize),
            _ => None,
        };
        match place.filter(|place| *place < items.len()) {
            Some(place) => Ok(items.swap_remove(place)),
            None => failed(format!("the list has {} items and no place {index}", items.len())),
        }
    }

    fn compare(&mut self, operator: Operator, one: &Node, other: &Node) -> Result<Value, Stop> {
        let (one, other) = self.both(one, other)?;
        self.spend(one.size().saturating_add(other.size()))?;
        let order = |is_so: fn(Ordering) -> bool| match (one.compare(&other), &one) {
            (Some(order), Value::Integer(_) | Value::Float(_) | Value::Text(_)) => {
                Ok(Value::Boolean(is_so(order)))
            }
            _ => failed(format!("{} has no order with {}", one.kind(), other.kind())),
        };
        match operator {
            Operator::Equal => Ok(Value::Boolean(one.equals(&other))),
            Operator::Unequal => Ok(Value::Boolean(!one.equals(&other))),
            Operator::Less => order(Ordering::is_lt),
            Operator::LessOrEqual => order(Ordering::is_le),
            Operator::Greater => order(Ordering::is_gt),
            Operator::GreaterOrEqual => order(Ordering::is_ge),
            Operator::In => match &other {
                Value::List(items) => Ok(Value::Boolean(items.iter().any(|item| item.equals(&one)))),
                _ => failed(format!("`in` looks into {}", other.kind())),
            },
            Operator::And | Operator::Or => failed("joined elsewhere"),
        }
    }

    fn ask(&mut self, question: Question, text: &Node, about: &Node) -> Result<Value, Stop> {
        let (text, about) = match self.both(text, about)? {
            (Value::Text(text), Value::Text(about)) => (text, about),
            (text, about) => {
                let name = question.as_str();
                return failed(format!("`{name}` is asked of {} about {}", text.kind(), about.kind()));
            }
        };
        let is_so = match question {
            Question::StartsWith => text.starts_with(&about),
            Question::EndsWith => text.ends_with(&about),
            Question::Contains => {
                self.spend(text.len())?;
                text.contains(&about)
            }
            Question::Matches => {
                self.spend((text.len() + 1).saturating_mul(about.len() + 1))?;
                let pattern = pattern::compile(&about)
                    .map_err(|why| Stop::Failed(format!("this is no pattern: {why}")))?;
                pattern.is_match(&text)
            }
        };
        Ok(Value::Boolean(is_so))
    }
}
