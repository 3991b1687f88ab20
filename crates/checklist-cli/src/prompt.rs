//! Questions to a person: a line read from the terminal, and never without one.

use crate::signals::Signals;
use crate::ui::Ui;
use std::io::BufRead as _;

/// Longer answers are cut: nobody types that much.
const ANSWER_CHARS_MAX: usize = 2000;

/// How long a signal may go unseen that came just before waiting began.
const SIGNAL_PAUSE_NS: i64 = 100_000_000;

/// Somebody who can be asked.
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    signals: &'a Signals,
}

impl<'a> Prompt<'a> {
    /// A way to ask, if there is a person at a terminal and nobody forbade it.
    pub(crate) fn new(ui: &'a Ui, signals: &'a Signals) -> Option<Prompt<'a>> {
        ui.can_ask.then_some(Prompt { ui, signals })
    }

    /// The answer to a question; `None` when the terminal is closed (Ctrl-D). Ctrl-C ends the program here:
    /// nothing is under way while it asks.
    pub(crate) fn line(&self, question: &str) -> Option<String> {
        let mut answer = String::new();
        let read = self.signals.while_asking(|| {
            self.ui.ask(question);
            std::io::stdin().lock().read_line(&mut answer)
        });
        match read {
            Ok(0) | Err(_) => {
                self.ui.talk("\n");
                None
            }
            Ok(_) => Some(answer.trim().chars().take(ANSWER_CHARS_MAX).collect()),
        }
    }

    /// The same for what nobody may read over a shoulder: what is typed is not shown. A signal ends the program
    /// here, too, but not before the terminal is as it was.
    pub(crate) fn secret(&self, question: &str) -> Option<String> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let terminal = std::io::stdin();
        let Ok(shown) = tcgetattr(&terminal) else { return self.line(question) };
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        // Where the terminal cannot hide it, or a signal would leave it so, it is not asked for.
        self.signals.catch().ok()?;
        tcsetattr(&terminal, OptionalActions::Drain, &hidden).ok()?;
        self.ui.ask(question);
        let mut answer = String::new();
        let read = match self.waits_for_line() {
            true => terminal.lock().read_line(&mut answer).ok(),
            false => None,
        };
        // The terminal is as it was, or gone.
        let _ = tcsetattr(&terminal, OptionalActions::Drain, &shown);
        self.ui.talk("\n");
        if self.signals.is_cancelled() {
            std::process::exit(i32::from(self.signals.exit().code()));
        }
        read.filter(|read| *read > 0).map(|_| answer.trim().chars().take(ANSWER_CHARS_MAX).collect())
    }

    /// Waits until a line was typed, or the terminal closed; `false` if a signal came before.
    fn waits_for_line(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let terminal = std::io::stdin();
        let pause = Timespec { tv_sec: 0, tv_nsec: SIGNAL_PAUSE_NS };
        while !self.signals.is_cancelled() {
            let mut waiting = [PollFd::new(&terminal, PollFlags::IN)];
            match poll(&mut waiting, Some(&pause)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => return true,
            }
        }
        false
    }

    /// As [`Prompt::line`], for what nobody may answer unseen: what was typed before it is asked is dropped.
    pub(crate) fn seen_line(&self, question: &str) -> Option<String> {
        forget_typed();
        self.line(question)
    }

    /// Whether the answer is yes; silence is no, and so is what was typed before it is asked.
    pub(crate) fn yes(&self, question: &str) -> bool {
        let answer = self.seen_line(&format!("{question} [y/N] ")).unwrap_or_default();
        matches!(answer.to_lowercase().as_str(), "y" | "yes")
    }
}

/// Drops what was typed at the terminal and not read yet: it answers nothing that is asked from now on.
pub(crate) fn forget_typed() {
    use rustix::termios::{QueueSelector, tcflush};
    // Where that cannot be, there is no terminal, or nothing typed at it.
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

/// The sequence that puts `text` on the clipboard of a terminal that allows it (OSC 52).
pub(crate) fn to_clipboard(text: &str) -> String {
    format!("\u{1b}]52;c;{}\u{7}", base64(text.as_bytes()))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let number = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn the_vectors_of_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in vectors {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
