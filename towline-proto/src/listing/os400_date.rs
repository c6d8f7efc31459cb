//! The dates and times of an IBM i job, in the formats that its settings allow.
//!
//! ```text
//! 03/18/26    18.03.26    26-03-18    26,03,18    26 03 18    260318      *MDY *DMY *YMD
//! 26/077      2026.077    26077                                           *JUL
//! 2026-03-18  18.03.2026  03/18/2026  20260318                            *ISO *EUR *USA
//! 07:31:09    07.31.09    07,31,09    07 31 09    073109      07:31 PM
//! ```
//!
//! The order of year, month and day is a setting of the job. A date counts only if it can be read in
//! one way: by itself, or because earlier lines rule out the other orders.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};

use super::clock::{half, half_clock, short_year};
use crate::number::{four_digits, number, two_digits};

/// The possible orders of the dates in this listing.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateOrder {
    possible: [bool; 3],
}

/// The positions of year, month and day in `03/04/05`.
const ORDERS: [[usize; 3]; 3] = [[0, 1, 2], [2, 0, 1], [2, 1, 0]];

impl Default for DateOrder {
    /// Allows every order.
    fn default() -> Self {
        Self {
            possible: [true; 3],
        }
    }
}

/// The words of a date and of a time of day, at the end of some columns.
pub(super) struct Moment<'a> {
    pub(super) date: &'a [&'a [u8]],
    pub(super) time: &'a [&'a [u8]],
    /// The words before them.
    pub(super) before: &'a [&'a [u8]],
}

impl<'a> Moment<'a> {
    /// Finds a date and a time at the end of `words`, by their shapes.
    pub(super) fn at_end_of(words: &'a [&'a [u8]]) -> Option<Self> {
        [1, 2, 3].into_iter().find_map(|length| {
            let (rest, time) = words.split_at(words.len().checked_sub(length)?);
            if !is_time(time) {
                return None;
            }
            [1, 3, 2].into_iter().find_map(|length| {
                let (before, date) = rest.split_at(rest.len().checked_sub(length)?);
                is_date(date).then_some(Self { date, time, before })
            })
        })
    }

    /// Returns the time of day, if it is possible.
    pub(super) fn time_of_day(&self) -> Option<Time> {
        if let [time, mark] = self.time
            && let Some(half) = half(mark)
        {
            return half_clock(time, half).map(|(time, _)| time);
        }
        let [hour, minute, second] = match self.time {
            [hour, minute, second] => [*hour, *minute, *second],
            [word] => parts_of_time(word)?,
            _ => return None,
        };
        let part = |text: &[u8]| two_digits(text);
        Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
    }
}

/// Returns whether the words look like a time of day, even an impossible one.
fn is_time(words: &[&[u8]]) -> bool {
    match words {
        [word] => parts_of_time(word).is_some(),
        [word, mark] => half(mark).is_some() && parts_of_time(word).is_some(),
        [_, _, _] => words
            .iter()
            .all(|word| word.len() == 2 && number(word).is_some()),
        _ => false,
    }
}

/// Splits `16:20:05`, `16.20`, or `162005`.
fn parts_of_time(word: &[u8]) -> Option<[&[u8]; 3]> {
    let parts = match word.len() {
        8 if word[2] == word[5] && b":.,".contains(&word[2]) => {
            [&word[..2], &word[3..5], &word[6..]]
        }
        5 if b":.,".contains(&word[2]) => [&word[..2], &word[3..], b"00"],
        6 => [&word[..2], &word[2..4], &word[4..]],
        _ => return None,
    };
    parts
        .iter()
        .all(|part| number(part).is_some())
        .then_some(parts)
}

/// Returns whether the words look like a date, even an impossible one.
fn is_date(words: &[&[u8]]) -> bool {
    let is_number = |word: &&[u8]| number(word).is_some();
    match words {
        [word] => {
            let is_digits = is_number(word) && (5..=8).contains(&word.len());
            is_digits || split(word).is_some()
        }
        [year, day] => matches!(year.len(), 2 | 4) && day.len() == 3 && words.iter().all(is_number),
        [_, _, _] => words.iter().all(is_number) && has_lengths_of_date(words),
        _ => false,
    }
}

/// Returns whether one of three parts may be a year, and the others a month and a day.
fn has_lengths_of_date(parts: &[&[u8]]) -> bool {
    let lengths = parts.iter().map(|part| part.len());
    let lengths: Vec<usize> = lengths.collect();
    matches!(lengths[..], [2, 2, 2] | [4, 2, 2] | [2, 2, 4])
}

/// Splits a date at its separators. A part may be unreadable.
fn split(word: &[u8]) -> Option<Vec<&[u8]>> {
    let separator = *word.iter().find(|byte| b"/.-,".contains(byte))?;
    let parts: Vec<&[u8]> = word.split(|byte| *byte == separator).collect();
    let is_date = match parts[..] {
        [year, day] => matches!(year.len(), 2 | 4) && day.len() == 3,
        [_, _, _] => has_lengths_of_date(&parts),
        _ => false,
    };
    let is_part = |part: &&[u8]| {
        part.iter()
            .all(|byte| byte.is_ascii_digit() || b"?*".contains(byte))
    };
    (is_date && parts.iter().all(is_part)).then_some(parts)
}

