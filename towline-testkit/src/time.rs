//! Calendar times in UTC, as FTP writes them.
//!
//! RFC 3659 section 2.3 (`YYYYMMDDHHMMSS`), and the two forms of `ls -l`.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A point in time, as calendar fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second: i64,
    millisecond: u32,
}

impl Civil {
    pub(crate) fn new(time: SystemTime) -> Self {
        let (seconds, millisecond) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (after.as_secs() as i64, after.subsec_millis()),
            Err(before) => (-(before.duration().as_secs() as i64), 0),
        };
        let (year, month, day) = date(seconds.div_euclid(DAY));
        Self {
            year,
            month,
            day,
            second: seconds.rem_euclid(DAY),
            millisecond,
        }
    }

    /// Returns `YYYYMMDDHHMMSS`.
    pub(crate) fn compact(&self) -> String {
        let (hour, minute, second) = self.clock();
        format!(
            "{:04}{:02}{:02}{hour:02}{minute:02}{second:02}",
            self.year, self.month, self.day
        )
    }

    /// Returns `YYYYMMDDHHMMSS.sss`.
    pub(crate) fn compact_with_milliseconds(&self) -> String {
        format!("{}.{:03}", self.compact(), self.millisecond)
    }

    /// Returns `Nov 21 00:46` for a time at most half a year old, otherwise
    /// `Jan  2  2020`.
    pub(crate) fn listed(&self, now: SystemTime, zero_padded: bool) -> String {
        let month = MONTHS
            .get(usize::try_from(self.month - 1).unwrap_or_default())
            .unwrap_or(&"Jan");
        let day = if zero_padded {
            format!("{:02}", self.day)
        } else {
            format!("{:2}", self.day)
        };
        let age = Self::new(now).timestamp() - self.timestamp();
        if (0..DAY * 182).contains(&age) {
            let (hour, minute, _) = self.clock();
            format!("{month} {day} {hour:02}:{minute:02}")
        } else {
            format!("{month} {day}  {:04}", self.year)
        }
    }

    fn clock(&self) -> (i64, i64, i64) {
        (self.second / 3600, self.second / 60 % 60, self.second % 60)
    }

    fn timestamp(&self) -> i64 {
        days(self.year, self.month, self.day) * DAY + self.second
    }
}

/// Returns the days from 1970-01-01 to a date in the proleptic Gregorian
/// calendar.
///
/// Years are counted from March, so that the leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// The inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097; // days in 400 years
    let days = days + 719_468;
    let era = days.div_euclid(ERA);
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use towline_proto::time::parse_timestamp;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn writes_and_reads_the_same_second() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (1_795_219_200, "20261121000000"),
            (4_107_542_400, "21000301000000"),
        ] {
            assert_eq!(Civil::new(at(seconds)).compact(), text);
            let read = parse_timestamp(text.as_bytes()).map(SystemTime::from);
            assert_eq!(read, Some(at(seconds)));
        }
    }

    #[test]
    fn every_day_of_eight_centuries_survives_a_round_trip() {
        for day in -146_097..146_097 {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn old_entries_show_the_year() {
        let time = Civil::new(at(1_577_934_245));
        assert_eq!(time.listed(at(1_795_219_200), false), "Jan  2  2020");
        assert_eq!(time.listed(at(1_795_219_200), true), "Jan 02  2020");
        assert_eq!(time.listed(at(1_577_934_246), false), "Jan  2 03:04");
    }
}
