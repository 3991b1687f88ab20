//! `Coverage`: the lines of each file that count, and which of them no test ran.
//!
//! Lines in tests do not count, neither as run nor as missing. Nor does a line that says `unreachable!`, which
//! is a claim that no test can refute by running it, or one of a `const fn` that only the compiler runs.

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
        // The line that ends the `const fn` around, by its indentation.
        let mut constant: Option<String> = None;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let code = &source.code[start..start + line.len()];
            let counts_at_all = !source.in_test(start) && !code.contains("unreachable!(");
            start += line.len();
            let indentation = code.len() - code.trim_start().len();
            if code.trim_start().starts_with("const fn ") || code.contains(" const fn ") {
                constant = Some(format!("{:indentation$}}}", ""));
            }
            let is_constant = constant.is_some();
            if constant.as_deref() == Some(code.trim_end()) || is_one_line_function(code) {
                constant = None;
            }
            let Some(count) = counts.get(&(index + 1)).filter(|_| counts_at_all) else { continue };
            if *count == 0 && is_constant {
                continue;
            }
            file.lines += 1;
            if *count == 0 {
                file.missing.push((index + 1, line.trim_end().to_owned()));
            }
        }
        file
    }
}

fn is_one_line_function(code: &str) -> bool {
    code.contains("fn ") && code.trim_end().ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "//! A.\nfn a() {\n    b();\n    unreachable!(\"no\");\n}\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";

    fn coverage(lcov: &str) -> Result<Coverage, String> {
        Coverage::read(lcov, Path::new("/r"), &|_| Ok(TEXT.to_owned()))
    }

    #[test]
    fn tests_and_claims_do_not_count_and_the_best_of_two_does() {
        let lcov = "SF:/r/src/a.rs\nDA:2,0\nDA:3,0\nDA:4,0\nDA:8,9\nend_of_record\nSF:/r/src/a.rs\nDA:2,7\nend_of_record\n";
        let coverage = coverage(lcov).expect("it is well formed");
        assert_eq!(coverage.share(|_| true), Share { run: 1, lines: 2 });
        let missing: Vec<_> = coverage.missing().collect();
        assert_eq!(missing, [("src/a.rs", &[(3, "    b();".to_owned())][..])]);
    }

    #[test]
    fn what_the_compiler_runs_is_not_missing_but_may_be_run() {
        let text = "//! A.\nimpl A {\n    pub(crate) const fn a() {\n        b();\n    }\n\n    fn c() {\n        d();\n    }\n}\n";
        let lcov = "SF:/r/src/a.rs\nDA:3,1\nDA:4,0\nDA:5,0\nDA:8,0\n";
        let coverage =
            Coverage::read(lcov, Path::new("/r"), &|_| Ok(text.to_owned())).expect("it is well formed");
        assert_eq!(coverage.share(|_| true), Share { run: 1, lines: 2 });
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
