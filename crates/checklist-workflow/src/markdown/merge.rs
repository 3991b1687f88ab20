//! Merging a list that was imported before with what it says now: ids are kept, and nothing vanishes unasked.

use super::import::read;
use super::{Imported, InitialStatus, lines, notes};
use crate::diagnostic::{Diagnostics, Finding};
use crate::template::Step;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// Two texts less alike than this are two items, not one that was reworded.
const LIKENESS_MIN: f64 = 0.6;

/// Pairs of items between two that are settled; more are not compared letter by letter.
const PAIRS_MAX: usize = 10_000;

/// Under this line of the merged list stand the items that are gone.
const REMOVED: &str = "**No longer in the list**";

/// What became of a list that was imported again.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The list as it is to be kept: the new text, with the ids that its text does not give, and with the items
    /// that are gone at its end.
    pub source: String,
    /// That list, read.
    pub imported: Imported,
    /// How it differs from what was kept.
    pub differences: Vec<Difference>,
    /// How many items both have, reworded ones among them.
    pub common: usize,
}

/// One difference between a kept list and the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An item is new.
    Added {
        /// Its id.
        id: String,
        /// Its text.
        title: String,
    },
    /// An item has another text and is taken for the same: it keeps its id.
    Reworded {
        /// Its id.
        id: String,
        /// What it said.
        before: String,
        /// What it says.
        after: String,
    },
    /// An item is gone: it stays as removed until that is confirmed.
    Removed {
        /// Its id.
        id: String,
        /// Its text.
        title: String,
    },
    /// An item that was removed is there again.
    Back {
        /// Its id.
        id: String,
        /// Its text.
        title: String,
    },
    /// An item is gone, which was confirmed: it is dropped.
    Dropped {
        /// Its id.
        id: String,
        /// Its text.
        title: String,
    },
}

/// Merges what a list says now, `new`, into what was kept of it, `old`.
///
/// An item is the same if it has the same id, given in a comment, or the same text; failing that, if it stands
/// between the same two items and its text is much alike. What a comment of `old` says of it holds until one of `new`
/// says something of it. Items of `old` that are gone are kept at the end of the merged list, or dropped where
/// `confirms` says that this is meant.
///
/// # Errors
/// As [`import`](super::import::import), of either list.
///
/// ```
/// use checklist_workflow::markdown::{Difference, merge};
///
/// let kept = "- [ ] Pack <!-- checklist: id=pack -->\n";
/// let merged = merge("trip.md", kept, "- [ ] Pack\n- [ ] Leave\n", false)?;
/// assert_eq!(merged.common, 1);
/// assert!(matches!(merged.differences.as_slice(), [Difference::Added { .. }]));
/// assert!(merged.source.contains("Leave"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge(name: &str, old: &str, new: &str, confirms: bool) -> Result<Merged, Diagnostics> {
    let kept = read(name, old, true)?;
    let read_new = read(name, new, false)?;
    let same = pairs(&kept, &read_new);
    let gone: Vec<usize> = (0..kept.template.steps.len()).filter(|at| !same.contains(&Some(*at))).collect();
    let wanted: Vec<Option<&str>> =
        same.iter().map(|at| at.map(|at| kept.template.steps[at].id.as_str())).collect();
    let shown: &[usize] = if confirms { &[] } else { &gone };
    let kept_ids: HashSet<&str> =
        same.iter().flatten().chain(shown).map(|at| kept.template.steps[*at].id.as_str()).collect();
    let words = |at: usize| kept.attributes[at].words(|id| kept_ids.contains(id));
    // What somebody said of an item where it is kept is not taken back by a list that says nothing of it.
    let said: BTreeMap<usize, String> = same
        .iter()
        .enumerate()
        .filter(|(at, _)| !read_new.attributes[*at].are_said())
        .filter_map(|(at, old)| Some((at, words((*old)?))))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let end = removed(&kept, shown, &read_new, &words);
    if confirms {
        check_dropped(name, new, &read_new, &kept, &gone, &wanted)?;
    }
    let (source, imported) = with_ids(name, new, &read_new, &wanted, &said, &end)?;
    let differences = differences(&kept, &imported, &same, &gone, confirms);
    Ok(Merged { source, imported, differences, common: same.iter().flatten().count() })
}

