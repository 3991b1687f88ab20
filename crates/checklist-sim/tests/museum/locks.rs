//! Bugs of locks; those that take two processes are enumerated.

use super::{exhibit, found, open, place, used, write};
use checklist_store::planted::Bug;

#[test]
fn a_malformed_owner_file_locks_for_ever() {
    exhibit(Bug::BelieveOwnerFile, || {
        let world = used();
        place(&world, ".locks/state.owner", b"{\"pid\": 48");
        write(&mut open(&world)?, "new")?;
        Ok(found(&world)? == Some("new".into()))
    });
}
