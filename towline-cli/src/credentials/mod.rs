//! Users, passwords and other secrets.

pub(crate) mod login;
pub(crate) mod netrc;
pub(crate) mod secret;
mod terminal_modes;
