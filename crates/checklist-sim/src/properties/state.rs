//! The reader of `state.yaml`: whatever it reads, it writes as a state that proves itself and says the same.

use super::cuts;
use checklist_store::fuzzing::{StateReading, read_state};

pub(super) fn judge(bytes: &[u8]) {
    let StateReading::Read { lsn, modified, document, rendered, .. } = read_state(bytes) else { return };
    match read_state(&rendered) {
        StateReading::Read {
            is_sound,
            lsn: lsn_again,
            modified: modified_again,
            document: same,
            rendered: fixed,
        } => {
            assert!(is_sound, "what was just written does not prove itself");
            assert_eq!((lsn_again, modified_again), (lsn, modified));
            assert_eq!(same, document, "written and read, it is another document");
            assert_eq!(fixed, rendered, "written twice, it differs");
        }
        other => panic!("what was just written cannot be read: {other:?}"),
    }
    for cut in cuts(&rendered).filter(|cut| *cut < rendered.len()) {
        let reading = read_state(&rendered[..cut]);
        assert!(matches!(reading, StateReading::Damaged(_)), "cut at {cut}: {reading:?}");
    }
}
