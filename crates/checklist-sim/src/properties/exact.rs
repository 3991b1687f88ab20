//! The exact reader of `state.yaml`: what it reads, the YAML reader reads as the same, and it reads whatever is
//! written.

use checklist_store::fuzzing::{StateReading, is_within_limits, read_lines, read_state};

/// Judges lines below a checksum, which is computed for them: it would refuse what a fuzzer changed.
pub(super) fn judge(lines: &[u8]) {
    let (exactly, as_yaml) = read_lines(lines);
    if let Some(exactly) = exactly {
        assert_eq!(exactly, as_yaml, "the two readers differ");
    }
    if let StateReading::Read { rendered, document, .. } = as_yaml
        && is_within_limits(&document)
    {
        let lines =
            rendered.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"schemaVersion"));
        let head: usize = lines.map(|line| line.len() + 1).sum();
        let (exactly, as_yaml) = read_lines(&rendered[head..]);
        assert_eq!(exactly.as_ref(), Some(&as_yaml), "what was just written is not read exactly");
        assert_eq!(read_state(&rendered), as_yaml);
        match as_yaml {
            StateReading::Read { document: again, .. } => assert_eq!(again, document),
            other => panic!("what was just written cannot be read: {other:?}"),
        }
    }
}
