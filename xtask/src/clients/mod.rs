//! `cargo xtask clients`: old FTP programs, unchanged, through the gateway, and directly on strict
//! servers.
//!
//! [`list`] has the programs, [`behind`] the gateways and the servers, [`round`] what each program
//! does there, [`lanes`] the rounds that run side by side, and [`table`] the outcomes. The scripts
//! that drive the programs are in `interop/clients`.

mod behind;
mod client;
mod lanes;
mod list;
mod machine;
mod round;
mod sample;
mod table;

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Result, ensure};
use clap::Args;

use self::behind::{Behind, Places, SERVERS};
use self::client::Client;
use self::lanes::Lanes;
use self::list::ALL;
use self::machine::Fetched;
use self::sample::Samples;
use self::table::Table;
use crate::events::Events;
use crate::fleet::{Fleet, Formation};
use crate::{program, servers, workspace};

/// Which programs are tried.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Try only the programs whose name contains this; may be repeated.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Use this program instead of a release build of this workspace.
    #[arg(long, value_name = "PROGRAM")]
    towline: Option<PathBuf>,
    /// Try each way of each program once, with smaller files, as `cargo xtask test` does.
    #[arg(long)]
    few: bool,
    /// Leave out the rounds directly on the servers.
    #[arg(long)]
    without_direct: bool,
}

/// Tries the programs; fails if one of them fails through the gateway.
pub(crate) fn run(options: &Options, events: &Events) -> Result<()> {
    let towline = match &options.towline {
        Some(program) => program.canonicalize()?,
        None => program::build(events)?,
    };
    let chosen = |client: &&Client| {
        let names = &options.names;
        names.is_empty() || names.iter().any(|name| client.is_called(name))
    };
    let clients: Vec<&Client> = ALL.iter().copied().filter(chosen).collect();
    ensure!(!clients.is_empty(), "no program has such a name");
    let formation = Formation::of(SERVERS.iter().filter_map(|name| servers::named(name)));
    let fetched = machine::fetch(&clients, events)?;
    let fleet = Fleet::form(&formation, events)?;
    let begun = Instant::now();
    let behinds = match options.few {
        true => Behind::few(),
        false => Behind::all(),
    };
    let places = Places::open(&fleet, &towline, behinds)?;
    let samples = Samples::make(&folder(&fleet)?, !options.few)?;
    let mut lanes = Lanes::new(&samples);
    match options.few {
        true => lanes.through_each_once(&places, &fetched),
        false => lanes.through_everything(&places, &fetched),
    }
    if !options.without_direct {
        lanes.directly(&places, &fetched);
    }
    let tables = lanes.run(&folder(&fleet)?, events)?;
    conclude(&tables, &fetched, &fleet, begun)
}

/// Fetches every program, as far as it is missing.
pub(crate) fn fetch_all(events: &Events) -> Result<()> {
    machine::fetch(ALL, events).map(drop)
}

/// Tries each way of each program once, on servers that are up.
pub(crate) fn check(fleet: &Fleet, events: &Events) -> Result<()> {
    let fetched = machine::fetch(ALL, events)?;
    // The tests of the command line have built it.
    let towline = workspace::root().join("target/debug/towline");
    let begun = Instant::now();
    let places = Places::open(fleet, &towline, Behind::few())?;
    let samples = Samples::make(&folder(fleet)?, false)?;
    let mut lanes = Lanes::new(&samples);
    lanes.through_each_once(&places, &fetched);
    let tables = lanes.run(&folder(fleet)?, events)?;
    conclude(&tables, &fetched, fleet, begun)
}

/// Prints the tables, and fails if a program failed or if this machine should not lack one.
fn conclude(tables: &[Table], fetched: &Fetched, fleet: &Fleet, begun: Instant) -> Result<()> {
    // Not in the folder of the logs, which stays after a failure.
    Samples::remove(&folder(fleet)?)?;
    let text: String = tables.iter().map(Table::render).collect();
    let lacking = fetched.lacking();
    println!("\n{text}{lacking}");
    fs::write(workspace::servers().join("clients.md"), &text)?;
    let rounds: usize = tables.iter().map(Table::len).sum();
    println!("{rounds} rounds in {:.0?}", begun.elapsed());
    let failures: usize = tables.iter().map(Table::failures).sum();
    let logs = fleet.folder().display();
    ensure!(
        failures == 0,
        "FAILED: {failures} rounds through the gateway; the servers' logs are in {logs}"
    );
    let must_have_all = env::var_os("CI").is_some();
    ensure!(
        !must_have_all || lacking.is_empty(),
        "FAILED: this machine lacks programs"
    );
    Ok(())
}

/// The folder of a run's gateways and files.
fn folder(fleet: &Fleet) -> Result<PathBuf> {
    let folder = fleet.folder().join("clients");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
