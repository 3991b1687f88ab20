//! `Exit`: the published exit codes. They tell the caller what to do next, and are never renumbered.

/// How a command ended, as the caller's program sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok,
    Bug,
    Usage,
    NoChecklist,
    NeedsHuman,
    CheckFailed,
    Refused,
    Damaged,
    CommandFailed,
    Conflict,
    PromiseBroken,
    Template,
    Io,
    Busy,
    Untrusted,
    Interrupted,
    Terminated,
}

/// One row of the published table.
pub(crate) struct Row {
    pub(crate) code: u8,
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) advice: &'static str,
}

const fn row(code: u8, name: &'static str, meaning: &'static str, advice: &'static str) -> Row {
    Row { code, name, meaning, advice }
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Exit; 17] = [
        Exit::Ok,
        Exit::Bug,
        Exit::Usage,
        Exit::NoChecklist,
        Exit::NeedsHuman,
        Exit::CheckFailed,
        Exit::Refused,
        Exit::Damaged,
        Exit::CommandFailed,
        Exit::Conflict,
        Exit::PromiseBroken,
        Exit::Template,
        Exit::Io,
        Exit::Busy,
        Exit::Untrusted,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// Its row in the published table.
    pub(crate) fn row(self) -> Row {
        match self {
            Exit::Ok => row(0, "ok", "ok, also \"already so\"", "go on"),
            Exit::Bug => row(1, "bug", "bug or unclassified", "report it"),
            Exit::Usage => row(2, "usage", "usage", "fix the command"),
            Exit::NoChecklist => row(3, "no_checklist", "no checklist or no run here", "init or run"),
            Exit::NeedsHuman => row(10, "needs_human", "waiting for a person", "stop and ask a person"),
            Exit::CheckFailed => {
                row(11, "validation_failed", "check failed, nothing changed", "fix the work, repeat")
            }
            Exit::Refused => row(12, "refused", "refused by a rule", "do not repeat"),
            Exit::Damaged => row(13, "damaged", "state damaged, repair not certain", "a person runs recover"),
            Exit::CommandFailed => row(14, "command_failed", "a step's command failed", "read the log"),
            Exit::Conflict => row(15, "conflict", "--if-rev or claim lost", "next again"),
            Exit::PromiseBroken => {
                row(20, "promise_broken", "torture found a broken promise", "keep the folder, report it")
            }
            Exit::Template => row(65, "template_invalid", "template invalid", "fix the template"),
            Exit::Io => row(74, "io_error", "disk full or I/O error", "free space"),
            Exit::Busy => row(75, "busy", "busy", "wait, repeat"),
            Exit::Untrusted => row(77, "not_trusted", "template not trusted", "a person runs trust"),
            Exit::Interrupted => row(130, "interrupted", "interrupted (Ctrl-C)", "state is safe: status"),
            Exit::Terminated => row(143, "terminated", "terminated (SIGTERM)", "state is safe: status"),
        }
    }

    pub(crate) fn code(self) -> u8 {
        self.row().code
    }

    /// The word for it in JSON.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_numbers_are_the_published_ones_in_order() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 20, 65, 74, 75, 77, 130, 143]);
    }
}
