//! The command line as it is written: clap's types, one field per flag, nothing interpreted.
//!
//! Operands stay as the bytes that were given and are read later, so that no message of clap ever
//! quotes a URL.

pub(crate) mod arrange;
pub(crate) mod commands;
pub(crate) mod definition;
pub(crate) mod diagnose;
pub(crate) mod filter;
pub(crate) mod gateway;
pub(crate) mod help;
pub(crate) mod json;
pub(crate) mod mirror;
pub(crate) mod options;
mod other_options;
pub(crate) mod parse;
pub(crate) mod raw;
mod server_command;
pub(crate) mod similar;
pub(crate) mod suggest;
pub(crate) mod value;
