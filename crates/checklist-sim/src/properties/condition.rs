//! Conditions: read or refused at a place inside the text; what is checked comes to its kind, waits, or says why not.

use checklist_workflow::condition::{
    BYTES_MAX, Declarations, DeclaredStep, DeclaredVariable, Expression, Kind, Path, Reading, Scope, Value,
    Verdict,
};

/// One value of each kind, one name without any, and one step that is not settled.
struct Known;

impl Scope for Known {
    fn read(&self, path: Path<'_>) -> Reading {
        match path {
            Path::Variable("text") => Reading::Known(Value::Text("a\u{fc}b".to_owned())),
            Path::Variable("count") => Reading::Known(Value::Integer(3)),
            Path::Variable("loud") => Reading::Known(Value::Boolean(true)),
            Path::Variable("list") => {
                Reading::Known(Value::List(vec![Value::Text("a".to_owned()), Value::Float(0.5)]))
            }
            Path::Status("a") | Path::Os | Path::Run(_) => Reading::Known(Value::Text("done".to_owned())),
            Path::ExitCode("a") => Reading::Known(Value::Integer(0)),
            Path::Status("b") => Reading::Unsettled("b".to_owned()),
            _ => Reading::Absent,
        }
    }
}

fn names() -> Declarations {
    let variable = |kind| DeclaredVariable { kind, words: Vec::new(), is_secret: false };
    let kinds = [
        ("text", Kind::Text),
        ("none", Kind::Text),
        ("count", Kind::Number),
        ("loud", Kind::Boolean),
        ("list", Kind::List(Box::new(Kind::Any))),
    ];
    let step = DeclaredStep { has_commands: true, outputs: vec!["x".to_owned()] };
    Declarations {
        variables: kinds.map(|(name, kind)| (name.to_owned(), variable(kind))).into(),
        steps: ["a", "b"].map(|id| (id.to_owned(), step.clone())).into(),
    }
}

pub(super) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(mistake) => {
            assert!(text.get(mistake.span.clone()).is_some(), "{:?} is not in the text", mistake.span);
            assert!(!mistake.message.is_empty());
            return;
        }
    };
    assert!(text.len() <= BYTES_MAX, "more was read than may be");
    assert_eq!(Expression::parse(text).as_ref(), Ok(&expression), "read twice, it differs");
    let (names, explained) = (names(), expression.explain(&Known));
    assert_eq!(explained.verdict, expression.verdict(&Known), "the explanation is about something else");
    match expression.kind(&names) {
        Err(mistakes) => {
            assert!(!mistakes.is_empty() && expression.check(&names).is_err());
            for mistake in mistakes {
                assert!(text.get(mistake.span.clone()).is_some(), "{:?} is not in the text", mistake.span);
            }
        }
        Ok(kind) => {
            let is_condition = matches!(kind, Kind::Boolean | Kind::Any);
            assert_eq!(expression.check(&names).is_ok(), is_condition, "{kind} is taken for a condition");
            match (kind, expression.value(&Known)) {
                (_, Err(Verdict::True | Verdict::False)) => {
                    panic!("it has a value and says that it has none")
                }
                (Kind::Any, _) | (_, Err(_)) => {}
                (Kind::Boolean, Ok(value)) => assert!(matches!(value, Value::Boolean(_)), "{value}"),
                (Kind::Number, Ok(value)) => {
                    assert!(matches!(value, Value::Integer(_) | Value::Float(_)), "{value}");
                }
                (Kind::Text, Ok(value)) => assert!(matches!(value, Value::Text(_)), "{value}"),
                (Kind::List(_), Ok(value)) => assert!(matches!(value, Value::List(_)), "{value}"),
            }
        }
    }
}
