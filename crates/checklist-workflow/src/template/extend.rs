//! `extends`: a template that begins with the variables, defaults and steps of another one, read from beside it.

use super::model::{Step, Variable};
use super::node::{Node, Span, Value};
use super::read::{Draft, StepDraft};
use super::{Template, names, source_hash};
use crate::diagnostic::{Diagnostics, Finding, quoted};

/// Templates that may build on each other.
pub(super) const CHAIN_MAX: usize = 8;

/// The text of a template that another one extends, by the name that is written there.
///
/// ```
/// use checklist_workflow::Template;
/// use checklist_workflow::template::BaseSource;
///
/// let base = "checklist: 1\nid: base\ntitle: Base\nsteps:\n  - { id: clean, title: Clean }\n";
/// let source = "checklist: 1\nid: own\ntitle: Own\nextends: base\nsteps:\n  - { id: ship, title: Ship }\n";
/// let template = Template::parse_with("own.yaml", source, &mut |name| {
///     Ok(BaseSource { name: format!("{name}.yaml"), source: base.to_owned() })
/// })?;
/// assert_eq!(template.steps.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseSource {
    /// What it is called in messages, usually its path.
    pub name: String,
    /// Its text.
    pub source: String,
}

/// Finds the text of a template that is extended, or says why there is none.
pub type FindBase<'f> = &'f mut dyn FnMut(&str) -> Result<BaseSource, String>;

/// For who has no files beside the template.
pub(super) fn no_base(_: &str) -> Result<BaseSource, String> {
    Err("there is no folder here to look for it".to_owned())
}

/// The name under `extends` and its place.
fn name_of(root: &Node) -> Option<(&str, Span)> {
    let Value::Map(map) = &root.value else { return None };
    let (_, value) = map.iter().find(|(key, _)| key.as_text() == Some("extends"))?;
    Some((value.as_text()?, value.span))
}

/// Reads the template that `root` extends, if it does. A mistake in that one is told as what it is, in its own file.
pub(super) fn base(
    root: &Node,
    chain: &[String],
    find: FindBase<'_>,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Template>, Diagnostics> {
    let Some((name, span)) = name_of(root) else { return Ok(None) };
    let problem = if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        Some("it is the name of a file in the same folder".to_owned())
    } else if chain.iter().any(|known| known == name) {
        Some(format!("it extends itself: {} -> {name}", chain.join(" -> ")))
    } else if chain.len() >= CHAIN_MAX {
        Some(format!("at most {CHAIN_MAX} templates build on each other"))
    } else {
        None
    };
    let found = match problem {
        Some(problem) => Err(problem),
        None => find(name),
    };
    match found {
        Ok(BaseSource { name: shown, source }) => {
            let chain: Vec<String> = chain.iter().cloned().chain([name.to_owned()]).collect();
            Template::parse_chain(&shown, &source, &chain, find).map(Some)
        }
        Err(reason) => {
            let finding =
                Finding::error(span.range(), format!("{} cannot be extended: {reason}", quoted(name)));
            diagnostics
                .add(finding.help("write the name of a template beside this one, such as `extends: common`"));
            Ok(None)
        }
    }
}

/// Puts the base under the draft: its variables and steps come first, those of the draft with the same name
/// take their place. `needs` are kept where the draft says none.
pub(super) fn merge<'n>(
    draft: &mut Draft<'n>,
    root: &Node,
    base: &'n Template,
    diagnostics: &mut Diagnostics,
) {
    let span = name_of(root).map_or(root.span, |(_, span)| span);
    let own = std::mem::take(&mut draft.variables);
    for variable in &own {
        if let Some(other) = base.variable(&variable.name).filter(|other| !is_alike(variable, other)) {
            let message =
                format!("{} is {} in the template this one extends", quoted(&variable.name), kind(other));
            diagnostics
                .add(Finding::error(span.range(), message).help("give it the same type, or another name"));
        }
    }
    let is_own = |name: &str| own.iter().any(|variable| variable.name == name);
    draft.variables = base.variables.iter().filter(|variable| !is_own(&variable.name)).cloned().collect();
    draft.variables.extend(own);
    let mut steps: Vec<StepDraft<'n>> = base.steps.iter().map(|step| of_base(step, span)).collect();
    for own in std::mem::take(&mut draft.steps) {
        match steps.iter_mut().find(|known| known.is_base && known.step.id == own.step.id) {
            Some(place) => {
                let needs = own.needs.or_else(|| place.needs.take());
                *place = StepDraft { needs, ..own };
            }
            None => steps.push(own),
        }
    }
    draft.steps = steps;
    draft.description = draft.description.take().or_else(|| base.description.clone());
    draft.owner = draft.owner.take().or_else(|| base.owner.clone());
    if !draft.has_mode {
        draft.mode = base.mode;
    }
}

/// A step of the base as if it stood where that is named.
fn of_base(step: &Step, span: Span) -> StepDraft<'_> {
    let needs = step.needs.iter().map(|need| (need.as_str(), span)).collect();
    StepDraft { step: step.clone(), span, needs: Some(needs), is_base: true }
}

fn is_alike(one: &Variable, other: &Variable) -> bool {
    (one.kind, one.secret) == (other.kind, other.secret)
}

fn kind(variable: &Variable) -> &'static str {
    let word = super::read::VARIABLE_KINDS.iter().find(|(_, kind)| *kind == variable.kind);
    if variable.secret { "a secret" } else { word.map_or("another", |(word, _)| word) }
}

/// What the conditions of the base make of variables and steps that took the place of its own.
pub(super) fn check_conditions(draft: &Draft<'_>, diagnostics: &mut Diagnostics) {
    let declarations = names::declarations(&draft.variables, draft.steps.iter().map(|draft| &draft.step));
    for StepDraft { step, span, .. } in draft.steps.iter().filter(|draft| draft.is_base) {
        let mistakes =
            step.conditions().filter_map(|condition| condition.expression.check(&declarations).err());
        for mistake in mistakes.flatten() {
            let message =
                format!("step {} of the template this one extends: {}", quoted(&step.id), mistake.message);
            diagnostics.add(
                Finding::error(span.range(), message)
                    .help("what takes the place of a variable or a step has to fit"),
            );
        }
    }
}

/// The hash of a template with what it extends: trust is given to all of it.
pub(super) fn hash(source: &str, base: Option<&Template>) -> String {
    match base {
        None => source_hash(source),
        Some(base) => source_hash(&format!("{}\n{}\n", source_hash(source), base.source_hash)),
    }
}
