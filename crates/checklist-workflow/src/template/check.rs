//! What only the whole template can tell: ids that are unique, needs that exist and end, names that are declared.

use std::collections::HashMap;

use super::model::{Mode, Origin, Step};
use super::node::Span;
use super::read::{Draft, StepDraft};
use super::{Template, extend, graph, names};
use crate::closest::closest;
use crate::condition::Path;
use crate::diagnostic::{Diagnostics, Finding, quoted};
use std::ops::Range;

/// Items of a section that a person still takes in at once (Gawande, "The Checklist Manifesto": five to nine).
const SECTION_ITEMS_MAX: usize = 9;

/// Steps of a circle that are written out.
const CIRCLE_SHOWN_MAX: usize = 10;

/// Looks at the draft as a whole. `None` when it has no id or no title, which has been reported then.
pub(super) fn template(
    draft: Draft<'_>,
    source: &str,
    base: Option<&Template>,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    extend::check_conditions(&draft, diagnostics);
    names::check(&draft, source, diagnostics);
    long_sections(&draft.steps, diagnostics);
    let steps = resolve(draft.steps, draft.mode, diagnostics);
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
        source_hash: extend::hash(source, base),
        notes: Diagnostics::new("", ""),
    })
}

/// Reports repeated ids, unknown needs and circles, and fills in what each step needs.
fn resolve(drafts: Vec<StepDraft<'_>>, mode: Mode, diagnostics: &mut Diagnostics) -> Vec<Step> {
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
            None => above(&drafts, at, mode),
            Some(list) => {
                list.iter().filter_map(|(id, span)| needed(id, *span, draft, &index, diagnostics)).collect()
            }
        });
    }
    // What a condition looks at has to be settled before it, so that is an edge like a need.
    let edges: Vec<Vec<usize>> = (drafts.iter().zip(&needs))
        .map(|(draft, needs)| {
            let looks = looked_at(&draft.step, &drafts)
                .into_iter()
                .filter_map(|(id, _)| index.get(id.as_str()).copied());
            needs.iter().copied().chain(looks).collect()
        })
        .collect();
    for circle in graph::circles(&edges) {
        report_circle(&circle, &drafts, diagnostics);
    }
    let ids: Vec<String> = drafts.iter().map(|draft| draft.step.id.clone()).collect();
    let fill = |(draft, needs): (StepDraft<'_>, Vec<usize>)| {
        let needs = needs.into_iter().map(|need| ids[need].clone()).collect();
        Step { needs, ..draft.step }
    };
    drafts.into_iter().zip(needs).map(fill).collect()
}

/// What a step without `needs` waits for: the step above it; and where a section is done as one, the section above.
fn above(drafts: &[StepDraft<'_>], at: usize, mode: Mode) -> Vec<usize> {
    let section = |at: usize| drafts[at].step.section.as_deref();
    if mode == Mode::ReadDo || section(at).is_none() {
        return at.checked_sub(1).into_iter().collect();
    }
    let Some(last) = (0..at).rev().find(|other| section(*other) != section(at)) else { return Vec::new() };
    let is_part = |other: &usize| section(last).is_some() && section(*other) == section(last);
    let first = (0..last).rev().take_while(is_part).last().unwrap_or(last);
    (first..=last).collect()
}

/// The steps that the conditions of a step look at, each with the place of the condition: those they name,
/// and those that ask for the variables they name.
fn looked_at(step: &Step, drafts: &[StepDraft<'_>]) -> Vec<(String, Range<usize>)> {
    let asks = |name: &str| {
        let asking =
            drafts.iter().find(|draft| draft.step.input.as_ref().is_some_and(|input| input.variable == name));
        asking.map(|draft| draft.step.id.clone())
    };
    let of = |path: Path<'_>| match path {
        Path::Variable(name) => asks(name),
        path => path.step().map(str::to_owned),
    };
    let conditions = step.conditions().flat_map(|condition| {
        let steps = condition.expression.paths().into_iter().filter_map(of);
        steps.map(|step| (step, condition.span.clone())).collect::<Vec<_>>()
    });
    conditions.collect()
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
    // The most telling place: a need that is written, then a condition, then the step itself.
    let pairs = circle.iter().enumerate().map(|(place, at)| (*at, circle[(place + 1) % circle.len()]));
    let written = pairs.clone().find_map(|(at, next)| {
        let needs = drafts[at].needs.iter().flatten();
        needs.into_iter().find(|(need, _)| *need == id(&next)).map(|(_, span)| span.range())
    });
    let looked = pairs.clone().find_map(|(at, next)| {
        let looks = looked_at(&drafts[at].step, drafts).into_iter();
        let place = |span| if drafts[at].is_base { drafts[at].span.range() } else { span };
        looks.into_iter().find(|(step, _)| step == id(&next)).map(|(_, span)| place(span))
    });
    let is_condition = looked.is_some();
    let span = written.or(looked).unwrap_or_else(|| drafts[circle[0]].span.range());
    let implied = circle.iter().find(|at| drafts[**at].needs.is_none() && circle.len() > 1);
    let unwritten = match is_condition {
        true => "a condition waits for the steps it looks at; let it look at others",
        false => "remove one of these needs",
    };
    let help = implied.map_or_else(
        || unwritten.to_owned(),
        |at| format!("{} has no `needs`, so it needs the step above it; `needs: []` is none", quoted(id(at))),
    );
    diagnostics.add(Finding::error(span, message).help(help));
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
