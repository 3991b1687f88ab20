//! The writer: a process that does what its pipe asks for, and dies with the process that started it.

use super::document::{self, Edit};
use super::request::{Measures, Reply, Request};
use crate::cli::TortureWriter;
use crate::exit::Exit;
use crate::failure::Failure;
use checklist_store::env::Env;
use checklist_store::{Draft, Error, Event, Intent, Key, Options, Publish, Store, Verdict};
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The log's size at which a writer that defers publishing does it: a few transactions.
const WAL_BYTES: u64 = 6_000;

/// How an inner transaction says that it is not wanted.
struct Unwanted;

/// One writer at work.
pub(super) struct Writer {
    number: usize,
    root: PathBuf,
    options: Options,
    store: Store,
    /// A second handle of the same process, for reading alone.
    reader: Store,
}

/// Opens the store and does what stdin asks for, a line at a time, until stdin ends.
pub(super) fn serve(env: &Env, arguments: &TortureWriter) -> Result<Exit, Failure> {
    die_with_parent();
    let mut lines = io::stdin().lock().lines().map_while(Result::ok);
    let measures = Arc::new(Mutex::new(Measures::default()));
    let mut writer = match Writer::open(env, arguments, &measures) {
        Ok(writer) => writer,
        Err(error) => {
            answer(&refusal(&error), &measures);
            return Ok(Exit::Io);
        }
    };
    answer(&Reply::Ready, &measures);
    while let Some(line) = lines.next() {
        let request = line
            .split_once(' ')
            .and_then(|(number, words)| Some((number.parse().ok()?, Request::parse(words)?)));
        let Some((number, request)) = request else {
            return Err(Failure::usage(format!("this is no request: {line}")));
        };
        let reply = match request {
            Request::Hold(..) => writer.change(number, request, &mut || {
                answer(&Reply::Held, &measures);
                let _ = lines.next();
            }),
            _ => writer.perform(number, request),
        };
        answer(&reply.unwrap_or_else(|error| refusal(&error)), &measures);
    }
    Ok(Exit::Ok)
}

/// Nothing of a storm outlives the process that started it, also if that is killed.
fn die_with_parent() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// Writes a line at once; if nobody reads it, the next line of stdin will not come either.
fn answer(reply: &Reply, measures: &Mutex<Measures>) {
    let measures = std::mem::take(&mut *measures.lock().unwrap_or_else(PoisonError::into_inner));
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{}", reply.words(measures)).and_then(|()| stdout.flush());
}

fn refusal(error: &Error) -> Reply {
    let message = error.to_string().replace('\n', " ");
    Reply::Refused(format!("{:?}", error.kind()), format!("{:?}", error.outcome()), message)
}

fn us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Keeps what the events of the store tell until the next answer.
fn take_measure(measures: &Mutex<Measures>, event: &Event) {
    let mut kept = measures.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        Event::LockAcquired { waited } => kept.lock_us = Some(us(*waited)),
        Event::Recovered(report) if !matches!(report.verdict, Verdict::Clean | Verdict::Created) => {
            kept.recoveries += 1;
            kept.recovery_us_max = kept.recovery_us_max.max(us(report.elapsed));
        }
        _ => {}
    }
}

impl Writer {
    fn open(env: &Env, arguments: &TortureWriter, measures: &Arc<Mutex<Measures>>) -> Result<Writer, Error> {
        let publish = match arguments.deferred {
            true => Publish::Deferred { wal_bytes: WAL_BYTES },
            false => Publish::EveryCommit,
        };
        let kept = Arc::clone(measures);
        let options = Store::options()
            .env(env.clone())
            .publish(publish)
            .deadline(None)
            .lock_timeout(Duration::from_millis(arguments.patience_ms))
            .holder(&format!("checklist torture, writer {}", arguments.number))
            .observe(Arc::new(move |event: &Event| take_measure(&kept, event)));
        Writer::with(options, &arguments.store, arguments.number)
    }

    /// A writer of this process, on the store at `root`.
    pub(super) fn with(options: Options, root: &Path, number: usize) -> Result<Writer, Error> {
        let store = options.clone().open(root)?;
        let reader = options.clone().intent(Intent::Read).open(root)?;
        Ok(Writer { number, root: root.to_owned(), options, store, reader })
    }

    fn perform(&mut self, number: u64, request: Request) -> Result<Reply, Error> {
        match request {
            Request::Read(_) => {
                self.reader.refresh()?;
                let registers = document::registers(&self.reader.snapshot().to_value());
                Ok(Reply::Seen(request.registers().iter().map(|register| registers[*register]).collect()))
            }
            Request::ReadAll => {
                self.store.refresh()?;
                Ok(Reply::Seen(document::registers(&self.store.snapshot().to_value()).to_vec()))
            }
            Request::Publish => self.store.publish().map(|()| Reply::Done),
            Request::Reopen => {
                self.store = self.options.clone().open(&self.root)?;
                Ok(Reply::Done)
            }
            change => self.change(number, change, &mut || {}),
        }
    }

    /// One transaction; `while_held` is called when the lock is held and everything is written but the commit.
    pub(super) fn change(
        &mut self,
        number: u64,
        request: Request,
        while_held: &mut dyn FnMut(),
    ) -> Result<Reply, Error> {
        let mut transaction = self.store.begin()?;
        transaction.set_note(document::note(self.number, number));
        let before = request
            .registers()
            .into_iter()
            .map(|register| read_register(&transaction, register))
            .collect::<Result<Vec<i64>, Error>>()?;
        let edits = document::register_edits(request, &before);
        if edits.is_empty() {
            transaction.rollback();
            return Ok(Reply::Seen(before));
        }
        edits.iter().try_for_each(|edit| make(&mut transaction, edit))?;
        let writer = self.number;
        transaction.nest(|inner| {
            // What is rolled back inside a transaction that is kept leaves no trace of any of its edits.
            let undone: Result<(), Unwanted> = inner.nest(|unwanted| {
                let never = document::never(writer);
                let _ = make(unwanted, &(never, Some(number.into())));
                let _ = make(unwanted, &("/registers".to_owned(), None));
                Err(Unwanted)
            });
            debug_assert!(undone.is_err());
            document::marks(writer, number).iter().try_for_each(|edit| make(inner, edit))
        })?;
        while_held();
        let commit = transaction.commit()?;
        Ok(Reply::Saved(commit.lsn.0, before))
    }
}

fn read_register(draft: &Draft, register: usize) -> Result<i64, Error> {
    let key = document::register_key(register);
    Ok(draft.read_as::<i64>(&Key::parse(&key)?)?.unwrap_or(0))
}

fn make(draft: &mut Draft, (key, value): &Edit) -> Result<(), Error> {
    let key = Key::parse(key)?;
    match value {
        Some(value) => draft.write(&key, value),
        None => draft.delete(&key).map(drop),
    }
}
