//! `cargo xtask coverage`: which lines of the product the tests run, and the gates on what must not be missed.
//!
//! Every process counts, also one that is killed: profiles are written continuously (`%c`, with
//! `-runtime-counter-relocation`), so that a SIGKILL leaves the counts of everything that ran before it.
#![expect(clippy::disallowed_methods, reason = "a chore reads the repository itself, not a store")]

mod gates;
mod lines;
mod llvm;
mod suites;
mod tools;

use crate::arguments::Arguments;
use gates::GATES;
use lines::Coverage;
use llvm::Llvm;
use std::io;
use std::path::Path;
use std::time::Instant;
use tools::Tools;

/// Runs the tests of the suites instrumented, and compares what they ran with [`GATES`]; `--packages a,b`
/// runs the tests of those alone, `--keep` leaves the
/// profiles for further questions, `--report-only` judges those that were kept.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["keep", "report-only", "lcov", "all-lines", "packages"])?;
    let packages: String = arguments.value("packages", String::new())?;
    let lcov: String = arguments.value("lcov", String::new())?;
    let tools = match Llvm::find()? {
        Ok(llvm) => Tools::new(llvm, &packages)?,
        Err(missing) => {
            say(&format!("SKIPPED: coverage needs {missing}"));
            return Ok(true);
        }
    };
    let started = Instant::now();
    let mut passed = true;
    if !arguments.switch("report-only") {
        tools.forget_profiles()?;
        let built = tools.build()?;
        say(&format!("coverage: built {} programs in {:.0} s", built.len(), started.elapsed().as_secs_f64()));
        for test in &built {
            let Some(filters) = tools.filters(test) else { continue };
            let began = Instant::now();
            let is_green = tools.test(test, filters)?;
            passed &= is_green;
            let told = if is_green { "passed" } else { "FAILED" };
            let seconds = began.elapsed().as_secs_f64();
            say(&format!("coverage: {} {} {told} in {seconds:.0} s", test.package, test.target));
        }
    }
    let text = tools.export()?;
    if !lcov.is_empty() {
        std::fs::write(&lcov, &text).map_err(|error| format!("{lcov}: {error}"))?;
    }
    let coverage = Coverage::read(&text, &crate::repository(), &source)?;
    passed &= judge(&coverage, arguments.switch("all-lines"))?;
    if !arguments.switch("keep") && !arguments.switch("report-only") {
        tools.forget_profiles()?;
    }
    say(&format!(
        "coverage: {} in {:.0} s",
        if passed { "passed" } else { "FAILED" },
        started.elapsed().as_secs_f64()
    ));
    Ok(passed)
}

/// Prints each gate, and the lines that the gated files lack.
fn judge(coverage: &Coverage, all_lines: bool) -> Result<bool, String> {
    let mut passed = true;
    for gate in GATES {
        if let Some(start) = gate.without_file(coverage.paths()) {
            return Err(format!("the gate `{}` finds no file that begins with {start}", gate.name));
        }
        let share = coverage.share(|path| gate.takes(path));
        let holds = share.permille() >= gate.permille;
        passed &= holds;
        let verdict = if holds { "holds" } else { "MISSED" };
        say(&format!(
            "{:<14} {share} of lines, at least {} % asked: {verdict}",
            gate.name,
            percent(gate.permille)
        ));
    }
    let is_told = |path: &str| all_lines || GATES.iter().any(|gate| gate.lists_lines && gate.takes(path));
    for (path, missing) in coverage.missing().filter(|(path, _)| is_told(path)) {
        for (number, text) in missing {
            say(&format!("  {path}:{number}: {}", text.trim()));
        }
    }
    Ok(passed)
}

fn percent(permille: u32) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

fn source(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
