//! Dates and times of day as listings print them for people.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};

use super::{Modified, Precision, Zone};
use crate::number::{four_digits, number, two_digits};
use crate::time::nanoseconds;

/// Returns a time on the server's clock. Without a time of day, it is exact to the day.
pub(super) fn on_server(date: Date, clock: Option<(Time, Precision)>) -> Modified {
    let (time, precision) = clock.unwrap_or((Time::midnight(), Precision::Day));
    Modified {
        time: date.to_datetime(time),
        precision,
        zone: Zone::Server,
    }
}

/// Returns the time that many seconds after the start of 1970.
pub(super) fn since_1970(seconds: u64) -> Option<Modified> {
    let instant = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(Modified {
        time: Offset::UTC.to_datetime(instant),
        precision: Precision::Second,
        zone: Zone::Utc,
    })
}

/// Reads `23:59`, `23:59:58`, `23:59:58.25`, `9:05`, `23.59` or `11:59PM`.
pub(super) fn clock(text: &[u8]) -> Option<(Time, Precision)> {
    if let Some((digits, half)) = split_half(text) {
        return half_clock(digits, half);
    }
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

/// Returns whether `text` has the shape of a time of day, even an impossible one: `24:00`, `00:0`.
pub(super) fn is_clock_like(text: &[u8]) -> bool {
    let text = split_half(text).map_or(text, |(digits, _)| digits);
    text.first().is_some_and(u8::is_ascii_digit)
        && text.contains(&b':')
        && text
            .iter()
            .all(|byte| byte.is_ascii_digit() || b":.".contains(byte))
}

/// The half of the day that `AM` or `PM` marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

/// Reads `AM`, `pm`, `a` or `p.m.`.
pub(super) fn half(word: &[u8]) -> Option<Half> {
    let ([letter] | [letter, b'm' | b'M'] | [letter, b'.', b'm' | b'M', b'.']) = word else {
        return None;
    };
    match letter.to_ascii_lowercase() {
        b'a' => Some(Half::Morning),
        b'p' => Some(Half::Afternoon),
        _ => None,
    }
}

/// Splits `11:59PM` before its letters.
fn split_half(text: &[u8]) -> Option<(&[u8], Half)> {
    let letters = text.iter().position(u8::is_ascii_alphabetic)?;
    let (digits, letters) = text.split_at(letters);
    half(letters)
        .filter(|_| letters.len() > 1 && digits.contains(&b':'))
        .map(|half| (digits, half))
}

/// Reads a time of day on a 12-hour clock.
pub(super) fn half_clock(text: &[u8], half: Half) -> Option<(Time, Precision)> {
    let (time, precision) = clock(text)?;
    let hour = match (time.hour(), half) {
        (12, Half::Morning) => 0,
        (hour @ 1..=11, Half::Morning) | (hour @ 12, Half::Afternoon) => hour,
        (hour @ 1..=11, Half::Afternoon) => hour + 12,
        _ => return None,
    };
    let time = time.with().hour(hour).build().ok()?;
    Some((time, precision))
}

/// Reads a year of two to five digits, by the same rule for every form of listing. Two digits from
/// 70 to 99 mean the 1900s, and the others the 2000s. Three digits count from 1900, also behind a
/// `19`: programs written before 2000 print them.
pub(super) fn year(text: &[u8]) -> Option<i16> {
    match text.len() {
        2 => two_digits(text).map(short_year),
        3 => {
            let since_1900 = i16::try_from(number(text)?).ok()?;
            (since_1900 >= 100).then_some(1900 + since_1900)
        }
        _ => long_year(text),
    }
}

/// Reads a year of four digits, or of five if `19` precedes the years since 1900: `19102` is 2002.
pub(super) fn long_year(text: &[u8]) -> Option<i16> {
    match text {
        [b'1', b'9', since_1900 @ ..] if since_1900.len() == 3 => year(since_1900),
        _ => four_digits(text),
    }
}

/// Returns the year that two digits mean, by the rule of [`year`].
pub(super) fn short_year(year: i8) -> i16 {
    i16::from(year) + if year < 70 { 2000 } else { 1900 }
}

/// Reads `58` or `58.25`.
fn seconds(text: &[u8]) -> Option<(i8, i32)> {
    match memchr::memchr(b'.', text) {
        Some(dot) => Some((two_digits(&text[..dot])?, nanoseconds(&text[dot + 1..])?)),
        None => Some((two_digits(text)?, 0)),
    }
}

/// Returns the date for a month, a day and a time of day without a year. This is the latest date
/// that is at most one day after `now`, because zones and clocks differ by at most a day.
/// 29 February falls in the last leap year.
pub(super) fn latest_date(month: i8, day: i8, time: Time, now: DateTime) -> Option<Date> {
    /// There was no 29 February between 1896 and 1904.
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
    fn reads_years_by_one_rule() {
        for (text, expected) in [
            ("00", Some(2000)),
            ("11", Some(2011)),
            ("69", Some(2069)),
            ("70", Some(1970)),
            ("99", Some(1999)),
            ("100", Some(2000)),
            ("126", Some(2026)),
            ("1911", Some(1911)),
            ("2026", Some(2026)),
            ("", None),
            ("1", None),
            ("026", None),
            ("12026", None),
            ("x9", None),
        ] {
            assert_eq!(year(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn reads_the_halves_of_a_day() {
        for (text, expected) in [
            ("AM", Some(Half::Morning)),
            ("pm", Some(Half::Afternoon)),
            ("a", Some(Half::Morning)),
            ("p.m.", Some(Half::Afternoon)),
            ("", None),
            ("m", None),
            ("XM", None),
            ("PMs", None),
        ] {
            assert_eq!(half(text.as_bytes()), expected, "{text}");
        }
        for (text, half, hour) in [
            ("12:05", Half::Morning, Some(0)),
            ("1:05", Half::Morning, Some(1)),
            ("12:05", Half::Afternoon, Some(12)),
            ("11:05:59", Half::Afternoon, Some(23)),
            ("00:05", Half::Morning, None),
            ("13:05", Half::Afternoon, None),
        ] {
            let found = half_clock(text.as_bytes(), half).map(|(time, _)| time.hour());
            assert_eq!(found, hour, "{text}");
        }
    }

    #[test]
    fn knows_the_shape_of_a_time() {
        for text in ["24:00", "00:0", "00:00:60", "9:05", "18:79"] {
            assert!(is_clock_like(text.as_bytes()), "{text}");
        }
        for text in ["", ":", "x:00", "12", "12.30", "1:0x", "a:b"] {
            assert!(!is_clock_like(text.as_bytes()), "{text}");
        }
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
