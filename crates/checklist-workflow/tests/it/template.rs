//! What the reader of YAML templates accepts, and what it makes of it.

use std::time::Duration;

use checklist_workflow::template::{
    Action, BashRole, Check, ConfirmBy, DEFAULT_SHELL, OnInterrupt, Origin, StepKind, VariableKind,
};

use crate::reading::{accepted, only, with, with_step};

#[test]
fn the_smallest_template() {
    let template = accepted(
        "checklist: 1\nid: hello\ntitle: Hello\nsteps:\n  - { id: look, title: Look around }\n  - { id: build, \
         title: Build it, type: auto, commands: [{ kind: bash, run: \"echo building\" }] }\n",
    );
    assert_eq!((template.id.as_str(), template.origin), ("hello", Origin::Yaml));
    assert_eq!(template.defaults.shell, DEFAULT_SHELL);
    assert_eq!(template.steps[0].kind, StepKind::Task);
    assert!(template.steps[0].needs.is_empty());
    assert_eq!(template.steps[1].needs, ["look"]);
    assert_eq!(template.steps[1].commands[0].id, "1");
    assert!(template.notes.is_empty());
    assert_eq!(template.step("build").map(|step| step.line), Some(6));
    assert_eq!(template.step("nothing"), None);
}

#[test]
fn the_example_of_this_repository() {
    let source = include_str!("../../../../examples/release.yaml");
    let template = accepted(source);
    assert!(template.notes.is_empty(), "{}", template.notes);
    assert_eq!(template.steps.len(), 7);
    let kinds: Vec<_> = template.variables.iter().map(|v| (v.name.as_str(), v.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("version", VariableKind::String),
            ("channel", VariableKind::String),
            ("wait_seconds", VariableKind::Number),
            ("announce", VariableKind::Boolean)
        ]
    );
    let channel = template.variable("channel").expect("declared");
    assert_eq!(channel.default, Some("preview".into()));
    assert_eq!(channel.allowed, ["preview", "stable"]);
    let approve = template.step("approve").expect("there");
    assert_eq!(approve.confirm.as_ref().map(|c| c.by), Some(ConfirmBy::Human));
    assert!(approve.killer);
    let rehearsal = template.step("rehearsal").expect("there");
    assert_eq!(rehearsal.timeout, Some(Duration::from_secs(300)));
    let [build, mirrors] = rehearsal.commands.as_slice() else { panic!("two commands") };
    assert_eq!(template.timeout_of(build), Some(Duration::from_secs(120)));
    assert_eq!(template.timeout_of(mirrors), Some(Duration::from_secs(30)));
    assert_eq!(template.on_interrupt_of(rehearsal, build), OnInterrupt::Rerun);
    assert_eq!(template.on_interrupt_of(rehearsal, mirrors), OnInterrupt::Ask);
    assert_eq!(mirrors.env["MIRROR"], "mirror-of-${channel}");
    assert_eq!(template.step("announce").and_then(|step| step.skippable), Some(true));
    assert_eq!(template.step("announce").map(|step| step.needs.clone()), Some(vec!["publish".to_owned()]));
    // The hash is what `sha256sum` says of the file.
    assert_eq!(template.source_hash.len(), 64);
    assert_ne!(template.source_hash, accepted(&format!("{source}\n")).source_hash);
}

#[test]
fn the_hash_is_sha256_of_the_bytes() {
    let template = accepted("checklist: 1\nid: a\ntitle: A\nsteps: [{ id: a, title: A }]\n");
    let expected = "ad4cec5229a7da25479b1e3fe3d9914e8589e93f719e4592962de50182d1fcc7";
    assert_eq!(template.source_hash, expected);
}

#[test]
fn every_shell_text_is_listed_for_the_trust_screen() {
    let template = accepted(&with_step(
        "    type: check\n    commands:\n      - { kind: bash, run: one, danger: It is dangerous }\n      - { kind: \
         agent, prompt: two }\n    validation:\n      - { kind: bash, run: three }\n      - { kind: file_exists, path: \
         four }\n",
    ));
    let texts: Vec<_> = template.commands().iter().map(|t| (t.step.id.as_str(), t.role, t.run)).collect();
    assert_eq!(texts, [("a", BashRole::Command, "one"), ("a", BashRole::Validation, "three")]);
    assert!(template.commands()[0].command.is_some_and(|command| command.danger.is_some()));
}

