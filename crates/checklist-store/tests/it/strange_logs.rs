//! A log that is not the one a handle or a state knows: replaced, cut, of another life, or about another state.

use crate::fixture::{TestStore, append, key, resealed, root, write};
use checklist_store::{Draft, ErrorKind, Intent, Key, Store, Verdict};
use serde_json::json;

/// A field of a line, without its quotes.
fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, behind) = line.split_once(&format!("\"{name}\":")).expect("it is there");
    behind.trim_start_matches('"').split(['"', ',', '}']).next().expect("there is a first piece")
}

/// Puts a file there under the same name that is another one.
fn replace(test: &TestStore, name: &str, bytes: &[u8]) {
    test.remove(name);
    test.put(name, bytes);
}

#[test]
fn a_log_that_goes_away_under_a_handle_takes_no_commit_along() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/a", 1);
    store.publish().expect("it is published");
    test.remove(".wal");
    write(&mut store, "/b", 2);
    drop(store);
    assert_eq!(test.open().snapshot().to_value(), json!({"a": 1, "b": 2}));
}

#[test]
fn a_log_that_is_cut_or_replaced_under_a_handle_is_read_anew() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/a", 1);
    write(&mut store, "/a", 2);
    let log = test.bytes(".wal");
    test.ends_unsound().put(".wal", &log[..log.len() / 2]);
    assert_eq!(store.begin().map(drop).expect_err("its end was promised").kind(), ErrorKind::Corrupt);
    drop(store);

    // Another of the same length, where what is known of it was read and not written.
    let one = TestStore::new();
    let other = one.fork();
    write(&mut one.open_deferred(), "/a", 1);
    write(&mut other.open_deferred(), "/a", 2);
    let mut holder = one.open_deferred();
    let _transaction = holder.begin().expect("the lock is free");
    let mut reader = one.options().intent(Intent::Read).open(root()).expect("it is shown");
    assert_eq!(reader.snapshot().to_value(), json!({"a": 1}));
    assert_eq!(one.bytes(".wal").len(), other.bytes(".wal").len());
    for name in [".wal.head", ".wal"] {
        replace(&one, name, &other.bytes(name));
    }
    reader.refresh().expect("it is read anew");
    assert_eq!(reader.snapshot().to_value(), json!({"a": 2}));
    other.ends_unsound();
    one.ends_unsound();
}

#[test]
fn who_was_shown_a_torn_log_puts_its_end_aside_before_he_writes() {
    let test = TestStore::new();
    write(&mut test.open_deferred(), "/a", 1);
    let mut holder = test.open_deferred();
    let transaction = holder.begin().expect("the lock is free");
    append(&test, ".wal", &[b'~'; 3_000]);
    let mut reader = test.deferred().intent(Intent::Read).open(root()).expect("it is shown");
    assert_eq!(reader.snapshot().to_value(), json!({"a": 1}));
    transaction.rollback();
    write(&mut reader, "/b", 2);
    assert!(!test.bytes(".wal").contains(&b'~'), "nothing of it is left behind what was written");
    let copies = test.list(".backup");
    assert!(copies.iter().any(|name| name.starts_with("recovery-") && name.ends_with(".wal")), "{copies:?}");
    drop((reader, holder));
    assert_eq!(test.open().snapshot().to_value(), json!({"a": 1, "b": 2}));
}

