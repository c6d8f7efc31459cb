//! Dates and times of day as listings print them for people.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};

use super::{Modified, Precision, Zone};
use crate::number::two_digits;
use crate::time::nanoseconds;

/// A time on the server's clock; without a time of day it is known to the day.
pub(super) fn on_server(date: Date, clock: Option<(Time, Precision)>) -> Modified {
    let (time, precision) = clock.unwrap_or((Time::midnight(), Precision::Day));
    Modified {
        time: date.to_datetime(time),
        precision,
        zone: Zone::Server,
    }
}

/// `23:59`, `23:59:58` or `23:59:58.25`, also `9:05` and `23.59`.
pub(super) fn clock(text: &[u8]) -> Option<(Time, Precision)> {
    if let [h1, h2, b'.', m1, m2] = *text {
        return clock(&[h1, h2, b':', m1, m2]);
    }
    let mut parts = text.split(|byte| *byte == b':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next().filter(|minute| minute.len() == 2)?)?;
    let second = parts.next();
    let precision = if second.is_some() {
        Precision::Second
    } else {
        Precision::Minute
    };
    let (second, nanosecond) = seconds(second.unwrap_or(b"0"))?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, nanosecond)
        .ok()
        .map(|time| (time, precision))
}

/// The year of two digits: 70 to 99 are of the last century.
pub(super) fn short_year(year: i8) -> i16 {
    i16::from(year) + if year < 70 { 2000 } else { 1900 }
}

/// `58`, or `58.25`.
fn seconds(text: &[u8]) -> Option<(i8, i32)> {
    match memchr::memchr(b'.', text) {
        Some(dot) => Some((two_digits(&text[..dot])?, nanoseconds(&text[dot + 1..])?)),
        None => Some((two_digits(text)?, 0)),
    }
}

/// The date of a month, day and time of day without a year: the latest one that
/// is not more than a day ahead of `now`, the most that zones and clocks differ
/// by. 29 February goes back to the last leap year.
pub(super) fn latest_date(month: i8, day: i8, time: Time, now: DateTime) -> Option<Date> {
    /// Between 1896 and 1904 there was no 29 February.
    const LONGEST_WAIT_FOR_LEAP_DAY: i16 = 8;
    let horizon = now.saturating_add(1.day());
    (0..=LONGEST_WAIT_FOR_LEAP_DAY)
        .filter_map(|back| Date::new(horizon.year() - back, month, day).ok())
        .find(|date| date.to_datetime(time) <= horizon)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn works_out_the_year() {
        let now = date(2026, 1, 1).at(12, 0, 0, 0);
        let noon = time(12, 0, 0, 0);
        for (month, day, expected) in [
            (1, 1, date(2026, 1, 1)),
            (1, 2, date(2026, 1, 2)),
            (1, 3, date(2025, 1, 3)),
            (12, 31, date(2025, 12, 31)),
            (7, 1, date(2025, 7, 1)),
            (2, 29, date(2024, 2, 29)),
        ] {
            assert_eq!(latest_date(month, day, noon, now), Some(expected));
        }
        assert_eq!(latest_date(2, 30, noon, now), None);
    }

    #[test]
    fn crosses_the_new_year_with_the_server() {
        let now = date(2026, 12, 31).at(23, 0, 0, 0);
        assert_eq!(
            latest_date(1, 1, time(9, 0, 0, 0), now),
            Some(date(2027, 1, 1))
        );
        assert_eq!(
            latest_date(1, 1, time(23, 30, 0, 0), now),
            Some(date(2026, 1, 1))
        );
    }

    #[test]
    fn takes_a_leap_day_in_its_year() {
        let midnight = Time::midnight();
        let leap_day = Some(date(2028, 2, 29));
        assert_eq!(
            latest_date(2, 29, midnight, date(2028, 2, 28).at(0, 0, 0, 0)),
            leap_day
        );
        assert_eq!(
            latest_date(2, 29, midnight, date(2028, 8, 1).at(0, 0, 0, 0)),
            leap_day
        );
        assert_eq!(
            latest_date(2, 29, midnight, date(1903, 8, 1).at(0, 0, 0, 0)),
            Some(date(1896, 2, 29))
        );
        assert_eq!(
            latest_date(2, 29, midnight, DateTime::MAX),
            Some(date(9996, 2, 29))
        );
    }

    #[test]
    fn refuses_times_that_are_none() {
        for text in [
            "",
            "24:00",
            "12:60",
            "12",
            "1:2",
            ":12",
            "12:",
            "1:02:03:04",
            "ab:cd",
            "+1:00",
            "123:00",
            "1:02:03.",
            "1:02.5",
            "1:02:.5",
            "9.05",
            "09.5.1",
            "24.00",
        ] {
            assert_eq!(clock(text.as_bytes()), None, "{text}");
        }
        assert_eq!(clock(b"9:05"), Some((time(9, 5, 0, 0), Precision::Minute)));
        assert_eq!(
            clock(b"23:59:58"),
            Some((time(23, 59, 58, 0), Precision::Second))
        );
        assert_eq!(clock(b"09.05"), clock(b"9:05"));
        assert_eq!(
            clock(b"23:59:58.25"),
            Some((time(23, 59, 58, 250_000_000), Precision::Second))
        );
    }
}
