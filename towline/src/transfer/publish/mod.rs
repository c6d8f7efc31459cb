//! Decides when an upload is complete, and gives it its final name.

mod clear_up;
mod conclude;
mod rename;

pub(crate) use self::clear_up::{clear_up, remove_part};
pub(crate) use self::conclude::{conclude, conclude_without_reply};
pub(crate) use self::rename::{confirm, publish, resolve_rename, wrong_size};
