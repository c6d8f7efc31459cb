//! Whether a file at the destination is up to date.
//!
//! | method | up to date if |
//! | --- | --- |
//! | size and time | the sizes are equal, and either the times agree or the journal knows both versions |
//! | size | the sizes are equal |
//! | hash | the digests are equal |
//! | exists | it exists |
//!
//! A destination that does not keep times shows when a file was written. There, a file whose size
//! is right is up to date if it is not older than its source.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::node::{Node, Version};
use crate::stamp::{ClockFace, Precision, Stamp};

/// How files are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// By size and time, as far as both sides have times.
    #[default]
    SizeTime,
    /// By size alone. A change that keeps the size is not seen.
    Size,
    /// By size and digest, computed on both sides. By size and time if the server offers no
    /// digests.
    Hash,
    /// A file that exists is up to date.
    Exists,
}

/// What the times of the two sides can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// A copy has the time of its source.
    Equal,
    /// A copy has the time at which it was made.
    NotOlder,
    /// They cannot be compared with each other.
    Useless,
}

/// The comparison that is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The method that was asked for.
    pub method: Method,
    /// What the times can show.
    pub times: Times,
    /// How exact the least exact time is.
    pub precision: Option<Precision>,
    /// The differences between the clocks of the two sides, in seconds, that many files show.
    pub shifts: Vec<i64>,
    /// The reason why times are not compared, if that is so.
    pub because: Option<String>,
}

/// Why a file is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Same {
    /// Size and time agree.
    SizeAndTime,
    /// The size is right, and the copy is not older than its source.
    NotOlder,
    /// The size is right; nothing else is compared.
    Size,
    /// The digests are equal.
    Contents,
    /// The copy exists; nothing else is compared.
    Exists,
    /// Neither side has changed since this program copied it.
    Journal,
}

/// Why a file is not up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The sizes differ.
    Size,
    /// The times differ.
    Time,
    /// The digests differ.
    Contents,
    /// One of the sizes is not known.
    SizeUnknown,
}

/// What is known about a file from earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The source that was copied.
    pub source: Version,
    /// What the destination showed afterwards.
    pub destination: Version,
}

/// How much the clocks of this run and of the journal are apart, on each side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JournalShifts {
    pub(crate) source: Vec<i64>,
    pub(crate) destination: Vec<i64>,
}

impl Comparison {
    /// Decides whether the file at the destination is up to date.
    pub(crate) fn decide(
        &self,
        source: &Version,
        destination: &Version,
        known: Option<&Known>,
        shifts: &JournalShifts,
    ) -> Result<Same, Difference> {
        if self.method == Method::Exists {
            return Ok(Same::Exists);
        }
        let (Some(size), Some(theirs)) = (source.size, destination.size) else {
            return Err(Difference::SizeUnknown);
        };
        if size != theirs {
            return Err(Difference::Size);
        }
        if self.method == Method::Size {
            return Ok(Same::Size);
        }
        // An exact time says more than the coarse one that the journal has.
        let known = known.filter(|known| !is_more_exact(source, &known.source));
        if let Some(known) = known {
            let source_is_known = agrees(source, &known.source, &shifts.source);
            let same = agrees(destination, &known.destination, &shifts.destination);
            if source_is_known && same {
                return Ok(Same::Journal);
            }
            // A destination without usable times cannot show that it was changed.
            if !source_is_known && source.modified.is_some() && known.source.modified.is_some() {
                let may_agree = self.times == Times::Equal && self.times_agree(source, destination);
                return if may_agree {
                    Ok(Same::SizeAndTime)
                } else {
                    Err(Difference::Time)
                };
            }
        }
        match (self.times, &source.modified, &destination.modified) {
            (Times::Useless, ..) | (_, None, _) | (_, _, None) => Ok(Same::Size),
            (_, Some(ours), Some(theirs)) if !ours.is_comparable(theirs) => Ok(Same::Size),
            (Times::Equal, ..) if self.times_agree(source, destination) => Ok(Same::SizeAndTime),
            (Times::NotOlder, Some(ours), Some(theirs)) if !theirs.is_before(ours) => {
                Ok(Same::NotOlder)
            }
            _ => Err(Difference::Time),
        }
    }

    fn times_agree(&self, source: &Version, destination: &Version) -> bool {
        let (Some(ours), Some(theirs)) = (&source.modified, &destination.modified) else {
            return false;
        };
        ours.agrees(theirs, 0) || self.shifts.iter().any(|&shift| ours.agrees(theirs, shift))
    }
}

