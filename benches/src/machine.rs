//! The machine that was measured, in a line: figures of another one are other figures.
#![expect(clippy::disallowed_methods, reason = "the system describes itself in files")]

use checklist_store::env::os;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The value of a field in a file of `/proc`.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}

/// The number of KiB that such a field begins with, in bytes.
fn kib_field(file: &str, name: &str) -> Option<f64> {
    Some(field(file, name)?.split(' ').next()?.parse::<f64>().ok()? * 1_024.0)
}

/// The most memory that this process had at once, since it began to run this program.
#[must_use]
pub fn memory_bytes_max() -> Option<f64> {
    kib_field("/proc/self/status", "VmHWM")
}

/// Date, processors, memory, system, file system and compiler.
#[must_use]
pub fn describe(scratch: &Path) -> String {
    let env = os::env();
    let date: String = env.clock.now().to_string().chars().take(10).collect();
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory_gib = kib_field("/proc/meminfo", "MemTotal").unwrap_or(0.0) / f64::from(1 << 30);
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
