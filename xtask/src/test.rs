//! `cargo xtask test`: every test of the workspace, with the real servers.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use towline_interop::browser::{LIBRARIES_VARIABLE, VARIABLE as BROWSER_VARIABLE};
use towline_interop::servers::{FULL_VARIABLE, VARIABLE};

use crate::events::Events;
use crate::fleet::{self, Fleet};
use crate::{browser, clients, matrix, process, workspace};

/// Rust's test harness reads the number of threads from here.
const THREADS_VARIABLE: &str = "RUST_TEST_THREADS";

/// What to test.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Leave out the tests against real servers, which need root on Debian 12.
    #[arg(long)]
    without_servers: bool,
    /// Also run the slow tests.
    #[arg(long)]
    full: bool,
    /// Run only the tests whose name contains this.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Write the matrix to docs/servers.md.
    #[arg(long, conflicts_with_all = ["without_servers", "filter"])]
    write_docs: bool,
}

/// Runs the tests; fails if one of them fails.
pub(crate) fn run(options: &Options, events: &Events) -> Result<()> {
    let with_programs = options.filter.is_none();
    // While the compiler works, since fetching mostly waits for the network.
    let fetching = (!options.without_servers).then(|| thread::spawn(move || fetch(with_programs)));
    // Build first, so that the servers do not wait for the compiler.
    let built = process::run(cargo_test(options).arg("--no-run"), events)?;
    ensure!(built.success(), "the tests do not build");
    if let Some(fetching) = fetching {
        let fetched = events.wait_for(None, move || fetching.join(), || ())?;
        let fetched = fetched.context("waiting ended without a result")?;
        fetched.map_err(|_| anyhow!("a thread of xtask panicked"))??;
    }
    let started = Instant::now();
    if options.without_servers {
        let status = process::run(&mut cargo_test(options), events)?;
        ensure!(status.success(), "FAILED: see above");
        println!(
            "\npassed in {:.0?}, without the real servers",
            started.elapsed()
        );
        return Ok(());
    }
    let browser = browser::fetch(events)?;
    let fleet = Fleet::start(events)?;
    let mut tests = cargo_test(options);
    tests.env(VARIABLE, fleet.list());
    tests.env(BROWSER_VARIABLE, &browser.program);
    tests.env(LIBRARIES_VARIABLE, &browser.library_path);
    let status = process::run(&mut tests, events)?;
    let gaps = matrix::report(&fleet, options.write_docs)?;
    // A filter names tests; the programs are not among them.
    let programs = match with_programs {
        true => clients::check(&fleet, events),
        false => Ok(()),
    };
    let logs = fleet.folder().display();
    ensure!(
        status.success(),
        "FAILED: see above; the servers' logs are in {logs}"
    );
    if options.filter.is_none() && !gaps.is_empty() {
        bail!("FAILED: the matrix has gaps:\n  {}", gaps.join("\n  "));
    }
    programs?;
    println!("\npassed in {:.0?}", started.elapsed());
    forget(fleet)
}

/// Fetches the browser and the servers, and the old programs if they are wanted.
fn fetch(with_programs: bool) -> Result<()> {
    let events = Events::unheard();
    fleet::fetch_all(&events)?;
    browser::fetch(&events)?;
    if with_programs {
        clients::fetch_all(&events)?;
    }
    Ok(())
}

/// Stops the servers and removes their logs, which matter only if a test failed.
fn forget(fleet: Fleet) -> Result<()> {
    let folder = fleet.folder().to_path_buf();
    drop(fleet);
    Ok(fs::remove_dir_all(folder)?)
}

/// The number of tests that run at the same time. Most of their time goes into waiting for a
/// server.
fn threads() -> String {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (2 * processors).to_string()
}

/// One command for all packages: another selection of packages would select other features of their
/// dependencies and build everything again.
fn cargo_test(options: &Options) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command
        .current_dir(workspace::root())
        .args(["test", "--workspace", "--no-fail-fast"]);
    if env::var_os(THREADS_VARIABLE).is_none() {
        command.env(THREADS_VARIABLE, threads());
    }
    if options.without_servers {
        command.args(["--exclude", "towline-interop"]);
    }
    if options.full {
        command.env(FULL_VARIABLE, "1");
    }
    if let Some(filter) = &options.filter {
        command.arg(filter);
    }
    command
}
