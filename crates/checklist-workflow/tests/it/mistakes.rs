//! How mistakes in a template are answered: which message, where, and with what advice.

use checklist_workflow::template::SOURCE_BYTES_MAX;

use crate::reading::{accepted, messages, only, refused, with, with_step};

/// Mistakes in fields that belong together: the lines of a step or a template, and what is said.
#[test]
fn fields_that_do_not_fit_each_other_are_refused() {
    let variable = |lines: &str| with(&format!("variables:\n  v: {lines}\nsteps: [{{ id: a, title: A }}]\n"));
    let command = |rest: &str| with_step(&format!("    commands: [{{ kind: bash, run: x, {rest} }}]\n"));
    let cases = [
        ("the secret `v` does not say where it comes from", variable("{ secret: true }")),
        ("a secret has no `default`", variable("{ secret: true, from_env: V, default: x }")),
        ("a secret has no `enum`", variable("{ secret: true, from_env: V, enum: [x] }")),
        ("a secret is a string", variable("{ secret: true, from_env: V, type: number }")),
        ("`A-B` is not a name an environment variable can have", variable("{ from_env: A-B }")),
        ("this is no pattern: ", variable("{ pattern: '(' }")),
        ("`pattern` has a meaning only for a string", variable("{ type: number, pattern: '1' }")),
        ("`b` does not match the pattern of its own variable", variable("{ pattern: '^a$', default: b }")),
        ("`enum` allows no value at all", variable("{ enum: [] }")),
        ("a step of type input asks for a variable", with_step("    type: input\n")),
        (
            "`input` has a meaning only in a step of type input",
            with_step("    input: { variable: version }\n"),
        ),
        ("unknown variable `verson`", with_step("    type: input\n    input: { variable: verson }\n")),
        (
            "a rollback has commands of kind bash alone",
            with_step("    rollback: [{ kind: agent, prompt: x }]\n"),
        ),
        ("`A` is not a legal name of an output", with_step("    outputs: { A: x }\n")),
        ("an output needs a command that prints it", with_step("    outputs: { a: ' ' }\n")),
        (
            "`retries` has no meaning here",
            with_step("    commands: [{ kind: agent, prompt: x, retries: { max: 1 } }]\n"),
        ),
        ("`max` must be a whole number from 0 to 20", command("retries: { max: 21 }")),
        ("unknown key `x-mine` in a command", command("x-mine: 1")),
    ];
    for (message, source) in cases {
        let found = only(&source);
        assert!(found.2.contains(message), "{message:?} is not {found:?}");
    }
}

#[test]
fn secrets_stand_in_no_text_but_an_environment() {
    let head = "variables:\n  token: { secret: true, from_env: TOKEN }\nsteps:\n";
    let step = |lines: &str| with(&format!("{head}  - id: a\n    title: A\n{lines}"));
    for lines in [
        "    description: ${token}\n",
        "    commands: [{ kind: agent, prompt: \"${token}\" }]\n",
        "    validation: [{ kind: file_contains, path: a, text: \"${token}\" }]\n",
    ] {
        assert_eq!(only(&step(lines)).2, "`token` is a secret, and texts are shown and stored", "{lines}");
    }
    let asked = only(&step("    type: input\n    input: { variable: token }\n"));
    assert_eq!(asked.2, "`token` is a secret, and answers are stored");
    let seen = only(&step("    condition: vars.token == \"x\"\n"));
    assert_eq!(seen.2, "vars.token is a secret, and no condition sees it");
    let run = "    type: auto\n    commands: [{ kind: bash, run: 'echo \"${token}\"', env: { T: \"x ${token}\" } }]\n";
    accepted(&step(run));
}

#[test]
fn a_mistake_in_a_condition_has_its_own_caret() {
    let source = with_step("    condition: vars.vresion == \"1\"\n");
    let found = refused(&source);
    let expected = "t.yaml:9:16: unknown name `vars.vresion` in the condition
  |
9 |     condition: vars.vresion == \"1\"
  |                ^^^^^^^^^^^^ did you mean vars.version?
";
    assert_eq!(found.render(false), expected);
    let quoted = only(&with_step("    condition: 'vars.version = \"1\"'\n"));
    assert_eq!((quoted.0, quoted.1, quoted.2.as_str()), (9, 30, "`=` has no meaning here in the condition"));
    let all = messages(&with_step(
        "    condition: vars.a == vars.b\n    validation: [{ kind: expr, expr: 'size(1) == 2' }]\n",
    ));
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn what_conditions_look_at_comes_first() {
    let steps = |first: &str, second: &str| {
        with(&format!("steps:\n  - {{ id: a, title: A{first} }}\n  - {{ id: b, title: B{second} }}\n"))
    };
    accepted(&steps("", ", condition: steps.a.status == \"done\""));
    let later = only(&steps(", condition: steps.b.status == \"done\"", ""));
    assert!(later.2.ends_with("none of them could begin: a -> b -> a"), "{later:?}");
    accepted(&steps(", condition: steps.b.status == \"done\"", ", needs: []"));
    let itself = only(&steps(", condition: steps.a.status == \"done\"", ""));
    assert!(itself.2.ends_with("begin: a -> a") && itself.3.contains("let it look at others"), "{itself:?}");
    let word = only(&steps("", ", condition: steps.a.status == \"don\""));
    assert!(word.3.contains("did you mean \"done\"?"), "{word:?}");
    let pending = only(&steps("", ", condition: steps.a.status == \"pending\""));
    assert!(
        pending.3.contains("waits for the step to be one of done, skipped, failed, hidden"),
        "{pending:?}"
    );
    // What an input step asks for is known when it is answered.
    let asking = "variables: { v: {} }\nsteps:\n  - { id: a, title: A, condition: vars.v == \"x\" }\n  - { id: b, title: B, \
                  type: input, input: { variable: v } }\n";
    assert!(only(&with(asking)).2.ends_with("begin: a -> b -> a"));
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
        (
            "x-a: { b: c in [\"d\"], e: f }\n",
            "this does not fit inside `{ ... }`",
            "a text with `[`, `]`, `{`, `}` or `,` goes in quotes",
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
