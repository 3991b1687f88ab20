//! Every verb, in success and in failure: what schemas and snapshots are tried on.

use crate::support::{LIST, Project};

/// One command line in a project that stands somewhere.
pub(crate) struct Case {
    /// The verb as the list of schemas has it, and what is special.
    pub(crate) verb: &'static str,
    pub(crate) name: &'static str,
    pub(crate) setup: fn() -> Project,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) code: i32,
}

const fn case(
    verb: &'static str,
    name: &'static str,
    setup: fn() -> Project,
    arguments: &'static [&'static str],
    code: i32,
) -> Case {
    Case { verb, name, setup, arguments, code }
}

/// A folder without a project.
fn nothing() -> Project {
    Project::new()
}

/// [`LIST`], begun, and another list beside it.
fn begun() -> Project {
    let project = Project::with_run();
    project.write("more.md", "- [ ] a\n- [x] b\n");
    project
}

fn undone() -> Project {
    let project = begun();
    project.run(&["done", "--claim", "seen"]).ok();
    project.run(&["undo"]).ok();
    project
}

/// A step that ran and can be taken back, behind it one that fails.
fn ran() -> Project {
    let project = Project::with(
        "checklist: 1\nid: r\ntitle: R\nsteps:\n  - { id: make, title: Make, type: auto, commands: [{ id: sh, kind: bash, \
         run: \"echo made; touch made\" }], rollback: [{ id: rm, kind: bash, run: rm made }], \
         validation: [{ kind: file_exists, path: made }] }\n  - { id: bad, title: Bad, type: auto, commands: [{ id: sh, \
         kind: bash, run: \"echo no; exit 7\" }] }\n",
    );
    project.run(&["run", "list.yaml"]).code(14);
    project
}

fn drifted() -> Project {
    let project = ran();
    std::fs::remove_file(project.root.join("made")).unwrap();
    project
}

fn paused() -> Project {
    let project = begun();
    project.run(&["pause"]).ok();
    project
}

fn finished() -> Project {
    let project = Project::new();
    project.write("l.md", "- [ ] one\n");
    project.run(&["run", "l.md"]).code(10);
    project.run(&["done"]).ok();
    project
}

fn put_aside() -> Project {
    let project = finished();
    project.run(&["archive"]).ok();
    project
}

fn changed() -> Project {
    let project = begun();
    project
        .write("list.yaml", &LIST.replace("id: tell, title: Tell the others", "id: tell, title: Tell all"));
    project
}

fn edited() -> Project {
    let project = begun();
    let path = project.root.join(".checklist/state.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text.replace("1.2", "1.3")).unwrap();
    project
}

fn damaged() -> Project {
    let project = begun();
    project.write(".checklist/state.yaml", "instances: [");
    project.ends_unsound();
    project
}

fn asked() -> Project {
    let project = Project::with(
        "checklist: 1\nid: q\ntitle: Q\nvariables: { colour: { description: Which } }\nsteps:\n  - { id: ask, title: Ask, \
         type: input, input: { variable: colour } }\n  - { id: end, title: End }\n",
    );
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "ask", "--value", "red"]).ok();
    project
}

/// A file for agents that somebody wrote.
fn with_agents() -> Project {
    let project = begun();
    project.write("AGENTS.md", "# Agents\n\nUse the house style.\n");
    project
}

fn installed() -> Project {
    let project = with_agents();
    project.run(&["agents", "install"]).ok();
    project
}

fn half_installed() -> Project {
    let project = begun();
    project.write("AGENTS.md", "# Agents\n\n<!-- checklist: begin -->\nUse it.\n");
    project
}

