//! `Crc`: the CRC-32C of bytes (Castagnoli; RFC 3720, appendix B.4), also of bytes whose parts are known by theirs.

use super::digits;
use std::fmt;

/// A CRC-32C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Crc(pub(crate) u32);

impl Crc {
    pub(crate) fn of(bytes: &[u8]) -> Crc {
        Crc(crc32c::crc32c(bytes))
    }

    /// That of the bytes this is of with others behind them.
    pub(crate) fn with(self, bytes: &[u8]) -> Crc {
        Crc(crc32c::crc32c_append(self.0, bytes))
    }

    /// That of the bytes this is of and, behind them, `len` others, as fast as going over some kilobytes.
    ///
    /// A CRC is the remainder of a polynomial; behind this one come so many zeros, and the others are added (Mark
    /// Adler, `crc32_combine` of zlib 1.2.12). The crate squares matrices instead, for forty times as long.
    pub(crate) fn and(self, others: Crc, len: usize) -> Crc {
        Crc(product(shift(len), self.0) ^ others.0)
    }

    /// Reads eight lower-case hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Crc> {
        Crc::from_digits(text.as_bytes())
    }

    /// The same of their bytes.
    pub(super) fn from_digits(digits: &[u8]) -> Option<Crc> {
        let number = digits::hex(digits.get(..8).filter(|_| digits.len() == 8)?)?;
        u32::try_from(number).ok().map(Crc)
    }
}

impl fmt::Display for Crc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// The polynomial of CRC-32C without its highest term; the term of degree zero is the highest bit, as in all below.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// The polynomial 1.
const ONE: u32 = 1 << 31;

/// x to the power of 8 × 2ⁿ: that many bytes of zeros.
const ZEROS: [u32; 48] = {
    let mut powers = [ONE >> 8; 48];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = product(powers[at - 1], powers[at - 1]);
        at += 1;
    }
    powers
};

/// The product of two polynomials, modulo that of CRC-32C.
const fn product(one: u32, other: u32) -> u32 {
    let (mut sum, mut shifted, mut term) = (0, other, ONE);
    while term != 0 {
        if one & term != 0 {
            sum ^= shifted;
        }
        shifted = (shifted >> 1) ^ if shifted & 1 == 1 { POLYNOMIAL } else { 0 };
        term >>= 1;
    }
    sum
}

/// x to the power of the bits of so many bytes. No file is so long that its length has more than 48 bits.
fn shift(len: usize) -> u32 {
    let is_in = |at: &usize| len >> at & 1 == 1;
    (0..ZEROS.len()).filter(is_in).fold(ONE, |power, at| product(ZEROS[at], power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(Crc::of(b"123456789"), Crc(0xe306_9283));
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        assert_eq!(Crc::parse(&Crc(0x0123_cdef).to_string()), Some(Crc(0x0123_cdef)));
        for text in ["", "0123cde", "0123cdef0", "0123CDEF", "0123cdeg", "+123cdef"] {
            assert_eq!(Crc::parse(text), None, "{text}");
        }
    }

    #[test]
    fn any_length_is_joined_as_the_crate_joins_it() {
        for len in (1..40).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]) {
            let (one, other) = (Crc(0x0123_cdef), Crc(0xfeed_0042));
            assert_eq!(one.and(other, len).0, crc32c::crc32c_combine(one.0, other.0, len), "{len}");
        }
    }

    proptest! {
        #[test]
        fn that_of_the_parts_is_that_of_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..5_000), at in any::<prop::sample::Index>()) {
            let (one, other) = bytes.split_at(at.index(bytes.len() + 1));
            let whole = Crc::of(&bytes);
            prop_assert_eq!(Crc::of(one).and(Crc::of(other), other.len()), whole);
            prop_assert_eq!(Crc::of(one).with(other), whole);
        }
    }
}
