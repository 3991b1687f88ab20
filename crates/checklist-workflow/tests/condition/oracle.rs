//! A real CEL implementation as the oracle: expressions of our part of CEL, made at random, come to the same.
//!
//! Where the two differ, the specification decides (<https://github.com/cel-expr/cel-spec>), and [`differs`] says so.

use crate::{Known, known, names};
use checklist_workflow::condition::{Expression, Kind, Value, Verdict};
use proptest::prelude::*;

/// What the oracle makes of an expression: its value, or that it has none.
fn of_oracle(text: &str) -> Option<cel::Value> {
    let program = cel::Program::compile(text).ok()?;
    let mut context = cel::Context::default();
    let map = |pairs: Vec<(&str, cel::Value)>| {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        cel::Value::from(pairs.collect::<std::collections::HashMap<String, cel::Value>>())
    };
    let text = |text: &str| cel::Value::from(text.to_owned());
    let list: Vec<cel::Value> = vec![text("a"), text("b"), cel::Value::from(3_i64)];
    let vars = vec![
        ("text", text("über")),
        ("target", text("staging")),
        ("count", cel::Value::from(4_i64)),
        ("share", cel::Value::from(0.5_f64)),
        ("loud", cel::Value::from(true)),
        ("list", cel::Value::from(list)),
    ];
    let build =
        vec![("status", text("done")), ("exit_code", cel::Value::from(0_i64)), ("outputs", map(Vec::new()))];
    let tree = vec![("status", text("skipped"))];
    context.add_variable_from_value("vars", map(vars));
    context.add_variable_from_value("steps", map(vec![("build", map(build)), ("clean-tree", map(tree))]));
    context.add_variable_from_value("run", map(vec![("branch", text("main"))]));
    context.add_variable_from_value("os", text("linux"));
    program.execute(&context).ok()
}

fn same(ours: &Value, theirs: &cel::Value) -> bool {
    match (ours, theirs) {
        (Value::Boolean(one), cel::Value::Bool(other)) => one == other,
        (Value::Integer(one), cel::Value::Int(other)) => one == other,
        (Value::Float(one), cel::Value::Float(other)) => one == other,
        (Value::Text(one), cel::Value::String(other)) => one == other.as_str(),
        (Value::List(one), cel::Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same(one, other))
        }
        _ => false,
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("vars.text".to_owned()),
        Just("vars.other".to_owned()),
        Just("vars.target".to_owned()),
        Just("steps.build.status".to_owned()),
        Just("steps[\"clean-tree\"].status".to_owned()),
        Just("steps.build.outputs.sha".to_owned()),
        Just("run.branch".to_owned()),
        Just("os".to_owned()),
        Just("vars.list[0]".to_owned()),
        Just("\"done\"".to_owned()),
        Just("'staging'".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"\\u00fcb\"".to_owned()),
        Just("r'\\d'".to_owned()),
    ]
}

fn numbers() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("vars.count".to_owned()),
        Just("vars.share".to_owned()),
        Just("steps.build.exit_code".to_owned()),
        Just("vars.list[2]".to_owned()),
        (-5_i64..6).prop_map(|number| number.to_string()),
        Just("0x4".to_owned()),
        Just("4.0".to_owned()),
        Just("0.25".to_owned()),
        texts().prop_map(|text| format!("size({text})")),
        Just("size(vars.list)".to_owned()),
    ];
    leaf.boxed()
}

