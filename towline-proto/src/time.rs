//! Times on the wire (RFC 3659, section 2.3).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::number::{four_digits, number, two_digits};

/// Parses a time as MDTM, MFMT and the facts of MLSx write it: `YYYYMMDDHHMMSS`, in UTC,
/// optionally followed by a dot and a fraction of any length.
///
/// A leap second is read as the second before it.
#[must_use]
pub fn parse_timestamp(text: &[u8]) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(parse_datetime(text)?).ok()
}

/// Formats a time as MDTM, MFMT and the facts of MLSx write it, including any fraction of a
/// second.
#[must_use]
pub fn write_timestamp(time: Timestamp) -> String {
    time.strftime("%Y%m%d%H%M%S%.f").to_string()
}

/// Parses the same form as a date and time of day, for a zone that is known from elsewhere.
pub(crate) fn parse_datetime(text: &[u8]) -> Option<DateTime> {
    let (whole, fraction) = text.split_at_checked(14)?;
    let nanosecond = match fraction {
        [] => 0,
        [b'.', digits @ ..] => nanoseconds(digits)?,
        _ => return None,
    };
    DateTime::new(
        four_digits(&whole[..4])?,
        two_digits(&whole[4..6])?,
        two_digits(&whole[6..8])?,
        two_digits(&whole[8..10])?,
        two_digits(&whole[10..12])?,
        match two_digits(&whole[12..])? {
            60 => 59,
            second => second,
        },
        nanosecond,
    )
    .ok()
}

/// Returns the nanoseconds of a fraction of a second in decimal digits.
pub(crate) fn nanoseconds(fraction: &[u8]) -> Option<i32> {
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(9)];
    let scale = 10_u64.pow(9 - u32::try_from(kept.len()).ok()?);
    i32::try_from(number(kept)? * scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_and_fractional_seconds() {
        for (text, expected) in [
            ("20261120225741", "2026-11-20T22:57:41Z"),
            ("20261120225741.796", "2026-11-20T22:57:41.796Z"),
            (
                "19980705132316.1234567891234",
                "1998-07-05T13:23:16.123456789Z",
            ),
            ("20240229000000", "2024-02-29T00:00:00Z"),
            ("20161231235960", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(
                parse_timestamp(text.as_bytes()),
                expected.parse().ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn is_tolerant_of_nothing_else() {
        for text in [
            "",
            "2026112022574",
            "202611202257411",
            "20261120225741.",
            "20261120225741,5",
            "20261120225741.5Z",
            " 20261120225741",
            "20261120 225741",
            "20261320225741",
            "20260229000000",
            "20261120240000",
            "20261120006000",
            "2026112000+100",
            "abcdefghijklmn",
        ] {
            assert_eq!(parse_timestamp(text.as_bytes()), None, "{text}");
        }
    }
}
