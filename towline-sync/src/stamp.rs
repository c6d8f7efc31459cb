//! When a file was changed, and how exactly that is known.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use towline::{Modified, Zone};

const SECOND: i128 = 1_000_000_000;

/// The most seconds by which two clocks are assumed to differ.
pub(crate) const CLOCKS_APART: i64 = 600;

/// The most seconds by which a server's clock, which may show any zone, differs from UTC.
pub(crate) const ZONES_APART: i64 = 14 * 3600;

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

    /// Whether both can be the same instant if `other` is moved by `shift` seconds. Times on
    /// different clocks agree only if one is exact to the day; a zone is then allowed for.
    #[must_use]
    pub fn agrees(&self, other: &Self, shift: i64) -> bool {
        let shift = i128::from(shift) * SECOND;
        let slack = self.slack(other);
        let ((ours, end), (theirs, their_end)) = (self.interval(), other.interval());
        slack.is_some_and(|slack| ours < their_end + shift + slack && theirs + shift < end + slack)
    }

    /// Whether this is certainly before `other`, whatever the zone of a clock that is not known.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        let (end, theirs) = (self.interval().1, other.interval().0);
        end + self.zones(other) <= theirs
    }

    /// Whether this may be before `other`. Coarse times, and a clock in an unknown zone, leave that
    /// open.
    #[must_use]
    pub fn may_be_before(&self, other: &Self) -> bool {
        if self.clock == other.clock && self.precision.min(other.precision) >= Precision::Second {
            return self.is_before(other);
        }
        let (ours, their_end) = (self.interval().0, other.interval().1);
        ours + 1 < their_end + self.zones(other)
    }

    /// Whether a change at `second`, in UTC, or soon after it may show this same time.
    #[must_use]
    pub(crate) fn may_still_be(&self, second: i64) -> bool {
        /// Zones differ by multiples of this.
        const QUARTER: i64 = 900;
        /// The most seconds by which a server's clock is assumed to be wrong.
        const WRONG: i64 = 120;
        let over_for = second.saturating_sub(self.end());
        match (self.precision, self.clock) {
            (Precision::Second | Precision::Nanosecond, _) => false,
            (_, ClockFace::Utc) => over_for < CLOCKS_APART,
            (Precision::Day, ClockFace::Server) => over_for < ZONES_APART,
            (Precision::Minute, ClockFace::Server) => {
                let in_zone = (over_for + WRONG).rem_euclid(QUARTER);
                over_for < ZONES_APART + WRONG && !(2 * WRONG..QUARTER - 60).contains(&in_zone)
            }
        }
    }

    /// By how many nanoseconds the clocks of the two may be apart.
    fn zones(&self, other: &Self) -> i128 {
        match self.clock == other.clock {
            true => 0,
            false => i128::from(ZONES_APART) * SECOND,
        }
    }

    /// Whether the two can be compared at all.
    #[must_use]
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.slack(other).is_some()
    }

    /// By how much the clocks of the two may be apart; `None` if that is too much to compare them.
    fn slack(&self, other: &Self) -> Option<i128> {
        let zones = self.zones(other);
        let is_day = self.precision.min(other.precision) == Precision::Day;
        (zones == 0 || is_day).then_some(zones)
    }

    /// Returns the interval in nanoseconds: its beginning, and its end, which does not belong to
    /// it.
    fn interval(&self) -> (i128, i128) {
        let begin = self.nanosecond();
        (begin, begin + self.precision.nanoseconds())
    }

    /// Returns the shift, in seconds, after which `other` agrees with this, if it is a multiple of
    /// a quarter of an hour and at most 26 hours, as with a wrong time zone.
    #[must_use]
    pub fn zone_shift(&self, other: &Self) -> Option<i64> {
        const QUARTER: i64 = 900;
        let exact = self.precision.min(other.precision) >= Precision::Minute;
        let apart = self.seconds.checked_sub(other.seconds)?;
        let rounded = (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
        let is_zone = exact && rounded != 0 && rounded.abs() <= 26 * 3600;
        (is_zone && self.agrees(other, rounded)).then_some(rounded)
    }

    /// Returns how many whole seconds it is before `now`: the least, and the most on a clock that
    /// may be in any zone.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<(i64, i64)> {
        let latest = self.nanosecond() + self.precision.nanoseconds() - 1;
        let age = (now.as_nanosecond() - latest).div_euclid(SECOND);
        let age = i64::try_from(age).ok()?;
        Some(match self.clock {
            ClockFace::Utc => (age, age),
            ClockFace::Server => (age - ZONES_APART, age + ZONES_APART),
        })
    }

    /// Returns the second at which the interval ends.
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
    fn a_clock_in_any_zone_is_14_hours_off_at_most() {
        const HOUR: i64 = 3600;
        let listed = |seconds| Stamp {
            clock: ClockFace::Server,
            ..stamp(seconds, Precision::Minute)
        };
        let here = Stamp::second(0);
        assert!(here.is_before(&listed(15 * HOUR)) && !listed(15 * HOUR).may_be_before(&here));
        assert!(listed(-15 * HOUR).is_before(&here));
        for open in [-13 * HOUR, 0, 13 * HOUR] {
            assert!(!here.is_before(&listed(open)) && !listed(open).is_before(&here));
            assert!(here.may_be_before(&listed(open)) && listed(open).may_be_before(&here));
        }
        // The same clock leaves only the minute open.
        assert!(!listed(0).is_before(&listed(0)) && listed(0).may_be_before(&listed(0)));
        assert!(listed(0).is_before(&listed(60)) && !listed(60).may_be_before(&listed(0)));
        assert!(!here.may_be_before(&here));
    }

    #[test]
    fn a_coarse_time_may_still_be_when_it_is_not_over() {
        let minute = stamp(6000, Precision::Minute);
        assert!(minute.may_still_be(6030) && !minute.may_still_be(7000));
        assert!(!stamp(6000, Precision::Second).may_still_be(6000));
        let server = Stamp {
            clock: ClockFace::Server,
            ..minute
        };
        for second in [6000, 6059, 6000 + 900, 6030 + 5 * 3600, 6030 - 3 * 3600] {
            assert!(server.may_still_be(second), "{second}");
        }
        for second in [6060 + 300, 6060 + 300 + 5 * 3600, 6000 + 15 * 3600] {
            assert!(!server.may_still_be(second), "{second}");
        }
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
