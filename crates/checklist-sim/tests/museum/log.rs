//! Bugs of the log and its tail.

use super::{
    after_kill, exhibit, found, is_corruption, open, open_deferred, path, place, project, read, used, write,
};
use checklist_sim::gate::Fate;
use checklist_sim::planted::{By, Place, Plant, Planted};
use checklist_store::env::mem::{CallKind, Survival, World};
use checklist_store::fuzzing::{read_log, reseal};
use checklist_store::planted::Bug;
use checklist_store::{Error, ErrorKind, Outcome, Store};

/// A store that died with these values committed in its log, the last one being the newest.
fn logged(values: &[&str]) -> Result<World, Error> {
    let world = used();
    let mut store = open_deferred(&world)?;
    values.iter().try_for_each(|value| write(&mut store, value))?;
    drop(store);
    Ok(after_kill(&world))
}

/// The same with bytes behind the last record.
fn torn(values: &[&str], tail: &[u8]) -> Result<World, Error> {
    let world = logged(values)?;
    let log = [read(&world.fs.image(), ".wal"), tail.to_vec()].concat();
    place(&world, ".wal", &log);
    Ok(world)
}

#[test]
fn a_record_is_glued_to_a_torn_one() {
    // Records are written over what is there, so nothing but the wrong place can glue them.
    exhibit(Bug::WriteBehindFilling, || {
        let world = used();
        let mut store = open_deferred(&world)?;
        write(&mut store, "one")?;
        write(&mut store, "two")?;
        drop(store);
        Ok(found(&after_kill(&world))? == Some("two".into()))
    });
}

#[test]
fn a_line_of_the_history_is_glued_to_a_torn_one() {
    exhibit(Bug::SkipHistoryCut, || {
        let world = used();
        let history = [read(&world.fs.image(), "history.jsonl"), b"{\"v\":1,\"txn\":".to_vec()].concat();
        place(&world, "history.jsonl", &history);
        let mut store = open(&world)?;
        write(&mut store, "new")?;
        Ok(store.history()?.len() == 2)
    });
}

#[test]
fn numbers_begin_again_with_a_new_log() {
    exhibit(Bug::ReuseLsn, || {
        let mut store = open(&used())?;
        let mut commit = |value: &str| -> Result<_, Error> {
            let mut transaction = store.begin()?;
            transaction.write(&super::VALUE, value)?;
            transaction.commit()
        };
        Ok(commit("one")?.lsn < commit("two")?.lsn)
    });
}

#[test]
fn zeros_at_the_end_are_told_as_a_loss() {
    exhibit(Bug::TakeFillingForTail, || {
        let store = open(&torn(&["new"], &[0; 4096])?)?;
        Ok(store.recovery().discarded_bytes == 0
            && store.snapshot().read(&super::VALUE) == Some("new".into()))
    });
}

#[test]
fn garbage_at_the_end_stops_the_start() {
    exhibit(Bug::RefuseTornTail, || Ok(found(&torn(&["new"], &[0xA5; 700])?)? == Some("new".into())));
}

#[test]
fn damage_in_the_middle_is_cut_off_with_all_behind_it() {
    exhibit(Bug::CutDamage, || {
        let world = logged(&["one", "two", "three"])?;
        let mut log = read(&world.fs.image(), ".wal");
        let at = log.windows(5).position(|bytes| bytes == b"\"one\"").expect("the value is in the log") + 1;
        log[at] ^= 1;
        place(&world, ".wal", &log);
        // The marker tells as well, and is not synced: a power cut may take it.
        place(&world, ".wal.head", b"");
        Ok(is_corruption(open(&world))? && read(&world.fs.image(), ".wal") == log)
    });
}

#[test]
fn a_torn_end_takes_whole_transactions_along() {
    exhibit(Bug::CutWholeTransactions, || {
        let world = torn(&["one", "two"], b"{\"v\":1,")?;
        Ok(open(&world)?.history()?.len() == 3 && found(&world)? == Some("two".into()))
    });
}

