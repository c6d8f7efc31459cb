//! From the bytes of a control connection to replies.

mod reply;

pub use reply::{DecodeError, Limits, ReplyDecoder};
