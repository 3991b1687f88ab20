//! The examples of every command, examples first: what people copy. A test has each of them understood.

use super::Pair;

/// The examples of a command, by its path below the program.
pub(super) fn examples_of(path: &[&str]) -> Vec<Pair> {
    let path = path.join(" ");
    let found = EXAMPLES.iter().find(|(command, _)| *command == path);
    found.map_or_else(Vec::new, |(_, examples)| super::pairs(examples))
}

type Of = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const EXAMPLES: &[Of] = &[
    (
        "init",
        &[
            ("checklist init hello", "the tutorial"),
            ("checklist init --list", "the lists that come with the program"),
            ("checklist init release", "a list worth having, to be edited"),
            ("checklist init --from docs/release.md", "from a Markdown list or a template of yours"),
        ],
    ),
    (
        "run",
        &[
            ("checklist run", "go on with the open run, or begin the only list there is"),
            ("checklist run release --var version=1.4.0", "begin a list of .checklist/templates/"),
            ("checklist run docs/release.md", "a file as it stands"),
            ("checklist run --dry-run", "what would run, and where it would stop; nothing is changed"),
            ("checklist run --keep-going", "past what failed or waits for a person"),
            ("checklist run --step test", "this step alone"),
        ],
    ),
    ("ui", &[("checklist ui", "full screen; ? shows the keys, q leaves")]),
    (
        "status",
        &[
            ("checklist status", "every step, and what is next"),
            ("checklist status --exit-code", "10 where a person is needed"),
            ("checklist status --json", "all of it, for programs"),
        ],
    ),
    (
        "next",
        &[
            ("checklist next", "the current step in full"),
            ("checklist next --json", "with prompt, checks and the commands that may follow"),
        ],
    ),
    (
        "show",
        &[
            ("checklist show", "the current step"),
            ("checklist show publish", "this one; the beginning of its id is enough"),
        ],
    ),
    (
        "done",
        &[
            ("checklist done", "the current step: its checks are run, and refuse what is not so"),
            ("checklist done changelog", "this step"),
            ("checklist done reviewer --value ana", "the answer to an input step"),
            ("checklist done test --claim \"ran by hand\"", "without a check; recorded as claimed"),
        ],
    ),
    (
        "skip",
        &[
            ("checklist skip announce --reason \"patch release\"", "leave it out"),
            (
                "checklist skip publish --reason \"no access\" --killer publish",
                "a KILLER step: its id, typed again",
            ),
        ],
    ),
    (
        "back",
        &[("checklist back", "open again what was settled last"), ("checklist back changelog", "this step")],
    ),
    (
        "rollback",
        &[
            ("checklist rollback publish", "run what the step declares for that; then it is to do again"),
            ("checklist rollback publish --allow-danger publish/rollback/yank", "with a yes to a danger"),
        ],
    ),
    (
        "claim",
        &[
            ("checklist claim", "the first step that can be done and nobody has, for 30 minutes"),
            ("checklist claim docs --for 2h", "this one, for longer"),
            ("checklist claim docs --release", "give it back"),
        ],
    ),
    (
        "verify",
        &[
            ("checklist verify", "does everything that is done still hold?"),
            ("checklist verify tag push --record", "these, and save what is found"),
        ],
    ),
    (
        "undo",
        &[
            ("checklist undo", "the last operation, whatever it was; again and again"),
            ("checklist undo 6", "one earlier operation, where nothing depends on it"),
            ("checklist undo --to 12", "everything behind operation 12, as one"),
        ],
    ),
    ("redo", &[("checklist redo", "take the last undo back")]),
    ("reset", &[("checklist reset", "every step is to do again; undo takes it back")]),
    (
        "history",
        &[("checklist history", "who did what, newest first"), ("checklist history -n 5", "the last five")],
    ),
    (
        "resume",
        &[
            ("checklist resume", "settle what was cut off: asked, checked or run again, as the list says"),
            ("checklist resume --done publish/push", "it did work"),
            ("checklist resume --rerun publish/push", "run it again"),
        ],
    ),
    ("pause", &[("checklist pause", "put the run aside; checklist resume goes on")]),
    (
        "ls",
        &[
            ("checklist ls", "the runs of this project"),
            ("checklist ls --all", "all your projects, and where you left off"),
            ("checklist ls --archived", "what was put aside"),
        ],
    ),
    ("switch", &[("checklist switch release", "by name, id, the beginning of one, or its list")]),
    ("rename", &[("checklist rename \"1.4 for Ana\"", "call the run so; it can be named by it")]),
    (
        "archive",
        &[
            ("checklist archive", "put the finished run aside"),
            ("checklist archive 01JD3V --back", "take it up again"),
        ],
    ),
    (
        "export",
        &[
            ("checklist export --md", "for a pull request"),
            ("checklist export --html --output report.html", "one page that needs nothing else"),
            ("checklist export --json", "for programs"),
        ],
    ),
    (
        "diff",
        &[
            ("checklist diff", "what changed in the list since the run began"),
            ("checklist diff --lines", "with the lines"),
        ],
    ),
    (
        "migrate",
        &[
            ("checklist migrate", "go on with the list as it is now"),
            ("checklist migrate --map test=tests --drop announce", "where it cannot know by itself"),
        ],
    ),
    (
        "validate",
        &[("checklist validate release.yaml docs/release.md", "every mistake, with line and caret")],
    ),
    (
        "import",
        &[
            ("checklist import docs/release.md --dry-run", "what would become of it"),
            ("checklist import docs/release.md", "take it in, or merge it with what was taken before"),
        ],
    ),
    (
        "trust",
        &[
            ("checklist trust release", "see the commands, then say yes"),
            ("checklist trust --all", "what was approved on this machine"),
            ("checklist trust release --revoke", "take it back"),
        ],
    ),
    ("wal", &[("checklist wal show", "what the write-ahead log holds")]),
    (
        "wal show",
        &[
            ("checklist wal show", "empty where all is published"),
            ("checklist wal show --json", "an object for every record"),
        ],
    ),
    (
        "recover",
        &[
            ("checklist recover --dry-run", "from what the state could be rebuilt, and what would be lost"),
            ("checklist recover", "rebuild it; the damaged file is kept"),
            (
                "checklist recover --salvage rescued",
                "copy what can be read, where the disk itself is failing",
            ),
        ],
    ),
    ("adopt", &[("checklist adopt", "take in an edit of state.yaml; history tells of it")]),
    (
        "restore",
        &[
            ("checklist restore", "undo an edit of state.yaml"),
            ("checklist restore --at \"20 minutes ago\"", "the state as it was then"),
            ("checklist restore --backup 2026-11-22", "the state in a copy, from checklist backup --list"),
        ],
    ),
    (
        "backup",
        &[
            ("checklist backup", "copy the state now"),
            ("checklist backup --list", "the copies there are, and whether each verifies"),
        ],
    ),
    ("doctor", &[("checklist doctor", "look at everything, change nothing; 13 where a repair is needed")]),
    (
        "torture",
        &[
            ("checklist torture", "200 kills in a scratch folder on this disk; your project is not touched"),
            ("checklist torture --in /mnt/usb --seconds 300", "another disk, for longer"),
        ],
    ),
    ("explain", &[("checklist explain publish", "why it waits or is hidden, and what would help")]),
    (
        "schema",
        &[(
            "checklist schema > template-1.json",
            "then, in a template: # yaml-language-server: $schema=template-1.json",
        )],
    ),
    (
        "completions",
        &[
            ("eval \"$(checklist completions bash)\"", "in ~/.bashrc; for zsh in ~/.zshrc, behind compinit"),
            ("checklist completions fish > ~/.config/fish/completions/checklist.fish", "fish finds it there"),
            ("checklist completions powershell | Out-String | Invoke-Expression", "in $PROFILE"),
        ],
    ),
    (
        "man",
        &[
            ("checklist man done | man -l -", "read one"),
            ("checklist man --out ~/.local/share/man/man1", "then: man checklist-done"),
        ],
    ),
    (
        "prompt",
        &[
            ("PS1='$(checklist prompt) \\$ '", "in ~/.bashrc: release 3/6 changelog $"),
            ("setopt promptsubst; RPROMPT='$(checklist prompt)'", "in ~/.zshrc"),
            ("checklist prompt --format '{settled} of {total}, {step}'", "in your words"),
        ],
    ),
    (
        "hook",
        &[
            ("eval \"$(checklist hook bash)\"", "in ~/.bashrc, at its end"),
            ("eval \"$(checklist hook zsh)\"", "in ~/.zshrc"),
            ("checklist hook fish | source", "in ~/.config/fish/config.fish"),
        ],
    ),
    (
        "logs",
        &[
            ("checklist logs", "every command that was run, with its file"),
            ("checklist logs publish/push", "what it printed"),
            ("checklist logs publish/push --attempt 1", "what it printed the first time"),
            ("checklist logs -f", "what the step that runs prints, until it ends"),
        ],
    ),
    (
        "stats",
        &[
            ("checklist stats", "attempts and times of commands, and what a commit takes on this disk"),
            ("checklist stats --commits 200", "measured more closely"),
            ("checklist stats --commits 0 --json", "what the history alone says, as an object"),
        ],
    ),
    (
        "watch",
        &[
            ("checklist watch", "what happens in the run, whoever does it"),
            ("checklist watch --json --until-done", "one object per line, until the run is completed"),
            ("checklist watch --since 12", "and what happened behind operation 12"),
        ],
    ),
    (
        "prime",
        &[
            ("checklist prime", "before an agent starts, and when it lost its memory"),
            ("checklist prime --since 01KDVDNA009XGSNZ6M9MACZ2ZY:4", "one line if nothing happened since"),
        ],
    ),
    ("agents", &[("checklist agents install --dry-run", "what would be written into AGENTS.md")]),
    (
        "agents install",
        &[
            ("checklist agents install", "a few lines in AGENTS.md, between two markers"),
            ("checklist agents install --file CLAUDE.md --dry-run", "what would be written there"),
        ],
    ),
    (
        "agents uninstall",
        &[
            ("checklist agents uninstall", "takes out what install put in, and nothing else"),
            ("checklist agents uninstall --file CLAUDE.md", "of another file"),
        ],
    ),
    ("mcp", &[("checklist mcp", "what a client starts and talks to; see docs/agents.md")]),
    (
        "help",
        &[
            ("checklist help", "all commands, in groups"),
            ("checklist help done", "one command"),
            ("checklist help recovery", "a topic"),
            ("checklist help --all", "everything"),
        ],
    ),
];
