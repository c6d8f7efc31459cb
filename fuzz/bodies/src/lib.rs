//! What the fuzz targets run, as plain functions.
//!
//! Each takes bytes and panics where something that must hold does not. libFuzzer
//! calls them through `fuzz/fuzz_targets`; `tests/random_inputs.rs` calls them
//! with seeded random bytes on a stable compiler.

mod address;
mod command;
mod exchange;
mod features;
mod listing;
mod name;
mod reply;

pub use address::address;
pub use command::{command_parse, command_roundtrip, command_stream};
pub use exchange::exchange;
pub use features::features;
pub use listing::listing;
pub use name::name;
pub use reply::{reply_encode, reply_roundtrip, reply_stream};
pub use towline::fuzzing::{record_framing, ticket_scanner};

/// A fuzz target.
pub type Body = fn(&[u8]);

/// Every body under the name of its target.
pub const ALL: &[(&str, Body)] = &[
    ("address", address),
    ("command_parse", command_parse),
    ("command_roundtrip", command_roundtrip),
    ("command_stream", command_stream),
    ("exchange", exchange),
    ("features", features),
    ("listing", listing),
    ("name", name),
    ("record_framing", record_framing),
    ("reply_encode", reply_encode),
    ("reply_roundtrip", reply_roundtrip),
    ("reply_stream", reply_stream),
    ("ticket_scanner", ticket_scanner),
];

/// Whether `text` may go to a terminal as it is.
fn is_safe_to_print(text: &str) -> bool {
    !text.contains(|character: char| {
        character.is_control()
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// Takes the first byte off; 0 where there is none.
fn take_byte(data: &mut &[u8]) -> u8 {
    match data.split_first() {
        Some((first, rest)) => {
            *data = rest;
            *first
        }
        None => 0,
    }
}
