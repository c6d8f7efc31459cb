//! Splits the input of a fuzz target.

/// Removes and returns the first byte, or 0 if there is none.
pub(crate) fn take_byte(data: &mut &[u8]) -> u8 {
    match data.split_first() {
        Some((first, rest)) => {
            *data = rest;
            *first
        }
        None => 0,
    }
}
