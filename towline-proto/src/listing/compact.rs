//! Dates in one word.
//!
//! ```text
//! 2026-11-21     11-21-26       21-Nov-26      21.11.2026
//! 2026/11/21     11/21/2026     Nov-21-2026    2026.11.21
//! ```

use jiff::civil::Date;

use super::clock::{long_year, short_year, year};
use super::month::month;
use crate::number::{four_digits, two_digits};

/// A word of three parts with the shape of a date, even an impossible one.
pub(super) struct Compact<'a> {
    parts: [&'a [u8]; 3],
    separator: u8,
}

/// How to read a date with its year last and its month in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Month, day, year.
    American,
    /// Unknown. Only a date that can be read in one way counts.
    Unknown,
}

impl<'a> Compact<'a> {
    pub(super) fn of(word: &'a [u8]) -> Option<Self> {
        // `1.2.3` may be anything.
        Self::ahead_of_time(word).filter(|date| !date.is_dotted() || date.has_long_year())
    }

    /// Reads a word that a time of day follows, so that even `1.2.03` is a date.
    pub(super) fn ahead_of_time(word: &'a [u8]) -> Option<Self> {
        let separator = *word.iter().find(|byte| b"-/.".contains(byte))?;
        let mut split = word.split(|byte| *byte == separator);
        let parts = [split.next()?, split.next()?, split.next()?];
        let names = parts.iter().filter(|part| is_name(part)).count();
        let is_date = split.next().is_none()
            && !is_name(parts[2])
            && names <= 1
            && parts.iter().all(|part| is_figures(part) || is_name(part));
        is_date.then_some(Self { parts, separator })
    }

    /// Returns whether the date is beyond doubt: it has a four-digit year or names the month.
    pub(super) fn is_plain(&self) -> bool {
        self.has_long_year() || self.names_month()
    }

    pub(super) fn is_year_first(&self) -> bool {
        self.parts[0].len() == 4
    }

    /// Returns whether a name stands for the month, in any language.
    pub(super) fn names_month(&self) -> bool {
        self.parts.iter().any(|part| is_name(part))
    }

    /// Returns whether points separate the parts.
    pub(super) fn is_dotted(&self) -> bool {
        self.separator == b'.'
    }

    /// Returns the date, or `None` if it is impossible or ambiguous.
    pub(super) fn date(&self, order: Order) -> Option<Date> {
        let [first, second, third] = self.parts;
        let date = |year: Option<i16>, month: Option<i8>, day: &[u8]| {
            Date::new(year?, month?, two_digits(day)?).ok()
        };
        if self.is_year_first() {
            return date(four_digits(first), two_digits(second), third);
        }
        let year = year(third);
        if is_name(second) {
            return date(year, month(second), first);
        }
        if is_name(first) {
            return date(year, month(first), second);
        }
        let (american, european) = (
            date(year, two_digits(first), second),
            date(year, two_digits(second), first),
        );
        match order {
            _ if self.separator == b'.' => european,
            Order::American => american,
            Order::Unknown if american.is_none() || american == european => european,
            Order::Unknown => american.filter(|_| european.is_none()),
        }
    }

    /// Returns the date, whose year is short, if every order that is possible gives the same one.
    /// The year may be first. With points, the day is first.
    pub(super) fn date_with_short_year(&self) -> Option<Date> {
        let [first, second, third] = self.parts;
        let date = |year: &[u8], month: &[u8], day: &[u8]| {
            Date::new(
                short_year(two_digits(year)?),
                two_digits(month)?,
                two_digits(day)?,
            )
            .ok()
        };
        let european = date(third, second, first);
        if self.is_dotted() {
            return european;
        }
        let (american, year_first) = (date(third, first, second), date(first, second, third));
        let mut readings = [american, european, year_first].into_iter().flatten();
        let date = readings.next()?;
        readings.all(|other| other == date).then_some(date)
    }

    fn has_long_year(&self) -> bool {
        self.parts[0].len() == 4 || long_year(self.parts[2]).is_some()
    }
}

fn is_figures(part: &[u8]) -> bool {
    part.iter().all(u8::is_ascii_digit)
        && ((1..=4).contains(&part.len()) || long_year(part).is_some())
}

/// Returns whether `part` may be the name of a month: letters, and not too many of them.
fn is_name(part: &[u8]) -> bool {
    (3..=16).contains(&part.len())
        && part
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    fn read(text: &str, order: Order) -> Option<Date> {
        Compact::of(text.as_bytes())?.date(order)
    }

    #[test]
    fn reads_what_is_plain() {
        for text in [
            "2026-11-21",
            "2026/11/21",
            "2026.11.21",
            "21-Nov-26",
            "21-NOV-2026",
            "21-nov-126",
            "Nov-21-2026",
            "21.11.2026",
        ] {
            let compact = Compact::of(text.as_bytes());
            assert!(compact.is_some_and(|date| date.is_plain()), "{text}");
            for order in [Order::American, Order::Unknown] {
                assert_eq!(read(text, order), Some(civil(2026, 11, 21)), "{text}");
            }
        }
    }

    #[test]
    fn reads_an_unknown_order_where_there_is_one_way_alone() {
        for (text, american, unknown) in [
            ("11-21-26", Some((11, 21)), Some((11, 21))),
            ("21/11/2026", None, Some((11, 21))),
            ("11-10-2026", Some((11, 10)), None),
            ("11-11-2026", Some((11, 11)), Some((11, 11))),
            ("31-31-2026", None, None),
        ] {
            let date = |day: Option<(i8, i8)>| day.map(|(month, day)| civil(2026, month, day));
            assert_eq!(read(text, Order::American), date(american), "{text}");
            assert_eq!(read(text, Order::Unknown), date(unknown), "{text}");
        }
    }

    #[test]
    fn knows_a_date_that_cannot_be() {
        for text in [
            "2026-02-30",
            "2026-30-07",
            "0000-00-00",
            "13-45-99",
            "10-23-026",
            "15-JUI-2026",
        ] {
            let compact = Compact::of(text.as_bytes()).expect("the shape of a date");
            assert_eq!(compact.date(Order::American), None, "{text}");
        }
    }

    #[test]
    fn refuses_what_has_not_the_shape() {
        for text in [
            "",
            "-",
            "--",
            "1-2",
            "1-2-",
            "1-2-3-4",
            "1.2.3",
            "a-b-c",
            "1-2-nov",
            "12345-1-1",
            "nov-nov-26",
            "12:30:15",
        ] {
            assert!(Compact::of(text.as_bytes()).is_none(), "{text}");
        }
    }
}
