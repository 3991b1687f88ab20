//! A report as one HTML page that needs nothing else.

mod style;

use super::{Report, duration, moment, one_line, row, standing};
use crate::output::plain_text;
use crate::run::{CommandStatus, StepStatus};
use crate::view::{CommandView, ConditionView, StepView};

pub(super) fn page(report: &Report) -> String {
    let title = escaped(&one_line(&report.view.title));
    let body =
        [header(report), facts(report), to_know(report), steps(report), history(report), footer(report)];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"checklist\">\n\
         <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        style::SHEET,
        body.concat()
    )
}

fn header(report: &Report) -> String {
    let view = &report.view;
    let progress = &view.progress;
    let name = view.name.as_deref().map(|name| format!(" &middot; {}", line(name))).unwrap_or_default();
    let version = view.version.as_deref().map(|version| format!(" {}", line(version))).unwrap_or_default();
    let open = progress.total - progress.settled().min(progress.total);
    let share = |count: usize, class: &str, word: &str| match count {
        0 => String::new(),
        count => {
            format!("<span class=\"{class}\" style=\"flex-grow:{count}\" title=\"{count} {word}\"></span>")
        }
    };
    let parts: [(usize, &str, &str); 5] = [
        (progress.verified, "verified", "verified"),
        (progress.claimed, "claimed", "claimed"),
        (progress.skipped, "skipped", "skipped"),
        (progress.hidden, "skipped", "hidden"),
        (open, "open", "open"),
    ];
    let bar: String = parts.iter().map(|(count, class, word)| share(*count, class, word)).collect();
    let legend: String = parts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, class, word)| format!("<li><i class=\"{class}\"></i>{count} {word}</li>"))
        .collect();
    format!(
        "<header>\n<p class=\"kicker\">{}{version}{name}</p>\n<h1>{}</h1>\n\
         <p class=\"state {status}\">{status}</p>\n\
         <div class=\"bar\" role=\"img\" aria-label=\"{}\">{bar}</div>\n<ul class=\"legend\">{legend}</ul>\n</header>\n",
        line(&view.template),
        line(&view.title),
        line(&report.summary()),
        status = view.status,
    )
}

fn facts(report: &Report) -> String {
    let view = &report.view;
    let (from, to) = report.span();
    let took = u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0);
    let mut rows = vec![
        ("Run", format!("<code>{}</code>", line(&view.id))),
        ("Begun", moment(from)),
        ("Last change", format!("{} <span class=\"quiet\">after {}</span>", moment(to), duration(took))),
    ];
    if report.command_ms() > 0 {
        rows.push(("Commands", format!("ran for {}", duration(report.command_ms()))));
    }
    rows.extend(view.branch.as_deref().map(|branch| ("Branch", format!("<code>{}</code>", line(branch)))));
    rows.extend(view.owner.as_deref().map(|owner| ("Owner", line(owner))));
    rows.extend(view.archived_at.map(|at| ("Put aside", moment(at))));
    let mut text = String::from("<dl class=\"facts\">\n");
    for (name, value) in rows {
        text.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
    }
    for (name, value) in &view.variables {
        text.push_str(&format!("<div><dt>{}</dt><dd><code>{}</code></dd></div>\n", line(name), line(value)));
    }
    text.push_str("</dl>\n");
    text
}

/// What a reader should not have to look for.
fn to_know(report: &Report) -> String {
    let link = |step: &StepView| {
        let word = standing(step);
        format!("<a href=\"#{id}\">{id}</a> <span class=\"quiet\">{word}</span>", id = line(&step.id))
    };
    let told = |name: &str, class: &str, steps: Vec<String>| match steps.is_empty() {
        true => String::new(),
        false => format!("<div class=\"{class}\"><dt>{name}</dt><dd>{}</dd></div>\n", row(steps)),
    };
    let rows = [
        told("Killer steps", "killers", report.killers().map(link).collect()),
        told("Only claimed: nothing checked it", "only", report.claimed().map(link).collect()),
        told("Open", "still", report.open().map(link).collect()),
    ]
    .concat();
    if rows.is_empty() { rows } else { format!("<dl class=\"know\">\n{rows}</dl>\n") }
}

