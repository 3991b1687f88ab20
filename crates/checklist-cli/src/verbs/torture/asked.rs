//! `Asked`: one request and what became of it, and the journal of many.

use super::request::{Measures, Reply, Request};

/// One request and what became of it, as its caller saw it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) writer: usize,
    pub(super) number: u64,
    pub(super) request: Request,
    /// When, in nanoseconds of the clock of the process that asked.
    pub(super) at: u64,
    /// When the answer was there, or the writer was known to be dead.
    pub(super) ended: u64,
    /// The answer; `None` if the writer was killed first.
    pub(super) reply: Option<Reply>,
}

/// The journal of a round: every request in the order in which it was made.
pub(super) fn journal(asked: &[Asked]) -> String {
    let mut lines: Vec<&Asked> = asked.iter().collect();
    lines.sort_by_key(|asked| asked.at);
    let mut text = "asked_ns\tended_ns\twriter\tnumber\trequest\tanswer\n".to_owned();
    for Asked { writer, number, request, at, ended, reply } in lines {
        let answer = reply.as_ref().map(|reply| reply.words(Measures::default()));
        let answer = answer.as_deref().unwrap_or("0 0 - killed before it answered");
        let answer = answer.splitn(4, ' ').last().unwrap_or_default();
        text.push_str(&format!("{at}\t{ended}\t{writer}\t{number}\t{}\t{answer}\n", request.words()));
    }
    text
}
