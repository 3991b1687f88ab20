//! `Coverage`: the lines of each file that count, and which of them no test ran.
//!
//! Lines in tests do not count, neither as run nor as missing. Every other line does: what cannot run is not
//! excepted here but taken out of the program.

use crate::tidy::Source;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The lines of the product.
#[derive(Debug, Default)]
pub(crate) struct Coverage(BTreeMap<String, File>);

#[derive(Debug, Default)]
struct File {
    lines: usize,
    missing: Vec<(usize, String)>,
}

/// How many lines of some files were run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) run: usize,
    pub(crate) lines: usize,
}

impl Share {
    /// The share in a thousand, rounded down: a line that is missing can never read as all.
    pub(crate) fn permille(self) -> u32 {
        u32::try_from(self.run * 1000 / self.lines.max(1)).unwrap_or_default()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permille = self.permille();
        write!(f, "{:>3}.{} % ({} of {})", permille / 10, permille % 10, self.run, self.lines)
    }
}

impl Coverage {
    /// Reads what `llvm-cov export --format=lcov` says of the files below `root`.
    pub(crate) fn read(
        lcov: &str,
        root: &Path,
        source: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Coverage, String> {
        let mut files: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
        let mut current = None;
        for line in lcov.lines() {
            if let Some(path) = line.strip_prefix("SF:") {
                let inside = Path::new(path).strip_prefix(root).ok();
                current = inside.map(|path| path.to_string_lossy().into_owned());
            } else if let (Some(path), Some(data)) = (&current, line.strip_prefix("DA:")) {
                let malformed = || format!("llvm-cov says {line:?}");
                let (number, count) = data.split_once(',').ok_or_else(malformed)?;
                let number = number.parse().map_err(|_| malformed())?;
                let count: u64 = count.parse().map_err(|_| malformed())?;
                let seen = files.entry(path.clone()).or_default().entry(number).or_default();
                *seen = (*seen).max(count);
            }
        }
        let mut coverage = Coverage::default();
        for (path, lines) in files {
            let text = source(&root.join(&path))?;
            coverage.0.insert(path.clone(), File::of(&path, &text, &lines));
        }
        Ok(coverage)
    }

    /// The share of the files that `takes` picks.
    pub(crate) fn share(&self, takes: impl Fn(&str) -> bool) -> Share {
        let files = self.0.iter().filter(|(path, _)| takes(path)).map(|(_, file)| file);
        files.fold(Share::default(), |share, file| Share {
            run: share.run + file.lines - file.missing.len(),
            lines: share.lines + file.lines,
        })
    }

    /// Every file of which a line counts.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().filter(|(_, file)| file.lines > 0).map(|(path, _)| path.as_str())
    }

    /// Every file with its lines that no test ran.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (&str, &[(usize, String)])> {
        self.0.iter().map(|(path, file)| (path.as_str(), file.missing.as_slice()))
    }
}

impl File {
    fn of(path: &str, text: &str, counts: &BTreeMap<usize, u64>) -> File {
        let source = Source::of(path, text);
        let mut file = File::default();
        let mut start = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let is_test = source.in_test(start);
            start += line.len();
            let Some(count) = counts.get(&(index + 1)).filter(|_| !is_test) else { continue };
            file.lines += 1;
            if *count == 0 {
                file.missing.push((index + 1, line.trim_end().to_owned()));
            }
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "//! A.\nfn a() {\n    b();\n    unreachable!(\"no\");\n}\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";

    fn coverage(lcov: &str) -> Result<Coverage, String> {
        Coverage::read(lcov, Path::new("/r"), &|_| Ok(TEXT.to_owned()))
    }

    #[test]
    fn tests_do_not_count_claims_do_and_so_does_the_best_of_two() {
        let lcov = "SF:/r/src/a.rs\nDA:2,0\nDA:3,0\nDA:4,0\nDA:8,9\nend_of_record\nSF:/r/src/a.rs\nDA:2,7\nend_of_record\n";
        let coverage = coverage(lcov).expect("it is well formed");
        assert_eq!(coverage.share(|_| true), Share { run: 1, lines: 3 });
        let missing: Vec<_> = coverage.missing().collect();
        let expected = [(3, "    b();".to_owned()), (4, "    unreachable!(\"no\");".to_owned())];
        assert_eq!(missing, [("src/a.rs", &expected[..])]);
    }

    #[test]
    fn other_trees_are_left_out_and_nonsense_is_refused() {
        let elsewhere = coverage("SF:/elsewhere/a.rs\nDA:1,0\n").expect("it is well formed");
        assert_eq!(elsewhere.share(|_| true), Share::default());
        assert!(coverage("SF:/r/src/a.rs\nDA:one,0\n").is_err());
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(Share { run: 9_999, lines: 10_000 }.permille(), 999);
        assert_eq!(Share { run: 5, lines: 5 }.to_string(), "100.0 % (5 of 5)");
    }
}