fn steps(report: &Report) -> String {
    let mut text = String::from("<h2>Steps</h2>\n<ol class=\"steps\">\n");
    let mut section: Option<&str> = None;
    for step in &report.view.steps {
        if step.section.as_deref() != section {
            section = step.section.as_deref();
            // What has no section is apart from the one before it.
            let head = section.map_or_else(|| "<hr>".to_owned(), |name| format!("<h3>{}</h3>", line(name)));
            text.push_str(&format!("</ol>\n{head}\n<ol class=\"steps\">\n"));
        }
        text.push_str(&step_item(step));
    }
    text.push_str("</ol>\n");
    // A list whose first step has a section begins with an empty list.
    text.replace("<ol class=\"steps\">\n</ol>\n", "")
}

fn step_item(step: &StepView) -> String {
    let class = match (step.status, step.evidence) {
        (StepStatus::Done, Some(evidence)) => evidence.as_str(),
        (status, _) => status.as_str(),
    };
    let mark = match step.status {
        StepStatus::Done => "&#10003;",
        StepStatus::Skipped | StepStatus::Hidden => "&ndash;",
        StepStatus::Failed => "!",
        StepStatus::Interrupted => "?",
        StepStatus::Active => "&gt;",
        StepStatus::Pending => "",
    };
    let killer = if step.killer { " <span class=\"killer\">killer</span>" } else { "" };
    let depth = step.depth.min(6);
    let mut text = format!(
        "<li id=\"{id}\" class=\"{class}\" style=\"--depth:{depth}\">\n<span class=\"mark\" aria-hidden=\"true\">{mark}</span>\n\
         <div>\n<p class=\"title\"><span>{}</span>{killer} <code class=\"id\">{id}</code></p>\n",
        line(&step.title),
        id = line(&step.id),
    );
    text.push_str(&evidence(step));
    text.push_str(&condition(step.condition.as_deref()));
    if let Some(description) = &step.description {
        text.push_str(&format!("<p class=\"about\">{}</p>\n", lines(description)));
    }
    if let Some(input) = &step.input {
        let about = input.about.as_deref().map(|about| format!(": {}", line(about))).unwrap_or_default();
        text.push_str(&format!(
            "<p class=\"label\">Asks for <code>{}</code>{about}</p>\n",
            line(&input.variable)
        ));
    }
    for prompt in &step.prompts {
        text.push_str(&format!(
            "<details><summary>Asked of an agent</summary>\n<pre>{}</pre>\n</details>\n",
            lines(prompt.trim_end())
        ));
    }
    if !step.checks.is_empty() {
        let checks: String = step
            .checks
            .iter()
            .map(|check| format!("<li><code>{}</code></li>", line(&check.label())))
            .collect();
        text.push_str(&format!("<p class=\"label\">Checked by</p>\n<ul class=\"checks\">{checks}</ul>\n"));
    }
    step.commands.iter().for_each(|command| text.push_str(&command_box(command)));
    if !step.outputs.is_empty() {
        let output = |(name, value): &(String, String)| {
            format!("<div><dt>{}</dt><dd><code>{}</code></dd></div>", line(name), line(value))
        };
        let outputs: String = step.outputs.iter().map(output).collect();
        text.push_str(&format!("<dl class=\"outputs\">{outputs}</dl>\n"));
    }
    if !step.rollback.is_empty() {
        let boxes: String = step.rollback.iter().map(command_box).collect();
        text.push_str(&format!("<details><summary>Taken back by</summary>\n{boxes}</details>\n"));
    }
    text.push_str("</div>\n</li>\n");
    text
}

/// When a step or a command applies, and what decides that.
fn condition(condition: Option<&ConditionView>) -> String {
    let Some(condition) = condition else { return String::new() };
    // Where the whole condition decides, it is not said twice.
    let why = condition.why.strip_prefix(&condition.text).unwrap_or(&condition.why);
    let why = one_line(why);
    let why = if why.is_empty() { why } else { format!(" <span class=\"quiet\">{}</span>", line(&why)) };
    format!("<p class=\"only-if\">only if <code>{}</code>{why}</p>\n", line(&condition.text))
}

