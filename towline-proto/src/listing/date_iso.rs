//! Times in one word as ISO 8601 writes them, and the offsets of their zones.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use super::clock::{clock, is_clock_like, on_server};
use super::compact::{Compact, Order};
use super::{Modified, Precision, Zone};
use crate::number::{four_digits, two_digits};

/// Reads `2026-11-21T00:24:59`, also with `Z` or a zone such as `+01:00`. The inner value is `None`
/// if there is no such time.
pub(super) fn iso_time(word: &[u8]) -> Option<Option<Modified>> {
    const DATE: usize = 10;
    let (date, time) = word.split_at_checked(DATE)?;
    let time = time.strip_prefix(b"T")?;
    let date = Compact::of(date).filter(Compact::is_year_first)?;
    let end = time.iter().position(|byte| b"Z+-".contains(byte));
    let (time, offset) = time.split_at(end.unwrap_or(time.len()));
    if !is_clock_like(time) {
        return None;
    }
    let offset = match offset {
        [] => None,
        b"Z" => Some(Offset::UTC),
        [sign, h1, h2, b':', m1, m2] => Some(zone(&[*sign, *h1, *h2, *m1, *m2])?),
        offset => Some(zone(offset)?),
    };
    let modified = date
        .date(Order::Unknown)
        .and_then(|date| Some(on_server(date, Some(clock(time)?))));
    Some(match offset {
        Some(offset) => modified.and_then(|modified| in_utc(modified, offset)),
        None => modified,
    })
}

/// Returns the same moment in UTC, for a time in a zone with this offset.
pub(super) fn in_utc(modified: Modified, offset: Offset) -> Option<Modified> {
    let instant = offset.to_timestamp(modified.time).ok()?;
    Some(Modified {
        time: Offset::UTC.to_datetime(instant),
        zone: Zone::Utc,
        ..modified
    })
}

/// Reads `+0100` or `-0330`.
pub(super) fn zone(text: &[u8]) -> Option<Offset> {
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

/// A date without separators, and the time of day that the same word has.
pub(super) struct Basic {
    date: Date,
    time: Option<(Time, Precision)>,
    is_utc: bool,
}

impl Basic {
    /// Returns the date, if there is no time of day.
    pub(super) fn date_alone(&self) -> Option<Date> {
        self.time.is_none().then_some(self.date)
    }

    pub(super) fn modified(&self) -> Option<Modified> {
        let modified = on_server(self.date, self.time);
        match self.is_utc {
            true => in_utc(modified, Offset::UTC),
            false => Some(modified),
        }
    }
}

/// Reads `20191121`, `201911210024`, `20191121002459` or `20191121T002459Z`, if there is such a day
/// between 1970 and 2099. Any other number may be a size.
pub(super) fn basic(word: &[u8]) -> Option<Basic> {
    const DATE: usize = 8;
    let (day, rest) = word.split_at_checked(DATE)?;
    let year = four_digits(&day[..4]).filter(|year| (1970..2100).contains(year))?;
    let date = Date::new(year, two_digits(&day[4..6])?, two_digits(&day[6..])?).ok()?;
    let (rest, is_utc) = match rest.strip_suffix(b"Z") {
        Some(time) => (time, true),
        None => (rest, false),
    };
    let time = match rest.strip_prefix(b"T").unwrap_or(rest) {
        [] if rest.is_empty() && !is_utc => None,
        digits => Some(basic_time(digits)?),
    };
    Some(Basic { date, time, is_utc })
}

/// Reads `0024` or `002459`.
pub(super) fn basic_time(digits: &[u8]) -> Option<(Time, Precision)> {
    let part = |at: usize| digits.get(at..at + 2).and_then(two_digits);
    let (second, precision) = match digits.len() {
        4 => (0, Precision::Minute),
        6 => (part(4)?, Precision::Second),
        _ => return None,
    };
    let time = Time::new(part(0)?, part(2)?, second, 0).ok()?;
    Some((time, precision))
}