fn conditions() -> BoxedStrategy<String> {
    let order = prop::sample::select(vec!["<", "<=", ">", ">="]);
    let equality = prop::sample::select(vec!["==", "!="]);
    let question = prop::sample::select(vec!["startsWith", "endsWith", "contains"]);
    let pattern = prop::sample::select(vec!["^d", "o.e$", "(a|b)+", "^$", "\\\\w+"]);
    let named = prop::sample::select(vec![
        "vars.text",
        "vars.other",
        "steps.build.exit_code",
        "steps.build.outputs.sha",
    ]);
    let leaf = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("vars.loud".to_owned()),
        (numbers(), order.clone(), numbers()).prop_map(|(one, sign, other)| format!("{one} {sign} {other}")),
        (texts(), order, texts()).prop_map(|(one, sign, other)| format!("{one} {sign} {other}")),
        (numbers(), equality.clone(), numbers())
            .prop_map(|(one, sign, other)| format!("{one} {sign} {other}")),
        (texts(), equality, texts()).prop_map(|(one, sign, other)| format!("{one} {sign} {other}")),
        (texts(), question, texts()).prop_map(|(one, name, other)| format!("{one}.{name}({other})")),
        (texts(), pattern).prop_map(|(one, pattern)| format!("{one}.matches(\"{pattern}\")")),
        named.prop_map(|name| format!("has({name})")),
        (texts(), prop::collection::vec(texts(), 0..4))
            .prop_map(|(one, list)| format!("{one} in [{}]", list.join(", "))),
        texts().prop_map(|one| format!("{one} in vars.list")),
        (prop::collection::vec(numbers(), 0..3), prop::collection::vec(numbers(), 0..3))
            .prop_map(|(one, other)| format!("[{}] == [{}]", one.join(", "), other.join(", "))),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} && {other}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} || {other}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) == ({other})")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
    .boxed()
}

#[test]
fn the_oracle_has_values_to_compare_with() {
    for (text, value) in [
        ("vars.text == \"über\" && steps[\"clean-tree\"].status == \"skipped\"", true),
        ("vars.text.matches(\"^.b\") && size(vars.list) == 3", true),
        ("vars.count < vars.share", false),
        ("has(vars.other)", false),
    ] {
        assert_eq!(of_oracle(text), Some(cel::Value::Bool(value)), "{text}");
        assert_eq!(Expression::parse(text).unwrap().value(&known()), Ok(Value::Boolean(value)), "{text}");
    }
    assert_eq!(of_oracle("vars.other == \"x\""), None);
}

/// Whether a difference is one that is known, and the specification is on our side.
fn differs(text: &str, ours: &Result<Value, Verdict>, theirs: Option<&cel::Value>) -> bool {
    // `error && false` is false and `error || true` is true, on either side (language definition, "Logical Operators"). The
    // oracle stops at an error on the left.
    matches!(ours, Ok(Value::Boolean(_))) && theirs.is_none() && (text.contains("&&") || text.contains("||"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
    #[test]
    fn a_real_cel_agrees(text in conditions()) {
        let Ok(expression) = Expression::parse(&text) else {
            prop_assert!(text.len() > 1024 || text.matches('(').count() > 8, "{} is not read", text);
            return Ok(());
        };
        // What the checker refuses never runs; the oracle checks nothing.
        let names = names();
        if let Err(mistakes) = expression.kind(&names) {
            let told = mistakes.iter().all(|mistake| mistake.message.contains("is never") || mistake.message.contains("one kind"));
            prop_assert!(told, "{}: {:?}", text, mistakes);
            return Ok(());
        }
        let ours = expression.value(&known());
        let theirs = of_oracle(&text);
        let is_same = match (&ours, &theirs) {
            (Ok(ours), Some(theirs)) => same(ours, theirs),
            (Err(Verdict::Failed(_)), None) => true,
            _ => false,
        };
        prop_assert!(is_same || differs(&text, &ours, theirs.as_ref()), "{}: {:?} and {:?}", text, ours, theirs);
    }

    #[test]
    fn nothing_panics_and_kinds_are_kept(text in "[a-z.\\[\\]\"'()!&|<>=?: 0-9,-]{0,60}|(vars|steps|run|os|size|has|in|true|[.()\\[\\]!&|=<>?: \"a-c1-3,]){0,24}") {
        if let Ok(expression) = Expression::parse(&text) {
            let names = names();
            let scope = Known { unsettled: vec!["build"], ..known() };
            match (expression.kind(&names), expression.value(&scope)) {
                (Ok(Kind::Boolean), Ok(value)) => prop_assert!(matches!(value, Value::Boolean(_)), "{}", text),
                (Ok(Kind::Number), Ok(value)) => prop_assert!(matches!(value, Value::Integer(_) | Value::Float(_)), "{}", text),
                (Ok(Kind::Text), Ok(value)) => prop_assert!(matches!(value, Value::Text(_)), "{}", text),
                (Ok(Kind::List(_)), Ok(value)) => prop_assert!(matches!(value, Value::List(_)), "{}", text),
                _ => {}
            }
            drop(expression.explain(&scope));
        }
    }
}
