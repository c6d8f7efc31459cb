//! Users, passwords and other secrets.

pub(crate) mod certificate_file;
pub(crate) mod file_access;
pub(crate) mod login;
pub(crate) mod netrc;
pub(crate) mod one_host;
pub(crate) mod secret;
mod terminal_modes;