#[test]
fn every_field_this_version_runs_is_read() {
    let template = accepted(&with_step(
        "    description: D ${version}\n    section: S\n    type: auto\n    assignee: ana\n    timeout: 1h\n    killer: \
         true\n    skippable: false\n    x-team: mine\n    commands:\n      - id: one\n        kind: bash\n        run: \
         echo\n        dir: sub/${version}\n        env: { A: \"${version}\" }\n        timeout: 250ms\n        \
         idempotent: true\n        on_interrupt: fail\n        danger: Looks harmless, is not\n    validation:\n      - { \
         kind: file_contains, path: a.md, text: \"${version}\", message: \"No ${version}\" }\n",
    ));
    let step = &template.steps[0];
    let command = &step.commands[0];
    assert_eq!((step.section.as_deref(), step.assignee.as_deref()), (Some("S"), Some("ana")));
    assert_eq!(
        (step.killer, step.skippable, step.timeout),
        (true, Some(false), Some(Duration::from_secs(3600)))
    );
    assert_eq!(command.action, Action::Bash { run: "echo".to_owned() });
    assert_eq!(command.dir.as_deref(), Some("sub/${version}"));
    assert_eq!((command.timeout, command.idempotent), (Some(Duration::from_millis(250)), true));
    assert_eq!(command.on_interrupt, Some(OnInterrupt::Fail));
    let contains = Check::FileContains { path: "a.md".to_owned(), text: "${version}".to_owned() };
    assert_eq!(step.validation[0].check, contains);
    let value = |name: &str| (name == "version").then(|| "1.2".to_owned());
    assert_eq!(template.expand(command.dir.as_deref().unwrap_or_default(), value).as_deref(), Ok("sub/1.2"));
}

#[test]
fn durations() {
    for (text, millis) in
        [("1ms", 1), ("2s", 2_000), ("3m", 180_000), ("4h", 14_400_000), ("5d", 432_000_000)]
    {
        let template = accepted(&with_step(&format!("    timeout: {text}\n")));
        assert_eq!(template.steps[0].timeout, Some(Duration::from_millis(millis)));
    }
    for text in
        ["10", "1.5h", "1h30m", "10 m", "-1s", "s", "1S", "soon", "99999999999999999999d", "[]", "\"\"", "٣s"]
    {
        let (line, _, message, _) = only(&with_step(&format!("    timeout: {text}\n")));
        assert_eq!(line, 9, "{text}");
        assert!(
            message.starts_with("`timeout` must be a duration such as `90s` or `10m`, found "),
            "{message}"
        );
    }
    assert!(only(&with_step("    timeout: 0s\n")).2.contains("longer than zero"));
    let (.., advice) = only(&with_step("    timeout: 22:30\n"));
    assert!(advice.contains("`1350s`") && advice.contains("`1350m`"), "{advice}");
    assert!(only(&with_step("    timeout: 10\n")).3.contains("`10s`"));
}

