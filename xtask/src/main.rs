//! Developer commands, run as `cargo xtask <command>`.
//!
//! `test` runs every test of the workspace, including those against real servers; `bench` measures
//! Towline and other clients; `clients` tries old FTP programs through the gateway; `servers` keeps
//! the real servers running for manual experiments; `matrix` shows what the last test run found out
//! about them; `api` shows changes to the public API; `layers` checks that no module uses one to
//! its right.

mod api;
mod bench;
mod browser;
mod certificates;
mod clients;
mod events;
mod fetch;
mod fleet;
mod jail;
mod layers;
mod matrix;
mod process;
mod program;
mod readiness;
mod servers;
mod test;
mod users;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::events::Events;

/// Developer commands of the Towline workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every test, including those against real servers.
    Test(test::Options),
    /// Start the real servers and keep them running until Ctrl-C, SIGTERM, or the end of a piped
    /// standard input.
    Servers,
    /// Measure Towline and other clients on the real servers.
    Bench(bench::Options),
    /// Try old FTP programs through the gateway, and directly on the strict servers.
    Clients(clients::Options),
    /// Print the matrix of the last test run.
    Matrix(matrix::Options),
    /// Compare the public API with docs/api.
    Api(api::Options),
    /// Check that every module uses only what is to its left.
    Layers(layers::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<events::Interrupted>() => {
            eprintln!("xtask: {error}");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let events = Events::listen()?;
    match task {
        Task::Test(options) => test::run(&options, &events),
        Task::Servers => fleet::keep_up(&events),
        Task::Bench(options) => bench::run(&options, &events),
        Task::Clients(options) => clients::run(&options, &events),
        Task::Matrix(options) => matrix::run(&options),
        Task::Api(options) => api::run(&options, &events),
        Task::Layers(options) => layers::run(&options),
    }
}
