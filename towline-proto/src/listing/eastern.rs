//! Numbers with the units of Japanese, Chinese and Korean dates.

use super::month::in_text;
use crate::number::{four_digits, two_digits};

/// Year, month and day with their units, such as `2019年11月21日`.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) year: Option<i16>,
    pub(super) month: Option<i8>,
    pub(super) day: Option<i8>,
}

/// Reads the numbers in a word of a Japanese, Chinese or Korean date.
pub(super) fn figures(word: &[u8]) -> Option<Figures> {
    if word.is_ascii() || !word[0].is_ascii_digit() {
        return None;
    }
    in_text(word, |text| {
        let mut found = Figures::default();
        let mut rest = text;
        while !rest.is_empty() {
            let behind = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
            let digits = &rest.as_bytes()[..rest.len() - behind.len()];
            let unit = behind.chars().next()?;
            match unit {
                '年' | '년' => found.year = Some(four_digits(digits)?),
                '月' | '월' => found.month = Some(two_digits(digits)?),
                '日' | '일' => found.day = Some(two_digits(digits)?),
                _ => return None,
            }
            rest = &behind[unit.len_utf8()..];
        }
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_figures_with_units() {
        let read = |word: &str| {
            let found = figures(word.as_bytes())?;
            Some((found.year, found.month, found.day))
        };
        for (word, expected) in [
            ("2019年11月21日", Some((Some(2019), Some(11), Some(21)))),
            ("11월", Some((None, Some(11), None))),
            ("9日", Some((None, None, Some(9)))),
            ("2019년", Some((Some(2019), None, None))),
            ("月", None),
            ("11", None),
            ("11x", None),
            ("11月x", None),
            ("19年", None),
        ] {
            assert_eq!(read(word), expected, "{word}");
        }
    }
}