fn is_more_exact(now: &Version, then: &Version) -> bool {
    match (&now.modified, &then.modified) {
        (Some(now), Some(then)) => {
            then.precision < Precision::Second && now.precision >= Precision::Second
        }
        _ => false,
    }
}

fn agrees(now: &Version, then: &Version, shifts: &[i64]) -> bool {
    now.agrees(then) || shifts.iter().any(|&shift| now.agrees_shifted(then, shift))
}

/// One line: which comparison is in effect, and why.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.method, self.times) {
            (Method::Exists, _) => return f.write_str("files are compared by name alone"),
            (Method::Size, _) => return f.write_str("files are compared by size alone"),
            (Method::Hash, _) => {
                return f.write_str("files are compared by size and digest");
            }
            (Method::SizeTime, Times::Equal) => {
                f.write_str("files are compared by size and time")?
            }
            (Method::SizeTime, Times::NotOlder) => f.write_str(
                "files are compared by size, and are up to date if they are not older than their \
                 source",
            )?,
            (Method::SizeTime, Times::Useless) => {
                f.write_str("files are compared by size, and with what the journal records")?
            }
        }
        if let Some(because) = &self.because {
            write!(f, ": {because}")?;
        }
        match (self.times, self.precision) {
            (Times::Useless, _) => {}
            (_, Some(Precision::Day)) => f.write_str(" (some times are exact to the day)")?,
            (_, Some(Precision::Minute)) => f.write_str(" (times are exact to the minute)")?,
            _ => {}
        }
        for shift in &self.shifts {
            let minutes = shift / 60;
            write!(f, "; the clocks are {minutes} minutes apart for many files")?;
        }
        Ok(())
    }
}

/// What a side's listing says about its times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeQuality {
    files: u64,
    timeless: u64,
    on_server_clock: u64,
    precision: Option<Precision>,
}

impl TimeQuality {
    pub(crate) fn of<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut quality = Self::default();
        for node in nodes.into_iter().filter(|node| node.is_file()) {
            quality.files += 1;
            match &node.version.modified {
                None => quality.timeless += 1,
                Some(stamp) => {
                    // A day is a day on every clock.
                    let is_unknown =
                        stamp.clock == ClockFace::Server && stamp.precision > Precision::Day;
                    quality.on_server_clock += u64::from(is_unknown);
                    let coarser = quality
                        .precision
                        .map_or(stamp.precision, |precision| precision.min(stamp.precision));
                    quality.precision = Some(coarser);
                }
            }
        }
        quality
    }

    fn has_no_times(&self) -> bool {
        self.files > 0 && self.timeless == self.files
    }

    fn is_on_server_clock(&self) -> bool {
        self.on_server_clock > 0
    }
}

/// Chooses what the times are good for.
pub(crate) fn comparison(
    method: Method,
    keeps_times: bool,
    source: TimeQuality,
    destination: TimeQuality,
) -> Comparison {
    let (times, because) = match () {
        () if source.has_no_times() || destination.has_no_times() => {
            let side = if source.has_no_times() {
                "source"
            } else {
                "destination"
            };
            (Times::Useless, Some(format!("the {side} gives no times")))
        }
        () if source.is_on_server_clock() || destination.is_on_server_clock() => {
            let because =
                "the server gives times on its own clock, and nothing shows its time zone";
            (Times::Useless, Some(because.to_owned()))
        }
        () if !keeps_times => {
            let because = "the destination does not keep the times of the files";
            (Times::NotOlder, Some(because.to_owned()))
        }
        () => (Times::Equal, None),
    };
    let precision = match (source.precision, destination.precision) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Comparison {
        method,
        times,
        precision,
        shifts: Vec::new(),
        because,
    }
}

/// Counts by how much the times of the same files differ, to find clocks that differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShiftCount {
    pairs: u64,
    shifts: BTreeMap<i64, u64>,
}

impl ShiftCount {
    /// Considers two times of what may be the same version.
    pub(crate) fn consider(&mut self, a: &Version, b: &Version) {
        if a.size.is_none() || a.size != b.size {
            return;
        }
        if let (Some(a), Some(b)) = (&a.modified, &b.modified) {
            self.pairs += 1;
            if let Some(shift) = Stamp::zone_shift(a, b) {
                *self.shifts.entry(shift).or_default() += 1;
            }
        }
    }

