//! What the reader of YAML templates accepts, refuses and says.

use std::time::{Duration, Instant};

use checklist_workflow::diagnostic::{Diagnostics, KEPT_MAX, Severity};
use checklist_workflow::template::{
    Action, BashRole, Check, ConfirmBy, DEFAULT_SHELL, OnInterrupt, Origin, SOURCE_BYTES_MAX, StepKind,
    Template, VariableKind,
};
use proptest::prelude::*;

fn parse(source: &str) -> Result<Template, Diagnostics> {
    Template::parse("t.yaml", source)
}

/// A template with these lines after its head, in which `steps:` is up to the caller.
fn with(rest: &str) -> String {
    format!("checklist: 1\nid: t\ntitle: T\n{rest}")
}

/// A template with one step that has these lines, each already indented by four.
fn with_step(lines: &str) -> String {
    with(&format!("variables:\n  version: {{}}\nsteps:\n  - id: a\n    title: A\n{lines}"))
}

fn accepted(source: &str) -> Template {
    parse(source).unwrap_or_else(|found| panic!("refused:\n{found}"))
}

fn refused(source: &str) -> Diagnostics {
    let found = parse(source).expect_err("a mistake");
    assert!(found.has_errors() && found.iter().all(|d| d.line >= 1 && d.column >= 1));
    found
}

/// The messages of the errors, each with its line.
fn messages(source: &str) -> Vec<(usize, String)> {
    let found = refused(source);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| (d.line, d.message.clone())).collect()
}

/// The one error of a source: line, column, message, and its label and help in one text.
fn only(source: &str) -> (usize, usize, String, String) {
    let found = refused(source);
    let errors: Vec<_> = found.iter().filter(|d| d.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "one error:\n{found}");
    let advice = format!("{} {}", errors[0].label, errors[0].help.as_deref().unwrap_or_default());
    (errors[0].line, errors[0].column, errors[0].message.clone(), advice.trim().to_owned())
}

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

/// What this version cannot run, each as the lines of a step or a template, and the word it is refused for.
#[test]
fn what_cannot_run_yet_is_refused_and_never_ignored() {
    let step = |lines: &str| with_step(lines);
    let variable = |lines: &str| with(&format!("variables:\n  v: {lines}\nsteps: [{{ id: a, title: A }}]\n"));
    let command = |rest: &str| step(&format!("    commands: [{{ kind: bash, run: x, {rest} }}]\n"));
    let cases = [
        ("`condition`", step("    condition: vars.version == \"1\"\n")),
        ("`outputs`", step("    outputs: { sha: git rev-parse HEAD }\n")),
        ("`rollback`", step("    rollback: [{ kind: bash, run: x }]\n")),
        ("`input`", step("    input: { variable: version }\n")),
        ("`type: input`", step("    type: input\n")),
        ("`condition`", command("condition: vars.version == '1'")),
        ("`retries`", command("retries: { max: 2, backoff: 5s, on_exit: [101] }")),
        ("`interactive`", command("interactive: true")),
        ("`kind: expr`", step("    validation: [{ kind: expr, expr: vars.version == '1' }]\n")),
        ("`secret`", variable("{ secret: true }")),
        ("`pattern`", variable("{ pattern: '^a$' }")),
        ("`from_env`", variable("{ from_env: HOME }")),
        ("`type: array`", variable("{ type: array }")),
        ("`extends`", with("extends: other\nsteps: [{ id: a, title: A }]\n")),
        ("`mode: do-confirm`", with("mode: do-confirm\nsteps: [{ id: a, title: A }]\n")),
    ];
    for (field, source) in cases {
        let (_, _, message, advice) = only(&source);
        assert_eq!(message, format!("{field} is part of format 1, but this version cannot run it yet"));
        assert!(advice.starts_with("refused rather than ignored "), "{advice}");
    }
    // The same fields with the value that means nothing are fine.
    accepted(&with("mode: read-do\nsteps: [{ id: a, title: A }]\n"));
    accepted(&command("interactive: false"));
    accepted(&variable("{ secret: false, type: boolean, default: true }"));
}

