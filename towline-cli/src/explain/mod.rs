//! Explanations: what an error means, why it happens, and what to do about it.
//!
//! The texts are data, in [`catalogue`]. They are found by the library's reason, by the server's
//! reply, or in any text that a person pastes.

pub(crate) mod catalogue;
mod code;
mod dialogue;
pub(crate) mod finding;
pub(crate) mod input;
pub(crate) mod markdown;
mod of_error;
mod pasted;
mod pattern;
mod progress;
mod recognise;
mod refusal;
mod reply_code;
mod secrets;
mod translation;

pub(crate) use self::of_error::{
    at_least, in_session, of_detail, of_error, of_kind, while_connecting,
};
pub(crate) use self::recognise::recognise;
pub(crate) use self::reply_code::{ByCode, by_code};
