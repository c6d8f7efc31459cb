//! Dates as `ls` prints them, in the columns of a line.
//!
//! ```text
//! Nov 21 00:24       21. Nov 2019        2026-11-21 00:24:59.5 +0100     11月21日 00:24
//! Nov 21 2019        21 ноя 00:24        2026-11-21                      2019年11月21日
//! Nov 21 00:24:59 2026                   11-21 00:24                     2019년 11월 21일
//! ```

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::clock::{clock, latest_date, on_server};
use super::columns::Columns;
use super::month::{in_text, month};
use super::{Modified, Precision, Zone};
use crate::number::{four_digits, two_digits};

/// A date, and where it ends in the line.
pub(super) struct Dated {
    pub(super) modified: Modified,
    pub(super) end: usize,
    /// Whether it is written in figures, year first, as no name or number is.
    pub(super) is_iso: bool,
}

/// The date that begins in column `at`.
pub(super) fn date(columns: &Columns<'_>, at: usize, now: DateTime) -> Option<Dated> {
    let first = columns.get(at)?;
    if let Some(date) = iso_date(first) {
        return iso(columns, at, date);
    }
    let second = columns.get(at + 1)?;
    let (modified, last) = if let Some((month, day)) = short_iso(first) {
        let (time, precision) = clock(second)?;
        let date = latest_date(month, day, time, now)?;
        (on_server(date, Some((time, precision))), at + 1)
    } else if let Some(figures) = figures(first) {
        eastern(columns, at, figures, now)?
    } else if let Some((day, month, next)) = dotted(first, second) {
        Rest::at(columns, at + next)?.behind(month, day, now)?
    } else {
        // Names of months are looked up last: they cost the most.
        let (day, name) = match day(second) {
            Some(day) => (day, first),
            None => (day(first)?, second),
        };
        let rest = Rest::at(columns, at + 2)?;
        rest.behind(month(name)?, day, now)?
    };
    let mut end = columns.end(last)?;
    if modified.precision == Precision::Day && is_filled(columns, last) {
        end += 1;
    }
    Some(Dated {
        modified,
        end,
        is_iso: false,
    })
}

/// Whether the year in column `at` is filled up to the width of `00:24`: it has one
/// space ahead and more than one behind (AIX, `ls` in German).
fn is_filled(columns: &Columns<'_>, at: usize) -> bool {
    let gap = |at: usize| Some(columns.start(at + 1)? - columns.end(at)?);
    let is_year = columns.get(at).and_then(four_digits).is_some();
    is_year && gap(at - 1) == Some(1) && gap(at).is_some_and(|gap| gap > 1)
}

/// What stands behind month and day.
struct Rest {
    year: Option<i16>,
    time: Option<(Time, Precision)>,
    /// The column in which it ends.
    last: usize,
}

impl Rest {
    /// What stands in column `at`, and the one behind it where it belongs to it.
    fn at(columns: &Columns<'_>, at: usize) -> Option<Self> {
        let word = columns.get(at)?;
        if let Some(year) = four_digits(word).or_else(|| figures(word)?.year) {
            return Some(Self {
                year: Some(year),
                time: None,
                last: at,
            });
        }
        let time = clock(word)?;
        // `ls -lT` of BSD and `ls -e` of Solaris write the year behind the seconds.
        let year = columns
            .get(at + 1)
            .filter(|_| time.1 == Precision::Second && columns.get(at + 2).is_some())
            .and_then(four_digits)
            .filter(|year| *year >= 1900);
        Some(Self {
            year,
            time: Some(time),
            last: at + usize::from(year.is_some()),
        })
    }

    /// The date as a whole, and the column in which it ends.
    fn behind(self, month: i8, day: i8, now: DateTime) -> Option<(Modified, usize)> {
        let date = match (self.year, self.time) {
            (Some(year), _) => Date::new(year, month, day).ok(),
            (None, Some((time, _))) => latest_date(month, day, time, now),
            (None, None) => None,
        };
        Some((on_server(date?, self.time), self.last))
    }
}

