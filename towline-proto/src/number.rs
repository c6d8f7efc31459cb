//! Numbers on the wire: ASCII digits and nothing else.

/// Parses a number of any length that fits into a `u64`.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Parses a number of exactly four digits.
pub(crate) fn four_digits(text: &[u8]) -> Option<i16> {
    number(text)
        .filter(|_| text.len() == 4)
        .and_then(|number| i16::try_from(number).ok())
}

/// Parses a number of one or two digits.
pub(crate) fn two_digits(text: &[u8]) -> Option<i8> {
    number(text)
        .filter(|_| text.len() <= 2)
        .and_then(|number| i8::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_digits_only() {
        assert_eq!(number(b"0"), Some(0));
        assert_eq!(number(b"0018446744073709551615"), Some(u64::MAX));
        for text in [
            "",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "0x1",
            "1e3",
            "18446744073709551616",
        ] {
            assert_eq!(number(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn counts_the_digits() {
        assert_eq!(
            (four_digits(b"0070"), four_digits(b"9999")),
            (Some(70), Some(9999))
        );
        assert_eq!((four_digits(b"970"), four_digits(b"19970")), (None, None));
        assert_eq!((two_digits(b"7"), two_digits(b"99")), (Some(7), Some(99)));
        assert_eq!((two_digits(b""), two_digits(b"100")), (None, None));
    }
}
