//! Commands: their lines as a client writes them, and as a server reads them.
//!
//! RFC 959 section 4.1, RFC 2228 section 3, RFC 4217, RFC 2389, RFC 2428, RFC 2640,
//! RFC 3659 and RFC 7151. A command is one line: the types in here cannot hold CR, LF
//! or NUL, so no value can smuggle in a second one.
//!
//! [`Command::encode`] writes each command in one way. [`Command::parse`] also reads
//! the other ways, and reads back what `encode` writes, with two exceptions: a path that
//! is empty where a command needs one is an error, and a path of LIST, NLST or STAT that
//! begins with a hyphen comes back behind `./`.

mod argument;
mod encode;
mod error;
mod given;
mod kinds;
mod parse;

pub use argument::{Argument, ArgumentError, SecretArgument};
pub use error::CommandError;
pub use given::split_line;
pub use kinds::{Command, ListFlags, UnknownCommand};
