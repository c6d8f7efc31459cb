//! Words for people in several languages: status lines, hints, and the headings of explanations.
//!
//! The texts are data, in one file for each language. JSON is the same in all of them.

mod language;
mod message;
mod text;

pub(crate) use fluent_bundle::FluentValue as Value;

pub(crate) use self::language::Language;
pub(crate) use self::message::*;
pub(crate) use self::text::Words;
#[cfg(test)]
pub(crate) use self::text::texts;