#[test]
fn a_log_that_continues_another_state_is_refused() {
    let test = TestStore::new();
    write(&mut test.open(), "/at", 1);
    let base = test.fork();
    let two = |number: u64| {
        move |draft: &mut Draft| {
            draft.write(&Key::from_static("/one"), number)?;
            draft.write(&Key::from_static("/two"), number)
        }
    };
    // Of the same number, and another content.
    let (mine, theirs) = (test.fork(), test.fork());
    write(&mut mine.open(), "/at", 2);
    write(&mut theirs.open(), "/at", 3);
    write(&mut theirs.ends_unsound().open_deferred(), "/at", 4);
    mine.ends_unsound().put(".wal", theirs.bytes(".wal"));
    // Of a number between two commits of the log.
    let (between, log) = (base.fork(), base.fork());
    let mut store = log.ends_unsound().open_deferred();
    store.transact(two(1)).expect("it is saved");
    store.transact(two(2)).expect("it is saved");
    drop(store);
    let mut store = between.open();
    write(&mut store, "/at", 2);
    write(&mut store, "/at", 3);
    drop(store);
    between.ends_unsound().put(".wal", log.bytes(".wal"));
    for test in [mine, between] {
        let before = test.files();
        let error = test.refused();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("the log continues another state"), "{error}");
        assert_eq!(test.files(), before);
    }
    base.ends_unsound();
}

#[test]
fn an_edit_beside_a_log_that_is_published_can_be_adopted_whatever_number_it_has() {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    write(&mut test.open_deferred(), "/waiting", 1);
    let log = test.bytes(".wal");
    drop(test.open());
    test.put(".wal", log);
    let lsn = test.fork().open().snapshot().lsn();
    for number in [lsn.0, 1] {
        let fork = test.fork();
        fork.edit("alpha", "by hand");
        fork.edit(&format!("lsn: {lsn}\n"), &format!("lsn: {number}\n"));
        let commit = fork.open().adopt("ana").expect("there is nothing that it was made without");
        assert!(commit.lsn > lsn);
        assert_eq!(fork.open().snapshot().to_value(), json!({"title": "by hand", "waiting": 1}));
    }
}

#[test]
fn a_marker_of_what_the_state_holds_asks_for_no_log() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/a", 1);
    store.close().expect("it is published");
    assert!(!test.bytes(".wal.head").is_empty());
    test.remove("history.jsonl");
    let store = test.open();
    assert_eq!((store.recovery().verdict, store.snapshot().to_value()), (Verdict::Clean, json!({"a": 1})));
}

#[test]
fn a_log_of_another_life_does_not_hold_what_was_promised() {
    let test = TestStore::new();
    let other = test.fork();
    for at in 1..=4 {
        write(&mut test.open_deferred(), "/a", at);
    }
    // It begins on the same state with another generation, and ends behind what was promised here.
    drop(other.open().begin().expect("the lock is free"));
    for at in 1..=8 {
        write(&mut other.open_deferred(), "/a", at);
    }
    let lives = [&test, &other].map(|test| field(&test.text(".wal"), "gen").to_owned());
    assert_ne!(lives[0], lives[1]);
    test.put(".wal", other.bytes(".wal"));
    assert_eq!(test.ends_unsound().refused().kind(), ErrorKind::Corrupt);
}

/// A line like the first one of a log, behind `last`; `durable` is what it promises, or as much as the first one.
fn begin_again(first: &str, last: &str, durable: Option<u64>) -> String {
    let lsn: u64 = field(last, "lsn").parse().expect("a number");
    resealed(first, |body| {
        let durable = durable.map_or(field(body, "durable").to_owned(), |durable| durable.to_string());
        let changed = |body: &str, (before, name, new, after): (&str, &str, &str, &str)| {
            let of = |value: &str| format!("\"{name}\":{before}{value}{after}");
            assert!(body.contains(&of(field(body, name))), "{name}");
            body.replacen(&of(field(body, name)), &of(new), 1)
        };
        let body = changed(body, ("", "lsn", &(lsn + 1).to_string(), ","));
        let body = changed(&body, ("\"", "prev", field(last, "crc"), "\""));
        changed(&body, ("", "durable", &durable, ","))
    })
}

