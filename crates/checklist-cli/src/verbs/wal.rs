//! `wal show`: what the write-ahead log holds, before anything is done about it.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{clean, counted, fit};
use crate::screen::spoken::sentences;
use crate::ui::Format;
use checklist_store::{CommittedTransaction, LogContents, Operation, Store};
use serde_json::{Value, json};

pub(crate) fn show(ctx: &Context) -> Result<Exit, Failure> {
    let folder = ctx.project()?.folder();
    let options = ctx.store_options();
    let log = Store::read_log(&options, &folder)?;
    let findings = Store::check_at(&options, &folder)?.findings;
    let about = |subject: &str| {
        findings
            .iter()
            .find(|finding| finding.subject.starts_with(subject))
            .map(|finding| finding.detail.clone())
    };
    let (state, waiting) = (about("state").unwrap_or_default(), about("log").unwrap_or_default());
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&log.transactions.iter().map(plain).collect::<String>()),
        _ => ctx.ui.answer(&human(ctx, &log, &state, &waiting)),
    }
    let records: Vec<Value> = log.transactions.iter().map(record).collect();
    let fields = json!({
        "path": ctx.shown(&log.path),
        "bytes": log.bytes,
        "continues": log.continues.map(|lsn| lsn.0),
        "records": records,
        "tail_bytes": log.tail_bytes,
        "state": state,
        "state_at": log.state.map(|lsn| lsn.0),
        "log": waiting,
    });
    ctx.ui.object(json::object("wal", fields));
    Ok(Exit::Ok)
}

fn human(ctx: &Context, log: &LogContents, state: &str, waiting: &str) -> String {
    let (path, look) = (ctx.shown(&log.path), ctx.ui.look());
    let count = log.transactions.len();
    let mut text = match count {
        0 => format!("{path}   {} bytes   0 records waiting.\n", log.bytes),
        count => {
            let transactions = counted(count, "transaction");
            format!("{path}   {} bytes   {transactions}   checksums ok\n", log.bytes)
        }
    };
    if count > 0 {
        let calendar = ctx.calendar();
        if !look.is_spoken() {
            text.push_str("  record  time       changes  content\n");
        }
        for transaction in &log.transactions {
            let time = calendar.exact(transaction.timestamp);
            let (lsn, changes) = (transaction.lsn, transaction.operations.len());
            let content = content(transaction);
            let line = match look.is_spoken() {
                true => format!("record {lsn}: {time}, {}, {content}", counted(changes, "change")),
                false => format!("  {lsn:>6}  {time:<9}  {changes:>7}  {content}"),
            };
            text.push_str(&format!("{}\n", fit(line.trim_end(), look.width)));
        }
    }
    if log.tail_bytes > 0 {
        text.push_str(&format!(
            "  (then {} bytes that belong to no committed transaction)\n",
            log.tail_bytes
        ));
    }
    text.push_str(&ahead(log, state, waiting));
    if look.is_spoken() { sentences(&text) } else { text }
}

/// Where state.yaml is, and what the next command will do.
fn ahead(log: &LogContents, state: &str, waiting: &str) -> String {
    let Some(at) = log.state else { return format!("state.yaml: {state}\nlog: {waiting}\n") };
    let missing: Vec<_> = log.transactions.iter().filter(|transaction| transaction.lsn > at).collect();
    match (missing.first(), missing.last()) {
        (Some(first), Some(last)) => format!(
            "state.yaml is at record {at}. The next command will replay {}-{}.\n",
            first.first, last.lsn
        ),
        _ => format!("state.yaml is current (record {at}).\n"),
    }
}

/// What a transaction says it was: verb, step and detail.
fn content(transaction: &CommittedTransaction) -> String {
    let member = |name: &str| transaction.note.get(name).and_then(Value::as_str).map(clean);
    let parts = [member("verb"), member("step"), member("detail")];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn plain(transaction: &CommittedTransaction) -> String {
    let (lsn, changes) = (transaction.lsn, transaction.operations.len());
    format!("{lsn}\t{}\t{changes}\t{}\n", transaction.timestamp, content(transaction))
}

/// One transaction for a program: keys and kinds of what it changed, without the values.
fn record(transaction: &CommittedTransaction) -> Value {
    let operations: Vec<Value> = transaction
        .operations
        .iter()
        .map(|operation| {
            let kind = match operation {
                Operation::Write { .. } => "write",
                Operation::Delete { .. } => "delete",
            };
            json!({"op": kind, "key": operation.key().as_str()})
        })
        .collect();
    json!({
        "txn": transaction.txn.to_string(),
        "first": transaction.first.0,
        "lsn": transaction.lsn.0,
        "time": transaction.timestamp.to_string(),
        "note": transaction.note,
        "operations": operations,
    })
}