/// A date in figures, with a time of day, with a zone as well, or alone.
fn iso(columns: &Columns<'_>, at: usize, date: Date) -> Option<Dated> {
    let dated = |modified, end| Dated {
        modified,
        end,
        is_iso: true,
    };
    let Some((time, precision)) = columns.get(at + 1).and_then(clock) else {
        // GNU fills `2019-11-21` up to the width of `11-21 00:24`.
        let end = columns.end(at)?;
        let is_filled = columns.start(at + 1)? > end + 1;
        return Some(dated(on_server(date, None), end + usize::from(is_filled)));
    };
    let modified = on_server(date, Some((time, precision)));
    match columns.get(at + 2).and_then(zone) {
        Some(offset) if precision == Precision::Second => {
            let instant = offset.to_timestamp(modified.time).ok()?;
            let modified = Modified {
                time: Offset::UTC.to_datetime(instant),
                zone: Zone::Utc,
                ..modified
            };
            Some(dated(modified, columns.end(at + 2)?))
        }
        _ => Some(dated(modified, columns.end(at + 1)?)),
    }
}

/// The length of `2026-11-21`.
const ISO_LEN: usize = 10;

/// `2026-11-21` or `2026/11/21`.
fn iso_date(text: &[u8]) -> Option<Date> {
    let is_separated =
        text.len() == ISO_LEN && matches!((text[4], text[7]), (b'-', b'-') | (b'/', b'/'));
    if !is_separated {
        return None;
    }
    let (month, day) = (two_digits(&text[5..7])?, two_digits(&text[8..])?);
    Date::new(four_digits(&text[..4])?, month, day).ok()
}

/// `11-21`, month and day.
fn short_iso(text: &[u8]) -> Option<(i8, i8)> {
    let (month, day) = (text.len() == 5 && text[2] == b'-').then(|| (&text[..2], &text[3..]))?;
    Some((two_digits(month)?, two_digits(day)?))
}

/// `+0100`, `-0330`.
fn zone(text: &[u8]) -> Option<Offset> {
    let (sign, digits) = text.split_first().filter(|(_, digits)| digits.len() == 4)?;
    let (hours, minutes) = (two_digits(&digits[..2])?, two_digits(&digits[2..])?);
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let offset = Offset::from_seconds(seconds)
        .ok()
        .filter(|_| minutes < 60)?;
    match sign {
        b'+' => Some(offset),
        b'-' => Some(offset.negate()),
        _ => None,
    }
}

/// `21`, `21.` or `21,`.
fn day(text: &[u8]) -> Option<i8> {
    match text {
        [digits @ .., b'.' | b','] if !digits.is_empty() => two_digits(digits),
        digits => two_digits(digits),
    }
}

