//! The main screens at a real terminal, in colour, as a person sees them: kept in `tests/snapshots/screens-*.txt`.
//!
//! Escape sequences are shown: `{1;32}` for one that sets colours, `{esc}` before any other. Signs of life, which are
//! drawn over, depend on time and are left out.

use crate::pty::terminal;
use crate::snapshots::{Masks, judge};
use crate::support::{LIST, Project};
use crate::terminal::typed;
use regex_lite::Regex;
use rustix::termios::{Winsize, tcsetwinsize};
use std::fmt::Write as _;

/// The list of most tests, with a title that no line has room for, and a command that is killed with its program.
fn list() -> String {
    let long = "${version}, with everything that those who use it have to know before they take it";
    let long = LIST.replace("notes for ${version}", &format!("notes for {long}"));
    long.replace("\"echo built > built\"", "'echo made; test -e go || kill -9 $PPID'")
}

/// What is done, one after the other: the command, the keys that answer its questions, and its exit code.
const SESSION: &[(&[&str], &str, i32)] = &[
    (&["init", "release"], "", 0),
    (&["run", "list.yaml", "--var", "version=1.2"], "y\nq\n", 0),
    (&["status"], "", 0),
    (&["done"], "", 11),
    (&["show"], "", 0),
    (&["skip", "approve"], "", 12),
    (&["done", "notes", "--claim", "read by two people"], "", 0),
    (&["run"], "", -9),
    (&["status"], "", 0),
    (&["resume"], "d\n", 0),
    (&["run"], "d\n1.3\nd\n1.2\nd\n", 0),
    (&["undo"], "", 0),
    (&["history"], "", 0),
    (&["ls"], "", 0),
    (&["doctor"], "", 0),
    (&["stauts"], "", 2),
];

/// One command at a terminal that is so wide.
fn screen(project: &Project, columns: u16, arguments: &[&str], keys: &str) -> (i32, String) {
    let (ours, theirs) = terminal();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&ours, size).expect("it takes a size");
    let mut command = project.command(arguments);
    command.env_remove("COLUMNS").env("TERM", "xterm-256color");
    let answer = typed((ours, theirs), command, keys, None);
    (answer.code, answer.out)
}

/// Text of a terminal with its escape sequences spelled out.
fn spelled(shown: &str) -> String {
    let drawn_over = Regex::new("\r[^\r\n]*\x1b\\[K").unwrap();
    let colours = Regex::new("\x1b\\[([0-9;]*)m").unwrap();
    let text = drawn_over.replace_all(shown, "").replace("\r\n", "\n");
    let text = colours.replace_all(&text, |found: &regex_lite::Captures<'_>| match &found[1] {
        "" => "{0}".to_owned(),
        some => format!("{{{some}}}"),
    });
    text.replace('\x1b', "{esc}").replace('\r', "{cr}").replace('\x07', "{bell}")
}

#[test]
fn escape_sequences_are_spelled_out_and_what_is_drawn_over_is_left_out() {
    let shown =
        "a\x1b[1;32mb\x1b[0m\r\n\r     - 0 s  x\x1b[K\r     \\ 1 s  y\x1b[K\r\x1b[Kok\r\n\x1b]52;c;x\x07";
    assert_eq!(spelled(shown), "a{1;32}b{0}\nok\n{esc}]52;c;x{bell}");
}

#[test]
fn the_main_screens_are_what_they_were_at_a_terminal() {
    let masks = Masks::new();
    let mut differing = Vec::new();
    for columns in [80, 60] {
        let project = Project::new();
        project.write("list.yaml", &list());
        let mut text = String::new();
        for (arguments, keys, code) in SESSION {
            let (ended, shown) = screen(&project, columns, arguments, keys);
            assert_eq!(ended, *code, "{arguments:?}: {shown}");
            let shown = masks.masked(&spelled(&shown), &project);
            writeln!(text, "==== checklist {}", arguments.join(" ")).unwrap();
            for line in shown.lines() {
                writeln!(text, "{}", line.trim_end()).unwrap();
            }
            writeln!(text, "exit {code}").unwrap();
        }
        differing.extend(judge(&format!("screens-{columns}"), &text));
    }
    assert!(differing.is_empty(), "accept with CHECKLIST_SNAPSHOTS=accept:\n{}", differing.join("\n"));
}
