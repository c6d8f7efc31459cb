//! The built `towline` binary against servers of the test kit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test fail by panicking, as the tests do"
)]

#[cfg(unix)]
mod check_options;
mod choices;
mod closing_lines;
mod commands;
#[cfg(unix)]
mod completion;
mod config;
mod config_file;
mod connecting;
mod connections;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod doctor_faults;
mod doctor_write;
mod emulator;
mod exit_codes;
mod explain;
#[cfg(unix)]
mod gateway;
mod gateway_spool;
mod globs;
mod habits;
mod help;
mod hints;
mod interrupt;
mod json;
mod language;
mod listing;
mod log_file;
mod mirror;
#[cfg(unix)]
mod mirror_kill;
#[cfg(unix)]
mod mirror_ordeals;
mod mirror_safety;
mod mirror_words;
mod named_faults;
mod names;
mod odd_listings;
mod output;
mod pasted;
mod proxy_env;
mod secrets;
mod support;
mod terminal;
mod transfer_options;
mod trees;
mod trust_show;
