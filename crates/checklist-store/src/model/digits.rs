//! Digits: numbers as the lines of the log write them, written and read without a detour over text.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a number in decimal digits.
pub(super) fn push_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends the last `N` hexadecimal digits of a number, with leading zeros.
pub(crate) fn push_hex<const N: usize>(out: &mut Vec<u8>, mut number: u128) {
    let mut digits = [0; N];
    for digit in digits.iter_mut().rev() {
        *digit = HEX[(number & 15) as usize];
        number >>= 4;
    }
    out.extend_from_slice(&digits);
}

/// Reads a number of at most 18 decimal digits at the beginning, as JSON writes whole numbers: without a leading
/// zero. Returns it with how many digits it has.
pub(super) fn leading_decimal(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut number, mut len) = (0_u64, 0);
    while let Some(digit @ b'0'..=b'9') = bytes.get(len) {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        len += 1;
    }
    let is_whole = (1..=18).contains(&len) && (len == 1 || bytes[0] != b'0');
    is_whole.then_some((number, len))
}

/// Reads a number that is nothing else.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    leading_decimal(digits).filter(|(_, len)| *len == digits.len()).map(|(number, _)| number)
}

/// What each byte is worth as a hexadecimal digit; [`NO_DIGIT`] where it is none.
const WORTH: [u8; 256] = {
    let mut worth = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < HEX.len() {
        worth[HEX[digit] as usize] = digit as u8;
        digit += 1;
    }
    worth
};

const NO_DIGIT: u8 = 0x80;

/// Reads at most 16 lower-case hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<u64> {
    debug_assert!(digits.len() <= 16, "that many fit");
    // Without a branch for each: every line of the log has 32.
    let (number, seen) = digits.iter().fold((0, 0), |(number, seen), digit| {
        let worth = WORTH[usize::from(*digit)];
        (number << 4 | u64::from(worth), seen | worth)
    });
    (seen & NO_DIGIT == 0).then_some(number)
}

/// Reads 32 lower-case hexadecimal digits.
pub(super) fn long_hex(digits: &[u8]) -> Option<u128> {
    let (high, low) = digits.split_at_checked(16)?;
    Some(u128::from(hex(high)?) << 64 | u128::from(hex(low.get(..16)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them_and_read_back() {
        for number in [0, 7, 10, 42, 999, 1_000, 123_456_789, (1 << 53) - 1, u64::MAX] {
            let (mut decimal_digits, mut hex_digits) = (Vec::new(), Vec::new());
            push_decimal(&mut decimal_digits, number);
            push_hex::<16>(&mut hex_digits, number.into());
            assert_eq!(decimal_digits, number.to_string().as_bytes());
            assert_eq!(hex_digits, format!("{number:016x}").as_bytes());
            assert_eq!(hex(&hex_digits), Some(number));
            let is_short = decimal_digits.len() <= 18;
            assert_eq!(decimal(&decimal_digits), is_short.then_some(number));
        }
        let mut long = Vec::new();
        push_hex::<32>(&mut long, u128::MAX - 1);
        assert_eq!(long_hex(&long), Some(u128::MAX - 1));
    }

    #[test]
    fn what_json_would_not_write_is_no_number() {
        for digits in ["", "00", "01", "-1", "+1", "1.0", "1 ", "1e3"] {
            assert_eq!(decimal(digits.as_bytes()), None, "{digits:?}");
        }
        for digits in ["g", "A", "-1", "+1"] {
            assert_eq!(hex(digits.as_bytes()), None, "{digits:?}");
        }
    }
}
