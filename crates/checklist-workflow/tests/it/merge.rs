//! A list that is imported again: ids stay, new items appear, and nothing vanishes unasked.

#![expect(clippy::disallowed_methods, reason = "the corpus is on the real disk")]

use checklist_workflow::markdown::{Difference, Merged, import, merge};

fn merged(old: &str, new: &str) -> Merged {
    merge("list.md", old, new, false).unwrap_or_else(|found| panic!("refused:\n{found}"))
}

fn ids(merged: &Merged) -> Vec<&str> {
    merged.imported.template.steps.iter().map(|step| step.id.as_str()).collect()
}

#[test]
fn an_item_that_was_reworded_keeps_its_id() {
    let old = "# R\n\n- [ ] Run all the tests\n- [ ] Tag the release\n- [ ] Tell the others\n";
    let new = "# R\n\n- [ ] Run all the tests\n- [ ] Tag the new release\n- [ ] Tell the others\n";
    let merged = merged(old, new);
    assert_eq!(ids(&merged), ["run-all-the-tests", "tag-the-release", "tell-the-others"]);
    assert_eq!(
        merged.source,
        new.replace("new release", "new release <!-- checklist: id=tag-the-release -->")
    );
    assert_eq!(
        merged.differences,
        [Difference::Reworded {
            id: "tag-the-release".to_owned(),
            before: "Tag the release".to_owned(),
            after: "Tag the new release".to_owned()
        }]
    );
    // What was merged is a list like any other, and merging the same once more changes nothing.
    let again = merge("list.md", &merged.source, new, false).expect("fine");
    assert_eq!((again.source.as_str(), again.differences.len()), (merged.source.as_str(), 0));
}

#[test]
fn new_items_appear_and_vanished_ones_stay_as_removed_until_confirmed() {
    let old = "- [ ] a thing\n- [x] buy milk\n- [ ] something else entirely\n";
    let new = "- [ ] first of all\n- [ ] a thing\n- [ ] something else entirely\n";
    let first = merged(old, new);
    assert_eq!(ids(&first), ["first-of-all", "a-thing", "something-else-entirely", "buy-milk"]);
    assert!(first.imported.is_removed(3) && !first.imported.is_removed(0));
    assert_eq!(first.imported.template.steps[3].skippable, Some(true));
    assert_eq!(first.imported.template.steps[3].section.as_deref(), Some("No longer in the list"));
    let words: Vec<_> = first.differences.iter().map(|difference| format!("{difference:?}")).collect();
    assert!(
        words[0].starts_with("Added") && words[1].starts_with("Removed") && words.len() == 2,
        "{words:?}"
    );
    // It is still there after another import, back when the list has it again, and gone when confirmed.
    let again = merged(&first.source, new);
    assert_eq!((ids(&again), again.differences.len()), (ids(&first), 0));
    let back = merged(&first.source, &new.replace("- [ ] a thing\n", "- [ ] a thing\n- [ ] buy milk\n"));
    assert!(matches!(&back.differences[..], [Difference::Back { id, .. }] if id == "buy-milk"), "{back:?}");
    assert_eq!(ids(&back).len(), 4);
    let confirmed = merge("list.md", &first.source, new, true).expect("fine");
    assert_eq!(ids(&confirmed), ["first-of-all", "a-thing", "something-else-entirely"]);
    assert!(matches!(&confirmed.differences[..], [Difference::Dropped { id, .. }] if id == "buy-milk"));
    assert_eq!(confirmed.source, new);
}

#[test]
fn items_that_say_the_same_are_told_apart_by_their_place() {
    let old = "## A\n- [ ] check\n- [ ] run\n## B\n- [ ] check\n- [ ] run\n";
    let new = "## B\n- [ ] check\n- [ ] run\n## A\n- [ ] check\n- [ ] run\n";
    let merged = merged(old, new);
    assert_eq!(ids(&merged), ["check-2", "run-2", "check", "run"]);
    assert_eq!(merged.differences.len(), 0);
}

#[test]
fn another_text_in_the_same_place_is_another_item() {
    let merged = merged("- [ ] a\n- [ ] order pizza\n- [ ] b\n", "- [ ] a\n- [ ] rotate the keys\n- [ ] b\n");
    assert_eq!(ids(&merged), ["a", "rotate-the-keys", "b", "order-pizza"]);
}

#[test]
fn lists_without_boxes_and_windows_line_ends_merge_as_well() {
    let merged = merged("* one thing\n* two things\n", "* one thing\r\n* three of them all\r\n");
    assert_eq!(ids(&merged), ["one-thing", "three-of-them-all", "two-things"]);
    assert!(merged.imported.from_list_items && merged.source.starts_with("* one thing\r\n* three"));
    let reworded = self::merged("* one thing to do\r\n* b\r\n", "* one thing to do now\r\n* b\r\n");
    assert!(reworded.source.starts_with("* one thing to do now <!-- checklist: id=one-thing-to-do -->\r\n"));
}

