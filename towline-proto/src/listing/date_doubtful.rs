//! Dates that may be something else, or of which one part cannot be read.
//!
//! ```text
//! 2019 nov 21        20191121 00:24       Nov ?? 00:24       ? ? ?
//! foo 21 2019        20191121T002459Z     Nov 21 12019       2019-11-?? 00:24
//! ```
//!
//! These count only on a line that has no other date.

use jiff::civil::Date;

use super::clock::{clock, is_clock_like, long_year, on_server};
use super::columns::Columns;
use super::compact::Compact;
use super::date::{Dated, is_filled, stands_for_nothing};
use super::date_iso::{basic, basic_time, zone};
use super::date_rest::{Behind, Rest};
use super::day_month::{day, is_month_like};
use super::eastern::figures;
use super::month::month;

/// Reads a date in column `at` that may be something else: one with the year first (Hungarian), or
/// one with a year last and a month in an unknown language. Use this only if the line has no
/// [`date`](super::date::date).
pub(super) fn doubtful_date(columns: &Columns<'_>, at: usize) -> Option<Dated> {
    if let Some(last) = damaged_words(columns, at).or_else(|| placeholders(columns, at)) {
        return unreadable(columns, last);
    }
    let [first, second, third] = [columns.get(at)?, columns.get(at + 1)?, columns.get(at + 2)?];
    let year = |word: &[u8]| long_year(word).filter(|year| (1900..2200).contains(year));
    let modified = match (year(first), year(third)) {
        (Some(year), _) if is_month_like(second) => {
            let date = Date::new(year, month(second).unwrap_or(0), day(third)?);
            date.ok().map(|date| on_server(date, None))
        }
        (_, Some(_)) if is_month_like(first) && day(second).is_some() => None,
        (_, Some(_)) if is_month_like(second) && day(first).is_some() => None,
        _ => return None,
    };
    Some(Dated {
        modified,
        end: columns.end(at + 2)? + usize::from(is_filled(columns, at + 2)),
        is_iso: false,
    })
}

/// Returns the last column of an unknown date: `?`, `--- 22:57`.
fn placeholders(columns: &Columns<'_>, at: usize) -> Option<usize> {
    const MOST: usize = 3;
    const WHOLE_DATE: usize = 8;
    let words = columns.words().skip(at).take(MOST);
    let count = words.take_while(|word| stands_for_nothing(word)).count();
    let behind = at + count;
    // A shorter one stands for the time, too.
    let is_day = count == 1 && columns.get(at).is_some_and(|word| word.len() >= WHOLE_DATE);
    match columns.get(behind).and_then(clock) {
        _ if count == 0 => None,
        Some(_) if is_day && columns.get(behind + 1).is_some() => {
            Some(behind + zone_behind(columns, behind))
        }
        _ => Some(behind - 1),
    }
}

/// Returns 1 if a zone and a name are behind the time of day in column `at`.
fn zone_behind(columns: &Columns<'_>, at: usize) -> usize {
    let has_zone = columns.get(at + 1).and_then(zone).is_some() && columns.get(at + 2).is_some();
    usize::from(has_zone)
}

/// Reads a date in column `at` without separators, or one of which a part is damaged or impossible
/// in a new way. Use this only if the line has no [`doubtful_date`] either.
pub(super) fn damaged_date(columns: &Columns<'_>, at: usize) -> Option<Dated> {
    without_separators(columns, at).or_else(|| {
        let last = damaged_words(columns, at).or_else(|| damaged_word(columns, at))?;
        unreadable(columns, last)
    })
}

/// Returns a date that cannot be read and ends with the column `last`.
fn unreadable(columns: &Columns<'_>, last: usize) -> Option<Dated> {
    let is_time = columns.get(last)?.contains(&b':');
    let is_filled = is_filled(columns, last)
        || !is_time && columns.gap(last - 1) == Some(1) && columns.gap(last) == Some(2);
    Some(Dated {
        modified: None,
        end: columns.end(last)? + usize::from(is_filled),
        is_iso: false,
    })
}

/// Reads `20191121`, alone, with a time of day in the same word, or with one in the next.
fn without_separators(columns: &Columns<'_>, at: usize) -> Option<Dated> {
    let found = basic(columns.get(at)?)?;
    let behind = columns.get(at + 1)?;
    let has_name = columns.get(at + 2).is_some();
    let (modified, last) = match found.date_alone() {
        None => (found.modified(), at),
        Some(date) if is_clock_like(behind) && has_name => (
            clock(behind).map(|time| on_server(date, Some(time))),
            at + 1,
        ),
        Some(date) => match basic_time(behind) {
            Some(time) if has_name && behind.len() == 6 => {
                (Some(on_server(date, Some(time))), at + 1)
            }
            // Time or name: `2019 report`.
            Some(_) if has_name => return None,
            _ => (Some(on_server(date, None)), at),
        },
    };
    Some(Dated {
        modified,
        end: columns.end(last)?,
        is_iso: false,
    })
}

/// Reads a date of three words, two of which are sound, and one is unreadable. A year may be part of
/// the name.
pub(super) fn half_date(columns: &Columns<'_>, at: usize) -> Option<Dated> {
    columns
        .get(at + 2)
        .filter(|word| long_year(word).is_none())?;
    unreadable(columns, damaged_words(columns, at)?)
}

