//! Records and blocks of another life of the log: evidence of nothing, and no cover for a loss.

use crate::victim::{BATCHES, Expected, Judge, Victim, deferred, waiting_disk};
use checklist_sim::model::root;
use checklist_store::env::mem::World;

/// The log of another life that continues the same state with the same transactions.
fn foreign_log() -> Vec<u8> {
    let (image, _) = waiting_disk(99, BATCHES);
    image.read(&root().join(".wal")).expect("a log waits").to_vec()
}

fn lines(log: &[u8]) -> Vec<&[u8]> {
    log.split_inclusive(|byte| *byte == b'\n').collect()
}

#[test]
fn what_follows_of_another_life_is_nothing() {
    let foreign = foreign_log();
    for published in [0, 2, BATCHES] {
        let victim = Victim::new(published);
        let mut judge = Judge::new(&victim);
        let garbage: [&[u8]; 6] =
            [&[0; 4096], b"garbage", b"\n\n\n", b"{\"v\":1}\n", b"\xff\xfe\n", &foreign];
        for (number, tail) in garbage.into_iter().enumerate() {
            let log = [&victim.log[..], tail].concat();
            judge.judge(&log, Expected::Opens(BATCHES), &|| format!("tail {number}"));
        }
        for len in (0..foreign.len()).step_by(7) {
            let log = [&victim.log[..], &foreign[len..]].concat();
            judge.judge(&log, Expected::Opens(BATCHES), &|| format!("the other life from {len} on"));
        }
        say!("tails, {published} of {BATCHES} published: {:?}", judge.tally);
        assert_eq!(judge.tally.refused, 0);
    }
}

#[test]
fn records_of_another_life_do_not_stand_in() {
    let foreign = foreign_log();
    let others = lines(&foreign);
    for published in [0, 2, BATCHES] {
        let victim = Victim::new(published);
        let own = lines(&victim.log);
        assert_eq!(own.len(), others.len());
        let mut judge = Judge::new(&victim);
        for at in 1..own.len() {
            let mut log = own.clone();
            log[at] = others[at];
            let expected = victim.expected(at, at + 1..own.len());
            judge.judge(&log.concat(), expected, &|| format!("record {at} of another life"));
            let mut log = own.clone();
            log.insert(at, others[at]);
            let expected = victim.expected(at, at..own.len());
            judge.judge(&log.concat(), expected, &|| format!("a record of another life before {at}"));
        }
        say!("records of another life, {published} of {BATCHES} published: {:?}", judge.tally);
    }
}

#[test]
fn an_older_life_at_the_front_does_not_hide_a_promise() {
    // A write of the first sectors went elsewhere, so that they show what was there before.
    let victim = Victim::new(0);
    let world = World::from_image(&victim.image, 7);
    drop(deferred(&world).open(root()).expect("the log is redone"));
    let mut store = deferred(&world).open(root()).expect("the store opens");
    for count in 0..6 {
        store
            .transact(|draft| draft.write(&checklist_store::Key::from_static("/later"), count))
            .expect("commits");
    }
    let committed = store.snapshot().to_value();
    drop(store);
    let image = world.fs.image().settled();
    let newer = image.read(&root().join(".wal")).expect("a log waits").to_vec();
    let (mut refused, mut kept) = (0, 0);
    for len in (64..=1024).step_by(64) {
        let stale = World::from_image(&image, 8);
        let log = [&victim.log[..len], &newer[len..]].concat();
        stale.fs.place(&root().join(".wal"), &log).expect("the disk takes it");
        match deferred(&stale).open(root()) {
            Ok(store) => {
                assert_eq!(store.snapshot().to_value(), committed, "{len} stale bytes hid what was promised");
                kept += 1;
            }
            Err(error) => {
                assert!(error.is_corruption(), "{error}");
                refused += 1;
            }
        }
    }
    say!("an older life at the front: {refused} refused, {kept} kept");
    assert!(refused > 0);
}

#[test]
fn another_base_does_not_hide_a_promise() {
    let foreign = foreign_log();
    let victim = Victim::new(0);
    let own = lines(&victim.log);
    let mut judge = Judge::new(&victim);
    let mut log = own.clone();
    log[0] = lines(&foreign)[0];
    judge.judge(&log.concat(), Expected::Refused, &|| "the base of another life".to_owned());
    let mut log = own.clone();
    log.insert(0, lines(&foreign)[0]);
    judge.judge(&log.concat(), Expected::Refused, &|| "the base of another life before this one".to_owned());
}
