//! When a file was changed, and how exactly that is known.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use towline::{Modified, Zone};

const SECOND: i128 = 1_000_000_000;

/// How exact a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the day: `LIST` of files that are more than half a year old.
    Day,
    /// To the minute: `LIST`.
    Minute,
    /// To the second: `MLSD`, `MDTM`.
    Second,
    /// To the nanosecond: local files.
    Nanosecond,
}

impl Precision {
    fn nanoseconds(self) -> i128 {
        match self {
            Self::Day => 86_400 * SECOND,
            Self::Minute => 60 * SECOND,
            Self::Second => SECOND,
            Self::Nanosecond => 1,
        }
    }
}

/// Whose clock a time is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockFace {
    /// UTC.
    Utc,
    /// The server's own, whose distance from UTC is not known. It can be compared only with other
    /// times on that clock.
    Server,
}

/// The time of a change: the beginning of an interval as long as its precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Seconds since 1970 on its clock.
    pub seconds: i64,
    /// Nanoseconds after that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nanoseconds: u32,
    /// How exact it is.
    pub precision: Precision,
    /// Whose clock it is on.
    pub clock: ClockFace,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Stamp {
    /// Creates a time in UTC that is exact to the second.
    #[must_use]
    pub fn second(seconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: 0,
            precision: Precision::Second,
            clock: ClockFace::Utc,
        }
    }

    /// Takes the time from a listing.
    #[must_use]
    pub fn listed(modified: &Modified) -> Option<Self> {
        let time = Offset::UTC.to_timestamp(modified.time).ok()?;
        Some(Self {
            seconds: time.as_second(),
            nanoseconds: 0,
            precision: match modified.precision {
                towline::Precision::Day => Precision::Day,
                towline::Precision::Minute => Precision::Minute,
                towline::Precision::Second => Precision::Second,
            },
            clock: match modified.zone {
                Zone::Utc => ClockFace::Utc,
                Zone::Server => ClockFace::Server,
            },
        })
    }

    /// Takes the time from a local file.
    #[must_use]
    pub fn local(time: SystemTime) -> Option<Self> {
        let time = Timestamp::try_from(time).ok()?;
        let nanoseconds = time.as_nanosecond();
        Some(Self {
            seconds: i64::try_from(nanoseconds.div_euclid(SECOND)).ok()?,
            nanoseconds: u32::try_from(nanoseconds.rem_euclid(SECOND)).ok()?,
            precision: Precision::Nanosecond,
            clock: ClockFace::Utc,
        })
    }

    /// Whether both can be the same instant if `other` is moved by `shift` seconds. False if they
    /// are on different clocks; a day is a day on either, give or take a time zone.
    #[must_use]
    pub fn agrees(&self, other: &Self, shift: i64) -> bool {
        let shift = i128::from(shift) * SECOND;
        let slack = self.slack(other);
        let ((ours, end), (theirs, their_end)) = (self.interval(), other.interval());
        slack.is_some_and(|slack| ours < their_end + shift + slack && theirs + shift < end + slack)
    }

    /// Whether this is certainly before `other`. False if they are on different clocks, as for
    /// [`agrees`](Self::agrees).
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        let (end, theirs) = (self.interval().1, other.interval().0);
        self.slack(other).is_some_and(|slack| end + slack <= theirs)
    }

    /// Whether the two can be compared at all.
    #[must_use]
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.slack(other).is_some()
    }

    /// By how much the clocks of the two may be apart; `None` if that is too much to compare them.
    fn slack(&self, other: &Self) -> Option<i128> {
        const ZONES: i128 = 14 * 3600 * SECOND;
        match self.clock == other.clock {
            true => Some(0),
            false => (self.precision.min(other.precision) == Precision::Day).then_some(ZONES),
        }
    }

    /// The nanoseconds of the beginning, and of the end, which does not belong to it.
    fn interval(&self) -> (i128, i128) {
        let begin = self.nanosecond();
        (begin, begin + self.precision.nanoseconds())
    }

    /// Returns the shift, in seconds, after which `other` agrees with this, if it is a multiple of a
    /// quarter of an hour and not more than a day: what a wrong time zone makes.
    #[must_use]
    pub fn zone_shift(&self, other: &Self) -> Option<i64> {
        const QUARTER: i64 = 900;
        let exact = self.precision.min(other.precision) >= Precision::Minute;
        let apart = self.seconds.checked_sub(other.seconds)?;
        let rounded = (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
        let is_zone = exact && rounded != 0 && rounded.abs() <= 26 * 3600;
        (is_zone && self.agrees(other, rounded)).then_some(rounded)
    }

    /// Returns how many whole seconds it is, at least, before `now`; `None` on an unknown clock.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        let latest = self.nanosecond() + self.precision.nanoseconds() - 1;
        let age = (now.as_nanosecond() - latest).div_euclid(SECOND);
        (self.clock == ClockFace::Utc).then(|| i64::try_from(age).ok())?
    }

    /// Returns the second at which the interval ends that it stands for.
    #[must_use]
    pub fn end(&self) -> i64 {
        let end = self.interval().1.div_euclid(SECOND);
        i64::try_from(end).unwrap_or(i64::MAX)
    }

    fn nanosecond(&self) -> i128 {
        i128::from(self.seconds) * SECOND + i128::from(self.nanoseconds)
    }
}

