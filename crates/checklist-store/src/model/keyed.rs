//! `KeyHasher`: XXH3 for tables of keys, which are short; the standard hasher costs several times as much.
//!
//! Seeded anew for every table, so that nobody who writes keys knows which of them collide.

use std::hash::{BuildHasher, Hasher, RandomState};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Makes hashers with one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHash(u64);

impl Default for KeyHash {
    fn default() -> Self {
        KeyHash(RandomState::new().hash_one(()))
    }
}

impl BuildHasher for KeyHash {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher(self.0)
    }
}

/// What was hashed so far is the seed of the rest.
#[derive(Debug)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    // Behind every string, so that ("a", "bc") is not ("ab", "c"); a table of strings has but one.
    fn write_u8(&mut self, byte: u8) {
        self.0 = self.0.wrapping_add(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_hash_alike_and_tables_differ() {
        let (one, other) = (KeyHash::default(), KeyHash::default());
        assert_eq!(one.hash_one("/a/b"), one.hash_one(std::borrow::Cow::Borrowed("/a/b")));
        assert_ne!(one.hash_one("/a/b"), one.hash_one("/a/c"));
        assert_ne!(one.hash_one("/a/b"), other.hash_one("/a/b"));
        assert_ne!(one.hash_one(1_u8), one.hash_one(2_u8), "nor is a single byte passed over");
    }
}
