//! The commands that a client sends.
//!
//! RFC 959 section 4.1, RFC 2228 section 3, RFC 4217, RFC 2389, RFC 2428,
//! RFC 3659 and RFC 7151. A command is one line: the types in here cannot hold
//! CR, LF or NUL, so no value can smuggle in a second one.

mod argument;
mod encode;
mod kinds;

pub use argument::{Argument, ArgumentError, SecretArgument};
pub use kinds::Command;