/// As ISO 8601, as far as it is known. Without a `Z` on a clock that is not UTC.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(time) = Timestamp::from_second(self.seconds) else {
            return write!(f, "{} s", self.seconds);
        };
        let time = Offset::UTC.to_datetime(time);
        match self.precision {
            Precision::Day => write!(f, "{}", time.strftime("%Y-%m-%d"))?,
            Precision::Minute => write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M"))?,
            _ => write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S"))?,
        }
        match (self.clock, self.precision) {
            (ClockFace::Utc, Precision::Minute | Precision::Second | Precision::Nanosecond) => {
                f.write_str("Z")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: i64, precision: Precision) -> Stamp {
        Stamp {
            precision,
            ..Stamp::second(seconds)
        }
    }

    #[test]
    fn a_coarse_time_agrees_with_every_time_in_it() {
        let minute = stamp(600, Precision::Minute);
        assert!(minute.agrees(&Stamp::second(600), 0) && minute.agrees(&Stamp::second(659), 0));
        assert!(!minute.agrees(&Stamp::second(599), 0) && !minute.agrees(&Stamp::second(660), 0));
        let day = stamp(0, Precision::Day);
        assert!(day.agrees(&minute, 0) && minute.agrees(&day, 0));
        let exact = Stamp {
            nanoseconds: 999_999_999,
            ..stamp(659, Precision::Nanosecond)
        };
        assert!(exact.agrees(&minute, 0) && exact.agrees(&Stamp::second(659), 0));
    }

    #[test]
    fn different_clocks_never_agree() {
        let server = Stamp {
            clock: ClockFace::Server,
            ..Stamp::second(5)
        };
        assert!(!server.agrees(&Stamp::second(5), 0) && server.agrees(&server, 0));
        assert!(!server.is_before(&Stamp::second(500)));
        let day = Stamp {
            precision: Precision::Day,
            ..server
        };
        assert!(day.agrees(&Stamp::second(130_000), 0) && !day.agrees(&Stamp::second(140_000), 0));
        assert!(day.is_before(&Stamp::second(140_000)));
    }

    #[test]
    fn a_wrong_zone_is_a_multiple_of_a_quarter_of_an_hour() {
        let here = stamp(1_000_000, Precision::Nanosecond);
        let there = |apart: i64| stamp(1_000_000 - apart, Precision::Second);
        assert_eq!(here.zone_shift(&there(3600)), Some(3600));
        assert_eq!(here.zone_shift(&there(-5400)), Some(-5400));
        for apart in [0, 1, 3601, 3599, 100 * 3600] {
            assert_eq!(here.zone_shift(&there(apart)), None, "{apart}");
        }
    }

    #[test]
    fn it_is_shown_as_exactly_as_it_is_known() {
        let shown = [Precision::Day, Precision::Minute, Precision::Second]
            .map(|precision| stamp(1_700_000_040, precision).to_string());
        assert_eq!(
            shown,
            ["2023-11-14", "2023-11-14T22:14Z", "2023-11-14T22:14:00Z"]
        );
    }
}
