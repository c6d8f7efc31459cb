//! Decoders for the control connection: [`ReplyDecoder`] reads a server's replies,
//! [`CommandDecoder`] a client's lines.

mod command;
mod reply;
mod telnet;

pub use command::{CommandDecoder, CommandLine, CommandTooLong};
pub use reply::{DecodeError, Limits, ReplyDecoder};
