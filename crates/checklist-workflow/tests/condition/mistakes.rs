//! What is refused before anything runs, where, and with what advice.

use crate::names;
use checklist_workflow::condition::{BYTES_MAX, DEPTH_MAX, Expression, Mistake};

/// All mistakes of an expression.
fn mistakes(text: &str) -> Vec<Mistake> {
    match Expression::parse(text) {
        Err(mistake) => vec![mistake],
        Ok(expression) => expression.check(&names()).err().unwrap_or_default(),
    }
}

#[track_caller]
fn refused(text: &str, part: &str, said: &str) {
    let found = mistakes(text);
    let [mistake] = found.as_slice() else { panic!("{text}: {found:?}") };
    let shown = mistake.to_string();
    assert!(shown.contains(said), "{text}: {said:?} is not in {shown:?}");
    assert_eq!(text.get(mistake.span.clone()), Some(part), "{text}: {shown}");
}

#[test]
fn what_other_languages_write() {
    refused("vars.text = \"a\"", "=", "one `=` compares nothing; write `==`");
    refused("vars.text === \"a\"", "===", "write `==`");
    refused("vars.text == \"a\" and vars.loud", "and", "write `&&`");
    refused("vars.text == \"a\" or vars.loud", "or", "write `||`");
    refused("not vars.loud", "not", "write `!`");
    refused("vars.loud & vars.loud", "&", "write `&&`");
    refused("${text} == \"a\"", "${", "a variable is written vars.name");
    refused("text == \"a\"", "text", "did you mean vars.text?");
    refused("vars.text == null", "null", "has(vars.name)");
    refused("vars.count + 1 == 2", "+", "does not calculate");
    refused("vars.count -1 == 2", "-", "does not calculate");
    refused("vars.list.all(x, x > 1)", "all", "no loops");
    refused("steps.clean-tree.status == \"done\"", "-", "steps[\"clean-tree\"]");
    refused("vars.text == `a`", "`", "\"quotes\"");
    refused("vars.count == 5s", "5s", "is no number");
    refused("vars.text == prod", "prod", "a text is in \"quotes\"");
}

#[test]
fn names_that_are_not_there() {
    refused("vars.targt == \"prod\"", "vars.targt", "did you mean vars.target?");
    refused("vars.nothing_like_it", "vars.nothing_like_it", "declare it under `variables:`");
    refused("steps.biuld.status == \"done\"", "biuld", "did you mean `build`?");
    refused("steps.build.stauts == \"done\"", "stauts", "did you mean `status`?");
    refused("steps.build.outputs.sah == \"\"", "sah", "did you mean `sha`?");
    refused("steps[\"clean-tree\"].exit_code == 0", "exit_code", "runs no command");
    refused("steps.build == \"done\"", "steps.build", "steps.build.status");
    refused("steps.build.status.code == \"done\"", "code", "a value of its own");
    refused("run.brnch == \"main\"", "run.brnch", "did you mean run.branch?");
    refused("var.text == \"a\"", "var", "did you mean `vars`?");
    refused("vars.text.startswith(\"a\")", "startswith", "did you mean `startsWith`?");
    refused("vars.token == \"x\"", "vars.token", "is a secret, and no condition sees it");
    refused("has(vars.token)", "vars.token", "is a secret, and no condition sees it");
}

#[test]
fn words_that_never_match() {
    refused("vars.target == \"prdo\"", "\"prdo\"", "did you mean \"prod\"?");
    refused("\"live\" != vars.target", "\"live\"", "it is one of staging, prod");
    refused("vars.target in [\"prod\", \"stagin\"]", "\"stagin\"", "did you mean \"staging\"?");
    refused("steps.build.status == \"don\"", "\"don\"", "did you mean \"done\"?");
    refused("steps.build.status == \"active\"", "\"active\"", "one of done, skipped, failed, hidden");
    refused("os == \"linx\"", "\"linx\"", "did you mean \"linux\"?");
}

#[test]
fn kinds_that_do_not_fit() {
    refused("vars.text", "vars.text", "a condition is true or false, and this is a text");
    refused("vars.count > \"3\"", "\"3\"", "write it without quotes: 3");
    refused("vars.text == 3", "3", "put it in \"quotes\"");
    refused("vars.loud == \"true\"", "\"true\"", "write it without quotes: true");
    refused("!vars.text", "vars.text", "`!` turns true and false around, and this is a text");
    refused("vars.loud && vars.count", "vars.count", "joins what is true or false");
    refused("vars.loud < true", "vars.loud", "compares numbers or texts");
    refused("vars.text in vars.other", "vars.other", "`in` looks into a list, and this is a text");
    refused("[1, \"a\"] == vars.list", "\"a\"", "the items of a list are of one kind");
    refused("size(vars.count) == 1", "vars.count", "a text or a list");
    refused("(vars.loud ? 1 : \"a\") == 1", "\"a\"", "both values of `? :` are of one kind");
    refused("vars.count ? true : false", "vars.count", "what stands before `?`");
    refused("vars.text.contains(1)", "1", "`contains` takes a text");
    refused("vars.text.matches(\"(\")", "\"(\"", "this is no pattern");
    refused("vars.text.matches(vars.other)", "vars.other", "a pattern that is written out");
    refused("vars.text[0] == \"a\"", "vars.text", "only a list has places");
    refused("has(vars)", "vars", "`has` is asked about a name");
}

#[test]
fn forms_that_end_too_early_or_go_on() {
    refused("", "", "the condition is empty");
    refused("vars.loud &&", "", "the condition ends too early");
    refused("(vars.loud", "", "`)` is expected to close this one");
    refused("vars.text == \"a", "\"a", "this quote is never closed");
    refused("vars.loud vars.loud", "vars", "the condition should end here");
    refused("vars.text == \"\\q\"", "\\q", "is no escape");
    refused("[1, 2", "", "`]` is expected to close the list");
    refused("vars. == 1", "==", "a name is expected after `.`");
    refused("99999999999999999999 == 1", "99999999999999999999", "too large a number");
    assert_eq!(mistakes("vars.a == vars.b && size(1) == 2").len(), 3, "all are found at once");
}

#[test]
fn length_and_depth_are_bounded() {
    let long = format!("vars.text == \"{}\"", "x".repeat(BYTES_MAX));
    assert!(mistakes(&long)[0].message.contains("at most 1024 are read"));
    for (open, close) in
        [("(", ")"), ("[", "]"), ("!", ""), ("true ? true : ", ""), ("has(", ")"), ("true ? ", "")]
    {
        let nested = |depth: usize| format!("{}true{}", open.repeat(depth), close.repeat(depth));
        let deep = Expression::parse(&nested(DEPTH_MAX + 1)).unwrap_err().message;
        assert!(
            deep.contains("deeper than 32 levels") || open == "has(" || open == "true ? ",
            "{open}: {deep}"
        );
    }
    assert!(Expression::parse(&"!".repeat(1024)).is_err());
    // As wide as it can be is fine: a chain is no nesting.
    let wide = ["vars.loud"; 79].join(" && ");
    assert!(mistakes(&wide).is_empty(), "{:?}", mistakes(&wide));
}
