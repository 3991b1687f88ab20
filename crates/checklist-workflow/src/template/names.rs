//! The names of a template: what its texts, commands and conditions may call by name, and where they call
//! something else.

use super::model::{Step, Variable, VariableKind};
use super::node::Node;
use super::read::{Draft, StepDraft};
use super::values::of_condition;
use crate::closest::closest;
use crate::condition::{Declarations, DeclaredStep, DeclaredVariable, Kind};
use crate::diagnostic::{Diagnostics, Finding, quoted};
use crate::text;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// What a name in a text stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Variable,
    Secret,
    Output,
}

/// Every name that a text or a command may hold as `${name}`.
struct Names<'a> {
    meanings: BTreeMap<String, Meaning>,
    source: &'a str,
}

/// Reports every name of the draft that is not declared, or that may not stand where it does.
pub(super) fn check(draft: &Draft<'_>, source: &str, diagnostics: &mut Diagnostics) {
    let names = Names { meanings: meanings(draft, diagnostics), source };
    for node in &draft.expanded {
        names.unknown(node, false, diagnostics);
    }
    for node in &draft.environment {
        names.unknown(node, true, diagnostics);
    }
    for node in &draft.shell {
        names.unquoted(node, diagnostics);
    }
    inputs(draft, diagnostics);
    let declarations = declarations(&draft.variables, draft.steps.iter().map(|draft| &draft.step));
    for condition in
        draft.steps.iter().filter(|draft| !draft.is_base).flat_map(|draft| draft.step.conditions())
    {
        for mistake in condition.expression.check(&declarations).err().into_iter().flatten() {
            diagnostics.add(of_condition(source, &condition.span, condition.expression.text(), mistake));
        }
    }
}

/// What conditions may name.
pub(super) fn declarations<'a>(
    variables: impl IntoIterator<Item = &'a Variable>,
    steps: impl IntoIterator<Item = &'a Step>,
) -> Declarations {
    let variable = |variable: &Variable| DeclaredVariable {
        kind: match variable.kind {
            VariableKind::String => Kind::Text,
            VariableKind::Number => Kind::Number,
            VariableKind::Boolean => Kind::Boolean,
            VariableKind::Array => Kind::List(Box::new(Kind::Any)),
        },
        words: variable.allowed.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        is_secret: variable.secret,
    };
    let step = |step: &Step| DeclaredStep {
        has_commands: step.commands.iter().any(super::Command::is_bash),
        outputs: step.outputs.keys().cloned().collect(),
    };
    Declarations {
        variables: variables.into_iter().map(|known| (known.name.clone(), variable(known))).collect(),
        steps: steps.into_iter().map(|known| (known.id.clone(), step(known))).collect(),
    }
}

/// The variables, and the outputs of steps under the names they have in texts and in the environment.
fn meanings(draft: &Draft<'_>, diagnostics: &mut Diagnostics) -> BTreeMap<String, Meaning> {
    let meaning = |variable: &Variable| if variable.secret { Meaning::Secret } else { Meaning::Variable };
    let variables = draft.variables.iter().map(|variable| (variable.name.clone(), meaning(variable)));
    let mut meanings: BTreeMap<String, Meaning> = variables.collect();
    for StepDraft { step, span, .. } in &draft.steps {
        for output in step.outputs.keys() {
            let name = step.output_name(output);
            let shown = quoted(&name);
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                let message = format!(
                    "the output {} of this step would be called {shown}, which is no name",
                    quoted(output)
                );
                diagnostics.add(
                    Finding::error(span.range(), message).help("let the id of the step begin with a letter"),
                );
            } else if meanings.insert(name, Meaning::Output).is_some() {
                let message = format!(
                    "the output {} of this step is called {shown}, and so is something else",
                    quoted(output)
                );
                diagnostics.add(Finding::error(span.range(), message).help("give one of them another name"));
            }
        }
    }
    meanings
}

