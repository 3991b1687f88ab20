//! `<!-- checklist: needs=a,b killer -->`: what the writer of a list says to this program about an item.

use crate::closest::closest;
use crate::text;

/// Every word there is, with what it takes.
const WORDS: [&str; 7] = ["id", "needs", "assignee", "killer", "skippable", "auto", "removed"];

/// What the comments of an item say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// `id=x`: the id, whatever the text is.
    pub(super) id: Option<String>,
    /// `needs=a,b`: what comes first.
    pub(super) needs: Vec<String>,
    /// `assignee=x`: who is meant to do it.
    pub(super) assignee: Option<String>,
    /// `killer`: skipping it needs its id typed.
    pub(super) killer: bool,
    /// `skippable`: it may be skipped without a reason.
    pub(super) skippable: bool,
    /// `auto`: the tool runs its commands.
    pub(super) auto: bool,
    /// `removed`: it is no longer in the list it was imported from.
    pub(super) removed: bool,
    /// The line that spoke last, counted from 1.
    pub(super) line: usize,
}

impl Attributes {
    /// Whether any comment speaks about the item.
    pub(super) fn are_said(&self) -> bool {
        self.line > 0
    }

    /// The words of a comment that says the same, but for the id and that the item is removed; needs that are not
    /// there are left out.
    pub(super) fn words(&self, is_there: impl Fn(&str) -> bool) -> String {
        let needs: Vec<&str> = self.needs.iter().map(String::as_str).filter(|id| is_there(id)).collect();
        let needs = (!needs.is_empty()).then(|| format!("needs={}", needs.join(",")));
        let assignee = self.assignee.as_ref().map(|name| format!("assignee={name}"));
        let flags = [(self.killer, "killer"), (self.skippable, "skippable"), (self.auto, "auto")];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word.to_owned());
        needs.into_iter().chain(assignee).chain(flags).collect::<Vec<_>>().join(" ")
    }
}

/// A comment that cannot be followed.
#[derive(Debug)]
pub(super) struct Fault {
    /// Its line, counted from 1.
    pub(super) line: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Takes the attributes of a line into `entry`; what cannot be followed goes to `faults`, for a safety step that
/// is silently ignored is worse than a list that is refused.
pub(super) fn read(number: usize, line: &str, mut entry: Option<&mut Attributes>, faults: &mut Vec<Fault>) {
    for comment in comments(line) {
        let Some(words) = comment.trim().strip_prefix("checklist:") else { continue };
        let Some(entry) = entry.as_deref_mut() else {
            let help = Some("put it on the line of the item it is about, or below".to_owned());
            faults.push(Fault {
                line: number,
                message: "this comment stands above all items".to_owned(),
                help,
            });
            continue;
        };
        entry.line = number;
        for word in words.split_whitespace() {
            if let Err((message, help)) = take(entry, word) {
                faults.push(Fault { line: number, message, help });
            }
        }
    }
}

fn take(entry: &mut Attributes, word: &str) -> Result<(), (String, Option<String>)> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let list = || value.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    match (name, value) {
        ("id", Some(id)) if text::is_id(id) => entry.id = Some(id.to_owned()),
        ("id", _) => {
            let message = format!("`{word}` gives no id");
            return Err((message, Some("an id is like `id=tag-the-release`: a-z, 0-9 and `-`".to_owned())));
        }
        ("needs", Some(_)) if list().next().is_some() => entry.needs.extend(list().map(str::to_owned)),
        ("needs", _) => {
            return Err(("`needs` names no item".to_owned(), Some("needs=first-id,second-id".to_owned())));
        }
        ("assignee", Some(name)) if !name.is_empty() => entry.assignee = Some(name.to_owned()),
        ("killer", None) => entry.killer = true,
        ("skippable", None) => entry.skippable = true,
        ("auto", None) => entry.auto = true,
        ("removed", None) => entry.removed = true,
        (known, _) if WORDS.contains(&known) => {
            let takes = if matches!(known, "assignee") { "takes a value" } else { "takes no value" };
            return Err((format!("`{known}` {takes}"), None));
        }
        (unknown, _) => {
            let meant = closest(unknown, WORDS).map(|word| format!("did you mean `{word}`?"));
            let all = || format!("there are {}", WORDS.join(", "));
            return Err((format!("unknown attribute `{unknown}`"), Some(meant.unwrap_or_else(all))));
        }
    }
    Ok(())
}

/// What stands in the comments of a line that are closed on it, outside of inline code.
fn comments(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let last_backquote = line.rfind('`');
    let (mut at, mut backquotes) = (0, 0);
    while let Some(start) = line[at..].find("<!--").map(|found| at + found) {
        backquotes += line[at..start].matches('`').count();
        let is_code = backquotes % 2 == 1 && last_backquote > Some(start);
        let inside = start + "<!--".len();
        let Some(end) = line[inside..].find("-->").map(|found| inside + found) else { break };
        at = if is_code { inside } else { end };
        if !is_code {
            found.push(&line[inside..end]);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_and_slips_are_told() {
        let (mut entry, mut faults) = (Attributes::default(), Vec::new());
        read(
            3,
            "- [ ] a `<!-- x -->` <!-- why --> <!-- checklist: needs=a,b killer id=ship -->",
            Some(&mut entry),
            &mut faults,
        );
        assert_eq!((entry.id.as_deref(), entry.killer, entry.line), (Some("ship"), true, 3));
        assert_eq!(entry.needs, ["a", "b"]);
        assert!(faults.is_empty(), "{faults:?}");
        read(4, "<!-- checklist: kiler needs= id=A auto=x assignee -->", Some(&mut entry), &mut faults);
        let told: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "unknown attribute `kiler`",
                "`needs` names no item",
                "`id=A` gives no id",
                "`auto` takes no value",
                "`assignee` takes a value",
            ]
        );
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `killer`?"));
        read(1, "<!-- checklist: killer -->", None, &mut faults);
        assert_eq!(faults[5].message, "this comment stands above all items");
    }

    #[test]
    fn a_line_of_comments_takes_linear_time() {
        assert_eq!(comments(&"`<!-- -->".repeat(200_000)).len(), 100_000);
    }
}
