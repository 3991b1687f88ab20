//! A glance: the state as the files show it, without a lock, a repair or a write.

use crate::fixture::{TestStore, root, used};
use checklist_store::{ErrorKind, Store};

#[test]
fn a_glance_shows_what_opening_would_and_touches_nothing() {
    for waiting in [false, true] {
        let test = used(waiting);
        let expected = test.fork().open().snapshot().to_value();
        let before = test.files();
        let glanced = Store::glance(&test.options(), &root()).expect("it can be read");
        assert_eq!((glanced.to_value(), test.files()), (expected.clone(), before));
        // A writer in the middle of a change is no reason to wait.
        let mut writer = test.open_deferred();
        let transaction = writer.begin().expect("the lock is free");
        let during = test.files();
        let glanced = Store::glance(&test.options(), &root()).expect("it takes no lock");
        assert_eq!((glanced.to_value(), test.files()), (expected, during));
        drop(transaction);
    }
    // What a repair would be needed for is not made up.
    let test = used(false);
    test.ends_unsound().put("state.yaml", "");
    let before = test.files();
    let refused = Store::glance(&test.options(), &root()).expect_err("there is no state");
    assert_eq!((refused.kind(), test.files()), (ErrorKind::Corrupt, before));
    let absent = Store::glance(&TestStore::absent().options(), &root()).expect_err("there is none");
    assert_eq!(absent.kind(), ErrorKind::NoStore);
}