/// On whose word, by whom and when; or what it waits for.
fn evidence(step: &StepView) -> String {
    let note = step.note.as_deref().map(|note| format!(": {}", line(note))).unwrap_or_default();
    let by = match (&step.by, step.at) {
        (Some(by), Some(at)) => format!(" <span class=\"quiet\">{}, {}</span>", line(by), moment(at)),
        _ => String::new(),
    };
    let waits = match step.waits_for.is_empty() {
        true => String::new(),
        false => format!(", waits for {}", line(&step.waits_for.join(", "))),
    };
    let claim = step
        .claim
        .as_ref()
        .filter(|claim| !claim.is_over)
        .map(|claim| format!(", claimed by {} until {}", line(&claim.by), moment(claim.until)));
    match step.status {
        StepStatus::Pending => {
            let human = if step.needs_human { ", by a person" } else { "" };
            let claim = claim.unwrap_or_default();
            format!("<p class=\"word\"><b>to do</b>{human}{waits}{claim}</p>\n")
        }
        StepStatus::Hidden => format!("<p class=\"word\"><b>{}</b></p>\n", standing(step)),
        _ => format!("<p class=\"word\"><b>{}</b>{note}{by}</p>\n", standing(step)),
    }
}

fn command_box(command: &CommandView) -> String {
    let outcome = match command.status {
        CommandStatus::Pending => "not run".to_owned(),
        CommandStatus::Started => "running".to_owned(),
        CommandStatus::Interrupted => "unknown: it was cut off".to_owned(),
        CommandStatus::Retrying => "to be tried again".to_owned(),
        CommandStatus::Done | CommandStatus::Failed => {
            command.outcome.as_deref().map_or_else(|| command.status.as_str().to_owned(), line)
        }
    };
    let took = command.duration_ms.map(|ms| format!(", {}", duration(ms))).unwrap_or_default();
    let attempt = if command.attempt > 1 { format!(", attempt {}", command.attempt) } else { String::new() };
    let at = command.at.map(|at| format!(", {}", moment(at))).unwrap_or_default();
    let danger =
        command.danger.as_deref().map(|danger| format!("<p class=\"danger\">{}</p>\n", line(danger)));
    let log = command.log.as_deref().map(|log| format!(" <span class=\"quiet\">log: {}</span>", line(log)));
    format!(
        "<div class=\"command {}\">\n<pre>{}</pre>\n{}{}<p class=\"outcome\"><b>{outcome}</b>{took}{attempt}{at}{}</p>\n</div>\n",
        command.status.as_str(),
        lines(command.script.trim_end()),
        condition(command.condition.as_ref()),
        danger.unwrap_or_default(),
        log.unwrap_or_default()
    )
}

fn history(report: &Report) -> String {
    let mut text = String::from(
        "<h2>History</h2>\n<table>\n<thead><tr><th>op</th><th>time</th><th>who</th><th>what</th><th></th></tr></thead>\n<tbody>\n",
    );
    for entry in &report.history {
        let class = if entry.undone { " class=\"undone\"" } else { "" };
        let step =
            entry.step.as_deref().map(|step| format!(" <code>{}</code>", line(step))).unwrap_or_default();
        let undone = if entry.undone { "<i>undone</i> " } else { "" };
        text.push_str(&format!(
            "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{}{step}</td><td>{undone}{}</td></tr>\n",
            entry.op,
            moment(entry.time),
            line(&entry.actor),
            line(&entry.verb),
            line(&entry.detail)
        ));
    }
    text.push_str("</tbody>\n</table>\n");
    text
}

fn footer(report: &Report) -> String {
    format!(
        "<footer>\n<p>List <code>{}</code>, SHA-256 <code>{}</code>. Report of {}.</p>\n\
         <p><b>Verified</b>: the tool ran the check and saw it pass. <b>Claimed</b>: somebody said so.</p>\n</footer>\n",
        line(&report.view.origin),
        line(&report.sha256),
        moment(report.made_at)
    )
}

/// A text on one line, escaped.
fn line(text: &str) -> String {
    escaped(&one_line(text))
}

/// A text of several lines, escaped.
fn lines(text: &str) -> String {
    escaped(&text.lines().map(plain_text).collect::<Vec<_>>().join("\n"))
}

/// Safe between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            char => safe.push(char),
        }
    }
    safe
}
