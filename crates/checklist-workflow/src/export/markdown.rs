//! A report as Markdown: GitHub task lists that say on whose word each box is ticked.

use super::{Report, duration, moment, one_line, row, standing};
use crate::run::StepStatus;
use crate::view::StepView;

pub(super) fn page(report: &Report) -> String {
    let view = &report.view;
    let mut text = format!("# {}\n\n", inline(&view.title));
    let name = view.name.as_deref().map(|name| format!(" \"{}\"", inline(name))).unwrap_or_default();
    let version = view.version.as_deref().map(|version| format!(" {}", inline(version))).unwrap_or_default();
    text.push_str(&format!(
        "List `{}`{version}, run `{}`{name}: **{}**, {}.\n",
        view.template,
        view.short,
        view.status,
        report.summary()
    ));
    let (from, to) = report.span();
    text.push_str(&format!("Begun {}, last change {}", moment(from), moment(to)));
    if let Some(branch) = &view.branch {
        text.push_str(&format!(", branch {}", code(branch)));
    }
    text.push_str(".\n");
    if !view.variables.is_empty() {
        let variables =
            view.variables.iter().map(|(name, value)| format!("{} = {}", code(name), code(value)));
        text.push_str(&format!("Variables: {}.\n", variables.collect::<Vec<_>>().join(", ")));
    }
    text.push_str(&steps(report));
    text.push_str(&to_know(report));
    text.push_str(&history(report));
    text
}

fn steps(report: &Report) -> String {
    let mut text = String::new();
    let mut section: Option<&str> = None;
    let mut is_first = true;
    for step in &report.view.steps {
        if is_first || step.section.as_deref() != section {
            section = step.section.as_deref();
            text.push('\n');
            if let Some(section) = section {
                text.push_str(&format!("## {}\n\n", inline(section)));
            }
            is_first = false;
        }
        text.push_str(&line(step));
    }
    text
}

/// `- [x] Title (verified: …)`. GitHub has two states: what was skipped is ticked and struck out.
fn line(step: &StepView) -> String {
    let indent = "  ".repeat(step.depth.min(12));
    let title = inline(&step.title);
    let killer = if step.killer { " **KILLER**" } else { "" };
    let note = step.note.as_deref().map(|note| format!(": {}", inline(note))).unwrap_or_default();
    let by = match (&step.by, step.at) {
        (Some(by), Some(at)) => format!("; {}, {}", inline(by), moment(at)),
        _ => String::new(),
    };
    let line = match step.status {
        StepStatus::Done => format!("[x] {title}{killer} ({}{note}{by})", standing(step)),
        StepStatus::Skipped => format!("[x] ~~{}~~{killer} (skipped{note})", title.replace('~', "\\~")),
        StepStatus::Hidden => {
            let why = step.condition.as_ref().map(|condition| format!(": not {}", code(&condition.text)));
            let title = title.replace('~', "\\~");
            format!("[x] ~~{title}~~{killer} (does not apply{})", why.unwrap_or_default())
        }
        StepStatus::Pending if !step.waits_for.is_empty() => {
            format!("[ ] {title}{killer} (waits for {})", step.waits_for.join(", "))
        }
        StepStatus::Pending => match step.claim.as_ref().filter(|claim| !claim.is_over) {
            Some(claim) => {
                let by = inline(&claim.by);
                format!("[ ] {title}{killer} (claimed by {by} until {})", moment(claim.until))
            }
            None => format!("[ ] {title}{killer}"),
        },
        status => format!("[ ] {title}{killer} ({status}{note})"),
    };
    let output = |(name, value): &(String, String)| format!("{indent}  - {} = {}\n", code(name), code(value));
    format!("{indent}- {line}\n{}", step.outputs.iter().map(output).collect::<String>())
}

/// What a reader should not have to look for.
fn to_know(report: &Report) -> String {
    let mut lines = Vec::new();
    let told = |step: &StepView| {
        let by =
            step.by.as_deref().filter(|_| step.status.is_settled()).map(|by| format!(", {}", inline(by)));
        format!("{} ({}{})", code(&step.id), standing(step), by.unwrap_or_default())
    };
    let killers: Vec<String> = report.killers().map(told).collect();
    if !killers.is_empty() {
        lines.push(format!("- Killer steps: {}", row(killers)));
    }
    let claimed: Vec<String> = report.claimed().map(|step| code(&step.id)).collect();
    if !claimed.is_empty() {
        lines.push(format!("- Only claimed, nothing checked it: {}", row(claimed)));
    }
    let open: Vec<String> = report.open().map(told).collect();
    if !open.is_empty() {
        lines.push(format!("- Open: {}", row(open)));
    }
    if report.command_ms() > 0 {
        lines.push(format!("- Commands ran for {}", duration(report.command_ms())));
    }
    if lines.is_empty() { String::new() } else { format!("\n## To know\n\n{}\n", lines.join("\n")) }
}

fn history(report: &Report) -> String {
    let mut text = String::from(
        "\n<details><summary>History</summary>\n\n| op | time | who | what | |\n|--:|---|---|---|---|\n",
    );
    for entry in &report.history {
        let undone = if entry.undone { " (undone)" } else { "" };
        let what = [Some(entry.verb.as_str()), entry.step.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let cells =
            [moment(entry.time), cell(&entry.actor), format!("{}{undone}", cell(&what)), cell(&entry.detail)];
        text.push_str(&format!("| {} | {} |\n", entry.op, cells.join(" | ")));
    }
    text.push_str(&format!(
        "\n</details>\n\n<sub>Run {}, list {} with SHA-256 {}; report of {}.</sub>\n",
        report.view.id,
        code(&report.view.origin),
        &report.sha256[..report.sha256.len().min(16)],
        moment(report.made_at)
    ));
    text
}

/// A text on one line in which no HTML begins: code in backquotes is shown as it is.
fn inline(text: &str) -> String {
    let text = one_line(text);
    let mut escaped = String::with_capacity(text.len());
    let mut parts = text.split('`').peekable();
    let mut is_code = false;
    while let Some(part) = parts.next() {
        let is_closed = is_code && parts.peek().is_some();
        match is_closed {
            true => escaped.push_str(part),
            false => escaped.push_str(&part.replace('&', "&amp;").replace('<', "&lt;")),
        }
        if parts.peek().is_some() {
            escaped.push('`');
        }
        is_code = !is_code;
    }
    escaped
}

fn cell(text: &str) -> String {
    inline(text).replace('|', "\\|")
}

/// A text as code: in more backquotes than are in it.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{marks} {text} {marks}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_html_begins_outside_of_code() {
        assert_eq!(inline("a <b> `<c>` & <!-- d"), "a &lt;b> `<c>` &amp; &lt;!-- d");
        assert_eq!(inline("one ` <b>"), "one ` &lt;b>");
        assert_eq!(inline("two\nlines\u{202e}"), "two lines\\u{202e}");
        assert_eq!((code("a"), code("a`b")), ("`a`".to_owned(), "`` a`b ``".to_owned()));
        assert_eq!(cell("a|b"), "a\\|b");
    }
}
