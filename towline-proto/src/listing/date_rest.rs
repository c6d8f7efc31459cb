//! The part of a date after month and day: a year, a time of day, or both.

use jiff::civil::{Date, DateTime, Time};

use super::clock::{
    clock, half, half_clock, is_clock_like, latest_date, long_year, on_server, year,
};
use super::columns::Columns;
use super::eastern::figures;
use super::{Modified, Precision};

/// What precedes the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Month and day, as nearly every server writes them.
    Plain,
    /// A day with a point: `08. Oct 2002 09:47`.
    Point,
    /// A comma: `Oct 08, 2002 09:47`.
    Comma,
}

/// The part of a date after month and day.
pub(super) struct Rest {
    pub(super) year: Option<i16>,
    time: Option<(Time, Precision)>,
    /// Whether the time is possible or missing.
    pub(super) is_readable: bool,
    /// The column where it ends.
    pub(super) last: usize,
}

impl Rest {
    /// Reads the word in column `at` and the words after it that belong to the date. After a comma,
    /// the year may be short and a time may follow it.
    pub(super) fn at(columns: &Columns<'_>, at: usize, behind: Behind) -> Option<Self> {
        let word = columns.get(at)?;
        let (word, behind) = match ahead_of_comma(columns, at) {
            Some(year) => (year, Behind::Comma),
            None => (word, behind),
        };
        let long = long_year(word).or_else(|| figures(word)?.year);
        let found = long.or_else(|| year(word).filter(|_| behind == Behind::Comma));
        if let Some(year) = found {
            return Some(Self {
                year: Some(year),
                ..Self::time_behind_year(columns, at, behind)
            });
        }
        let time = clock(word);
        if time.is_none() && !is_clock_like(word) {
            return None;
        }
        // `ls -lT` on BSD and `ls -e` on Solaris print the year after the seconds.
        let has_seconds = time.is_some_and(|(_, precision)| precision == Precision::Second);
        let year = columns
            .get(at + 1)
            .filter(|_| has_seconds && columns.get(at + 2).is_some())
            .and_then(long_year)
            .filter(|year| *year >= 1900);
        Some(Self {
            year,
            time,
            is_readable: time.is_some(),
            last: at + usize::from(year.is_some()),
        })
    }

    /// Reads the time after the year in column `at`, if there is one.
    fn time_behind_year(columns: &Columns<'_>, at: usize, behind: Behind) -> Self {
        let may_follow = match behind {
            Behind::Plain => false,
            Behind::Comma => true,
            // A year that is padded to the width of a time has none behind it, but a name.
            Behind::Point => {
                let gaps = [at.checked_sub(1), Some(at)].map(|at| columns.gap(at?));
                gaps == [Some(1); 2] && columns.get(at + 2).is_some()
            }
        };
        let word = columns.get(at + 1).filter(|_| may_follow);
        let Some(word) = word.filter(|word| is_clock_like(word)) else {
            return Self {
                year: None,
                time: None,
                is_readable: true,
                last: at,
            };
        };
        // NetWare's print services write `Oct 14, 99 8:45 pm`.
        let half = columns
            .get(at + 2)
            .filter(|word| word.len() == 2 && columns.get(at + 3).is_some())
            .and_then(half);
        let time = match half {
            Some(half) => half_clock(word, half),
            None => clock(word),
        };
        Self {
            year: None,
            time,
            is_readable: time.is_some(),
            last: at + 1 + usize::from(half.is_some()),
        }
    }

    /// Returns the whole date and the column where it ends.
    pub(super) fn behind(self, month: i8, day: i8, now: DateTime) -> (Option<Modified>, usize) {
        let date = match (self.year, self.time) {
            (Some(year), _) => Date::new(year, month, day).ok(),
            (None, Some((time, _))) => latest_date(month, day, time, now),
            (None, None) => None,
        };
        let modified = date.filter(|_| self.is_readable);
        (modified.map(|date| on_server(date, self.time)), self.last)
    }
}

/// Returns the word in column `at` without its comma, if a time of day follows:
/// `26. Juli 2019, 20:10`.
pub(super) fn ahead_of_comma<'a>(columns: &Columns<'a>, at: usize) -> Option<&'a [u8]> {
    let word = columns.get(at)?.strip_suffix(b",")?;
    columns
        .get(at + 1)
        .is_some_and(is_clock_like)
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

    fn read(text: &str, behind: Behind) -> Option<(Option<DateTime>, usize)> {
        let columns = Columns::of(text.as_bytes());
        let (modified, last) = Rest::at(&columns, 0, behind)?.behind(11, 20, NOW);
        Some((modified.map(|modified| modified.time), last))
    }

    #[test]
    fn a_time_follows_the_year_with_a_comma_alone() {
        let midnight = date(2019, 11, 20).at(0, 0, 0, 0);
        let evening = date(2019, 11, 20).at(20, 45, 0, 0);
        use Behind::{Comma, Plain};
        for (text, behind, expected) in [
            ("2019 20:45 x", Plain, Some((Some(midnight), 0))),
            ("2019 20:45 x", Comma, Some((Some(evening), 1))),
            ("2019 x", Comma, Some((Some(midnight), 0))),
            ("19 8:45 pm x", Comma, Some((Some(evening), 2))),
            ("119 20:45 pm", Comma, Some((Some(evening), 1))),
            ("19 20:45 x", Plain, None),
            ("2019 24:00 x", Comma, Some((None, 1))),
            ("2019, 20:45 x", Plain, Some((Some(evening), 1))),
            ("2019, 8:45 pm x", Plain, Some((Some(evening), 2))),
            ("2019, x", Plain, None),
        ] {
            assert_eq!(read(text, behind), expected, "{text}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_ends_where_it_does() {
        for text in ["24:00 x", "00:00:60 x", "00:0 x", "99:99 2019 x"] {
            assert_eq!(read(text, Behind::Plain), Some((None, 0)), "{text}");
        }
        assert_eq!(read("x", Behind::Plain), None);
    }
}
