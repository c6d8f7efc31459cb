//! The offset of the server's clock from UTC.
//!
//! `LIST` gives times on the server's clock and does not state its zone. MDTM gives the time of a
//! file in UTC (RFC 3659, section 3). The two times of one file give the difference.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::{Modified, Precision, Zone};

/// Returns how far the server's clock is ahead of UTC, from the times that `LIST` and MDTM give for
/// one file. Zones differ from UTC by whole quarters of an hour.
///
/// Returns `None` if the two times do not match:
///
/// - `listed` is exact only to the day, or is already in UTC
/// - the difference is not a whole quarter of an hour, within the precision of `listed`
/// - the difference is 26 hours or more: the file has changed in between, or the year is wrong
#[must_use]
pub fn server_offset(listed: Modified, exact: Timestamp) -> Option<Offset> {
    const QUARTER: i64 = 15 * 60;
    let slack = match (listed.zone, listed.precision) {
        (Zone::Utc, _) | (_, Precision::Day) => return None,
        (Zone::Server, Precision::Minute) => 60,
        (Zone::Server, Precision::Second) => 1,
    };
    let as_utc = Offset::UTC.to_timestamp(listed.time).ok()?;
    let ahead = as_utc.as_second() - exact.as_second();
    let quarters = (ahead + QUARTER / 2).div_euclid(QUARTER);
    let offset = quarters * QUARTER;
    if (ahead - offset).abs() > slack {
        return None;
    }
    Offset::from_seconds(i32::try_from(offset).ok()?).ok()
}

impl Modified {
    /// Converts the time to UTC, from a clock that is ahead of UTC by `offset`. A time that is
    /// exact only to the day, or already in UTC, stays the same.
    #[must_use]
    pub fn at_offset(self, offset: Offset) -> Self {
        if self.zone == Zone::Utc || self.precision == Precision::Day {
            return self;
        }
        let ahead = SignedDuration::from_secs(i64::from(offset.seconds()));
        Self {
            time: self.time.saturating_sub(ahead),
            zone: Zone::Utc,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};

    use super::*;
    use crate::listing::{Dialect, Line, ListingParser};

    fn listed(time: &str, precision: Precision) -> Modified {
        Modified {
            time: time.parse().expect("a time"),
            precision,
            zone: Zone::Server,
        }
    }

    fn exact(time: &str) -> Timestamp {
        time.parse().expect("a time")
    }

    #[test]
    fn finds_the_offset_to_a_quarter_of_an_hour() {
        for (time, precision, minutes) in [
            ("2026-11-20T22:57:00", Precision::Minute, 0),
            ("2026-11-20T23:57:00", Precision::Minute, 60),
            // A server that rounds up.
            ("2026-11-20T23:58:00", Precision::Minute, 60),
            ("2026-11-20T19:27:00", Precision::Minute, -210),
            ("2026-11-21T04:42:41", Precision::Second, 345),
            ("2026-11-21T12:57:40", Precision::Second, 840),
            ("2026-11-20T10:57:41", Precision::Second, -720),
        ] {
            let found = server_offset(listed(time, precision), exact("2026-11-20T22:57:41.5Z"));
            assert_eq!(
                found.map(|offset| offset.seconds() / 60),
                Some(minutes),
                "{time}"
            );
        }
    }

    #[test]
    fn refuses_times_that_do_not_go_together() {
        for (time, precision) in [
            ("2026-11-20T23:55:00", Precision::Minute),
            ("2026-11-20T23:59:00", Precision::Minute),
            ("2026-11-20T23:57:00", Precision::Second),
            ("2026-11-22T00:57:00", Precision::Minute),
            ("2026-11-19T20:57:00", Precision::Minute),
            ("2025-11-20T22:57:00", Precision::Minute),
            ("2026-11-20T00:00:00", Precision::Day),
            ("-009999-01-01T00:00:00", Precision::Minute),
        ] {
            let found = server_offset(listed(time, precision), exact("2026-11-20T22:57:41Z"));
            assert_eq!(found, None, "{time}");
        }
        let utc = Modified {
            zone: Zone::Utc,
            ..listed("2026-11-20T22:57:41", Precision::Second)
        };
        assert_eq!(server_offset(utc, exact("2026-11-20T22:57:41Z")), None);
    }

    #[test]
    fn puts_a_time_into_utc() {
        let offset = Offset::constant(2);
        let time = listed("2026-01-01T00:57:00", Precision::Minute).at_offset(offset);
        assert_eq!(time.timestamp(), Some(exact("2025-12-31T22:57:00Z")));
        assert_eq!(time.at_offset(offset), time);
        let day = listed("2026-01-01T00:00:00", Precision::Day);
        assert_eq!(day.at_offset(offset), day);
        let first = Modified {
            time: DateTime::MIN,
            ..listed("2026-01-01T00:00:00", Precision::Minute)
        };
        assert_eq!(first.at_offset(offset).time, DateTime::MIN);
    }

    /// At New Year, a listed time without a year takes its year from the server's clock.
    #[test]
    fn works_out_years_on_the_servers_clock() {
        for (hours, now, listed, instant) in [
            (
                13,
                "2026-12-31T12:00:00Z",
                "Jan  1 00:59",
                "2026-12-31T11:59:00Z",
            ),
            (
                -11,
                "2027-01-01T09:00:00Z",
                "Dec 31 21:59",
                "2027-01-01T08:59:00Z",
            ),
            (
                0,
                "2027-01-01T00:00:30Z",
                "Dec 31 23:59",
                "2026-12-31T23:59:00Z",
            ),
            (
                0,
                "2027-01-01T00:00:30Z",
                "Jan  3 00:00",
                "2026-01-03T00:00:00Z",
            ),
        ] {
            let offset = Offset::constant(hours);
            let now = offset.to_datetime(exact(now));
            let line = format!("-rw-r--r-- 1 jo staff 5 {listed} name");
            let found = ListingParser::new(Dialect::List, now).line(line.as_bytes());
            let Line::Entry(entry) = found else {
                panic!("no entry: {line}")
            };
            let modified = entry.modified.expect("a time").at_offset(offset);
            assert_eq!(modified.timestamp(), Some(exact(instant)), "{listed}");
        }
        assert_eq!(date(2026, 12, 31).day(), 31);
    }
}
