//! `cargo xtask clients`: old FTP programs, unchanged, through the gateway, and directly on strict
//! servers.
//!
//! [`list`] has the programs, [`behind`] the gateways and the servers, [`round`] what each program
//! does there, and [`table`] what came of it. The scripts that drive the programs are in
//! `interop/clients`.

mod behind;
mod client;
mod list;
mod machine;
mod round;
mod sample;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Result, ensure};
use clap::Args;

use self::behind::{Behind, Direct, SERVERS};
use self::client::Client;
use self::list::ALL;
use self::machine::Fetched;
use self::round::{Place, Round};
use self::sample::Sample;
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
    /// Try fewer programs, with smaller files and two servers.
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
        let is_named = names.is_empty() || names.iter().any(|name| client.is_called(name));
        is_named && (client.usual || !options.few)
    };
    let clients: Vec<&Client> = ALL.iter().copied().filter(chosen).collect();
    ensure!(!clients.is_empty(), "no program has such a name");
    let formation = Formation::of(SERVERS.iter().filter_map(|name| servers::named(name)));
    let fetched = machine::fetch(&clients, events)?;
    let fleet = Fleet::form(&formation, events)?;
    let begun = Instant::now();
    let (size, behinds) = match options.few {
        true => (sample::NOT_SO_BIG, Behind::few()),
        false => (sample::BIG, Behind::all()),
    };
    let sample = Sample::make(&folder(&fleet)?.join("files"), size)?;
    let mut tables = vec![through(
        &fleet, &towline, &fetched, &sample, behinds, events,
    )?];
    if !options.without_direct {
        tables.push(directly(&fleet, &fetched, &sample, events)?);
    }
    conclude(&tables, &fetched, &fleet, begun)
}

/// Prints the tables, and fails if a program failed or if this machine should not lack one.
fn conclude(tables: &[Table], fetched: &Fetched, fleet: &Fleet, begun: Instant) -> Result<()> {
    // Not in the folder of the logs, which stays after a failure.
    fs::remove_dir_all(folder(fleet)?.join("files"))?;
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

/// Every program through the gateway, which has each of `behinds` behind it.
fn through(
    fleet: &Fleet,
    towline: &Path,
    fetched: &Fetched,
    sample: &Sample,
    behinds: &[Behind],
    events: &Events,
) -> Result<Table> {
    let folder = folder(fleet)?;
    let mut table = Table::through();
    for behind in behinds {
        let gateway = behind.gateway(fleet, towline, &folder)?;
        for (client, program) in fetched.programs() {
            for (front, modes) in client.fronts {
                for mode in *modes {
                    let place = Place::Gateway(&gateway);
                    let round = Round::new(place, sample, (*front, *mode));
                    let report = round.run(client, program, events)?;
                    table.add(client, (*front, *mode), &behind.to_string(), report);
                }
            }
        }
    }
    Ok(table)
}

/// Every program without a gateway, on the servers themselves.
fn directly(fleet: &Fleet, fetched: &Fetched, sample: &Sample, events: &Events) -> Result<Table> {
    let mut table = Table::directly();
    for (client, program) in fetched.programs() {
        for (front, modes) in client.fronts {
            let Some(mode) = modes.first().copied() else {
                continue;
            };
            for direct in Direct::all(*front) {
                let server = direct.target(fleet)?;
                let round = Round::new(Place::Server(&server), sample, (*front, mode));
                let report = round.run(client, program, events)?;
                table.add(client, (*front, mode), direct.server, report);
            }
        }
    }
    Ok(table)
}

/// The folder of a run's gateways and files.
fn folder(fleet: &Fleet) -> Result<PathBuf> {
    let folder = fleet.folder().join("clients");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