/// All of them; a verb has at least one that succeeds and one that fails.
pub(crate) const CASES: &[Case] = &[
    case("adopt", "nothing to do", begun, &["adopt"], 0),
    case("adopt", "an edit", edited, &["adopt"], 0),
    case("adopt", "no project", nothing, &["adopt"], 3),
    case("agents install", "new", begun, &["agents", "install"], 0),
    case("agents install", "dry", with_agents, &["agents", "install", "--dry-run"], 0),
    case("agents install", "outside", begun, &["agents", "install", "--file", "../AGENTS.md"], 2),
    case("agents uninstall", "ours", installed, &["agents", "uninstall"], 0),
    case("agents uninstall", "none", begun, &["agents", "uninstall"], 0),
    case("agents uninstall", "damaged", half_installed, &["agents", "uninstall"], 12),
    case("archive", "finished", finished, &["archive"], 0),
    case("archive", "open", begun, &["archive"], 12),
    case("archive", "lost", begun, &["archive", "--unfinished", "--if-rev", "1"], 15),
    case("back", "the last", begun, &["back"], 0),
    case("back", "open already", begun, &["back", "tell"], 12),
    case("backup", "one more", begun, &["backup"], 0),
    case("backup", "list", begun, &["backup", "--list"], 0),
    case("backup", "no project", nothing, &["backup"], 3),
    case("claim", "a step", begun, &["claim"], 0),
    case("claim", "no time", begun, &["claim", "--for", "soon"], 2),
    case("diff", "changed", changed, &["diff"], 0),
    case("diff", "no run", nothing, &["diff"], 3),
    case("doctor", "sound", begun, &["doctor"], 0),
    case("doctor", "damaged", damaged, &["doctor"], 13),
    case("doctor", "no project", nothing, &["doctor"], 3),
    case("done", "claimed", begun, &["done", "--claim", "seen", "--key", "k"], 0),
    case("done", "already", asked, &["done", "ask"], 0),
    case("done", "check fails", begun, &["done"], 11),
    case("done", "lost", begun, &["done", "--if-rev", "1", "--claim", "x"], 15),
    case("done", "unknown", begun, &["done", "tel1"], 2),
    case("explain", "waits", begun, &["explain", "tell"], 0),
    case("explain", "unknown", begun, &["explain", "zzz"], 2),
    case("export", "json", begun, &["export"], 0),
    case("export", "page", begun, &["export", "--md"], 0),
    case("export", "no project", nothing, &["export"], 3),
    case("completions", "bash", nothing, &["completions", "bash"], 0),
    case("completions", "no such shell", nothing, &["completions", "tcsh"], 2),
    case("hook", "bash", nothing, &["hook", "bash"], 0),
    case("hook", "no such shell", nothing, &["hook", "tcsh"], 2),
    case("init", "list", nothing, &["init", "--list"], 0),
    case("man", "of a command", nothing, &["man", "next"], 0),
    case("man", "all", nothing, &["man", "--out", "."], 0),
    case("man", "unknown", nothing, &["man", "dnoe"], 2),
    case("prompt", "of a run", begun, &["prompt"], 0),
    case("prompt", "no project", nothing, &["prompt"], 0),
    case("prompt", "no such field", begun, &["prompt", "--format", "{x}"], 2),
    case("help", "exit codes", nothing, &["help", "exit-codes"], 0),
    case("help", "a command", nothing, &["help", "done"], 0),
    case("help", "unknown", nothing, &["help", "dnoe"], 2),
    case("history", "of a run", begun, &["history"], 0),
    case("history", "no project", nothing, &["history"], 3),
    case("import", "Markdown", begun, &["import", "more.md"], 0),
    case("import", "dry", begun, &["import", "more.md", "--dry-run"], 0),
    case("import", "a template", begun, &["import", "list.yaml"], 0),
    case("import", "missing", begun, &["import", "less.md"], 2),
    case("init", "new", nothing, &["init"], 0),
    case("init", "again", begun, &["init"], 0),
    case("init", "unknown", nothing, &["init", "helo"], 2),
    case("logs", "of a step", ran, &["logs", "make"], 0),
    case("logs", "of a check", begun, &["logs", "clean"], 0),
    case("logs", "all", ran, &["logs"], 0),
    case("logs", "of an attempt", ran, &["logs", "bad", "--attempt", "1"], 0),
    case("logs", "no such attempt", ran, &["logs", "bad/sh", "--attempt", "7"], 12),
    case("logs", "nothing to follow", ran, &["logs", "-f"], 12),
    case("logs", "none", begun, &["logs", "build"], 12),
    case("ls", "runs", begun, &["ls"], 0),
    case("ls", "archived", put_aside, &["ls", "--archived"], 0),
    case("ls", "projects", begun, &["ls", "--all"], 0),
    case("ls", "no project", nothing, &["ls"], 3),
    case("migrate", "changed", changed, &["migrate"], 0),
    case("migrate", "no project", nothing, &["migrate"], 3),
    case("next", "for an agent", begun, &["next"], 0),
    case("next", "all is done", finished, &["next"], 0),
    case("next", "no project", nothing, &["next"], 3),
    case("pause", "open", begun, &["pause"], 0),
    case("pause", "paused", paused, &["pause"], 12),
    case("prime", "a run", begun, &["prime"], 0),
    case("prime", "unchanged", begun, &["prime", "--since", "2"], 0),
    case("prime", "no project", nothing, &["prime"], 0),
    case("prime", "no number", begun, &["prime", "--since", "x"], 2),
    case("recover", "sound", begun, &["recover"], 0),
    case("recover", "dry", damaged, &["recover", "--dry-run"], 0),
    case("recover", "no project", nothing, &["recover"], 3),
    case("redo", "undone", undone, &["redo"], 0),
    case("redo", "nothing", begun, &["redo"], 12),
    case("rename", "a run", begun, &["rename", "spring"], 0),
    case("rename", "no project", nothing, &["rename", "spring"], 3),
    case("reset", "begun", begun, &["reset"], 0),
    case("reset", "no project", nothing, &["reset"], 3),
    case("restore", "nothing to do", begun, &["restore"], 0),
    case("restore", "not to ask", begun, &["restore", "--yes"], 0),
    case("restore", "asks", begun, &["restore", "--to", "0"], 10),
    case("restore", "agreed", begun, &["restore", "--to", "0", "--yes"], 0),
    case("restore", "no time", begun, &["restore", "--at", "soon"], 2),
    case("resume", "paused", paused, &["resume"], 0),
    case("resume", "nothing to do", begun, &["resume"], 0),
    case("resume", "not interrupted", begun, &["resume", "--done", "build"], 12),
    case("rollback", "a step", ran, &["rollback", "make"], 0),
    case("rollback", "none", begun, &["rollback", "tell"], 12),
    case("run", "waits", begun, &["run"], 10),
    case("run", "fails", ran, &["run"], 14),
    case("run", "ends", finished, &["run"], 0),
    case("run", "dry", begun, &["run", "--dry-run"], 0),
    case("run", "dry, of a list that is unknown", begun, &["run", "lst", "--dry-run"], 2),
    case("run", "unknown", begun, &["run", "lst"], 2),
    case("schema", "list", nothing, &["schema", "--list"], 0),
    case("schema", "unknown", nothing, &["schema", "staus"], 2),
    case("show", "a step", begun, &["show", "approve"], 0),
    case("show", "unknown", begun, &["show", "zzz"], 2),
    case("skip", "a step", begun, &["skip", "--reason", "no need"], 0),
    case("skip", "killer", begun, &["skip", "approve", "--reason", "x"], 12),
    case("stats", "measured", ran, &["stats", "--commits", "3"], 0),
    case("stats", "of commands", ran, &["stats", "--commits", "0"], 0),
    case("stats", "no project", nothing, &["stats"], 3),
    case("status", "open", begun, &["status"], 0),
    case("status", "failed", ran, &["status"], 0),
    case("status", "no run", put_aside, &["status"], 3),
    case("switch", "the same", begun, &["switch", "ship"], 0),
    case("switch", "a request", begun, &["switch", "ship", "--key", "k", "--if-rev", "2"], 0),
    case("switch", "unknown", begun, &["switch", "zzz"], 2),
    case("torture", "a few", nothing, &["torture", "--kills", "5", "--writers", "2"], 0),
    case("torture", "nowhere", nothing, &["torture", "--in", "nowhere"], 2),
    case("trust", "already", begun, &["trust", "list.yaml"], 0),
    case("trust", "all", begun, &["trust", "--all"], 0),
    case("trust", "not yet", changed, &["trust", "list.yaml"], 77),
    case("undo", "the last", begun, &["undo"], 0),
    case("undo", "no project", nothing, &["undo"], 3),
    case("validate", "good", begun, &["validate", "list.yaml", "more.md"], 0),
    case("validate", "missing", begun, &["validate", "less.md"], 2),
    case("verify", "holds", ran, &["verify"], 0),
    case("verify", "drifted", drifted, &["verify"], 11),
    case("verify", "no project", nothing, &["verify"], 3),
    case("wal show", "empty", begun, &["wal", "show"], 0),
    case("wal show", "no project", nothing, &["wal", "show"], 3),
];

/// Verbs that answer with no object: one draws on the whole screen, one speaks a protocol, one tells events.
pub(crate) const SILENT: &[Case] = &[
    case("mcp", "nobody is there", nothing, &["mcp"], 0),
    case("ui", "no terminal", begun, &["ui"], 2),
    case("watch", "no project", nothing, &["watch"], 3),
];