#[test]
fn all_mistakes_are_found_at_once() {
    let source = "checklist: 1\nid: Release It\ntitle: Ship ${vresion}\nownr: me\nvariables:\n  version: { default: \
                  1.10 }\n  PATH: {}\ndefaults: { timeout: 10 }\nsteps:\n  - id: a\n    title: A\n    killer: no\n    \
                  conditon: x\n  - id: a\n    title: \"\"\n    needs: [b, a]\n  - title: C\n    type: chek\n  - 7\n";
    let expected = [
        (2, "`Release It` is not a legal id"),
        (3, "unknown variable `vresion`"),
        (4, "unknown key `ownr` in a template"),
        (6, "`default` must be text, found the number `1.10`"),
        (7, "`PATH` is not a legal variable name"),
        (8, "`timeout` must be a duration such as `90s` or `10m`, found the number `10`"),
        (12, "`killer` must be true or false, found the text `no`"),
        (13, "unknown key `conditon` in a step"),
        (14, "two steps have the id `a`"),
        (15, "`title` is empty"),
        (16, "step `a` needs `b`, which does not exist"),
        (17, "`id` is missing"),
        (18, "`type` cannot be `chek`"),
        (19, "a step must be a block of `key: value` lines, found the number `7`"),
    ];
    let found = messages(source);
    let found: Vec<_> = found.iter().map(|(line, message)| (*line, message.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn rendered_like_a_compiler_does() {
    let source = with_step("    description: für ${vresion}\n");
    let found = refused(&source);
    let expected = "t.yaml:9:22: unknown variable `vresion`
  |
9 |     description: für ${vresion}
  |                      ^^^^^^^^^^ did you mean `${version}`?
";
    assert_eq!(found.render(false), expected);
    assert_eq!(found.to_string(), expected.trim_end());
    assert!(found.render(true).contains("\u{1b}["));
    let json = found.to_json();
    assert_eq!(json[0]["severity"], "error");
    assert_eq!((json[0]["line"].as_u64(), json[0]["column"].as_u64()), (Some(9), Some(22)));
    let span = json[0]["span"]["start"].as_u64().zip(json[0]["span"]["end"].as_u64()).expect("a span");
    assert_eq!(source.get(span.0 as usize..span.1 as usize), Some("${vresion}"));
    assert_eq!(json[0]["label"], "did you mean `${version}`?");
}

#[test]
fn mistakes_that_yaml_invites_have_their_own_answer() {
    let head = "checklist: 1\nid: t\n";
    let cases = [
        (
            "version: 1.10\n",
            "`version` must be text, found the number `1.10`",
            "\"1.10\"; without them YAML reads 1.10 as 1.1",
        ),
        (
            "owner: yes\nversion: no\nkiller: x\n",
            "unknown key `killer` in a template",
            "a template has checklist, id",
        ),
        ("title: true\n", "`title` must be text, found the boolean `true`", "put it in quotes: \"true\""),
        ("title: Note: do it\n", "a `: ` in the middle of a text", "title: \"Note: do it\""),
        ("title: \"x\" == \"y\"\n", "text goes on after the closing quote", "title: '\"x\" == \"y\"'"),
        ("title: !vars.skip\n", "YAML reads `!vars.skip` as a tag, not as text", "title: \"!vars.skip\""),
        ("title: @ana asks\n", "unexpected character", "title: \"@ana asks\""),
        ("title: [WIP] ship\n", "this line does not fit", "title: \"[WIP] ship\""),
        ("title: {{version}}\n", "`title` must be text, found a block", "\"${version}\""),
        (
            "title: *everyone\n",
            "YAML anchors (`&`) and aliases (`*`) are not allowed",
            "title: \"*everyone\"",
        ),
        ("title: &x y\n", "YAML anchors (`&`) and aliases (`*`) are not allowed", "title: \"&x y\""),
        (
            "defaults: { timeout: ${limit} }\n",
            "this does not fit inside `{ ... }`",
            "in quotes: \"${limit}\"",
        ),
        ("title: \"open\n", "this quote is never closed", ""),
        ("<<: {}\n", "merge keys (`<<`) are not allowed", "write the keys out"),
        ("steps:\n\t- a\n", "a tab in the indentation", "spaces"),
        ("---\nid: u\n", "a second YAML document begins here", "one file is one template"),
        ("title:\n", "`title` must be text, found nothing", "or remove the key"),
        ("id: u\n", "key `id` is written twice in the same block", "keep one"),
        ("reviewed: 1.1.2026\n", "`reviewed` must be a day", "2026-11-01"),
        ("reviewed: 2026-13-01\n", "`reviewed` must be a day", "2026-11-01"),
    ];
    for (lines, message, advice) in cases {
        let found = refused(&format!("{head}{lines}"));
        let hit = found.iter().find(|d| d.message.contains(message));
        let hit = hit.unwrap_or_else(|| panic!("{lines:?} should say {message:?}:\n{found}"));
        let said = format!("{} {}", hit.label, hit.help.as_deref().unwrap_or_default());
        assert!(said.contains(advice), "{lines:?}: {said}");
        assert!(hit.line >= 3, "{lines:?}: line {}", hit.line);
    }
    // YAML 1.2: these are texts, whatever older readers make of them.
    let template = accepted(&format!("{head}title: no\nversion: 22:30\nsteps: [{{ id: a, title: yes }}]\n"));
    assert_eq!((template.title.as_str(), template.version.as_deref()), ("no", Some("22:30")));
    let number =
        only(&with("variables: { n: { type: number, default: 22:30 } }\nsteps: [{ id: a, title: A }]\n"));
    assert!(number.3.contains("older readers"), "{}", number.3);
}

#[test]
fn files_that_are_no_templates() {
    for source in ["", "# only a comment\n", "- a\n", "hello", "hello: world\n"] {
        let (line, _, message, advice) = only(source);
        assert!(line <= 2 && message.starts_with("not a checklist template"), "{message}");
        assert!(advice.contains("`checklist: 1`"));
    }
    assert_eq!(
        only("hello: world\nfoo: bar\n").2,
        "not a checklist template: the key `checklist` is missing"
    );
    let newer = only("checklist: 2\nunheard_of: true\n");
    assert_eq!((newer.0, newer.1), (1, 12));
    assert!(newer.2.contains("format 2 and needs a newer version"), "{}", newer.2);
    assert!(messages("id: a\ntitle: A\nsteps: [{ id: a }]\n").len() == 2, "other mistakes are said too");
    assert!(
        only("checklist: \"1\"\nid: a\ntitle: A\nsteps: [{ id: a, title: A }]\n")
            .3
            .contains("`checklist: 1`")
    );
    let large = format!("checklist: 1\n#{}", "x".repeat(SOURCE_BYTES_MAX));
    assert!(only(&large).2.contains("8 MiB"));
}

#[test]
fn keys_and_words_are_suggested() {
    let advice = |source: &str| only(source).3;
    assert!(advice(&with_step("    conditon: x\n")).contains("did you mean `condition`?"));
    assert!(advice(&with_step("    depends_on: []\n")).contains("did you mean `needs`?"));
    assert!(advice(&with_step("    run: echo\n")).contains("{ kind: bash, run: ... }"));
    assert!(advice(&with_step("    zzzzzzzz: 1\n")).contains("`x-`"));
    assert!(advice(&with_step("    type: chekc\n")).contains("did you mean `check`?"));
    assert!(
        advice(&with_step("    commands: [{ kind: bash, cmd: x, run: x }]\n"))
            .contains("did you mean `run`?")
    );
    accepted(&with_step("    x-anything: { goes: [here] }\n"));
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
        &with_step("    title: x ${version:-y}\n    commands: [{ kind: bash, run: 'echo \"${HOME}\"' }]\n")
            .replace("    title: A\n", ""),
    );
    assert!(quiet.notes.is_empty());
    let noted =
        accepted(&with_step("    commands: [{ kind: bash, run: 'rm -r ${version} \"${version}\"' }]\n"));
    assert_eq!((noted.notes.note_count(), noted.notes.has_errors()), (1, false));
    assert!(
        noted.notes.to_string().contains("t.yaml:9:42: note: `${version}` stands outside quotes"),
        "{}",
        noted.notes
    );
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

#[test]
fn a_flood_of_mistakes_is_counted_and_cut() {
    let keys: String = (0..50_000).map(|n| format!("conditio{n}: 1\n")).collect();
    #[expect(clippy::disallowed_methods, reason = "the test bounds the time a hostile file can take")]
    let started = Instant::now();
    let found = refused(&with(&keys));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(found.error_count(), 50_001);
    assert_eq!(found.iter().len(), KEPT_MAX);
    assert!(found.render(false).ends_with("t.yaml: and 49901 more findings like these\n"));
}

#[test]
fn hostile_documents_are_refused() {
    for source in [
        format!("checklist: {}", "[".repeat(100_000)),
        format!("checklist: {}", "{a: ".repeat(100_000)),
        "- ".repeat(100_000),
        format!("checklist: 1\n{}", "&a ".repeat(10_000)),
        "a: &a [x]\nb: &b [*a,*a]\n".to_owned(),
        format!("checklist: 1\nid: {}\n", "x".repeat(1_000_000)),
        "checklist: 1\nid: \"\\0\"\ntitle: \u{7f}\n".to_owned(),
    ] {
        assert!(!refused(&source).render(false).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_answered(text in "(checklist: 1\n)?(.|\n){0,200}") {
        if let Err(found) = parse(&text) {
            prop_assert!(found.has_errors());
            prop_assert!(!found.render(true).is_empty());
        }
    }

    /// A good template with a piece of it replaced is read or refused, and every finding lies inside it.
    #[test]
    fn a_damaged_template_is_answered(at in 0_usize..4_000, length in 0_usize..40, piece in "[-:{}\\[\\]#&*!|>'\"%@` \t\na-z$é]{0,6}") {
        let good = include_str!("../../../../examples/release.yaml");
        let start = at.min(good.len());
        let end = (start + length).min(good.len());
        let damaged = format!("{}{piece}{}", &good[..start], &good[end..]);
        let found = match parse(&damaged) {
            Ok(template) => template.notes,
            Err(found) => { prop_assert!(found.has_errors()); found }
        };
        for finding in &found {
            prop_assert!(damaged.get(finding.span.clone()).is_some());
        }
        prop_assert_eq!(found.render(false).is_empty(), found.is_empty());
    }
}
