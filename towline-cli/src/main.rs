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
mod commands;
mod context;
mod credentials;
mod error;
mod exit_code;
mod moving;
mod operand;
mod output;
mod session;
mod settings;
mod tree;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    app::run(env::args_os().collect()).into()
}
