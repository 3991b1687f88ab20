//! What only the whole template can tell: ids that are unique, needs that exist and end, names that are declared.

use std::collections::HashMap;

use super::graph;
use super::model::{Origin, Step};
use super::node::{Node, Span};
use super::read::{Draft, StepDraft};
use super::{Template, source_hash};
use crate::diagnostic::{Diagnostics, Finding, closest, quoted};
use crate::text;

/// Items of a section that a person still takes in at once (Gawande, "The Checklist Manifesto": five to nine).
const SECTION_ITEMS_MAX: usize = 9;

/// Steps of a circle that are written out.
const CIRCLE_SHOWN_MAX: usize = 10;

/// Looks at the draft as a whole. `None` when it has no id or no title, which has been reported then.
pub(super) fn template(draft: Draft<'_>, source: &str, diagnostics: &mut Diagnostics) -> Option<Template> {
    let Draft { variables, expanded, shell, .. } = &draft;
    let names: Vec<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    for node in expanded {
        unknown_names(node, &names, source, diagnostics);
    }
    for node in shell {
        unquoted_names(node, &names, source, diagnostics);
    }
    long_sections(&draft.steps, diagnostics);
    let steps = resolve(draft.steps, diagnostics);
    Some(Template {
        id: draft.id?,
        title: draft.title?,
        version: draft.version,
        description: draft.description,
        mode: draft.mode,
        owner: draft.owner,
        reviewed: draft.reviewed,
        extends: draft.extends,
        variables: draft.variables,
        defaults: draft.defaults,
        steps,
        origin: Origin::Yaml,
        source_hash: source_hash(source),
        notes: Diagnostics::new("", ""),
    })
}

/// Reports repeated ids, unknown needs and circles, and fills in what each step needs.
fn resolve(drafts: Vec<StepDraft<'_>>, diagnostics: &mut Diagnostics) -> Vec<Step> {
    let mut index: HashMap<&str, usize> = HashMap::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate().filter(|(_, draft)| !draft.step.id.is_empty()) {
        if let Some(first) = index.get(draft.step.id.as_str()) {
            let line = drafts[*first].step.line;
            let message = format!("two steps have the id {}", quoted(&draft.step.id));
            let help = format!("the first is on line {line}; a run finds its steps by their ids");
            diagnostics.add(Finding::error(draft.span.range(), message).help(help));
        } else {
            index.insert(&draft.step.id, at);
        }
    }
    let mut needs = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        needs.push(match &draft.needs {
            None => at.checked_sub(1).into_iter().collect(),
            Some(list) => {
                list.iter().filter_map(|(id, span)| needed(id, *span, draft, &index, diagnostics)).collect()
            }
        });
    }
    for circle in graph::circles(&needs) {
        report_circle(&circle, &drafts, diagnostics);
    }
    let ids: Vec<String> = drafts.iter().map(|draft| draft.step.id.clone()).collect();
    let fill = |(draft, needs): (StepDraft<'_>, Vec<usize>)| {
        let needs = needs.into_iter().map(|need| ids[need].clone()).collect();
        Step { needs, ..draft.step }
    };
    drafts.into_iter().zip(needs).map(fill).collect()
}

fn needed(
    id: &str,
    span: Span,
    draft: &StepDraft<'_>,
    index: &HashMap<&str, usize>,
    diagnostics: &mut Diagnostics,
) -> Option<usize> {
    if let Some(at) = index.get(id) {
        return Some(*at);
    }
    let step = quoted(&draft.step.id);
    let mut finding =
        Finding::error(span.range(), format!("step {step} needs {}, which does not exist", quoted(id)));
    if diagnostics.has_room() {
        let mut ids: Vec<_> = index.keys().copied().collect();
        ids.sort_unstable_by_key(|id| index[id]);
        finding = match closest(id, ids.iter().copied()) {
            Some(meant) => finding.label(format!("did you mean `{meant}`?")),
            None => finding.help("`needs` lists ids of other steps of this template"),
        };
    }
    diagnostics.add(finding);
    None
}

fn report_circle(circle: &[usize], drafts: &[StepDraft<'_>], diagnostics: &mut Diagnostics) {
    let id = |at: &usize| drafts[*at].step.id.as_str();
    let mut names: Vec<&str> = circle.iter().take(CIRCLE_SHOWN_MAX).map(id).collect();
    if circle.len() > CIRCLE_SHOWN_MAX {
        names.push("...");
    }
    names.push(id(&circle[0]));
    let message = format!("these steps need each other, so none of them could begin: {}", names.join(" -> "));
    let written = |at: &&usize| drafts[**at].needs.is_some();
    let place = circle.iter().find(written).unwrap_or(&circle[0]);
    let next = circle[(circle.iter().position(|at| at == place).unwrap_or(0) + 1) % circle.len()];
    let span =
        drafts[*place].needs.iter().flatten().find(|(need, _)| *need == id(&next)).map(|(_, span)| *span);
    let implied = circle.iter().find(|at| drafts[**at].needs.is_none() && circle.len() > 1);
    let help = implied.map_or_else(
        || "remove one of these needs".to_owned(),
        |at| format!("{} has no `needs`, so it needs the step above it; `needs: []` is none", quoted(id(at))),
    );
    diagnostics.add(Finding::error(span.unwrap_or(drafts[*place].span).range(), message).help(help));
}

/// Reports every `${name}` of a text the tool expands whose name is not declared.
fn unknown_names(node: &Node, names: &[&str], source: &str, diagnostics: &mut Diagnostics) {
    for reference in text::references(node.as_text().unwrap_or_default()) {
        if names.contains(&reference.name) {
            continue;
        }
        let message = format!("unknown variable {}", quoted(reference.name));
        let mut finding = Finding::error(place_of(node, reference.name, source), message);
        if diagnostics.has_room() {
            finding = match closest(reference.name, names.iter().copied()) {
                Some(meant) => finding.label(format!("did you mean `${{{meant}}}`?")),
                None => finding.help(format!(
                    "declare it under `variables:`; `${}` without braces is plain text",
                    reference.name
                )),
            };
        }
        diagnostics.add(finding);
    }
}

/// Notes every declared `${name}` of a shell text that stands outside quotes.
fn unquoted_names(node: &Node, names: &[&str], source: &str, diagnostics: &mut Diagnostics) {
    for reference in text::unquoted_references(node.as_text().unwrap_or_default()) {
        if names.contains(&reference.name) {
            let message = format!("`${{{}}}` stands outside quotes", reference.name);
            let help =
                format!("write \"${{{}}}\", so that a space in the value splits nothing", reference.name);
            diagnostics.add(Finding::note(place_of(node, reference.name, source), message).help(help));
        }
    }
}

/// The bytes of `${name}` in the source of a text, or those of the text where escapes hide it.
fn place_of(node: &Node, name: &str, source: &str) -> std::ops::Range<usize> {
    let written = format!("${{{name}}}");
    let range = node.span.range();
    match node.span.text(source).find(&written) {
        Some(at) => range.start + at..range.start + at + written.len(),
        None => range,
    }
}

fn long_sections(drafts: &[StepDraft<'_>], diagnostics: &mut Diagnostics) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for draft in drafts {
        let Some(section) = draft.step.section.as_deref() else { continue };
        let count = counts.entry(section).or_default();
        *count += 1;
        if *count == SECTION_ITEMS_MAX + 1 {
            let message = format!("section {} has more than {SECTION_ITEMS_MAX} steps", quoted(section));
            let help = "five to nine are what people take in at once; split it";
            diagnostics.add(Finding::note(draft.span.range(), message).help(help));
        }
    }
}
