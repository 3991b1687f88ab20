//! `init`, and every list that comes with the program: each is walked through to its end.

use crate::support::{Answer, Project};
use crate::terminal::at_terminal;
use std::process::Command;
use std::time::{Duration, Instant};

/// Goes through the open run as somebody would: runs what the tool does, and settles the rest step by step.
fn walk(project: &Project, begin: &[&str], answers: &[(&str, &str)], dangers: &[&str]) -> Vec<String> {
    let allowed = dangers.iter().flat_map(|danger| ["--allow-danger", danger]);
    let mut words: Vec<&str> = begin.iter().copied().chain(allowed.clone()).collect();
    let mut settled = Vec::new();
    for _ in 0..60 {
        let answer = project.run(&words);
        words = ["run"].into_iter().chain(allowed.clone()).collect();
        let status = project.status();
        if status["status"] == "completed" {
            return settled;
        }
        assert_eq!(answer.code, 10, "{answer:#?}");
        let id = status["current"].as_str().unwrap_or_else(|| panic!("{status:#}")).to_owned();
        let steps = status["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["id"] == id.as_str()).unwrap();
        let given = answers.iter().find(|(step, _)| *step == id).map(|(_, value)| *value);
        match (step["type"].as_str().unwrap(), step["needs_human"].as_bool().unwrap()) {
            ("input", _) => project.run(&["done", &id, "--value", given.expect("an answer")]).ok(),
            ("confirm", true) => {
                at_terminal(project, &["done", &id], &format!("{}\n", given.unwrap_or("y"))).ok()
            }
            ("confirm", false) => project.run(&["run", "--yes", "--step", &id]).ok(),
            ("task", _) => project.run(&["done", &id]).ok(),
            (other, _) => panic!("{id}: a step of type {other} waits: {answer:#?}"),
        };
        settled.push(id);
    }
    panic!("it comes to no end: {settled:?}");
}

/// Where every step stands, by its id.
fn standing(project: &Project, status: &str) -> Vec<String> {
    let steps = project.status()["steps"].as_array().unwrap().clone();
    let of = steps.iter().filter(|step| step["status"] == status);
    of.map(|step| step["id"].as_str().unwrap().to_owned()).collect()
}

/// Git in the project; `None`, and said so, where there is none.
fn git(project: &Project, lines: &[&str]) -> Option<()> {
    for line in lines {
        let mut git = Command::new("git");
        git.args(line.split(' ')).current_dir(&project.root).env("HOME", project.home());
        for (name, value) in [("NAME", "Ana"), ("EMAIL", "ana@example.org")] {
            git.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        let Ok(output) = git.output() else {
            say!("SKIPPED: a list that works with git: it is missing");
            return None;
        };
        assert!(output.status.success(), "git {line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Some(())
}

/// A repository with a remote, in which something was committed.
fn repository(project: &Project) -> Option<()> {
    let config = "[user]\n\tname = Ana\n\temail = ana@example.org\n[init]\n\tdefaultBranch = main\n";
    std::fs::write(project.home().join(".gitconfig"), config).unwrap();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"demo\"\nversion = \"1.3.0\"\n\n[dependencies]\nx = { version = \"2\" }\n",
    );
    project.write("CHANGELOG.md", "# Changes\n");
    git(
        project,
        &["init -q --bare -b main ../remote.git", "init -q -b main", "remote add origin ../remote.git"],
    )?;
    git(project, &["add Cargo.toml CHANGELOG.md", "commit -qm Begin", "push -q origin main"])
}

#[test]
fn the_lists_that_come_with_the_program_are_told() {
    let project = Project::new();
    let told = project.run(&["init", "--list"]).ok();
    for name in ["start", "hello", "release", "incident", "migration", "onboarding", "review"] {
        assert!(told.out.contains(&format!("\n  {name} ")), "{told:?}");
    }
    assert!(told.out.ends_with("Next: checklist init hello\n"));
    assert!(!project.root.join(".checklist").exists());
    let plain = project.run(&["init", "--list", "--plain"]).ok().out;
    assert!(plain.lines().count() == 7 && plain.lines().all(|line| line.split('\t').count() == 2), "{plain}");
    let lists = project.run(&["init", "--list", "--json"]).ok().json();
    assert_eq!(lists["lists"][2]["name"], "release");
    assert_eq!(lists["lists"][2]["variables"][0]["required"], true);
    let unknown = project.run(&["init", "incidnt"]).code(2).says("Did you mean: incident");
    unknown.says("review ").says("checklist init --from FILE.md");
    project.write("moving.md", "- [ ] pack\n");
    project.run(&["init", "moving.md"]).code(2).says("checklist init --from moving.md");
    project.run(&["init", "--from", "moving.md"]).ok().says("Next: checklist run moving");
    // A second one says so, and a list that is named is added.
    project.run(&["init"]).ok().says("already here").says("Nothing changed.");
    let added = project.run(&["init", "incident"]).ok().says("Added templates/incident.yaml");
    added.says("Next: checklist run incident --var service=... --var url=...");
}

#[test]
fn a_template_of_ones_own_is_a_beginning_too() {
    let project = Project::new();
    let text = "checklist: 1\nid: own\ntitle: Own\nsteps:\n  - { id: a, title: A }\n";
    project.write("own.yaml", text);
    project.run(&["init", "--from", "own.yaml"]).ok().says("(1 step)").says("Next: checklist run\n");
    assert_eq!(project.read(".checklist/templates/own.yaml"), text.as_bytes());
    project.write("bad.yaml", "checklist: 1\nid: bad\ntitle: Bad\n");
    let other = Project::new();
    other.write("bad.yaml", "checklist: 1\nid: bad\ntitle: Bad\n");
    other.run(&["init", "--from", "bad.yaml"]).code(65);
    assert!(!other.root.join(".checklist").exists());
}

/// Starts the walk and kills it when the tutorial asks for that.
fn killed_as_asked(project: &Project) -> Answer {
    let mut child = project.start(&["run"]);
    let begin = Instant::now();
    let asks = || {
        let told = project.run(&["logs", "kill-me/wait"]);
        told.out.contains(&format!("kill -9 {}", child.id()))
    };
    while !asks() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it does not ask to be killed");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    Answer::of(child.wait_with_output().unwrap()).code(-9)
}

#[test]
fn the_tutorial_is_killed_by_hand_and_loses_nothing() {
    let project = Project::new();
    project.run(&["init", "hello"]).ok().says("7 steps").says("Next: checklist run");
    project.run(&["run"]).code(10).says("Press d");
    project.run(&["done"]).ok();
    project.run(&["skip", "--reason", "not today"]).ok();
    project.run(&["done"]).code(11).says("Make it: touch hello.txt").says("Nothing was changed.");
    project.write("hello.txt", "");
    project.run(&["done"]).ok().says("verified");
    project.run(&["undo"]).ok();
    project.run(&["redo"]).ok();
    project.run(&["done"]).ok();
    killed_as_asked(&project);
    // What waited ends with what it waited for.
    let begin = Instant::now();
    while project.run(&["resume", "--done", "kill-me/wait", "--json"]).code != 0 {
        assert!(begin.elapsed() < Duration::from_secs(20), "its command goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    project.run(&["history"]).ok().says("interrupted").says("the process died");
    assert_eq!(project.step("kill-me"), "done");
    project.run(&["done", "look-back"]).ok();
    project.run(&["run"]).ok().says("All 7 steps are settled: 6 done, 1 skipped.");
    assert!(!project.root.join("hello.txt").exists());
}

#[test]
fn the_list_to_begin_with_is_walked_through() {
    let project = Project::new();
    project.run(&["init"]).ok();
    assert_eq!(walk(&project, &["run"], &[], &[]).len(), 3);
}

#[test]
fn a_crate_is_released() {
    let project = Project::new();
    let Some(()) = repository(&project) else { return };
    project.fake("cargo", "echo \"$*\" >> \"$HOME/cargo.log\"");
    project.run(&["init", "release"]).ok().says("--var crate=... --var version=1.4.0");
    let begin = ["run", "--var", "crate=demo", "--var", "version=1.4.0", "--var", "publish=true"];
    project.run(&begin).code(10).says("Write the changelog for 1.4.0");
    project.write("CHANGELOG.md", "# Changes\n\n## [1.4.0]\n");
    let answers = [("approve", "1.4.0")];
    let dangers = ["push/push", "publish/publish"];
    let settled = walk(&project, &["run"], &answers, &dangers);
    assert_eq!(settled, ["changelog", "approve", "announce"]);
    let manifest = String::from_utf8(project.read("Cargo.toml")).unwrap();
    assert!(manifest.contains("version = \"1.4.0\"\n") && manifest.contains("version = \"2\""), "{manifest}");
    let ran = std::fs::read_to_string(project.home().join("cargo.log")).unwrap();
    assert_eq!(ran.lines().filter(|line| *line == "publish --quiet").count(), 1, "{ran}");
    let tags =
        Command::new("git").args(["ls-remote", "--tags", "origin"]).current_dir(&project.root).output();
    assert!(String::from_utf8(tags.unwrap().stdout).unwrap().contains("refs/tags/v1.4.0"));
    // Once more is refused: a version is never given out twice.
    project
        .run(&["run", "--new", "--var", "crate=demo", "--var", "version=1.4.0"])
        .code(11)
        .says("There is a tag v1.4.0");
}

#[test]
fn an_incident_is_gone_through() {
    let project = Project::new();
    project.fake("curl", "test -e \"$HOME/well\"");
    project.run(&["init", "incident"]).ok();
    let begin = [
        "run",
        "--var",
        "service=checkout",
        "--var",
        "url=https://checkout.invalid",
        "--var",
        "watch_minutes=0",
    ];
    let begin = [&begin[..], &["--var", "severity=high"]].concat();
    std::fs::write(project.home().join("well"), "").unwrap();
    let answers = [("lead", "Ana"), ("impact", "nobody can pay, since 14:10"), ("all-clear", "y")];
    project.run(&begin).code(10);
    project.run(&["done", "declare"]).ok();
    // The review has to be written down, where the notes are.
    for (step, value) in &answers[..2] {
        project.run(&["done", step, "--value", value]).ok();
    }
    project.run(&["run", "--step", "notes"]).ok();
    let notes = std::fs::read_dir(project.root.join("incidents")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&notes).unwrap();
    assert!(text.contains("Lead: Ana\nImpact: nobody can pay, since 14:10\n"), "{text}");
    std::fs::write(&notes, format!("{text}\n## Review\n\nMonday\n")).unwrap();
    let settled = walk(&project, &["run"], &answers, &[]);
    assert!(settled.contains(&"more-hands".to_owned()) && settled.contains(&"tell-users".to_owned()));
    // One that nobody notices needs less.
    let low = [
        "run",
        "--new",
        "--var",
        "service=wiki",
        "--var",
        "url=x",
        "--var",
        "watch_minutes=0",
        "--var",
        "severity=low",
    ];
    project.run(&low).code(10);
    assert_eq!(standing(&project, "hidden"), ["more-hands", "tell-users", "tell-end"]);
}

/// Programs of PostgreSQL, whose database is a file in the home folder.
fn postgres(project: &Project) {
    let psql = r#"case "$*" in
        *--file*) touch "$HOME/applied" ;;
        *proof*) test -e "$HOME/applied" && echo 1 || echo 0 ;;
        *) echo 42 ;;
    esac"#;
    project.fake("psql", psql);
    project.fake(
        "pg_dump",
        "for word; do case \"$word\" in --file=*) echo dump > \"${word#--file=}\" ;; esac; done",
    );
    project.fake("pg_restore", "case \"$*\" in *--list*) exit 0 ;; *) rm \"$HOME/applied\" ;; esac");
}

#[test]
fn a_schema_is_migrated_and_taken_back() {
    let project = Project::new();
    postgres(&project);
    project.write("0042.sql", "alter table orders add day date;\n");
    project.run(&["init", "migration"]).ok();
    let backup = format!("backup={}", project.home().join("before.dump").display());
    let begin = ["run", "--var", "migration=0042.sql", "--var", "proof=select proof", "--var", &backup];
    let begin = [&begin[..], &["--var", "target=production"]].concat();
    let answers = [("rehearsal", "12"), ("go", "production")];
    let settled = walk(&project, &begin, &answers, &["apply/psql"]);
    assert_eq!(
        settled,
        ["read", "both-ways", "rehearsal", "window", "go", "application", "watch", "tidy-up"]
    );
    assert!(project.home().join("applied").exists() && project.home().join("before.dump").exists());
    project.run(&["rollback", "apply"]).code(10).says("Everything that was written since the copy is lost.");
    project.run(&["rollback", "apply", "--allow-danger", "apply/rollback/restore"]).ok();
    assert!(!project.home().join("applied").exists());
    // Staging needs no rehearsal and no person; what is there already is not applied again.
    std::fs::write(project.home().join("applied"), "").unwrap();
    let again =
        ["run", "--new", "--var", "migration=0042.sql", "--var", "proof=select proof", "--var", &backup];
    project.run(&again).code(10);
    project.run(&["done", "read"]).ok();
    project.run(&["run", "--yes"]).code(11).says("The proof does not answer 0.");
    assert_eq!(standing(&project, "hidden"), ["rehearsal", "window", "go", "watch"]);
}

#[test]
fn a_colleague_is_welcomed() {
    let project = Project::new();
    let Some(()) = repository(&project) else { return };
    project.run(&["init", "onboarding"]).ok();
    let remote = format!("repository={}", project.home().join("remote.git").display());
    let begin =
        ["run", "--name", "ana", "--var", "name=Ana", "--var", &remote, "--var", "tests=test -e Cargo.toml"];
    let answers = [("buddy", "Bo"), ("first-change", "https://forge.invalid/1")];
    let settled = walk(&project, &begin, &answers, &[]);
    assert!(settled.contains(&"second-factor".to_owned()) && settled.contains(&"on-call".to_owned()));
    assert!(project.root.join("first-clone/Cargo.toml").exists());
    let begin = ["run", "--new", "--name", "bea", "--var", "name=Bea", "--var", "role=other"];
    walk(&project, &begin, &answers, &[]);
    assert_eq!(standing(&project, "hidden"), ["clone", "tests", "first-change", "on-call"]);
}

#[test]
fn a_pull_request_is_reviewed_beside_what_is_open() {
    let project = Project::new();
    let Some(()) = repository(&project) else { return };
    git(&project, &["switch -qc add-retries"]).unwrap();
    project.write("CHANGELOG.md", "# Changes\n\nRetries.\n");
    git(&project, &["commit -qam Retries", "push -q origin add-retries", "switch -q main"]).unwrap();
    project.run(&["init", "review"]).ok();
    let begin = [
        "run",
        "--var",
        "branch=add-retries",
        "--var",
        "tests=grep Retries CHANGELOG.md",
        "--var",
        "risky=true",
    ];
    let answers = [("second-person", "y"), ("verdict", "approve")];
    let settled = walk(&project, &begin, &answers, &[]);
    assert!(settled.contains(&"second-person".to_owned()), "{settled:?}");
    assert!(!project.root.join(".review").exists());
    let status =
        Command::new("git").args(["status", "--porcelain"]).current_dir(&project.root).output().unwrap();
    assert_eq!(String::from_utf8(status.stdout).unwrap(), "?? .checklist/\n");
    // Too much to read at once: said so, and nothing else stops for it.
    let long = ["run", "--new", "--var", "branch=add-retries", "--var", "tests=true", "--var", "lines_max=1"];
    project.run(&long).code(10).says("Say in one sentence what it is for");
    project.run(&["run", "--step", "size"]).code(11).says("more than 1 changed lines");
    project.run(&["skip", "size"]).ok();
}

#[test]
fn in_a_folder_of_a_project_the_project_is_named_and_how_to_make_another() {
    let project = Project::new();
    project.run(&["init"]).ok();
    let folder = project.root.join("sub");
    std::fs::create_dir(&folder).unwrap();
    let run =
        |arguments: &[&str]| Answer::of(project.command(arguments).current_dir(&folder).output().unwrap());
    let there = run(&["init"]).ok().says(".checklist/ is already in ~/code (no run yet). Nothing changed.");
    there.says("To make one in this folder too: checklist -C . init\n");
    let added =
        run(&["init", "hello"]).ok().says(".checklist/ is already in ~/code. Added templates/hello.yaml");
    added.says("To make one in this folder too: checklist -C . init hello\n");
    assert!(!folder.join(".checklist").exists());
    // What is said works, and then there is nothing more to say.
    run(&["-C", ".", "init", "hello"]).ok().says("Created .checklist/ in ~/code/sub");
    let here = run(&["init"]).ok().says("already here");
    assert!(!here.out.contains("To make one"), "{here:?}");
}

#[test]
fn an_init_that_was_stopped_half_way_is_finished_by_another() {
    // What a full disk left: folders, an empty log, and nothing in them.
    let project = Project::new();
    for folder in [".backup", ".locks", ".tmp", "logs", "templates"] {
        std::fs::create_dir_all(project.root.join(".checklist").join(folder)).unwrap();
    }
    project.write(".checklist/.wal", "");
    project
        .run(&["init"])
        .ok()
        .says("already here. Added templates/start.yaml")
        .says("Next: checklist run start");
    for name in ["state.yaml", ".gitignore", "templates/start.yaml"] {
        assert!(project.root.join(".checklist").join(name).exists(), "{name}");
    }
    project.run(&["run", "start"]).code(10);
    // A list that somebody took away from a project in use is not brought back.
    std::fs::remove_file(project.root.join(".checklist/templates/start.yaml")).unwrap();
    project.run(&["init"]).ok().says("Nothing changed.");
    assert!(!project.root.join(".checklist/templates/start.yaml").exists());
}
