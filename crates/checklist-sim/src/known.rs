//! `Known`: every disk that was judged so far, by any thread, and what was found on it.

use crate::model::Expected;
use crate::oracle::Found;
use checklist_store::Value;
use checklist_store::env::mem::DiskImage;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// How many parts the map has, so that threads rarely wait for each other.
const SHARDS: usize = 64;

/// A disk, together with what it is judged against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateKey(u64);

impl StateKey {
    /// The key of a disk that is judged against the documents up to the newest intent.
    #[must_use]
    pub fn new(image: &DiskImage, history: u64, expected: &Expected) -> StateKey {
        let mut hash = Xxh3::new();
        hash.update(&image.fingerprint().to_le_bytes());
        hash.update(&history.to_le_bytes());
        hash.update(&[u8::from(expected.edit.is_some())]);
        hash.update(&[expected.kept.acked, expected.kept.tried].map(|version| version as u8));
        StateKey(hash.digest())
    }
}

/// A hash of the documents a store is judged against, for [`StateKey::new`].
#[must_use]
pub fn hash_documents(documents: &[Value]) -> u64 {
    documents.iter().fold(0, |hash, document| {
        xxh3_64(&[hash.to_le_bytes().as_slice(), document.to_string().as_bytes()].concat())
    })
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Shard = HashMap<StateKey, Packed, BuildHasherDefault<AsItIs>>;

/// The disks that were judged. Threads share it, so that none judges what another one has.
#[derive(Debug)]
pub struct Known {
    shards: Vec<Mutex<Shard>>,
}

impl Default for Known {
    fn default() -> Known {
        Known { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Known {
    fn shard(&self, key: StateKey) -> &Mutex<Shard> {
        // The low bits choose the place within a shard.
        &self.shards[(key.0 >> 58) as usize % SHARDS]
    }

    /// What was found on this disk, if it was judged.
    #[must_use]
    pub fn get(&self, key: StateKey) -> Option<Found> {
        let shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        shard.get(&key).map(|packed| packed.unpack())
    }

    /// Takes down what was found; `false` if another thread was faster.
    pub fn insert(&self, key: StateKey, found: Found) -> bool {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        shard.insert(key, Packed::pack(found)).is_none()
    }
}

/// What was found, in four bytes: there are millions of them.
#[derive(Clone, Copy, Debug)]
struct Packed(u32);

impl Packed {
    fn pack(found: Found) -> Packed {
        let number = |count: usize| u32::try_from(count).expect("a sequence has few transactions") << 2;
        match found {
            Found::Committed(count) => Packed(number(count)),
            Found::Edited(count) => Packed(number(count) | 1),
            Found::HalfSaved => Packed(2),
        }
    }

    fn unpack(self) -> Found {
        let count = (self.0 >> 2) as usize;
        match self.0 & 3 {
            0 => Found::Committed(count),
            1 => Found::Edited(count),
            _ => Found::HalfSaved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_loses_nothing() {
        for found in [Found::Committed(0), Found::Committed(77), Found::Edited(3), Found::HalfSaved] {
            assert_eq!(Packed::pack(found).unpack(), found);
        }
    }

    #[test]
    fn a_disk_is_new_once() {
        let (known, key) = (Known::default(), StateKey(1 << 63));
        assert_eq!(known.get(key), None);
        assert!(known.insert(key, Found::Committed(1)));
        assert!(!known.insert(key, Found::Committed(1)));
        assert_eq!(known.get(key), Some(Found::Committed(1)));
    }
}
