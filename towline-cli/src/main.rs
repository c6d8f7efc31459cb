//! The `towline` command: an FTPS client whose data connections resume the TLS session of their
//! control connection.
//!
//! Data flows one way. A folder uses only what is to its left:
//!
//! ```text
//! exit_code  failure_kind  error  words/  explain/  args/  settings/  operand/  output/
//! credentials/  session/  tree/  sync/  doctor/  completion/  commands/  app
//! ```

// The futures of commands are nested deeper than the default allows.
#![recursion_limit = "256"]
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod app;
mod args;
mod commands;
mod completion;
mod credentials;
mod doctor;
mod error;
mod exit_code;
mod explain;
mod failure_kind;
mod lock;
mod operand;
mod output;
mod session;
mod settings;
mod sync;
mod tree;
mod words;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    match completion::answer() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => app::run(env::args_os().collect()).into(),
        Err(message) => app::refuse(&message).into(),
    }
}