/// Refuses to drop an item that another one of the new list needs: says which needs it, where, and the ways out.
fn check_dropped(
    name: &str,
    new: &str,
    read_new: &Imported,
    kept: &Imported,
    gone: &[usize],
    wanted: &[Option<&str>],
) -> Result<(), Diagnostics> {
    let steps = &read_new.template.steps;
    let there: HashSet<&str> =
        steps.iter().zip(wanted).map(|(step, wanted)| wanted.unwrap_or(&step.id)).collect();
    let dropped = |need: &str| gone.iter().map(|at| &kept.template.steps[*at]).find(|step| step.id == need);
    let mut found = Diagnostics::new(name, new);
    for (at, step) in steps.iter().enumerate() {
        let needs = read_new.attributes[at].needs.iter().filter(|need| !there.contains(need.as_str()));
        for item in needs.filter_map(|need| dropped(need)) {
            let message = format!(
                "`{}` needs `{}`, which is no longer in the list and would be dropped",
                wanted[at].unwrap_or(&step.id),
                item.id
            );
            let help = format!("take `{}` out of these needs, or put the item back: {}", item.id, item.title);
            let place = notes::place(&lines::split(new), read_new.attributes[at].line);
            found.add(Finding::error(place, message).help(help));
        }
    }
    if found.has_errors() { Err(found) } else { Ok(()) }
}

/// The text with the ids it does not give by itself. An id that is given takes its text's own from others, so this
/// goes on until all are as wanted.
fn with_ids(
    name: &str,
    new: &str,
    read_new: &Imported,
    wanted: &[Option<&str>],
    said: &BTreeMap<usize, String>,
    removed: &str,
) -> Result<(String, Imported), Diagnostics> {
    let mut labelled: BTreeMap<usize, &str> = BTreeMap::new();
    loop {
        let source = format!("{}{removed}", labelled_source(new, read_new, &labelled, said));
        // What items need is looked for only once all have their ids.
        let imported = read(name, &source, false)?;
        let steps = imported.template.steps.iter();
        let wrong: Vec<(usize, &str)> = steps
            .zip(wanted)
            .enumerate()
            .filter_map(|(at, (step, wanted))| wanted.filter(|id| step.id != *id).map(|id| (at, id)))
            .filter(|(at, _)| !labelled.contains_key(at))
            .collect();
        if wrong.is_empty() {
            let is_whole = imported.template.steps.len() >= read_new.template.steps.len()
                && imported
                    .template
                    .steps
                    .iter()
                    .zip(&read_new.template.steps)
                    .all(|(a, b)| a.commands == b.commands);
            if is_whole {
                let imported = read(name, &source, true)?;
                return Ok((source, imported));
            }
            let mut found = Diagnostics::new(name, new);
            let message = "a prompt stands below all items, where removed ones are to be kept";
            found.add(Finding::error(0..0, message).help("put it above the item it is about"));
            return Err(found);
        }
        labelled.extend(wrong);
    }
}

/// The text with a comment behind each of these items: its id, and what else is said of it.
fn labelled_source(
    source: &str,
    imported: &Imported,
    labelled: &BTreeMap<usize, &str>,
    said: &BTreeMap<usize, String>,
) -> String {
    let items: BTreeSet<usize> = labelled.keys().chain(said.keys()).copied().collect();
    let words = |at: &usize| {
        let id = labelled.get(at).map(|id| format!("id={id}"));
        id.into_iter().chain(said.get(at).cloned()).collect::<Vec<_>>().join(" ")
    };
    let by_line: HashMap<usize, String> =
        items.iter().map(|at| (imported.template.steps[*at].line, words(at))).collect();
    let mut text = String::with_capacity(source.len());
    for (line, number) in source.split_inclusive('\n').zip(1..) {
        let Some(words) = by_line.get(&number) else {
            text.push_str(line);
            continue;
        };
        let content = line.trim_end_matches(['\n', '\r']);
        text.push_str(&format!(
            "{} <!-- checklist: {words} -->{}",
            content.trim_end(),
            &line[content.len()..]
        ));
    }
    text
}

/// The items that are gone, as the end of a list.
fn removed(kept: &Imported, gone: &[usize], new: &Imported, words: &dyn Fn(usize) -> String) -> String {
    if gone.is_empty() {
        return String::new();
    }
    let mut text = format!("\n\n{REMOVED}\n\n");
    for at in gone {
        let step = &kept.template.steps[*at];
        let mark = match kept.statuses[*at] {
            // Where no item has a box, one with a box would hide the others.
            _ if new.from_list_items => "",
            InitialStatus::Todo | InitialStatus::Current => "[ ] ",
            InitialStatus::ClaimedDone => "[x] ",
            InitialStatus::Skipped => "[-] ",
        };
        let words = format!("id={} {} removed", step.id, words(*at)).replace("  ", " ");
        text.push_str(&format!("- {mark}{} <!-- checklist: {words} -->\n", step.title));
    }
    text
}

