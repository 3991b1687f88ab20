//! The machine that was measured, in a line: figures of another one are other figures.
#![expect(clippy::disallowed_methods, reason = "the system describes itself in files")]

use checklist_store::env::os;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Date, processors, memory, system, file system and compiler.
#[must_use]
pub fn describe(scratch: &Path) -> String {
    let env = os::env();
    let date: String = env.clock.now().to_string().chars().take(10).collect();
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
    };
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory_gib = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / f64::from(1 << 20));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let volume = env.fs.describe(scratch).map_or_else(|_| "unknown".to_owned(), |volume| volume.name);
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.map_or_else(String::new, |output| {
        String::from_utf8_lossy(&output.stdout).split(' ').take(2).collect::<Vec<_>>().join(" ")
    });
    format!(
        "{date}; {count} × {model}, {memory_gib:.0} GiB; {} {}, {volume}; {compiler}",
        std::env::consts::OS,
        kernel.trim()
    )
}
