//! The commands in the groups a person looks for them in.

/// Commands that belong together.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) commands: &'static [&'static str],
}

const fn group(title: &'static str, commands: &'static [&'static str]) -> Group {
    Group { title, commands }
}

/// Every command that is shown, once.
pub(crate) const GROUPS: &[Group] = &[
    group("Start", &["init", "run", "ui"]),
    group("Work", &["next", "done", "skip", "claim", "resume", "verify"]),
    group("Look", &["status", "show", "explain", "history", "logs", "watch", "stats"]),
    group("Change your mind", &["back", "undo", "redo", "rollback", "reset"]),
    group("Runs", &["ls", "switch", "rename", "pause", "archive", "export"]),
    group("Lists", &["validate", "import", "trust", "diff", "migrate"]),
    group("Repair", &["doctor", "recover", "restore", "backup", "adopt", "wal", "torture"]),
    group(
        "For programs and shells",
        &["prime", "agents", "mcp", "schema", "completions", "man", "prompt", "hook", "help"],
    ),
];