#[test]
fn needs_are_resolved() {
    let steps = |needs: [&str; 3]| {
        let step = |(id, needs): (&str, &str)| format!("  - {{ id: {id}, title: T{needs} }}\n");
        with(&format!("steps:\n{}", ["a", "b", "c"].into_iter().zip(needs).map(step).collect::<String>()))
    };
    let needs = |source: &str| {
        accepted(source).steps.into_iter().map(|step| step.needs.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(needs(&steps(["", "", ""])), ["", "a", "b"]);
    assert_eq!(needs(&steps(["", ", needs: []", ", needs: [b, a]"])), ["", "", "b a"]);
    let unknown = only(&steps(["", ", needs: [aa]", ""]));
    assert_eq!(unknown.2, "step `b` needs `aa`, which does not exist");
    assert_eq!(unknown.3, "did you mean `a`?");
    let twice = only(&steps(["", ", needs: [a, a]", ""]));
    assert_eq!(twice.2, "`needs` names `a` twice");
    let circle = only(&steps([", needs: [c]", "", ""]));
    assert_eq!(circle.2, "these steps need each other, so none of them could begin: a -> c -> b -> a");
    assert!(circle.3.contains("has no `needs`, so it needs the step above it"), "{}", circle.3);
    assert!(only(&steps([", needs: [a]", "", ""])).2.ends_with("begin: a -> a"));
}

#[test]
fn paths_stay_inside_the_project() {
    for path in ["/etc/passwd", "../x", "a/../../b", "C:\\\\x", "~/x"] {
        let exists =
            only(&with_step(&format!("    validation: [{{ kind: file_exists, path: \"{path}\" }}]\n")));
        assert!(exists.3.contains("relative to the project"), "{path}: {}", exists.3);
        let dir = only(&with_step(&format!("    commands: [{{ kind: bash, run: x, dir: \"{path}\" }}]\n")));
        assert!(dir.2.starts_with("`dir` "), "{path}: {}", dir.2);
        let contains = format!("    validation: [{{ kind: file_contains, text: x, path: \"{path}\" }}]\n");
        assert!(only(&with_step(&contains)).2.starts_with("`path` "), "{path}");
    }
}

#[test]
fn rules_that_span_fields() {
    let said = |lines: &str| only(&with_step(lines)).2;
    let rerun = "    commands: [{ kind: bash, run: x, on_interrupt: rerun }]\n";
    assert!(said(rerun).contains("needs a command that says `idempotent: true`"));
    let verify = "    commands: [{ kind: bash, run: x, on_interrupt: verify }]\n";
    assert!(said(verify).contains("this step has none"));
    assert!(said("    type: check\n").contains("nothing to look at"));
    assert!(said("    type: auto\n").contains("none of kind bash"));
    assert!(said("    confirm: { by: human }\n").contains("only in a step of type confirm"));
    assert!(said("    commands: [{ kind: bash }]\n").contains("`run` is missing"));
    assert!(said("    commands: [{ kind: agent }]\n").contains("`prompt` is missing"));
    assert!(
        said("    commands: [{ kind: agent, prompt: x, run: y }]\n").contains("`run` has no meaning here")
    );
    assert!(said("    commands: [{ kind: bash, run: x, danger: no }]\n").contains("too short"));
    assert!(
        said("    commands: [{ kind: bash, run: x, id: \"2\" }, { kind: bash, run: y }]\n")
            .contains("the id `2`")
    );
    assert!(
        said("    validation: [{ kind: file_exists, path: a, text: b }]\n").contains("`text` has no meaning")
    );
    let defaults = with(
        "defaults: { on_interrupt: rerun }\nsteps: [{ id: a, title: A, commands: [{ kind: bash, run: x }] }]\n",
    );
    assert!(only(&defaults).2.contains("(from `defaults`)"));
    let enumerated = with("variables: { v: { enum: [a, b], default: c } }\nsteps: [{ id: a, title: A }]\n");
    assert!(only(&enumerated).3.contains("`enum` allows a, b"));
    let confirm = accepted(&with_step("    type: confirm\n")).steps[0].confirm.clone().expect("always there");
    assert_eq!(confirm.by, ConfirmBy::Anyone);
}

#[test]
fn names_are_checked_wherever_the_tool_expands_them() {
    for lines in [
        "    description: ${nope}\n",
        "    section: ${nope}\n",
        "    commands: [{ kind: agent, prompt: \"${nope}\" }]\n",
        "    commands: [{ kind: bash, run: x, dir: \"a/${nope}\" }]\n",
        "    commands: [{ kind: bash, run: x, env: { A: \"${nope}\" } }]\n",
        "    commands: [{ kind: bash, run: x, danger: \"Deletes ${nope}\" }]\n",
        "    validation: [{ kind: file_exists, path: \"${nope}\" }]\n",
        "    validation: [{ kind: file_contains, path: a, text: \"${nope}\" }]\n",
        "    validation: [{ kind: bash, run: x, message: \"${nope}\" }]\n",
        "    type: confirm\n    confirm: { message: \"${nope}\" }\n",
        "    type: confirm\n    confirm: { type_to_confirm: \"${nope}\" }\n",
    ] {
        assert_eq!(only(&with_step(lines)).2, "unknown variable `nope`", "{lines}");
    }
    // In bash the shell expands, and `${x:-y}` is no reference anywhere.
    let quiet = accepted(
        &with_step("    title: x ${version:-y}\n    type: auto\n    commands: [{ kind: bash, run: 'echo \"${HOME}\"' }]\n")
            .replace("    title: A\n", ""),
    );
    assert!(quiet.notes.is_empty());
    let noted = accepted(&with_step(
        "    type: auto\n    commands: [{ kind: bash, run: 'rm -r ${version} \"${version}\"' }]\n",
    ));
    assert_eq!((noted.notes.note_count(), noted.notes.has_errors()), (1, false));
    assert!(
        noted.notes.to_string().contains("t.yaml:10:42: note: `${version}` stands outside quotes"),
        "{}",
        noted.notes
    );
    // The one that is meant, and not the first of that name.
    let second = accepted(&with_step(
        "    type: auto\n    commands: [{ kind: bash, run: 'ls \"${version}\"; rm -r ${version}' }]\n",
    ));
    assert!(second.notes.to_string().contains("t.yaml:10:59: note: "), "{}", second.notes);
}

#[test]
fn long_sections_are_noted() {
    let steps = |count: usize| {
        (0..count).map(|n| format!("  - {{ id: s{n}, title: T, section: Before }}\n")).collect::<String>()
    };
    assert!(accepted(&with(&format!("steps:\n{}", steps(9)))).notes.is_empty());
    let notes = accepted(&with(&format!("steps:\n{}", steps(20)))).notes;
    assert_eq!(notes.note_count(), 1);
    assert_eq!(notes.iter().next().map(|note| note.line), Some(14));
}

#[test]
fn ten_thousand_steps_are_read() {
    let steps: String = (0..10_000)
        .map(|n| {
            format!(
                "  - id: step-{n}\n    title: Step {n} of ${{version}}\n    type: auto\n    needs: [step-{}]\n    \
                 commands:\n      - {{ kind: bash, run: 'echo \"${{version}}\"', timeout: 10s, env: {{ A: b }} }}\n",
                n.max(1) - 1
            )
        })
        .collect();
    let source =
        with(&format!("variables: {{ version: {{}} }}\nsteps:\n{}", steps.replacen("[step-0]", "[]", 1)));
    assert_eq!(accepted(&source).steps.len(), 10_000);
}
