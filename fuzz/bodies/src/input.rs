//! Taking a fuzz target's bytes apart.

/// Takes the first byte off; 0 where there is none.
pub(crate) fn take_byte(data: &mut &[u8]) -> u8 {
    match data.split_first() {
        Some((first, rest)) => {
            *data = rest;
            *first
        }
        None => 0,
    }
}
