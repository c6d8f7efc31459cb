//! The bytes of a control connection, taken apart: [`ReplyDecoder`] reads a server's
//! replies, [`CommandDecoder`] a client's lines.

mod command;
mod reply;
mod telnet;

pub use command::{CommandDecoder, CommandLine, CommandTooLong};
pub use reply::{DecodeError, Limits, ReplyDecoder};
