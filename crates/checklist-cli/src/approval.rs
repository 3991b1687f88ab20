//! Approval: commands of a list run only after this exact content was approved on this machine.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen;
use crate::screen::layout::counted;
use checklist_workflow::template::{Check, Origin, Step, StepKind, Template};
use checklist_workflow::trust::{Approval, ContentHash};
use serde_json::json;
use std::path::Path;

/// As many digits of a hash as `trust --sha256` asks for: fewer can be matched by trying contents.
pub(crate) const DIGITS_MIN: usize = 12;

/// A list whose commands are about to run.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) root: &'a Path,
    /// Its path, as shown.
    pub(crate) path: &'a str,
    /// What `trust` is to be called with: its name or path; `None` for the copy of the active run.
    pub(crate) name: Option<&'a str>,
    pub(crate) template: &'a Template,
}

impl Content<'_> {
    /// The hash of the very bytes that were parsed.
    pub(crate) fn hash(&self) -> ContentHash {
        ContentHash::parse(&self.template.source_hash).expect("a template carries the hash of its source")
    }
}

/// Whether this content may run commands here.
pub(crate) fn is_approved(ctx: &Context, content: Content<'_>) -> Result<bool, Failure> {
    Ok(ctx.trust()?.is_trusted(&content.hash(), content.root)?)
}

/// Lets a list with commands pass only if it is approved, or a person at the terminal approves it now, having
/// seen every command.
pub(crate) fn require(ctx: &Context, content: Content<'_>) -> Result<(), Failure> {
    // A dry run executes nothing, and tells whether this is approved.
    if ctx.is_dry || content.template.commands().is_empty() || is_approved(ctx, content)? {
        return Ok(());
    }
    let hash = content.hash();
    let look = ctx.ui.look_of_talk();
    let intro = "These commands come from a template you have not approved on this machine:";
    let trust =
        content.name.map_or_else(|| "checklist trust".to_owned(), |name| format!("checklist trust {name}"));
    let command = format!("{trust} --sha256 {}", &hash.to_string()[..16]);
    let Some(prompt) = ctx.prompt() else {
        let count = content.template.commands().len();
        let (commands, were) = (counted(count, "command"), if count == 1 { "was" } else { "were" });
        return Err(Failure::new(
            Exit::Untrusted,
            format!("{} holds {commands} that {were} not approved on this machine", content.path),
        )
        .advise(format!("Look at them: {trust}"))
        .advise(format!("Then, a person: {command}"))
        .data(json!({"path": content.path, "sha256": hash.to_string(), "commands": count})));
    };
    ctx.ui.say(intro);
    ctx.ui.talk(&screen::trust::trust(content.path, &hash, content.template, look));
    if !prompt.yes("Run them? (remembered for this exact content)") {
        return Err(Failure::new(Exit::Untrusted, "not approved: nothing was run").lead(""));
    }
    Ok(ctx.trust()?.approve(&hash, &content.template.id, content.root, Approval::Shown)?)
}

/// Whether walking through this list runs something without being asked at the step. A Markdown list is read by
/// people: what it shows in a code fence runs when they say so, or where it says `auto`.
pub(crate) fn runs_by_itself(template: &Template) -> bool {
    template.origin == Origin::Yaml || template.steps.iter().any(|step| step.kind == StepKind::Auto)
}

/// Whether settling this step may run something of the template.
pub(crate) fn has_scripts(step: &Step) -> bool {
    let has_check = step.validation.iter().any(|validation| matches!(validation.check, Check::Bash { .. }));
    has_check || !step.outputs.is_empty()
}
