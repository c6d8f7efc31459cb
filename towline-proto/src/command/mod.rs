//! Commands: a client encodes them as lines, and a server parses the lines.
//!
//! RFC 959 section 4.1, RFC 2228 section 3, RFC 4217, RFC 2389, RFC 2428, RFC 2640,
//! RFC 3659 and RFC 7151. A command is one line: the types in this module cannot contain CR,
//! LF or NUL, so no value can inject a second line.
//!
//! [`Command::encode`] writes each command in one form. [`Command::parse`] also accepts other
//! forms. It reads back what `encode` writes, with two exceptions: an empty path is an error
//! if the command needs one, and a path comes back with `./` in front if it begins with a blank
//! or, behind LIST, NLST or STAT, with a hyphen.

mod argument;
mod encode;
mod error;
mod given;
mod kinds;
mod parse;
mod shown;

pub use argument::{Argument, ArgumentError, SecretArgument};
pub use error::CommandError;
pub use given::split_line;
pub use kinds::{Command, ListFlags, UnknownCommand};