#[test]
fn what_a_list_needs_is_found_by_the_ids_it_keeps() {
    let old = "- [ ] back up the data\n- [ ] migrate <!-- checklist: needs=back-up-the-data killer -->\n";
    let new = "- [ ] back up all the data\n- [ ] migrate <!-- checklist: needs=back-up-the-data killer -->\n";
    let merged = merged(old, new);
    assert_eq!(merged.imported.template.steps[1].needs, ["back-up-the-data"]);
    assert!(import("list.md", &merged.source).is_ok());
}

#[test]
fn what_a_comment_of_the_kept_list_says_stays_until_the_new_one_says_something() {
    let kept = "- [ ] back up the data <!-- checklist: assignee=ana -->\n- [ ] migrate <!-- checklist: needs=back-up-the-data,look killer -->\n\
                - [ ] look <!-- checklist: skippable -->\n- [ ] wipe the old disk <!-- checklist: killer needs=migrate -->\n";
    let plain = "- [ ] back up all the data\n- [ ] migrate\n- [ ] look <!-- checklist: killer -->\n- [ ] wipe the old disk\n";
    let first = merged(kept, plain);
    let steps = &first.imported.template.steps;
    assert_eq!(ids(&first), ["back-up-the-data", "migrate", "look", "wipe-the-old-disk"]);
    assert_eq!(steps[0].assignee.as_deref(), Some("ana"));
    assert!(steps[1].killer && steps[1].needs == ["back-up-the-data", "look"]);
    assert!(steps[2].killer && steps[2].skippable.is_none(), "the new list says something of it");
    assert_eq!(merged(&first.source, plain).source, first.source, "merging it again changes nothing");

    // What is gone keeps what was said of it, but waits for nothing, and can come back.
    let without = "- [ ] back up all the data\n- [ ] migrate\n";
    let gone = merged(&first.source, without);
    let steps = &gone.imported.template.steps;
    assert!(gone.imported.is_removed(3) && !steps[3].killer && steps[3].needs.is_empty());
    assert!(
        gone.source.contains("<!-- checklist: id=wipe-the-old-disk needs=migrate killer removed -->"),
        "{}",
        gone.source
    );
    let back = merged(&gone.source, &format!("{without}- [ ] wipe the old disk\n"));
    let wipe =
        back.imported.template.steps.iter().find(|step| step.id == "wipe-the-old-disk").expect("it is back");
    assert!(wipe.killer && wipe.needs == ["migrate"]);
    // What is dropped for good is needed no more.
    let confirmed = merge("list.md", &first.source, without, true).expect("fine");
    assert_eq!(confirmed.imported.template.steps[1].needs, ["back-up-the-data"]);
}

#[test]
fn a_prompt_below_all_items_stays_there_when_removed_ones_are_kept_below_it() {
    let old = "- [ ] a thing\n- [ ] buy milk\n\n[[LLM: sum it up]]\n";
    let new = old.replace("- [ ] buy milk\n", "");
    let first = merged(old, &new);
    assert_eq!(ids(&first), ["a-thing", "buy-milk"]);
    let commands = |merged: &Merged| -> Vec<usize> {
        merged.imported.template.steps.iter().map(|step| step.commands.len()).collect()
    };
    assert_eq!(commands(&first), [1, 0]);
    assert_eq!(merged(&first.source, &new).source, first.source);
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !corpus.is_dir() {
        say!("SKIPPED: the corpus is not here, so no published list was merged");
        return;
    }
    // Every published list goes on when one of its items is gone.
    for entry in std::fs::read_dir(corpus).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_list = path.extension().is_some_and(|end| end == "md")
            && path.file_stem().is_some_and(|stem| stem != "README");
        if !is_list {
            continue;
        }
        let old = std::fs::read_to_string(&path).expect("a text");
        let kept = import("list.md", &old).expect("a list");
        let steps = &kept.template.steps;
        let alone =
            steps.iter().rposition(|step| steps.iter().all(|part| part.parent.as_ref() != Some(&step.id)));
        let line = steps[alone.expect("a step without parts")].line;
        let new: String = old
            .split_inclusive('\n')
            .enumerate()
            .filter(|(at, _)| at + 1 != line)
            .map(|(_, line)| line)
            .collect();
        let found =
            merge("list.md", &old, &new, false).unwrap_or_else(|found| panic!("{}: {found}", path.display()));
        let again = merge("list.md", &found.source, &old, false)
            .unwrap_or_else(|found| panic!("{}: {found}", path.display()));
        let missing = steps.iter().find(|step| !ids(&again).contains(&step.id.as_str()));
        assert!(missing.is_none(), "{}: {missing:?}", path.display());
    }
}
