//! Repository chores: one file per verb, listed in `VERBS` and nowhere else.

mod arguments;
mod bench;
mod bitrot;
mod coverage;
mod docs;
mod full_disk;
mod fuzz;
mod hunt;
mod inject;
mod kills;
mod mcp;
mod mutants;
mod release_demo;
mod size;
mod storm;
mod stress;
mod tidy;
mod tools;

use arguments::Arguments;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One chore. `run` returns whether the repository passed; an error means that the chore itself could not run.
struct Verb {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&Arguments) -> Result<bool, String>,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "tidy",
        usage: "",
        about: "check the rules of the house that no compiler knows",
        run: tidy::run,
    },
    Verb {
        name: "docs",
        usage: "[--check]",
        about: "write docs/cli.md and the schema of templates as the program tells them",
        run: docs::run,
    },
    Verb {
        name: "kills",
        usage: "[--count N] [--seconds S] [--seed X] [--release | --program PATH]",
        about: "kill the real program at random moments on the real disk, and check every acknowledged change",
        run: kills::run,
    },
    Verb {
        name: "coverage",
        usage: "[--packages A,B] [--keep] [--report-only] [--lcov FILE] [--all-lines]",
        about: "measure which lines the tests run, and hold the gates on recovery, log, transactions and locks",
        run: coverage::run,
    },
    Verb {
        name: "fuzz",
        usage: "[--seconds S] [--target NAME] [--seed X] [--keep]",
        about: "feed arbitrary bytes to every reader; SKIPPED without a nightly compiler and cargo-fuzz",
        run: fuzz::run,
    },
    Verb {
        name: "bitrot",
        usage: "[--share N] [--only NAME]",
        about: "harm every bit, cut, block and record of a log of 64 KiB and of the files beside it",
        run: bitrot::run,
    },
    Verb {
        name: "mcp",
        usage: "[--release | --program PATH]",
        about: "let a client of the Model Context Protocol work through a run; SKIPPED without Python and its package",
        run: mcp::run,
    },
    Verb {
        name: "mutants",
        usage: "[--only REGEX] [--shard K/N] [--jobs N] [--quick]",
        about: "change the store in every small way, and list the changes that no test notices",
        run: mutants::run,
    },
    Verb {
        name: "storm",
        usage: "[--kills N] [--histories N] [--seconds S] [--writers N] [--seed X] [--release | --program PATH]",
        about: "kill and stop concurrent writers, account for every change, check histories for linearizability",
        run: storm::run,
    },
    Verb {
        name: "stress",
        usage: "[--repetitions N] [--load N] [--filter EXPRESSION]",
        about: "repeat the concurrent tests under load, with cargo-nextest",
        run: stress::run,
    },
    Verb {
        name: "inject",
        usage: "[--share K/N] [--only CASE,…] [--jobs N] [--seconds S] [--release | --program PATH]",
        about: "make every file call of the real program fail once, or kill it there, and check what is left",
        run: inject::run,
    },
    Verb {
        name: "hunt",
        usage: "[--only sequences|pairs|bugs] [--states N] [--seconds S] [--seed X] [--from N] [--to N] [--threads T]",
        about: "cut the simulated power after every call of every sequence of steps, and again in recovery",
        run: hunt::run,
    },
    Verb {
        name: "release-demo",
        usage: "[--kills N] [--seconds S] [--seed X] [--release | --program PATH]",
        about: "release a crate by a real list, killed at random moments, alone and by two agents; the tag arrives once",
        run: release_demo::run,
    },
    Verb {
        name: "full-disk",
        usage: "[--share K/N] [--only CASE,…] [--blocks N] [--release | --program PATH]",
        about: "run every command on small real disks with 0 to N blocks free, and go on when there is space",
        run: full_disk::run,
    },
    Verb {
        name: "bench",
        usage: "[--only WORK,…] [--rounds N] [--quick] [--out FOLDER] [--scratch FOLDER] [--document] [--report]",
        about: "measure beside peers and the raw disk; --document writes docs/performance.md, --report only reports",
        run: bench::run,
    },
    Verb {
        name: "size",
        usage: "[--static]",
        about: "measure the program that people install and count its packages; --static tries the one for musl",
        run: size::run,
    },
    Verb {
        name: "instructions",
        usage: "[--update]",
        about: "count the instructions of a commit, recovery and status, and hold them within 5 % of the baseline",
        run: bench::instructions::run,
    },
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let name = words.next();
    let verb = name.as_deref().and_then(|name| VERBS.iter().find(|verb| verb.name == name));
    let Some(verb) = verb else {
        say(&mut io::stderr(), &usage(name.as_deref()));
        return ExitCode::from(2);
    };
    match Arguments::parse(words).and_then(|arguments| (verb.run)(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            say(&mut io::stderr(), &format!("{}: {message}", verb.name));
            ExitCode::FAILURE
        }
    }
}

fn usage(unknown: Option<&str>) -> String {
    let mut text = unknown.map(|name| format!("unknown command: {name}\n")).unwrap_or_default();
    text.push_str("usage: cargo xtask <command>\n");
    for verb in VERBS {
        text.push_str(&format!("\n  {} {}\n      {}", verb.name, verb.usage, verb.about));
    }
    text
}

/// Prints one line; a closed pipe is the reader's choice and not an error.
fn say(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

/// The root of the repository: where the workspace's `Cargo.toml` is.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_names_every_verb_and_the_unknown_word() {
        let text = usage(Some("tidi"));
        assert!(text.starts_with("unknown command: tidi\n"), "{text}");
        for verb in VERBS {
            assert!(text.contains(&format!("  {} ", verb.name)), "{} is missing", verb.name);
        }
    }
}