/// Returns the last column of a date of three words, two of which are sound.
fn damaged_words(columns: &Columns<'_>, at: usize) -> Option<usize> {
    let [first, second, third] = [columns.get(at)?, columns.get(at + 1)?, columns.get(at + 2)?];
    columns.get(at + 3)?;
    let is_year = |word: &[u8]| long_year(word).is_some_and(|year| (1900..2200).contains(&year));
    let is_sound = is_year(third) || clock(third).is_some();
    let is_whole = |word: &&[u8]| Compact::ahead_of_time(word).is_some();
    if !is_sound && !looks_damaged(third) || [first, second].iter().any(is_whole) {
        return None;
    }
    let is_day = |word: &[u8]| day(word).is_some();
    let is_month = |word: &[u8]| {
        month(word).is_some() || figures(word).is_some_and(|found| found.month.is_some())
    };
    let sound = [[first, second], [second, first]]
        .map(|[day, month]| u8::from(is_day(day)) + u8::from(is_month(month)));
    match sound.into_iter().max() {
        // A year may follow the seconds.
        Some(1) if is_sound => Rest::at(columns, at + 2, Behind::Plain).map(|rest| rest.last),
        Some(2) if !is_sound => Some(at + 2),
        _ => None,
    }
}

/// Returns whether `word` may be a year or a time with wrong characters in it: `2?19`, `12020`,
/// `??:??`.
fn looks_damaged(word: &[u8]) -> bool {
    let stands_for_one = |byte: &&u8| byte.is_ascii_digit() || b":.?*#".contains(byte);
    let count = word.iter().filter(stands_for_one).count();
    (4..=8).contains(&word.len()) && 2 * count >= word.len()
}

/// Returns the last column of a date in one word that is damaged: `2019-11-?? 00:24`.
fn damaged_word(columns: &Columns<'_>, at: usize) -> Option<usize> {
    const FEWEST_DIGITS: usize = 3;
    let word = columns.get(at)?;
    let separator = *word.iter().find(|byte| b"-/.".contains(byte))?;
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let parts = word.split(|byte| *byte == separator).count();
    let time = columns.get(at + 1).and_then(clock);
    let is_date = parts == 3 && digits >= FEWEST_DIGITS && (6..=11).contains(&word.len());
    if !is_date || time.is_none() {
        return None;
    }
    Some(at + 1 + zone_behind(columns, at + 1))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date as civil};

    use super::*;
    use crate::listing::Zone;

    #[test]
    fn reads_what_may_be_no_date() {
        let read = |text: &str| {
            let line = format!("{text} name");
            let dated = doubtful_date(&Columns::of(line.as_bytes()), 0)?;
            assert_eq!(&line[dated.end..], " name", "{text}");
            Some(dated.modified.map(|modified| modified.time.date()))
        };
        assert_eq!(read("2025 febr   9"), Some(Some(civil(2025, 2, 9))));
        for text in ["2025 foo 9", "2025 febr 30", "foo 20  2019", "20 foo 2019"] {
            assert_eq!(read(text), Some(None), "{text}");
        }
        for text in ["2500 febr 9", "2025 9 9", "foo 20 21:0x", "a b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// The time before ` name` on this line, if there is one.
    fn damaged(text: &str) -> Option<Option<DateTime>> {
        let line = format!("{text} name");
        let columns = Columns::of(line.as_bytes());
        let dated = doubtful_date(&columns, 0).or_else(|| damaged_date(&columns, 0))?;
        assert_eq!(&line[dated.end..], " name", "{text}");
        Some(dated.modified.map(|modified| modified.time))
    }

    #[test]
    fn reads_dates_without_separators() {
        for (text, time) in [
            ("20200113", civil(2020, 1, 13).at(0, 0, 0, 0)),
            ("20200113 12:30", civil(2020, 1, 13).at(12, 30, 0, 0)),
            ("20200113 123015", civil(2020, 1, 13).at(12, 30, 15, 0)),
            ("202001131230", civil(2020, 1, 13).at(12, 30, 0, 0)),
            ("20200113123015", civil(2020, 1, 13).at(12, 30, 15, 0)),
            ("20200113T123015", civil(2020, 1, 13).at(12, 30, 15, 0)),
            ("20200113T123015Z", civil(2020, 1, 13).at(12, 30, 15, 0)),
        ] {
            assert_eq!(damaged(text), Some(Some(time)), "{text}");
        }
        let columns = Columns::of(b"20200113T123015Z name");
        let zone = damaged_date(&columns, 0).and_then(|dated| Some(dated.modified?.zone));
        assert_eq!(zone, Some(Zone::Utc));
        // A time, or the start of a name.
        assert_eq!(damaged("20200113 2019"), None);
    }

    #[test]
    fn a_part_that_cannot_be_read_costs_the_date_alone() {
        for text in [
            "??? 20 22:57",
            "*** 20  2019",
            "?????????? 22:57",
            "????-??-?? 22:57:10.5 +0100",
            "??? 20 22:57:10 2026",
            "Nov ?? 22:57",
            "N?v 20 22:57",
            "Nov 20 ??:??",
            "Nov 20 22:5x",
            "Nov 20 2?19",
            "Nov 20 12020",
            "Nov xx 2019",
            "20 N?v 2019",
            "2020-01-?? 12:30",
            "2020-x1-10 12:30:15 +0100",
        ] {
            assert_eq!(damaged(text), Some(None), "{text}");
        }
        for text in ["Nov 20 a", "Nov 20 file1", "a b c", "1.2.3", "x y 22:57"] {
            assert_eq!(damaged(text), None, "{text}");
        }
    }
}
