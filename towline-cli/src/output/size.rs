//! Sizes and rates as people read them.

const UNITS: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A number of bytes, such as `512 B`, `1.0 GiB` or `168 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let (value, unit) = scaled(bytes as f64);
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    match unit {
        "B" => format!("{bytes} B"),
        _ if value < 99.95 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// Bytes per second.
pub(crate) fn rate(moved: u64, seconds: f64) -> String {
    let rate = match seconds > 0.0 {
        true => moved as f64 / seconds,
        false => 0.0,
    };
    format!("{}/s", bytes(rate as u64))
}

/// A number of bytes in as few characters as `ls -h` uses, such as `999`, `1.5K` or `20M`.
pub(crate) fn short(bytes: u64) -> String {
    let (value, unit) = scaled(bytes as f64);
    let letter = UNITS.get(unit).and_then(|unit| unit.chars().next());
    match letter.filter(|_| unit > 0) {
        None => bytes.to_string(),
        Some(letter) if value < 9.95 => format!("{value:.1}{letter}"),
        Some(letter) => format!("{value:.0}{letter}"),
    }
}

/// A time in seconds, such as `0.4 s`, `75 s` or `12 min 5 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..=9 => format!("{seconds:.1} s"),
        10..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

/// The value in the largest unit in which it is at least 1 once it is rounded, and the unit's
/// number.
fn scaled(mut value: f64) -> (f64, usize) {
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    (value, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        for (size, long, few) in [
            (0, "0 B", "0"),
            (999, "999 B", "999"),
            (1024, "1.0 KiB", "1.0K"),
            (1536, "1.5 KiB", "1.5K"),
            (10_240, "10.0 KiB", "10K"),
            (1_048_575, "1.0 MiB", "1.0M"),
            (20 << 20, "20.0 MiB", "20M"),
            (168 << 20, "168 MiB", "168M"),
            (1 << 30, "1.0 GiB", "1.0G"),
            (u64::MAX, "16.0 EiB", "16E"),
        ] {
            assert_eq!((bytes(size).as_str(), short(size).as_str()), (long, few));
        }
    }

    #[test]
    fn rates_and_times_are_readable() {
        assert_eq!(rate(1 << 30, 6.1), "168 MiB/s");
        assert_eq!(rate(5, 0.0), "0 B/s");
        assert_eq!(seconds(6.14), "6.1 s");
        assert_eq!(seconds(9.7), "10 s");
        assert_eq!(seconds(75.2), "75 s");
        assert_eq!(seconds(725.0), "12 min 5 s");
        assert_eq!(seconds(7325.0), "2 h 2 min");
    }
}