fn differences(
    kept: &Imported,
    merged: &Imported,
    same: &[Option<usize>],
    gone: &[usize],
    confirms: bool,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (step, at) in merged.template.steps.iter().zip(same) {
        let (id, title) = (step.id.clone(), step.title.clone());
        let before = at.map(|at| (&kept.template.steps[at], kept.is_removed(at)));
        differences.extend(match before {
            None => Some(Difference::Added { id, title }),
            Some((_, true)) => Some(Difference::Back { id, title }),
            Some((old, _)) if old.title != title => {
                Some(Difference::Reworded { id, before: old.title.clone(), after: title })
            }
            Some(_) => None,
        });
    }
    for at in gone {
        let step = &kept.template.steps[*at];
        let (id, title) = (step.id.clone(), step.title.clone());
        match (confirms, kept.is_removed(*at)) {
            (true, _) => differences.push(Difference::Dropped { id, title }),
            (false, false) => differences.push(Difference::Removed { id, title }),
            (false, true) => {}
        }
    }
    differences
}

/// For each item of `new`, the item of `old` that it is.
fn pairs(old: &Imported, new: &Imported) -> Vec<Option<usize>> {
    let mut same: Vec<Option<usize>> = vec![None; new.template.steps.len()];
    let mut free: BTreeSet<usize> = (0..old.template.steps.len()).collect();
    // 1. By the id that the new list gives.
    let by_id: HashMap<&str, usize> =
        old.template.steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    for (at, place) in same.iter_mut().enumerate() {
        let given = new.attributes[at].id.as_deref().and_then(|id| by_id.get(id));
        *place = given.copied().filter(|old| free.remove(old));
    }
    // 2. By the text under the same heading, and then by the text alone; of several, in their order.
    let under = |step: &Step| format!("{}\n{}", step.title, step.section.as_deref().unwrap_or_default());
    for key in [&under as &dyn Fn(&Step) -> String, &|step: &Step| step.title.clone()] {
        let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
        for at in &free {
            places.entry(key(&old.template.steps[*at])).or_default().push_back(*at);
        }
        for (at, place) in same.iter_mut().enumerate().filter(|(_, place)| place.is_none()) {
            // An id that is given and new names a new item, whatever it says.
            if new.attributes[at].id.is_some() {
                continue;
            }
            *place = places.get_mut(&key(&new.template.steps[at])).and_then(VecDeque::pop_front);
            place.iter().for_each(|old| {
                free.remove(old);
            });
        }
    }
    // 3. By a text that is much alike, between the same two items.
    pair_reworded(old, new, &mut same, &free);
    same
}

fn pair_reworded(old: &Imported, new: &Imported, same: &mut [Option<usize>], free: &BTreeSet<usize>) {
    let mut at = 0;
    while at < same.len() {
        let length = same[at..].iter().take_while(|place| place.is_none()).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let from = at.checked_sub(1).and_then(|before| same[before]).map_or(0, |before| before + 1);
        let to = same.get(at + length).copied().flatten().unwrap_or(old.template.steps.len());
        let gap: Vec<usize> = if from <= to { free.range(from..to).copied().collect() } else { Vec::new() };
        let open: Vec<usize> = (at..at + length).filter(|at| new.attributes[*at].id.is_none()).collect();
        if gap.len() * open.len() <= PAIRS_MAX {
            for (at, old) in alike(old, new, &gap, &open) {
                same[at] = Some(old);
            }
        }
        at += length;
    }
}

/// The pairs whose texts are most alike, the likest first.
fn alike(old: &Imported, new: &Imported, gap: &[usize], open: &[usize]) -> Vec<(usize, usize)> {
    let text = |steps: &[Step], at: usize| steps[at].title.to_lowercase();
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for at in open {
        let wanted = text(&new.template.steps, *at);
        for place in gap {
            let likeness = strsim::normalized_levenshtein(&wanted, &text(&old.template.steps, *place));
            if likeness >= LIKENESS_MIN {
                all.push((likeness, *at, *place));
            }
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut taken, mut given) = (HashSet::new(), HashSet::new());
    let mut pairs = Vec::new();
    for (_, at, place) in all {
        if !taken.contains(&at) && !given.contains(&place) {
            taken.insert(at);
            given.insert(place);
            pairs.push((at, place));
        }
    }
    pairs
}
