//! Every input that a fuzzer found worth keeping, fed to the same properties on a stable compiler.
#![expect(clippy::disallowed_methods, reason = "the corpus is on the real disk")]

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::properties::{ALL, judge};
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The kept inputs of a target: its corpus and its regressions.
fn kept(target: &str) -> Vec<PathBuf> {
    let folders = ["corpus", "regressions"].map(|folder| fuzz().join(folder).join(target));
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_kept_input_holds_its_properties() {
    for target in ALL {
        let paths = kept(target.name);
        assert!(paths.len() >= 5, "{}: only {} inputs are kept", target.name, paths.len());
        for path in &paths {
            let bytes = std::fs::read(path).expect("an input can be read");
            let result = std::panic::catch_unwind(|| judge(target.name, &bytes));
            assert!(result.is_ok(), "{} does not hold its properties", path.display());
        }
        say!("{}: {} kept inputs", target.name, paths.len());
    }
}

#[test]
fn every_target_has_a_fuzzer_and_every_fuzzer_a_target() {
    let folder = fuzz().join("fuzz_targets");
    let mut fuzzers: Vec<String> = std::fs::read_dir(&folder)
        .expect("the fuzz targets are there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    fuzzers.sort();
    let mut targets: Vec<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
    targets.sort();
    assert_eq!(fuzzers, targets);
}
