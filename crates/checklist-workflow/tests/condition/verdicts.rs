//! What comes of conditions: true, false, waiting, or failed, which is never false.

use crate::{Known, expression, known};
use checklist_workflow::condition::{Value, Verdict, WORK_MAX};

#[test]
fn values_as_cel_has_them() {
    let known = known();
    for (text, holds) in [
        ("vars.target == \"prod\"", false),
        ("vars.target in [\"staging\", \"prod\"]", true),
        ("vars.count >= 4 && vars.share < 1", true),
        ("vars.count == 4.0", true),
        ("-1 < vars.share", true),
        ("0x10 == 16 && 2e3 == 2000 && .5 == vars.share", true),
        ("size(vars.text) == 4 && vars.text.size() == 4", true),
        ("vars.text.startsWith(\"\\u00fc\") && vars.text.endsWith('er')", true),
        ("vars.text.contains(r\"\\u00fc\")", false),
        ("vars.text.matches(\"^.b\")", true),
        ("\"a\" in vars.list && 3 in vars.list && !(4 in vars.list)", true),
        ("vars.list[0] == \"a\" && vars.list[2] == 3", true),
        ("size(vars.list) == 3 ? vars.loud : false", true),
        ("has(vars.other) || has(steps.build.outputs.sha)", false),
        ("has(steps.build.exit_code) && steps.build.exit_code == 0", true),
        ("steps[\"clean-tree\"].status == \"skipped\"", true),
        ("run.branch == \"main\" && os != \"windows\"", true),
        ("[1, 2] == [1, 2.0]", true),
        ("\"a\" < \"b\" && \"Z\" < \"a\"", true),
        ("!!vars.loud", true),
        ("false || true && false", false),
    ] {
        let verdict = if holds { Verdict::True } else { Verdict::False };
        assert_eq!(expression(text).verdict(&known), verdict, "{text}");
    }
}

#[test]
fn what_is_not_settled_is_waited_for_unless_it_does_not_matter() {
    let known = Known { unsettled: vec!["build", "clean-tree"], ..known() };
    let waits = |steps: &[&str]| Verdict::Waits(steps.iter().map(|step| (*step).to_owned()).collect());
    for (text, verdict) in [
        ("steps.build.status == \"done\"", waits(&["build"])),
        ("steps.build.status == \"done\" && vars.target == \"prod\"", Verdict::False),
        ("vars.target == \"prod\" && steps.build.status == \"done\"", Verdict::False),
        ("vars.target == \"staging\" && steps.build.status == \"done\"", waits(&["build"])),
        ("steps.build.exit_code == 0 || vars.loud", Verdict::True),
        ("steps.build.status == steps[\"clean-tree\"].status", waits(&["build", "clean-tree"])),
        ("has(steps.build.outputs.sha)", waits(&["build"])),
        ("steps.build.status == \"done\" ? true : false", waits(&["build"])),
        // What is wrong stays possible until what is unknown is known.
        ("vars.other == \"x\" && steps.build.status == \"done\"", waits(&["build"])),
    ] {
        assert_eq!(expression(text).verdict(&known), verdict, "{text}");
    }
}

#[test]
fn a_failure_is_never_false() {
    let known = known();
    for (text, why) in [
        ("vars.other == \"x\"", "vars.other has no value; ask has(vars.other) first"),
        ("vars.other != \"x\"", "vars.other has no value"),
        ("!(vars.other == \"x\")", "vars.other has no value"),
        ("steps.build.outputs.sha == \"\"", "steps.build.outputs.sha has no value"),
        ("vars.list[3] == 1", "the list has 3 items and no place 3"),
        ("vars.list[-1] == 1", "no place -1"),
        ("vars.list[0] < 1", "a text has no order with a number"),
        ("vars.list[0] && true", "a text is neither true nor false"),
        ("vars.other == \"x\" && vars.loud", "vars.other has no value"),
    ] {
        let Verdict::Failed(found) = expression(text).verdict(&known) else { panic!("{text} has a value") };
        assert!(found.contains(why), "{text}: {found}");
    }
    // One side that decides is enough, on either side.
    for text in ["vars.other == \"x\" && false", "false && vars.other == \"x\""] {
        assert_eq!(expression(text).verdict(&known), Verdict::False, "{text}");
    }
    assert_eq!(expression("vars.other == \"x\" || vars.loud").verdict(&known), Verdict::True);
    assert_eq!(expression("has(vars.other) && vars.other == \"x\"").verdict(&known), Verdict::False);
}

#[test]
fn work_is_bounded() {
    let mut known = known();
    known.values.insert("vars.text".to_owned(), Value::Text("a".repeat(WORK_MAX / 4)));
    let cheap = expression("vars.text.contains(\"b\")");
    assert_eq!(cheap.verdict(&known), Verdict::False);
    for text in [
        "vars.text.matches(\"(a+)+b\")",
        "vars.text == vars.text && vars.text == vars.text && vars.text == vars.text",
    ] {
        let Verdict::Failed(why) = expression(text).verdict(&known) else { panic!("{text}") };
        assert!(why.contains("more work"), "{why}");
    }
}

#[test]
fn explanations_name_the_parts_that_decide_and_their_values() {
    let known = Known { unsettled: vec!["build"], ..known() };
    for (text, why) in [
        ("vars.target == \"prod\"", "vars.target == \"prod\" is false (vars.target = \"staging\")"),
        (
            "vars.loud && vars.target == \"prod\"",
            "vars.target == \"prod\" is false (vars.target = \"staging\")",
        ),
        ("vars.loud || vars.target == \"prod\"", "vars.loud is true (vars.loud = true)"),
        (
            "vars.count > 9 || vars.target == \"prod\"",
            "vars.count > 9 is false (vars.count = 4); vars.target == \"prod\" is false (vars.target = \"staging\")",
        ),
        (
            "!(vars.count > 3 && vars.loud)",
            "vars.count > 3 is true (vars.count = 4); vars.loud is true (vars.loud = true)",
        ),
        ("steps.build.status == \"done\" && vars.loud", "steps.build.status == \"done\" waits for build"),
        (
            "vars.other == \"x\"",
            "vars.other == \"x\" has no value: vars.other has no value; ask has(vars.other) first (vars.other = no value)",
        ),
        (
            "vars.loud ? vars.count == 4 : true",
            "vars.loud is true (vars.loud = true); vars.count == 4 is true (vars.count = 4)",
        ),
        ("1 == 2", "1 == 2 is false"),
    ] {
        assert_eq!(expression(text).explain(&known).to_string(), why, "{text}");
    }
}
