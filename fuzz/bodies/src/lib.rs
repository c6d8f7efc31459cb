//! What the fuzz targets run, as plain functions.
//!
//! Each takes bytes and panics if a property is violated. libFuzzer calls them through
//! `fuzz/fuzz_targets`; `tests/random_inputs.rs` calls them with seeded random bytes on a stable
//! compiler.

mod address;
mod command;
mod exchange;
mod features;
mod gateway;
mod input;
mod listing;
mod name;
mod reply;
mod terminal;

pub use address::address;
pub use command::{command_parse, command_roundtrip, command_stream};
pub use exchange::exchange;
pub use features::features;
pub use gateway::gateway_session;
pub use listing::listing;
pub use name::name;
pub use reply::{reply_encode, reply_roundtrip, reply_stream};
pub use towline::fuzzing::{record_framing, ticket_scanner};

/// A fuzz target.
pub type Body = fn(&[u8]);

/// Every body under the name of its target, except [`gateway_session`], which uses sockets and takes longer.
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