#[test]
fn a_second_beginning_within_a_log_is_none() {
    let test = TestStore::new();
    write(&mut test.open_deferred(), "/a", 1);
    let log = test.text(".wal");
    let known = Store::read_log(&test.options(), &root()).expect("it reads");
    let lines: Vec<&str> = log.lines().collect();
    let last = lines[lines.len() - 1];
    let read = |text: String| {
        test.put(".wal", text);
        Store::read_log(&test.options(), &root()).expect("it reads")
    };
    let at_once = begin_again(lines[0], lines[0], None);
    let found = read(format!("{}\n{at_once}", lines[0]));
    assert_eq!((found.continues, found.tail_bytes), (known.continues, at_once.len() as u64));
    let again = begin_again(lines[0], last, None);
    let found = read(format!("{log}{again}"));
    assert_eq!((found.continues, found.tail_bytes), (known.continues, again.len() as u64));
    assert_eq!(found.transactions.len(), 1);

    // What it promises was promised.
    let promising = test.fork();
    let lsn = field(last, "lsn").parse::<u64>().expect("a number") + 1;
    promising.put(".wal", format!("{log}{}", begin_again(lines[0], last, Some(lsn))));
    assert_eq!(promising.ends_unsound().refused().kind(), ErrorKind::Corrupt);
    assert_eq!(test.open().snapshot().to_value(), json!({"a": 1}));
}

#[test]
fn an_operation_of_another_transaction_is_no_part_of_one() {
    let test = TestStore::new();
    let both = |draft: &mut Draft| ["/a", "/b"].iter().try_for_each(|to| draft.write(&key(to), 1));
    test.open_deferred().transact(both).expect("it commits");
    let log = test.text(".wal");
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let [base, first, second, commit, ..] = lines[..] else { panic!("there are four lines") };
    let crc = |line: &str| field(line, "crc").to_owned();
    // Its chain and its digest verify: nothing but the name of its transaction is another one.
    let foreign = resealed(second, |body| {
        let txn = field(body, "txn");
        let other = if txn.ends_with('0') { '1' } else { '0' };
        body.replace(txn, &format!("{}{other}", &txn[..txn.len() - 1]))
    });
    let digest = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(format!("{first}{foreign}").as_bytes()));
    let forged = resealed(commit, |body| {
        body.replace(&crc(second), &crc(&foreign)).replace(field(body, "digest"), &digest)
    });
    let own_digest = xxhash_rust::xxh3::xxh3_128(format!("{first}{second}").as_bytes());
    assert_eq!(field(commit, "digest"), format!("{own_digest:032x}"));
    let read = |text: String| {
        test.put(".wal", text);
        Store::read_log(&test.options(), &root()).expect("it reads")
    };
    assert_eq!(read(format!("{base}{first}{second}{commit}")).transactions.len(), 1);
    let found = read(format!("{base}{first}{foreign}{forged}"));
    assert_eq!((found.transactions.len(), found.tail_bytes > 0), (0, true));
    test.ends_unsound();
}

#[test]
fn a_hole_behind_a_place_is_damage_and_a_file_of_nothing_but_a_torn_line_begins_anew() {
    let test = TestStore::new();
    let mut store = test.open();
    for at in 1..=3 {
        write(&mut store, "/at", at);
    }
    let first = store.history().expect("it reads")[0].lsn;
    let text = test.text("history.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    test.put("history.jsonl", format!("{}\n{}\n", lines[0], lines[2]));
    assert_eq!(store.history_after(first).expect_err("a line is gone").kind(), ErrorKind::Corrupt);
    test.put("history.jsonl", text);
    drop(store);

    let test = TestStore::new();
    let mut store = test.options().history_limit(1).open(root()).expect("the store opens");
    for at in 1..=3 {
        write(&mut store, "/at", at);
    }
    drop(store);
    test.put("history.jsonl", "{\"v\":1,\"torn");
    write(&mut test.ends_unsound().open(), "/at", 4);
    let text = test.text("history.jsonl");
    assert_eq!(
        (text.lines().count(), text.contains('\0'), text.contains("torn")),
        (1, false, false),
        "{text}"
    );
}
