//! Sizes as listings print them for people.

use crate::number::number;

/// Reads the size in a column. The inner value is `None` if the size is not an exact number of
/// bytes: negative, rounded (`9.0M`), too wide (`******`) or unknown (`?`). Returns `None` for a
/// word that does not look like a size.
pub(super) fn size(word: &[u8]) -> Option<Option<u64>> {
    let exact = number(word).or_else(|| grouped(word));
    (exact.is_some() || is_size_like(word)).then_some(exact)
}

/// The characters that separate thousands, also as DOS and Windows encode a no-break space.
const SEPARATORS: [&[u8]; 9] = [
    b",",
    b".",
    b"'",
    b" ",
    b"\xa0",
    b"\xff",
    "\u{a0}".as_bytes(),
    "\u{202f}".as_bytes(),
    "\u{2019}".as_bytes(),
];

/// Reads `1,234,567`, or the same with another separator.
pub(super) fn grouped(text: &[u8]) -> Option<u64> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let first = digits(text);
    // `0,123` is a fraction.
    if first > 3 || text.starts_with(b"0") {
        return None;
    }
    let mut sum = number(&text[..first])?;
    let mut rest = &text[first..];
    let separator = SEPARATORS
        .into_iter()
        .find(|it| rest.starts_with(it) && digits(&rest[it.len()..]) == 3)?;
    while !rest.is_empty() {
        let group = rest.strip_prefix(separator)?;
        let end = digits(group);
        let digits = number(&group[..end]).filter(|_| end == 3)?;
        sum = sum.checked_mul(1000)?.checked_add(digits)?;
        rest = &group[end..];
    }
    Some(sum)
}

fn is_size_like(word: &[u8]) -> bool {
    let bare = word.strip_prefix(b"(").unwrap_or(word);
    let bare = match bare {
        [b'-' | b'+' | b'~', rest @ ..] => rest,
        bare => bare,
    };
    let stands_for_one = |byte: &u8| b"-?*#".contains(byte);
    bare.first().is_some_and(u8::is_ascii_digit) && !bare.contains(&b' ')
        || !word.is_empty() && word.iter().all(stands_for_one)
}

/// Returns whether `word` ends with a number that may be a size run together with the column before
/// it.
pub(super) fn ends_with_size(word: &[u8]) -> bool {
    word.last().is_some_and(u8::is_ascii_digit)
        && word.first().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_no_number_that_is_not_exact() {
        for (text, expected) in [
            ("0", Some(Some(0))),
            ("18446744073709551615", Some(Some(u64::MAX))),
            ("18446744073709551616", Some(None)),
            ("1,234", Some(Some(1234))),
            ("1.234.567", Some(Some(1_234_567))),
            ("1'234", Some(Some(1234))),
            ("1\u{a0}234\u{a0}567", Some(Some(1_234_567))),
            ("1\u{202f}234", Some(Some(1234))),
            ("1 234", Some(Some(1234))),
            ("1,234.567", Some(None)),
            ("18,446,744,073,709,551,615", Some(Some(u64::MAX))),
            ("18,446,744,073,709,551,616", Some(None)),
            ("1234,567", Some(None)),
            ("1,23", Some(None)),
            ("0,123", Some(None)),
            ("0.5", Some(None)),
            ("1,", Some(None)),
            (",123", None),
            ("-1294967296", Some(None)),
            ("(-1)", Some(None)),
            ("9.0M", Some(None)),
            ("33.5k", Some(None)),
            ("4K", Some(None)),
            ("******", Some(None)),
            ("?", Some(None)),
            ("", None),
            ("-x", None),
            ("five", None),
            ("M9", None),
        ] {
            assert_eq!(size(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn knows_a_size_that_ran_into_a_name() {
        assert_eq!(size(b"1\xff234"), Some(Some(1234)));
        assert!(ends_with_size(b"staff123456"));
        for text in ["", "staff", "1staff1", "123"] {
            assert!(!ends_with_size(text.as_bytes()), "{text}");
        }
    }
}
