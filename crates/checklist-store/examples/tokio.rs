//! A coordinator in an async program: the store is synchronous, so its calls go where blocking is allowed, and
//! what waits for them is a future.
//!
//! `cargo run -p checklist-store --example tokio`

use checklist_store::{Commit, Draft, Error, Key, Publish, Store, TransactionCoordinator};
use std::io::{self, Write as _};

const DONE: Key<'static> = Key::from_static("/done");
const TASKS: usize = 100;

/// Runs an edit on a thread where blocking is allowed. Dropping the future gives up waiting, not the transaction:
/// one that has begun is committed or rolled back as a whole, whoever listens.
async fn transact<T: Send + 'static>(
    coordinator: &TransactionCoordinator,
    edit: impl FnOnce(&mut Draft) -> Result<T, Error> + Send + 'static,
) -> Result<(T, Commit), Error> {
    let coordinator = coordinator.clone();
    let running = tokio::task::spawn_blocking(move || coordinator.commit(edit));
    match running.await {
        Ok(answer) => answer,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// One of many: does something, and notes that it is done.
async fn task(coordinator: TransactionCoordinator, number: usize) -> Result<Commit, Error> {
    tokio::task::yield_now().await;
    let edit = move |draft: &mut Draft| {
        draft.write(&Key::ROOT.child("tasks").child(number), "done")?;
        let done = draft.read_as::<usize>(&DONE)?.unwrap_or(0) + 1;
        draft.write(&DONE, done)
    };
    transact(&coordinator, edit).await.map(|((), commit)| commit)
}

async fn run(coordinator: TransactionCoordinator) -> Result<usize, Error> {
    let tasks: Vec<_> = (0..TASKS).map(|number| tokio::spawn(task(coordinator.clone(), number))).collect();
    let mut commits = Vec::new();
    for task in tasks {
        match task.await {
            Ok(commit) => commits.push(commit?),
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
    // The last one publishes and closes; that blocks, too.
    let closing = tokio::task::spawn_blocking(move || coordinator.close());
    closing.await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?;
    Ok(commits.len())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join(".checklist");
    let options = Store::options().publish(Publish::Deferred { wal_bytes: 1 << 20 });
    let coordinator = options.open(&root)?.into_coordinator();

    let commits = tokio::runtime::Builder::new_current_thread().build()?.block_on(run(coordinator))?;

    let store = Store::open(&root)?;
    let done: Option<usize> = store.snapshot().read_as(&DONE)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{commits} tasks committed; the reopened store shows {} done", done.unwrap_or(0))?;
    Ok(())
}
