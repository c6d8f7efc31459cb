//! Sizes and rates as people read them.

const UNITS: &[&str] = &["B", "K", "M", "G", "T", "P", "E"];

/// A number of bytes in as few characters as `ls -h` uses, such as `999`, `1.5K` or `20M`.
pub(crate) fn short(bytes: u64) -> String {
    let (value, unit) = scaled(bytes as f64);
    let letter = UNITS.get(unit).filter(|_| unit > 0);
    match letter {
        None => bytes.to_string(),
        Some(letter) if value < 9.95 => format!("{value:.1}{letter}"),
        Some(letter) => format!("{value:.0}{letter}"),
    }
}

/// The value in the largest unit in which it is at least 1 once it is rounded, and the unit's number.
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
        for (size, text) in [
            (0, "0"),
            (999, "999"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (10_240, "10K"),
            (1_048_575, "1.0M"),
            (20 << 20, "20M"),
            (u64::MAX, "16E"),
        ] {
            assert_eq!(short(size), text);
        }
    }
}
