//! The `towline` command: FTPS whose data connections provably ride on the TLS session of their
//! control connection.
//!
//! ```text
//! args (as written) -> layer -> settings (merged) -> commands -> towline (library)
//! config_file ---------^        remote (operands)       |
//!                                                       +-> printer (the only output), exit_code
//! ```

#![warn(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod app;
mod args;
mod block;
mod commands;
mod config_file;
mod configuration;
mod connect;
mod context;
mod credentials;
#[cfg(feature = "demo")]
mod demo;
mod error;
mod exit_code;
mod expand;
mod interrupt;
mod json;
mod key;
mod layer;
mod listing;
mod log_file;
mod manual;
mod moving;
mod names;
mod netrc;
#[cfg(not(feature = "demo"))]
mod no_demo;
mod pattern;
mod printer;
mod progress;
mod remote;
mod report_error;
mod secret;
mod settings;
mod shell;
mod status;
mod style;
mod table;
mod terminal;
mod walk;

use std::env;
use std::process::ExitCode;

#[cfg(not(feature = "demo"))]
use self::no_demo as demo;

fn main() -> ExitCode {
    app::run(env::args_os().collect()).into()
}
