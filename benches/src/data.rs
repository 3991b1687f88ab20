//! Synthetic keys and values: the same for every engine, decided by a seed and by nothing else.

/// The length of every value, in bytes.
pub const VALUE_BYTES: usize = 128;

/// One operation: the value that a key gets.
#[derive(Clone, Debug)]
pub struct Write {
    /// The number of the key; [`key`] is its name.
    pub key: usize,
    /// ASCII letters and digits.
    pub value: String,
}

/// The name of a key: eight characters, so that names sort as numbers do.
#[must_use]
pub fn key(number: usize) -> String {
    format!("k{number:07}")
}

/// A sequence of numbers, the same for the same seed (splitmix64; Steele, Lea and Flood, "Fast Splittable
/// Pseudorandom Number Generators", OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }

    /// Letters and digits.
    pub fn text(&mut self, bytes: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut text = String::with_capacity(bytes);
        while text.len() < bytes {
            let mut bits = self.next();
            for _ in 0..12.min(bytes - text.len()) {
                text.push(char::from(ALPHABET[(bits & 31) as usize]));
                bits >>= 5;
            }
        }
        text
    }

    /// A transaction of so many operations on some of the keys below `keys`.
    pub fn writes(&mut self, operations: usize, keys: usize) -> Vec<Write> {
        (0..operations).map(|_| Write { key: self.below(keys), value: self.text(VALUE_BYTES) }).collect()
    }
}

/// The transactions that give each key below `keys` its first value, so many keys in each.
pub fn filling(keys: usize, per_transaction: usize, value_bytes: usize) -> impl Iterator<Item = Vec<Write>> {
    let mut random = Random::new(7);
    (0..keys).step_by(per_transaction).map(move |first| {
        let last = (first + per_transaction).min(keys);
        (first..last).map(|key| Write { key, value: random.text(value_bytes) }).collect()
    })
}
