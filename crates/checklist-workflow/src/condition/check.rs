//! The checker: every name of an expression is declared, and every value is of a kind that fits its place.

use super::path::{RUN_NAMES, STATUS_WORDS, resolve};
use super::syntax::{Form, Node, Operator, Question, Segment};
use super::{Declarations, Kind, Mistake, Path};
use crate::diagnostic::quoted;
use crate::pattern;

/// The operating systems a condition may ask for.
const OS_WORDS: [&str; 10] = [
    "linux",
    "macos",
    "windows",
    "freebsd",
    "openbsd",
    "netbsd",
    "dragonfly",
    "android",
    "illumos",
    "solaris",
];

/// A whole condition: its value has to be true or false.
pub(super) fn condition(root: &Node, names: &Declarations) -> Result<(), Vec<Mistake>> {
    let mut checker = Checker { names, mistakes: Vec::new() };
    checker.expect(root, &Kind::Boolean, "a condition is true or false");
    checker.end(()).map_err(sorted)
}

/// An expression of any kind.
pub(super) fn any(root: &Node, names: &Declarations) -> Result<Kind, Vec<Mistake>> {
    let mut checker = Checker { names, mistakes: Vec::new() };
    let kind = checker.kind(root);
    checker.end(kind).map_err(sorted)
}

fn sorted(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by_key(|mistake| mistake.span.start);
    mistakes
}

/// Whether a value of one kind can be the same as one of the other.
fn fit(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        (Kind::List(one), Kind::List(other)) => fit(one, other),
        _ => one == other,
    }
}