    /// Returns the shifts that at least three files and a quarter of them share. One file that was
    /// changed exactly an hour later is a change, not a clock.
    pub(crate) fn common(&self) -> Vec<i64> {
        const FEWEST: u64 = 3;
        let common = self.shifts.iter();
        let common = common.filter(|(_, count)| **count >= FEWEST && **count * 4 >= self.pairs);
        common.map(|(shift, _)| *shift).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(size: u64, second: i64) -> Version {
        Version {
            size: Some(size),
            modified: Some(Stamp::second(second)),
        }
    }

    fn by(method: Method, times: Times) -> Comparison {
        Comparison {
            method,
            times,
            precision: None,
            shifts: Vec::new(),
            because: None,
        }
    }

    fn decide(comparison: &Comparison, s: Version, d: Version) -> Result<Same, Difference> {
        comparison.decide(&s, &d, None, &JournalShifts::default())
    }

    #[test]
    fn each_method_sees_what_it_looks_at() {
        let all = by(Method::SizeTime, Times::Equal);
        let cases = [
            (
                version(1, 5),
                version(1, 5),
                Ok(Same::SizeAndTime),
                Ok(Same::Size),
            ),
            (
                version(1, 5),
                version(1, 6),
                Err(Difference::Time),
                Ok(Same::Size),
            ),
            (
                version(1, 5),
                version(2, 5),
                Err(Difference::Size),
                Err(Difference::Size),
            ),
            (
                version(1, 5),
                Version::default(),
                Err(Difference::SizeUnknown),
                Err(Difference::SizeUnknown),
            ),
        ];
        for (s, d, with_time, with_size) in cases {
            assert_eq!(decide(&all, s, d), with_time);
            assert_eq!(decide(&by(Method::Size, Times::Equal), s, d), with_size);
            assert_eq!(
                decide(&by(Method::Exists, Times::Equal), s, d),
                Ok(Same::Exists)
            );
        }
    }

    #[test]
    fn a_copy_that_has_the_time_of_its_making_is_not_older() {
        let copies = by(Method::SizeTime, Times::NotOlder);
        assert_eq!(
            decide(&copies, version(1, 5), version(1, 900)),
            Ok(Same::NotOlder)
        );
        assert_eq!(
            decide(&copies, version(1, 901), version(1, 900)),
            Err(Difference::Time)
        );
    }

    #[test]
    fn the_journal_knows_a_copy_whose_time_means_nothing() {
        let known = Known {
            source: version(1, 5),
            destination: version(1, 77),
        };
        let equal = by(Method::SizeTime, Times::Equal);
        let decide = |s, d| equal.decide(&s, &d, Some(&known), &JournalShifts::default());
        assert_eq!(decide(version(1, 5), version(1, 77)), Ok(Same::Journal));
        assert_eq!(decide(version(1, 6), version(1, 77)), Err(Difference::Time));
        assert_eq!(decide(version(1, 5), version(1, 78)), Err(Difference::Time));
        let useless = by(Method::SizeTime, Times::Useless);
        let decide = |s, d| useless.decide(&s, &d, Some(&known), &JournalShifts::default());
        assert_eq!(decide(version(1, 6), version(1, 77)), Err(Difference::Time));
    }

    #[test]
    fn a_clock_that_jumped_by_an_hour_changes_nothing_in_what_the_journal_knows() {
        let known = Known {
            source: version(1, 5),
            destination: version(1, 77),
        };
        let shifts = JournalShifts {
            source: vec![],
            destination: vec![3600],
        };
        let equal = by(Method::SizeTime, Times::Equal);
        let decided = equal.decide(&version(1, 5), &version(1, 3677), Some(&known), &shifts);
        assert_eq!(decided, Ok(Same::Journal));
    }

    #[test]
    fn many_files_show_a_shift_and_one_does_not() {
        let mut count = ShiftCount::default();
        for n in 0..3 {
            count.consider(&version(n, 7200), &version(n, 3600));
        }
        assert_eq!(count.common(), [3600]);
        for n in 0..10 {
            count.consider(&version(n, 5), &version(n, 5));
        }
        assert_eq!(count.common(), [0_i64; 0]);
    }

    #[test]
    fn it_says_what_is_compared_and_why() {
        let node = |modified| Node {
            path: crate::path::TreePath::root(),
            kind: crate::node::NodeKind::File,
            version: Version {
                size: Some(1),
                modified,
            },
        };
        let here = TimeQuality::of([&node(Some(Stamp::second(5)))]);
        let none = TimeQuality::of([&node(None)]);
        let text = comparison(Method::SizeTime, true, here, none).to_string();
        assert!(
            text.ends_with("with what the journal records: the destination gives no times"),
            "{text}"
        );
        let text = comparison(Method::SizeTime, false, here, here).to_string();
        assert!(
            text.ends_with("does not keep the times of the files"),
            "{text}"
        );
        let plain = comparison(Method::SizeTime, true, here, here).to_string();
        assert_eq!(plain, "files are compared by size and time");
    }
}