impl Names<'_> {
    /// Reports every `${name}` of a text the tool expands whose name is not declared, and secrets outside of
    /// an environment.
    fn unknown(&self, node: &Node, may_hold_secrets: bool, diagnostics: &mut Diagnostics) {
        for reference in text::references(node.as_text().unwrap_or_default()) {
            let name = reference.name;
            let place = || place_of(node, name, 0, self.source);
            let finding = match self.meanings.get(name) {
                Some(Meaning::Secret) if !may_hold_secrets => {
                    let message = format!("{} is a secret, and texts are shown and stored", quoted(name));
                    let help = format!("a bash command finds it in its environment, as \"${{{name}}}\"");
                    Finding::error(place(), message).help(help)
                }
                Some(_) => continue,
                None => {
                    let finding = Finding::error(place(), format!("unknown variable {}", quoted(name)));
                    let known = self.meanings.keys().map(String::as_str);
                    match diagnostics.has_room().then(|| closest(name, known)).flatten() {
                        Some(meant) => finding.label(format!("did you mean `${{{meant}}}`?")),
                        None => finding.help(format!(
                            "declare it under `variables:`; `${name}` without braces is plain text"
                        )),
                    }
                }
            };
            diagnostics.add(finding);
        }
    }

    /// Notes every declared `${name}` of a shell text that stands outside quotes.
    fn unquoted(&self, node: &Node, diagnostics: &mut Diagnostics) {
        for reference in text::unquoted_references(node.as_text().unwrap_or_default()) {
            if self.meanings.contains_key(reference.name) {
                let message = format!("`${{{}}}` stands outside quotes", reference.name);
                let help =
                    format!("write \"${{{}}}\", so that a space in the value splits nothing", reference.name);
                let run = node.as_text().unwrap_or_default();
                let before = text::references(run)
                    .filter(|other| other.name == reference.name && other.start < reference.start);
                let place = place_of(node, reference.name, before.count(), self.source);
                diagnostics.add(Finding::note(place, message).help(help));
            }
        }
    }
}

/// The bytes of `${name}` in the source of a text, behind as many others of that name, or those of the text where
/// escapes hide it.
fn place_of(node: &Node, name: &str, before: usize, source: &str) -> Range<usize> {
    let written = format!("${{{name}}}");
    let range = node.span.range();
    match node.span.text(source).match_indices(&written).nth(before) {
        Some((at, _)) => range.start + at..range.start + at + written.len(),
        None => range,
    }
}

/// An input step asks for a variable that is declared, is no secret, and is asked for once.
fn inputs(draft: &Draft<'_>, diagnostics: &mut Diagnostics) {
    let mut asked: HashMap<&str, &str> = HashMap::new();
    for StepDraft { step, span, is_base, .. } in &draft.steps {
        let Some(input) = &step.input else { continue };
        let name = quoted(&input.variable);
        let place = if *is_base { span.range() } else { input.span.clone() };
        let error = |message: String| Finding::error(place.clone(), message);
        match draft.variables.iter().find(|variable| variable.name == input.variable) {
            None => {
                let known = draft.variables.iter().map(|variable| variable.name.as_str());
                let finding = error(format!("unknown variable {name}"));
                diagnostics.add(match closest(&input.variable, known) {
                    Some(meant) => finding.label(format!("did you mean `{meant}`?")),
                    None => finding.help("declare it under `variables:`"),
                });
            }
            Some(variable) if variable.secret => {
                let help = "it comes from the environment; without it a person at a terminal is asked";
                diagnostics.add(error(format!("{name} is a secret, and answers are stored")).help(help));
            }
            Some(_) => match asked.insert(&input.variable, &step.id) {
                Some(first) if first != step.id => {
                    let help = format!("step {} asks for it first", quoted(first));
                    diagnostics.add(error(format!("two steps ask for {name}")).help(help));
                }
                _ => {}
            },
        }
    }
}