struct Checker<'a> {
    names: &'a Declarations,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    fn end<T>(self, value: T) -> Result<T, Vec<Mistake>> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(self.mistakes) }
    }

    /// The kind of a node; what is wrong with it has been reported, and goes on as [`Kind::Any`].
    fn kind(&mut self, node: &Node) -> Kind {
        match &node.form {
            Form::Boolean(_) | Form::Has(_) | Form::Not(_) | Form::Ask(..) => {
                self.look_inside(node);
                Kind::Boolean
            }
            Form::Integer(_) | Form::Float(_) => Kind::Number,
            Form::Text(_) => Kind::Text,
            Form::List(items) => self.list(items),
            Form::Reference(segments) => self.reference(segments),
            Form::Index(list, index) => self.index(list, index),
            Form::Binary(operator, one, other) => {
                self.binary(*operator, one, other);
                Kind::Boolean
            }
            Form::Choice(parts) => {
                let [condition, one, other] = &**parts;
                self.expect(condition, &Kind::Boolean, "what stands before `?` is true or false");
                let (first, second) = (self.kind(one), self.kind(other));
                if !fit(&first, &second) {
                    let message =
                        format!("both values of `? :` are of one kind, and these are {first} and {second}");
                    self.mistakes.push(Mistake::new(other.span.clone(), message));
                }
                if first == Kind::Any { second } else { first }
            }
            Form::Size(of) => {
                let kind = self.kind(of);
                if !matches!(kind, Kind::Text | Kind::List(_) | Kind::Any) {
                    let message = format!("`size` is asked of a text or a list, and this is {kind}");
                    self.mistakes.push(Mistake::new(of.span.clone(), message));
                }
                Kind::Number
            }
        }
    }

    fn look_inside(&mut self, node: &Node) {
        match &node.form {
            Form::Has(name) => {
                self.kind(name);
            }
            Form::Not(inner) => self.expect(inner, &Kind::Boolean, "`!` turns true and false around"),
            Form::Ask(question, text, about) => {
                let name = question.as_str();
                self.expect(text, &Kind::Text, &format!("`{name}` is asked of a text"));
                self.expect(about, &Kind::Text, &format!("`{name}` takes a text"));
                if *question == Question::Matches {
                    self.pattern(about);
                }
            }
            _ => {}
        }
    }

    /// A pattern is written out, so that it can be looked at before anything runs.
    fn pattern(&mut self, node: &Node) {
        let span = node.span.clone();
        match &node.form {
            Form::Text(text) => {
                if let Err(why) = pattern::compile(text) {
                    let help = "a pattern is a regular expression without look-arounds and back-references";
                    self.mistakes.push(Mistake::new(span, format!("this is no pattern: {why}")).help(help));
                }
            }
            _ => self.mistakes.push(Mistake::new(span, "`matches` takes a pattern that is written out")),
        }
    }

    /// Reports a value that is not of the kind its place asks for.
    fn expect(&mut self, node: &Node, wanted: &Kind, why: &str) {
        let kind = self.kind(node);
        if fit(&kind, wanted) {
            return;
        }
        let mistake = Mistake::new(node.span.clone(), format!("{why}, and this is {kind}"));
        let mistake = match (&node.form, wanted) {
            (Form::Reference(_), Kind::Boolean) => mistake.help("compare it, such as name == \"value\""),
            _ => mistake,
        };
        self.mistakes.push(mistake);
    }

    fn list(&mut self, items: &[Node]) -> Kind {
        let mut kind = Kind::Any;
        for item in items {
            let found = self.kind(item);
            if !fit(&kind, &found) {
                let message =
                    format!("the items of a list are of one kind, and these are {kind} and {found}");
                self.mistakes.push(Mistake::new(item.span.clone(), message));
            } else if kind == Kind::Any {
                kind = found;
            }
        }
        Kind::List(Box::new(kind))
    }

    fn index(&mut self, list: &Node, index: &Node) -> Kind {
        let kind = self.kind(list);
        self.expect(index, &Kind::Number, "a place in a list is a number");
        match kind {
            Kind::List(item) => *item,
            Kind::Any => Kind::Any,
            other => {
                let message = format!("only a list has places, and this is {other}");
                self.mistakes.push(Mistake::new(list.span.clone(), message));
                Kind::Any
            }
        }
    }

    fn binary(&mut self, operator: Operator, one: &Node, other: &Node) {
        let sign = operator.as_str();
        match operator {
            Operator::Or | Operator::And => {
                let why = format!("`{sign}` joins what is true or false");
                self.expect(one, &Kind::Boolean, &why);
                self.expect(other, &Kind::Boolean, &why);
            }
            Operator::Equal | Operator::Unequal => {
                let (first, second) = (self.kind(one), self.kind(other));
                self.comparable(&first, &second, other);
                self.known_word(one, other);
                self.known_word(other, one);
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let (first, second) = (self.kind(one), self.kind(other));
                let ordered = |kind: &Kind| matches!(kind, Kind::Number | Kind::Text | Kind::Any);
                match [(one, &first), (other, &second)].into_iter().find(|(_, kind)| !ordered(kind)) {
                    Some((node, kind)) => {
                        let message = format!("`{sign}` compares numbers or texts, and this is {kind}");
                        self.mistakes.push(Mistake::new(node.span.clone(), message));
                    }
                    None => self.comparable(&first, &second, other),
                }
            }
            Operator::In => {
                let (item, list) = (self.kind(one), self.kind(other));
                match &list {
                    Kind::List(of) => self.comparable(&item, of, one),
                    Kind::Any => {}
                    kind => {
                        let mistake = Mistake::new(
                            other.span.clone(),
                            format!("`in` looks into a list, and this is {kind}"),
                        );
                        self.mistakes.push(mistake.help("write such as vars.x in [\"a\", \"b\"]"));
                    }
                }
                if let Form::List(items) = &other.form {
                    items.iter().for_each(|item| self.known_word(one, item));
                }
            }
        }
    }

    fn comparable(&mut self, one: &Kind, other: &Kind, at: &Node) {
        if fit(one, other) {
            return;
        }
        let mistake = Mistake::new(at.span.clone(), format!("{one} is never compared with {other}"));
        let mistake = match (one, &at.form) {
            (Kind::Number, Form::Text(text)) if text.parse::<f64>().is_ok() => {
                mistake.help(format!("write it without quotes: {text}"))
            }
            (Kind::Boolean, Form::Text(text)) if matches!(text.as_str(), "true" | "false") => {
                mistake.help(format!("write it without quotes: {text}"))
            }
            (Kind::Text, Form::Integer(_) | Form::Float(_) | Form::Boolean(_)) => {
                mistake.help("put it in \"quotes\"")
            }
            _ => mistake,
        };
        self.mistakes.push(mistake);
    }

    /// A text that a name is compared with has to be one it can have: else the answer is always the same.
    fn known_word(&mut self, name: &Node, word: &Node) {
        let (Form::Reference(segments), Form::Text(text)) = (&name.form, &word.form) else { return };
        let Ok(path) = resolve(segments) else { return };
        let words: Vec<&str> = match path {
            Path::Status(_) => STATUS_WORDS.to_vec(),
            Path::Os => OS_WORDS.to_vec(),
            Path::Variable(name) => {
                let known = self.names.variables.get(name);
                known.into_iter().flat_map(|variable| &variable.words).map(String::as_str).collect()
            }
            _ => return,
        };
        if words.is_empty() || words.contains(&text.as_str()) {
            return;
        }
        let help = match path {
            Path::Status(_) => format!("a condition waits for the step to be one of {}", words.join(", ")),
            _ => format!("it is one of {}", words.join(", ")),
        };
        let mistake = Mistake::new(word.span.clone(), format!("{path} is never {}", quoted(text)));
        self.mistakes.push(mistake.meant(text, words, |word| format!("\"{word}\""), help));
    }

    fn reference(&mut self, segments: &[Segment]) -> Kind {
        let kind = resolve(segments).map_err(|mistake| self.bare_variable(segments, mistake));
        match kind.and_then(|path| self.declared(path, segments)) {
            Ok(kind) => kind,
            Err(mistake) => {
                self.mistakes.push(mistake);
                Kind::Any
            }
        }
    }

    /// A name without its `vars.` is a frequent slip.
    fn bare_variable(&self, segments: &[Segment], mistake: Mistake) -> Mistake {
        let [only] = segments else { return mistake };
        if self.names.variables.contains_key(&only.name) {
            return Mistake { label: format!("did you mean vars.{}?", only.name), ..mistake };
        }
        mistake
    }

    fn declared(&self, path: Path<'_>, segments: &[Segment]) -> Result<Kind, Mistake> {
        let whole = segments[0].span.start..segments[segments.len() - 1].span.end;
        if let Some(step) = path.step() {
            return self.declared_step(step, path, segments);
        }
        match path {
            Path::Variable(name) => {
                let known =
                    self.names.variables.get(name).ok_or_else(|| {
                        let known = self.names.variables.keys().map(String::as_str);
                        let help = "declare it under `variables:`";
                        Mistake::new(whole.clone(), format!("unknown name {}", quoted(&path.to_string())))
                            .meant(name, known, |name| format!("vars.{name}"), help)
                    })?;
                if known.is_secret {
                    let mistake =
                        Mistake::new(whole, format!("{path} is a secret, and no condition sees it"));
                    return Err(mistake.help("its value is nowhere but in the environment of commands"));
                }
                Ok(known.kind.clone())
            }
            Path::Run(name) if !RUN_NAMES.contains(&name) => {
                let help = format!("a run has {}", RUN_NAMES.join(", "));
                Err(Mistake::new(whole, format!("a run has no {}", quoted(name))).meant(
                    name,
                    RUN_NAMES,
                    |name| format!("run.{name}"),
                    help,
                ))
            }
            _ => Ok(Kind::Text),
        }
    }

    fn declared_step(&self, id: &str, path: Path<'_>, segments: &[Segment]) -> Result<Kind, Mistake> {
        let Some(step) = self.names.steps.get(id) else {
            let known = self.names.steps.keys().map(String::as_str);
            let mistake = Mistake::new(segments[1].span.clone(), format!("there is no step {}", quoted(id)));
            return Err(mistake.meant(id, known, |id| format!("`{id}`"), "steps are named by their ids"));
        };
        match path {
            Path::ExitCode(_) if !step.has_commands => {
                let mistake =
                    Mistake::new(segments[2].span.clone(), format!("step {} runs no command", quoted(id)));
                Err(mistake.help("only a step with a bash command has an exit code"))
            }
            Path::ExitCode(_) => Ok(Kind::Number),
            Path::Output(_, name) if !step.outputs.iter().any(|known| known == name) => {
                let known = step.outputs.iter().map(String::as_str);
                let message = format!("step {} has no output {}", quoted(id), quoted(name));
                let mistake = Mistake::new(segments[3].span.clone(), message);
                Err(mistake.meant(
                    name,
                    known,
                    |name| format!("`{name}`"),
                    "declare it under `outputs:` of that step",
                ))
            }
            _ => Ok(Kind::Text),
        }
    }
}
