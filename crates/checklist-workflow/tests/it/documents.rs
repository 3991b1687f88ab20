//! The templates that people read and copy: those of the documentation, the examples, and those that come
//! with the program.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at the files of the repository, and fail loudly"
)]

use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::template::{BaseSource, StepKind};
use checklist_workflow::{List, Template};
use std::path::Path;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The blocks of a Markdown page that are fenced as YAML.
fn blocks(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        if open.is_none() && line.trim() == "```yaml" {
            open = Some(String::new());
        } else if line.trim() == "```" {
            blocks.extend(open.take());
        } else if let Some(block) = &mut open {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

/// The base that the examples of the documentation extend.
fn common() -> String {
    blocks("docs/templates.md").into_iter().find(|block| block.contains("id: common")).expect("it is there")
}

/// Reads a template with what is beside it.
pub(crate) fn parse_all(name: &str, source: &str) -> Result<Template, Diagnostics> {
    Template::parse_with(name, source, &mut |base| match base {
        "common" => Ok(BaseSource { name: "common.yaml".to_owned(), source: common() }),
        other => Err(format!("there is no {other} beside it")),
    })
}

/// Every template of the repository that is meant to be right, by its name.
pub(crate) fn every_template() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for folder in ["examples", "crates/checklist-cli/templates"] {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                all.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    for page in ["docs/templates.md", "README.md"] {
        let blocks = blocks(page).into_iter().enumerate();
        all.extend(blocks.map(|(at, block)| (format!("{page}, example {}", at + 1), block)));
    }
    all
}

#[test]
fn every_example_is_read_without_a_note() {
    let all = every_template();
    assert!(all.iter().filter(|(name, _)| name.starts_with("docs/")).count() >= 12, "{}", all.len());
    for (name, source) in all {
        match parse_all(&name, &source) {
            Ok(template) => assert!(template.notes.is_empty(), "{}", template.notes),
            Err(found) => panic!("{found}"),
        }
    }
}

/// The Markdown list of the documentation says what the page says of it.
#[test]
fn the_markdown_example_is_read_as_it_is_told() {
    let page = std::fs::read_to_string(repository().join("docs/templates.md")).unwrap();
    let (_, rest) = page.split_once("\n````markdown\n").expect("the example is there");
    let (source, _) = rest.split_once("\n````\n").expect("it ends");
    let list = List::parse("RELEASE.md", source).unwrap_or_else(|found| panic!("{found}"));
    let ids: Vec<&str> = list.template.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["write-the-changelog", "run-the-tests", "tag", "tell-the-packagers"]);
    let [_, tests, tag, tell] = list.template.steps.as_slice() else { panic!("four steps") };
    assert!(tests.kind == StepKind::Auto && tests.commands[0].is_bash());
    assert!(tag.killer && tag.needs == ["run-the-tests"] && tag.assignee.as_deref() == Some("ana"));
    assert_eq!(tell.skippable, Some(true));
}

/// The table of what YAML makes of a text: what it says is an error is one, and what it says to write is read.
#[test]
fn the_table_of_yaml_mistakes_is_true() {
    let whole = |line: &str| {
        let in_step = ["killer", "condition", "timeout"].iter().any(|key| line.starts_with(key));
        let variables = "variables: { skip: { type: boolean, default: false }, x: { default: y } }\n";
        match in_step {
            true => format!(
                "checklist: 1\nid: t\ntitle: T\n{variables}steps:\n  - id: a\n    title: A\n    {line}\n"
            ),
            false if line.starts_with("title") => {
                format!("checklist: 1\nid: t\n{line}\nsteps: [{{ id: a, title: A }}]\n")
            }
            false => format!("checklist: 1\nid: t\ntitle: T\n{line}\nsteps: [{{ id: a, title: A }}]\n"),
        }
    };
    let page = std::fs::read_to_string(repository().join("docs/templates.md")).unwrap();
    let mut rows = 0;
    for row in page.lines().skip_while(|line| !line.starts_with("| Written")).skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [written, _, instead] = cells.as_slice() else { panic!("{row}") };
        let code =
            |cell: &str| cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).map(str::to_owned);
        let (Some(written), Some(instead)) = (code(written), code(instead)) else { continue };
        if written.starts_with("run:") || written.contains("`") {
            continue;
        }
        assert!(parse_all("t.yaml", &whole(&written)).is_err(), "{written} is read");
        if let Err(found) = parse_all("t.yaml", &whole(&instead)) {
            panic!("{instead} is not read: {found}");
        }
        rows += 1;
    }
    assert!(rows >= 6, "{rows}");
}
