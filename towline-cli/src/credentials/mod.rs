//! Who logs in, and the secrets that this takes.

pub(crate) mod login;
pub(crate) mod netrc;
pub(crate) mod secret;
mod terminal_modes;
