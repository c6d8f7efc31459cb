//! The lines of `--json`: one object per line, with its kind in `event`.
//!
//! Paths and names are text, with U+FFFD for bytes that are invalid in the server's character set.
//! If the name of an entry is not UTF-8, `name_base64` has the exact bytes. Control characters and
//! characters that reorder text are written as `\u` escapes, so that a line is safe on a terminal
//! and exact for a parser.

mod event;
mod line;

pub(crate) use self::event::{Event, Fact, Remaining, path};
pub(crate) use self::line::line;

#[cfg(test)]
mod tests;
