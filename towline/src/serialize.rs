//! How fields are serialised that have no form of their own.

use std::time::Duration;

use serde::ser::{Serialize, Serializer};

/// As seconds.
pub(crate) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// As seconds, where there are any.
pub(crate) fn some_seconds<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}

/// As text; what is not UTF-8 is replaced.
pub(crate) fn lines<S: Serializer>(lines: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    let lines = lines.iter().map(|line| String::from_utf8_lossy(line));
    serializer.collect_seq(lines)
}