#[test]
fn an_error_while_reading_is_the_end_of_the_log() {
    const UNREADABLE: Planted = Planted {
        name: "the log cannot be read",
        plant: Plant::Seam(&[(CallKind::Read, Place::Wal, Fate::Fail(std::io::ErrorKind::Other))]),
        by: By::Steps,
    };
    exhibit(Bug::ReadErrorIsEnd, || {
        let world = logged(&["new"])?;
        let refused = Store::options().env(UNREADABLE.env(&world, None)).open(path(""));
        let is_reported = refused.is_err_and(|error| error.kind() == ErrorKind::Io);
        Ok(is_reported && found(&world)? == Some("new".into()))
    });
}

#[test]
fn the_name_of_a_new_log_is_not_durable() {
    exhibit(Bug::ForgetLogName, || {
        let world = project();
        let mut store = open_deferred(&world)?;
        write(&mut store, "new")?;
        drop(store);
        world.fs.crash(&Survival::nothing());
        Ok(found(&world)? == Some("new".into()))
    });
}

#[test]
fn a_stale_first_line_hides_what_was_promised() {
    exhibit(Bug::DistrustOtherLives, || {
        let world = used();
        let mut store = open_deferred(&world)?;
        write(&mut store, "one")?;
        let older = read(&world.fs.image(), ".wal");
        store.publish()?;
        write(&mut store, "two")?;
        write(&mut store, "three")?;
        drop(store);
        let world = after_kill(&world);
        let newer = read(&world.fs.image(), ".wal");
        let first_line = |log: &[u8]| log.iter().position(|byte| *byte == b'\n').expect("it has lines") + 1;
        let log = [&older[..first_line(&older)], &newer[first_line(&newer)..]].concat();
        place(&world, ".wal", &log);
        // The marker is not synced: a power cut may take it.
        place(&world, ".wal.head", b"");
        is_corruption(open(&world))
    });
}

#[test]
fn a_log_that_is_emptied_loses_its_newest_commit_silently() {
    exhibit(Bug::IgnoreHeadMarker, || {
        let world = logged(&["new"])?;
        place(&world, ".wal", b"");
        is_corruption(open(&world))
    });
}

#[test]
fn what_was_never_synced_is_promised() {
    const UNSYNCED: Planted = Planted {
        name: "the log cannot be synced",
        plant: Plant::Seam(&[(CallKind::Sync, Place::Wal, Fate::Fail(std::io::ErrorKind::Other))]),
        by: By::Steps,
    };
    exhibit(Bug::MarkHeadEarly, || {
        let world = used();
        let env = UNSYNCED.env(&world, None);
        let deferred = checklist_store::Publish::Deferred { wal_bytes: 1 << 20 };
        let mut store = Store::options().env(env).publish(deferred).open(path(""))?;
        let refused = write(&mut store, "new");
        let is_in_doubt = refused.is_err_and(|error| error.outcome() == Outcome::InDoubt);
        drop(store);
        let world = after_kill(&world);
        place(&world, ".wal", b"");
        Ok(is_in_doubt && found(&world)? == Some("old".into()))
    });
}

#[test]
fn a_number_without_a_next_one_is_counted_on() {
    exhibit(Bug::UnboundedNumbers, || {
        let log = String::from_utf8(read(&logged(&["new"])?.fs.image(), ".wal")).expect("a log is ASCII");
        let number = |lsn: u64| format!("\"lsn\":{lsn},");
        let first = read_log(log.as_bytes()).transactions[0].first.0;
        let forged = log.replacen(&number(first - 1), &number(u64::MAX), 1);
        assert_ne!(forged, log);
        Ok(read_log(&reseal(forged.as_bytes())).transactions.is_empty())
    });
}

#[test]
fn what_the_state_holds_is_applied_again() {
    exhibit(Bug::IgnoreStateLsn, || {
        let world = used();
        let mut store = open_deferred(&world)?;
        write(&mut store, "new")?;
        let log = read(&world.fs.image(), ".wal");
        store.close()?;
        let world = after_kill(&world);
        // The rename became durable; that the log was cleared did not.
        place(&world, ".wal", &log);
        let store = open(&world)?;
        Ok(store.recovery().redone.is_empty() && store.history()?.len() == 2)
    });
}
