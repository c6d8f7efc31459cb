//! Dates as `ls` prints them, in the columns of a line.
//!
//! ```text
//! Nov 21 00:24       21. Nov 2019        2026-11-21 00:24:59.5 +0100     11月21日 00:24
//! Nov 21 2019        21 ноя 00:24        2026-11-21                      2019年11月21日
//! Nov 21 00:24:59 2026                   11-21 00:24                     2019年 11월 21일
//! Nov 21, 2019 00:24 21. Nov, 00:24      21-Nov-19                       2019.11.21
//! 21. Nov 2019, 00:24                    2019-11-21, 00:24
//! Fri Nov 21 00:24:59 2026               2026-11-21T00:24:59Z            21/11/26 00:24
//! 11/21/2026 12:24 AM                    21-Nov 00:24
//! ```
//!
//! An impossible date (`Feb 30 12:00`) still counts as a date by its shape, so that the text after
//! it is read correctly.

use jiff::civil::{Date, DateTime};

use super::clock::{clock, half, half_clock, is_clock_like, long_year, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::date_iso::{in_utc, iso_time, zone};
use super::date_rest::{Behind, Rest, ahead_of_comma};
use super::day_month::{day, dotted, is_month_like, joined, without_year};
use super::eastern::{Figures, figures};
use super::month::month;
use super::weekday::is_day_of_week;
use super::{Modified, Precision};
use crate::number::two_digits;

/// A date, and where it ends in the line.
pub(super) struct Dated {
    /// `None` if the date is impossible or ambiguous.
    pub(super) modified: Option<Modified>,
    pub(super) end: usize,
    /// Whether the date is all digits with the year first. No name or number looks like this.
    pub(super) is_iso: bool,
}

/// A date and the column where it ends.
type Found = (Option<Modified>, usize);

/// Reads the date that begins in column `at`.
pub(super) fn date(columns: &Columns<'_>, at: usize, now: DateTime) -> Option<Dated> {
    let first = columns.get(at)?;
    if is_day_of_week(first) {
        // `ctime` writes `Fri Nov 20 22:57:10 2026`.
        return date(columns, at + 1, now).filter(|dated| !dated.is_iso);
    }
    let is_ahead_of_time = || columns.get(at + 1).is_some_and(is_clock_like);
    let word = ahead_of_comma(columns, at).unwrap_or(first);
    if let Some(date) = Compact::ahead_of_time(word)
        && (date.is_plain() || is_ahead_of_time())
    {
        return in_one_word(columns, at, &date);
    }
    if let Some(modified) = iso_time(first) {
        return Some(Dated {
            modified,
            end: columns.end(at)?,
            is_iso: true,
        });
    }
    let (modified, last) = if let Some((day, name)) = joined(first) {
        named(columns, day, name, at + 1, now)?
    } else if let Some(found) = without_year(first) {
        let rest = Rest::at(columns, at + 1, Behind::Plain)?;
        match found {
            Some((month, day)) => rest.behind(month, day, now),
            None => (None, rest.last),
        }
    } else if let Some(figures) = figures(first) {
        eastern(columns, at, figures, now)?
    } else {
        let second = columns.get(at + 1)?;
        match dotted(first, second) {
            Some((day, month, next)) => {
                Rest::at(columns, at + next, Behind::Plain)?.behind(month, day, now)
            }
            None => named(columns, first, second, at + 2, now)?,
        }
    };
    let mut end = columns.end(last)?;
    let is_day = modified.is_none_or(|modified| modified.precision == Precision::Day);
    if is_day && is_filled(columns, last) {
        end += 1;
    }
    Some(Dated {
        modified,
        end,
        is_iso: false,
    })
}

/// Returns whether a word stands for what is unknown: `?`, `---`, `??:??`.
pub(super) fn stands_for_nothing(word: &[u8]) -> bool {
    word == b"?"
        || word.len() > 1
            && word.iter().all(|byte| b"?-*:".contains(byte))
            && word.iter().any(|byte| b"?-*".contains(byte))
}

/// Returns whether the year in column `at` is padded to the width of `00:24`: one space comes
/// before it and more than one after it (AIX, `ls` in German).
pub(super) fn is_filled(columns: &Columns<'_>, at: usize) -> bool {
    let is_year = columns.get(at).and_then(long_year).is_some();
    is_year && columns.gap(at - 1) == Some(1) && columns.gap(at).is_some_and(|gap| gap > 1)
}

/// Reads a date in one word, alone, with a time of day, or with a time of day and a zone.
fn in_one_word(columns: &Columns<'_>, at: usize, date: &Compact<'_>) -> Option<Dated> {
    let is_iso = date.is_year_first();
    let dated = |modified, end| Dated {
        modified,
        end,
        is_iso,
    };
    let day = match date.is_plain() {
        true => date.date(Order::Unknown),
        false => date.date_with_short_year(),
    };
    let on_server = |time| Some(on_server(day?, time));
    let is_unreadable = |word: &&[u8]| word.len() > 3 && stands_for_nothing(word);
    if columns.get(at + 1).filter(is_unreadable).is_some() && columns.get(at + 2).is_some() {
        let has_zone = columns.get(at + 2).and_then(zone).is_some();
        let last = at + 1 + usize::from(has_zone && columns.get(at + 3).is_some());
        return Some(dated(None, columns.end(last)?));
    }
    let Some(word) = columns.get(at + 1).filter(|word| is_clock_like(word)) else {
        // GNU pads `2019-11-21` to the width of `11-21 00:24`.
        // Others pad it to the width of `Nov 21 00:24`.
        let fill = if date.is_dotted() { 2 } else { 1 };
        let end = columns.end(at)?;
        let gap = columns.start(at + 1)? - end;
        return Some(dated(on_server(None), end + fill.min(gap - 1)));
    };
    let Some((time, precision)) = clock(word) else {
        return Some(dated(None, columns.end(at + 1)?));
    };
    // A clock of 12 hours belongs to a date in the American order.
    let is_american = !is_iso && !date.is_dotted() && word.last().is_some_and(u8::is_ascii_digit);
    let half = columns
        .get(at + 2)
        .filter(|word| is_american && word.len() == 2 && columns.get(at + 3).is_some())
        .and_then(half);
    if let Some(time) = half.and_then(|half| half_clock(word, half)) {
        return Some(dated(on_server(Some(time)), columns.end(at + 2)?));
    }
    let modified = on_server(Some((time, precision)));
    match columns.get(at + 2).and_then(zone) {
        Some(offset) if precision == Precision::Second => {
            let modified = modified.and_then(|modified| in_utc(modified, offset));
            Some(dated(modified, columns.end(at + 2)?))
        }
        _ => Some(dated(modified, columns.end(at + 1)?)),
    }
}

/// Reads a day and a month in either order. The rest of the date begins in column `next`.
fn named(
    columns: &Columns<'_>,
    first: &[u8],
    second: &[u8],
    next: usize,
    now: DateTime,
) -> Option<Found> {
    let (day, name) = match day(second) {
        Some(day) => (day, first),
        None => (day(first)?, second),
    };
    let behind = match [first, second] {
        words if words.iter().any(|word| word.ends_with(b",")) => Behind::Comma,
        [day, _] if day.ends_with(b".") && day[0].is_ascii_digit() => Behind::Point,
        _ => Behind::Plain,
    };
    let rest = Rest::at(columns, next, behind)?;
    let name = name.strip_suffix(b",").unwrap_or(name);
    // Looking up the names of months costs the most, so it comes last.
    if let Some(month) = month(name) {
        return Some(rest.behind(month, day, now));
    }
    if rest.year.is_some() {
        return None;
    }
    match two_digits(name) {
        Some(month) if rest.is_readable => Some(match month {
            1..=12 => rest.behind(month, day, now),
            _ => rest.behind(day, month, now),
        }),
        None if is_month_like(name) => Some((None, rest.last)),
        _ => None,
    }
}

/// Reads `11月21日 00:24`, `11月 21 2019年`, `2019年11月21日` or `2019年 1月 9日`.
fn eastern(columns: &Columns<'_>, at: usize, first: Figures, now: DateTime) -> Option<Found> {
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
        return Some(Rest::at(columns, last + 1, Behind::Plain)?.behind(month, day, now));
    };
    let date = Date::new(year, month, day).ok();
    let time = columns.get(last + 1).and_then(clock);
    Some((
        date.map(|date| on_server(date, time)),
        last + usize::from(time.is_some()),
    ))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;
    use crate::charset::Charset;
    use crate::listing::Zone;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    /// Reads the time in `text`, and checks that a name after it is left over.
    fn read(text: &[u8]) -> Option<(DateTime, Precision, Zone)> {
        let line = [text, b" name"].concat();
        let dated = date(&Columns::of(&line), 0, NOW)?;
        assert_eq!(&line[dated.end..], b" name", "{}", text.escape_ascii());
        let Modified {
            time,
            precision,
            zone,
        } = dated.modified?;
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
            "20. Nov, 09:05",
            "20. Nov., 09:05",
            "Nov 20, 09:05",
            "Nov 20, 2026 09:05",
            "20 Nov, 2026 09:05",
            "20. Nov 2026, 09:05",
            "20 Nov 2026, 09:05",
            "Nov 20, 2026, 09:05",
            "Nov 20, 2026, 9:05 AM",
            "2026-11-20, 09:05",
            "20.11.2026, 09:05",
            "20/11/2026, 09:05",
            "11/20/2026, 9:05 AM",
            "20-nov-26, 09:05",
            "Nov 20, 26 9:05 am",
            "20.\u{a0}Nov 09:05",
            "11 20 09:05",
            "20 11 09:05",
            "20-11-2026 09:05",
            "20.11.2026 09:05",
            "2026.11.20 09:05",
            "20-nov-26 09:05",
            "Nov-20-126 09:05",
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
            "11-20 2019",
            "Nov 20, 2019",
            "2019.11.20  ",
            "20-Nov-19",
            "20.\u{a0}Nov  2019",
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
    fn knows_a_date_that_cannot_be_by_its_shape() {
        for text in [
            "Jan  0  1970",
            "Feb 30 12:00",
            "Nov 31 2019",
            "Aug 36  2001",
            "Apr -7 18:79",
            "Nov 20 24:00",
            "Nov 20 25:00",
            "Jan 01 00:00:60",
            "Jan  1 00:0",
            "30. Feb, 12:00",
            "Foo 20 22:57",
            "20 Foo 22:57",
            "8\u{fffd} 17 08:52",
            "月 20 09:05",
            "11年 20 09:05",
            "2019-02-29 00:00",
            "2019-13-01",
            "2019-01-13 ??:??",
            "2019-01-13 ???????? +0100",
            "2012-30-07 00:31",
            "10-11-2019 00:31",
            "13-01 09:05",
            "31.31. 2019",
            "2019年 2月 30日",
            "11月 31 2019",
        ] {
            let line = format!("{text} name");
            let dated = date(&Columns::of(line.as_bytes()), 0, NOW);
            let dated = dated.unwrap_or_else(|| panic!("not the shape of a date: {text}"));
            assert_eq!(dated.modified, None, "{text}");
            assert_eq!(&line[dated.end..], " name", "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "Nov",
            "Nov 20",
            "Foo 20 2019",
            "Nov Nov 2019",
            "20 20 2019",
            "11月",
            "11月 2019",
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
