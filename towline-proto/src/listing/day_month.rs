//! The day and the month of a date, in one word or two.

use super::month::month;
use crate::number::two_digits;

/// Reads month and day in one word: `11-21`, `21.11`, `21/11`, `21-Nov` or `Nov/21`. The inner
/// value is `None` if the order is unknown or there is no such month.
pub(super) fn without_year(word: &[u8]) -> Option<Option<(i8, i8)>> {
    let word = word.strip_suffix(b".").unwrap_or(word);
    let separator = *word.iter().find(|byte| b"-/.".contains(byte))?;
    let mut split = word.split(|byte| *byte == separator);
    let [first, second] = [split.next()?, split.next()?];
    if split.next().is_some() {
        return None;
    }
    match (two_digits(first), two_digits(second)) {
        (Some(month), Some(day)) if separator == b'-' => {
            (word.len() == 5).then_some(Some((month, day)))
        }
        (Some(day), Some(month)) if separator == b'.' => Some(Some((month, day))),
        (Some(first), Some(second)) => Some(match (first, second) {
            (day @ 13.., month) | (month, day @ 13..) => Some((month, day)),
            (month, day) if month == day => Some((month, day)),
            _ => None,
        }),
        (Some(day), None) if is_month_like(second) => Some(month(second).map(|month| (month, day))),
        (None, Some(day)) if is_month_like(first) => Some(month(first).map(|month| (month, day))),
        _ => None,
    }
}

/// Returns whether `word` may be the name of a month in an unknown language or character set.
pub(super) fn is_month_like(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let letters = &word[digits..];
    let letters = letters.strip_suffix(b".").unwrap_or(letters);
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    (1..=32).contains(&letters.len())
        && letters.iter().all(is_letter)
        && match digits {
            0 => letters.len() > 1,
            // A number and the character for month, such as `8月`.
            digits => digits <= 2 && !letters.is_ascii(),
        }
}

/// Reads `21`, `21.` or `21,`. Also reads a negative number, although no day is negative.
pub(super) fn day(text: &[u8]) -> Option<i8> {
    match text {
        [b'-', digits @ ..] => two_digits(digits).map(|day| -day),
        [digits @ .., b'.' | b','] if !digits.is_empty() => two_digits(digits),
        digits => two_digits(digits),
    }
}

/// Splits a day and a month that a no-break space joins (Czech).
pub(super) fn joined(word: &[u8]) -> Option<(&[u8], &[u8])> {
    const NO_BREAK_SPACE: &[u8] = "\u{a0}".as_bytes();
    if word.is_ascii() {
        return None;
    }
    let at = memchr::memmem::find(word, NO_BREAK_SPACE)?;
    Some((&word[..at], &word[at + NO_BREAK_SPACE.len()..]))
}

/// Reads `9. 1.` or `30.10.` (Finnish). Also returns how many words it takes.
pub(super) fn dotted(first: &[u8], second: &[u8]) -> Option<(i8, i8, usize)> {
    let first = first.strip_suffix(b".")?;
    match memchr::memchr(b'.', first) {
        Some(dot) => Some((
            two_digits(&first[..dot])?,
            two_digits(&first[dot + 1..])?,
            1,
        )),
        None => Some((
            two_digits(first)?,
            two_digits(second.strip_suffix(b".")?)?,
            2,
        )),
    }
}
