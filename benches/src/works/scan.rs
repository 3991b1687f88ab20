//! What memory allows: a CRC-32C over bytes that are there, the least that any recovery has to do.

use crate::bench::{Bench, Place};
use crate::engine::Result;
use crate::stopwatch::Stopwatch;

/// The name of the work.
pub const NAME: &str = "scan";
/// What is measured.
pub const FLOOR: &str = "floor: CRC-32C of bytes in memory";
/// The only case.
pub const CASE: &str = "256 MiB";

/// Scans a buffer that no cache holds.
pub fn run(bench: &mut Bench) -> Result<()> {
    bench.tell(NAME);
    let bytes: Vec<u8> = (0..256_u32 << 20).map(|at| at.wrapping_mul(2_654_435_761) as u8).collect();
    for round in 0..bench.settings.rounds {
        let watch = Stopwatch::start();
        let crc = crc32c::crc32c(&bytes);
        let mb_per_s = bytes.len() as f64 / 1e6 / watch.elapsed().as_secs_f64();
        std::hint::black_box(crc);
        let place = Place { work: NAME, engine: FLOOR, case: CASE, at: 0.0, round };
        bench.record_all(&place, [("mb_per_s", mb_per_s)])?;
    }
    Ok(())
}