/// Year, month and day with their units, as `2019年11月21日`.
#[derive(Default)]
struct Figures {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

/// The figures in a word of a Japanese, Chinese or Korean date.
fn figures(word: &[u8]) -> Option<Figures> {
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

/// `9. 1.` or `30.10.`, and how many words it takes (Finnish).
fn dotted(first: &[u8], second: &[u8]) -> Option<(i8, i8, usize)> {
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

/// `11月21日 00:24`, `11月 21 2019年`, `2019年11月21日`, `2019年 1月 9日`.
fn eastern(
    columns: &Columns<'_>,
    at: usize,
    first: Figures,
    now: DateTime,
) -> Option<(Modified, usize)> {
    let (mut found, mut last) = (first, at);
    while found.day.is_none() {
        last += 1;
        let word = columns.get(last)?;
        match day(word) {
            Some(day) if found.month.is_some() => found.day = Some(day),
            _ => {
                let more = figures(word)?;
                found.month = found.month.or(more.month);
                found.day = more.day;
            }
        }
    }
    let (month, day) = (found.month?, found.day?);
    let Some(year) = found.year else {
        return Rest::at(columns, last + 1)?.behind(month, day, now);
    };
    let date = Date::new(year, month, day).ok()?;
    Some(match columns.get(last + 1).and_then(clock) {
        Some(time) => (on_server(date, Some(time)), last + 1),
        None => (on_server(date, None), last),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;
    use crate::charset::Charset;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    /// The time in `text`, ahead of a name that must be left over.
    fn read(text: &[u8]) -> Option<(DateTime, Precision, Zone)> {
        let line = [text, b" name"].concat();
        let dated = date(&Columns::of(&line), 0, NOW)?;
        assert_eq!(&line[dated.end..], b" name", "{}", text.escape_ascii());
        let Modified {
            time,
            precision,
            zone,
        } = dated.modified;
        Some((time, precision, zone))
    }

    fn on_server_clock(
        time: DateTime,
        precision: Precision,
    ) -> Option<(DateTime, Precision, Zone)> {
        Some((time, precision, Zone::Server))
    }

    #[test]
    fn reads_what_is_to_the_minute() {
        let expected = on_server_clock(civil(2026, 11, 20).at(9, 5, 0, 0), Precision::Minute);
        for text in [
            "Nov 20 09:05",
            "nov  20   9:05",
            "20 Nov 09:05",
            "20. Nov. 09:05",
            "nov. 20 09:05",
            "20 ноя 09:05",
            "11-20 09:05",
            "2026-11-20 09:05",
            "2026/11/20 09:05",
            "11月 20 09:05",
            "11月20日 09:05",
            "11月 20日 09:05",
            "11월 20 09:05",
            "11월 20일 09:05",
            "20. 11. 09:05",
            "20.11. 09.05",
            "2026年11月20日 09:05",
        ] {
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn reads_what_is_to_the_day() {
        let expected = on_server_clock(civil(2019, 11, 20).at(0, 0, 0, 0), Precision::Day);
        for text in [
            "Nov 20  2019",
            "Nov 20 2019 ",
            "20. Nov 2019 ",
            "20 Nov 2019",
            "20. lis 2019",
            "2019-11-20",
            "2019-11-20 ",
            "11月 20 2019",
            "11月20日 2019年",
            "11월 20 2019",
            "2019年11月20日",
            "2019年11月 20日",
            "2019년 11월 20일",
            "20.11. 2019",
        ] {
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn reads_seconds_and_zones() {
        let time = civil(2026, 11, 20).at(9, 5, 59, 0);
        for text in [
            "Nov 20 09:05:59",
            "20 Nov 09:05:59",
            "Nov 20 09:05:59 2026",
            "2026-11-20 09:05:59",
        ] {
            let expected = on_server_clock(time, Precision::Second);
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
        for (text, hour, minute) in [("+0000", 9, 5), ("+0100", 8, 5), ("-0330", 12, 35)] {
            let time = civil(2026, 11, 20).at(hour, minute, 59, 123_456_789);
            let text = format!("2026-11-20 09:05:59.123456789 {text}");
            let expected = Some((time, Precision::Second, Zone::Utc));
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn reads_eastern_dates_in_legacy_character_sets() {
        let expected = on_server_clock(civil(2026, 11, 20).at(9, 5, 0, 0), Precision::Minute);
        for (text, label) in [
            ("11月 20 09:05", "euc-jp"),
            ("11月20日 09:05", "euc-jp"),
            ("11月20日 09:05", "shift_jis"),
            ("2026年11月20日 09:05", "shift_jis"),
            ("11月 20 09:05", "gb18030"),
            ("11月20日 09:05", "big5"),
            ("11월 20 09:05", "euc-kr"),
        ] {
            let bytes = Charset::for_label(label)
                .and_then(|charset| charset.encode(text).ok())
                .expect("a date");
            assert_eq!(read(&bytes), expected, "{text} in {label}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "Nov",
            "Nov 20",
            "Nov 31 2019",
            "Nov 20 25:00",
            "Foo 20 2019",
            "Nov Nov 2019",
            "20 20 2019",
            "2019-02-29 00:00",
            "2019-13-01",
            "13-01 09:05",
            "11月",
            "11月 2019",
            "月 20 09:05",
            "11年 20 09:05",
            "11日 20 09:05",
        ] {
            let line = format!("{text} name");
            assert!(
                date(&Columns::of(line.as_bytes()), 0, NOW).is_none(),
                "{text}"
            );
        }
    }
}
