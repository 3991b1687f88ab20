//! Forged logs: each is wrong in exactly one way, so that exactly one check of the reader stands between it
//! and the state. No crash writes such a log; a copied, spliced or half-restored file may look like it.

use crate::model::{Edit, edit_draft, root};
use checklist_store::env::mem::{DiskImage, World};
use checklist_store::planted::Bug;
use checklist_store::{Error, Publish, Store};
use serde_json::json;
use std::path::PathBuf;
use xxhash_rust::xxh3::Xxh3;

/// A forged log, and the check that must refuse it.
#[derive(Clone, Copy, Debug)]
pub struct Forgery {
    /// What was done to the log.
    pub name: &'static str,
    /// The bug that lets it pass.
    pub bug: Bug,
    forge: fn(&Genuine) -> String,
}

/// Every forgery.
pub const ALL: &[Forgery] = &[
    Forgery { name: "a digit of a commit record is changed", bug: Bug::SkipCrc, forge: changed },
    Forgery { name: "the end of another copy of the log is spliced on", bug: Bug::SkipChain, forge: spliced },
    Forgery { name: "a transaction comes from another life", bug: Bug::SkipGeneration, forge: transplanted },
    Forgery { name: "an operation is not the one that was committed", bug: Bug::SkipDigest, forge: replaced },
];

/// Two logs with the same first transaction and different second ones, and the disk they belong to.
struct Genuine {
    image: DiskImage,
    one: String,
    other: String,
}

fn log() -> PathBuf {
    root().join(".wal")
}

fn text(image: &DiskImage) -> String {
    String::from_utf8(image.read(&log()).unwrap_or_default().to_vec()).expect("the log is ASCII")
}

fn open(world: &World) -> Result<Store, Error> {
    Store::options()
        .publish(Publish::Deferred { wal_bytes: 1 << 20 })
        .fill_ahead(0)
        .env(world.env())
        .open(root())
}

fn commit(store: &mut Store, value: &str) -> Result<(), Error> {
    store.transact(|draft| edit_draft(draft, &[Edit::Write("/value", json!(value))]))
}

fn genuine() -> Result<Genuine, Error> {
    let logged = |second: &str| -> Result<DiskImage, Error> {
        // The same seed gives the same first transaction in both worlds, and the same generation.
        let world = World::new(1);
        world.fs.place_dir(&root()).expect("the disk is empty");
        let mut store = open(&world)?;
        commit(&mut store, "first")?;
        commit(&mut store, second)?;
        Ok(world.fs.image().settled())
    };
    let (image, other) = (logged("second")?, logged("differs")?);
    Ok(Genuine { one: text(&image), other: text(&other), image })
}

/// CRC-32C, bit by bit (RFC 3720, appendix B.4): independent of the one under test.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82F6_3B78 & 0_u32.wrapping_sub(crc & 1)))
    })
}

fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let start = line.find(&format!("\"{name}\":\"")).expect("the record has it") + name.len() + 4;
    let len = line[start..].find('"').expect("it is a string");
    &line[start..start + len]
}

/// Edits the records of the second transaction and seals and chains them again.
fn resealed(log: &str, edit: impl Fn(&str) -> String, redigest: bool) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let first_commit = lines.iter().position(|line| line.contains("\"op\":\"commit\""));
    let kept = first_commit.expect("the first transaction is there") + 1;
    let mut out: String = lines[..kept].iter().map(|line| format!("{line}\n")).collect();
    let mut prev = field(lines[kept - 1], "crc").to_owned();
    let mut digest = Xxh3::new();
    for line in &lines[kept..] {
        let mut body = edit(line.split(",\"crc\":").next().unwrap_or(line));
        body = body.replace(field(line, "prev"), &prev);
        if redigest && body.contains("\"op\":\"commit\"") {
            body = body.replace(field(line, "digest"), &format!("{:032x}", digest.digest128()));
        }
        prev = format!("{:08x}", crc32c(body.as_bytes()));
        let sealed = format!("{body},\"crc\":\"{prev}\"}}\n");
        digest.update(sealed.as_bytes());
        out.push_str(&sealed);
    }
    out
}

fn changed(genuine: &Genuine) -> String {
    let at = genuine.one.rfind("\"timestamp\":\"20").expect("a commit record has the time");
    let mut forged = genuine.one.clone();
    forged.replace_range(at + 13..at + 15, "21");
    forged
}

fn spliced(genuine: &Genuine) -> String {
    let split = |log: &str| log.trim_end().rfind('\n').expect("it has many lines") + 1;
    let (one, other) = (&genuine.one, &genuine.other);
    // The second transaction of one log with the commit record of the other, made to fit but for the chain.
    let commit = resealed(other, |body| body.replace("differs", "second"), true);
    let line = &commit[split(&commit)..];
    let body = line.split(",\"crc\":").next().unwrap_or(line).replace(field(line, "prev"), "00000000");
    format!("{}{body},\"crc\":\"{:08x}\"}}\n", &one[..split(one)], crc32c(body.as_bytes()))
}

fn transplanted(genuine: &Genuine) -> String {
    let generation = field(&genuine.one, "gen");
    resealed(&genuine.one, |body| body.replace(generation, "00000000deadbeef"), true)
}

fn replaced(genuine: &Genuine) -> String {
    resealed(&genuine.one, |body| body.replace("second", "forged"), false)
}

impl Forgery {
    /// Opens a store over the forged log, and says whether it believed it.
    ///
    /// # Errors
    /// The store's, while the genuine logs are written.
    pub fn is_believed(&self) -> Result<bool, Error> {
        let genuine = genuine()?;
        is_believed(&genuine, &(self.forge)(&genuine))
    }
}

/// Whether the tools of the forger leave a log alone that they do not forge.
///
/// # Errors
/// The store's.
pub fn is_genuine_believed() -> Result<bool, Error> {
    let genuine = genuine()?;
    let untouched = resealed(&genuine.one, str::to_owned, true);
    Ok(untouched == genuine.one && is_believed(&genuine, &untouched)?)
}

fn is_believed(genuine: &Genuine, log_text: &str) -> Result<bool, Error> {
    let world = World::from_image(&genuine.image, 2);
    world.fs.place(&log(), log_text.as_bytes()).expect("the disk does not fail");
    match open(&world) {
        Ok(store) => Ok(store.history()?.len() == 2),
        Err(error) if error.is_corruption() => Ok(false),
        Err(error) => Err(error),
    }
}