impl DateOrder {
    /// Returns the date in `words` if every possible order gives the same one. Rules out the orders
    /// that do not fit.
    pub(super) fn read(&mut self, words: &[&[u8]], now: DateTime) -> Option<Date> {
        let latest = now.date().saturating_add(1.day());
        match words {
            [word] if number(word).is_some() => match word.len() {
                5 => julian(&word[..2], &word[2..]),
                6 => self.ordered(&[&word[..2], &word[2..4], &word[4..]], latest),
                7 => julian(&word[..4], &word[4..]),
                8 if word.starts_with(b"19") || word.starts_with(b"20") => {
                    self.ordered(&[&word[..4], &word[4..6], &word[6..]], latest)
                }
                8 => self.ordered(&[&word[..2], &word[2..4], &word[4..]], latest),
                _ => None,
            },
            [word] => match split(word)?[..] {
                [year, day] => julian(year, day),
                ref parts => self.ordered(parts, latest),
            },
            [year, day] => julian(year, day),
            parts => self.ordered(parts, latest),
        }
        .filter(|date| *date <= latest)
    }

    fn ordered(&mut self, parts: &[&[u8]], latest: Date) -> Option<Date> {
        let [first, second, third] = *parts else {
            return None;
        };
        let parts = [first, second, third];
        let dates = ORDERS.map(|[year, month, day]| {
            let (month, day) = (two_digits(parts[month])?, two_digits(parts[day])?);
            let date = Date::new(any_year(parts[year])?, month, day).ok()?;
            (date <= latest).then_some(date)
        });
        let still: [bool; 3] = std::array::from_fn(|at| self.possible[at] && dates[at].is_some());
        if still.contains(&true) {
            self.possible = still;
        }
        let mut readings = (0..3).filter(|at| still[*at]).filter_map(|at| dates[at]);
        let date = readings.next()?;
        readings.all(|other| other == date).then_some(date)
    }
}

/// Returns the day with this number in the year.
fn julian(year: &[u8], day: &[u8]) -> Option<Date> {
    let day = number(day).filter(|day| (1..=366).contains(day))?;
    let first = Date::new(any_year(year)?, 1, 1).ok()?;
    let days = i64::try_from(day).ok()? - 1;
    let date = first.checked_add(days.days()).ok()?;
    (date.year() == first.year()).then_some(date)
}

fn any_year(text: &[u8]) -> Option<i16> {
    match text.len() {
        2 => two_digits(text).map(short_year),
        _ => four_digits(text).filter(|year| (1900..2200).contains(year)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date as civil, time};

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    fn words(text: &str) -> Vec<&[u8]> {
        text.split(' ').map(str::as_bytes).collect()
    }

    #[test]
    fn gives_a_date_only_where_it_is_certain() {
        let mut order = DateOrder::default();
        let mut day = |text: &str| order.read(&words(text), NOW);
        assert_eq!(day("01/01/01"), Some(civil(2001, 1, 1)));
        assert_eq!(day("03/04/05"), None);
        assert_eq!(day("03/25/05"), Some(civil(2005, 3, 25)));
        assert_eq!(day("03/04/05"), Some(civil(2005, 3, 4)));
        assert_eq!(day("25/03/05"), None);
        assert_eq!(day("03/04/05"), Some(civil(2005, 3, 4)));
        assert_eq!(day("26-11-23"), None);
    }

    #[test]
    fn reads_every_format_of_a_job() {
        let expected = Some(civil(2026, 3, 30));
        for text in [
            "03/30/26",
            "30.03.26",
            "26-03-30",
            "26,03,30",
            "30 03 26",
            "033026",
            "2026-03-30",
            "2026/03/30",
            "30.03.2026",
            "03/30/2026",
            "2026 03 30",
            "20260330",
            "30032026",
            "26/089",
            "2026.089",
            "26-089",
            "26 089",
            "26089",
            "2026089",
        ] {
            assert_eq!(
                DateOrder::default().read(&words(text), NOW),
                expected,
                "{text}"
            );
        }
        for text in [
            "26/000",
            "26/366",
            "26/330",
            "2026-02-30",
            "03/18/??",
            "9999077",
        ] {
            assert_eq!(DateOrder::default().read(&words(text), NOW), None, "{text}");
        }
    }

    #[test]
    fn finds_date_and_time_with_any_separator() {
        for date in [
            "03/18/26",
            "2026-03-18",
            "26 03 18",
            "26/077",
            "26 077",
            "260318",
        ] {
            for (text, expected) in [
                ("07:31:09", Some(time(7, 31, 9, 0))),
                ("07.31.09", Some(time(7, 31, 9, 0))),
                ("07,31,09", Some(time(7, 31, 9, 0))),
                ("07 31 09", Some(time(7, 31, 9, 0))),
                ("073109", Some(time(7, 31, 9, 0))),
                ("07:31", Some(time(7, 31, 0, 0))),
                ("07:31 PM", Some(time(19, 31, 0, 0))),
                ("30:06:29", None),
            ] {
                let text = format!("HKO 5120 {date} {text}");
                let words = words(&text);
                let moment = Moment::at_end_of(&words).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(moment.before, [b"HKO".as_slice(), b"5120"], "{text}");
                assert_eq!(moment.time_of_day(), expected, "{text}");
            }
        }
        for text in [
            "HKO",
            "HKO 5120",
            "HKO 5120 03/18/26",
            "5120 07:31:09",
            "a b c",
        ] {
            assert!(Moment::at_end_of(&words(text)).is_none(), "{text}");
        }
    }
}
