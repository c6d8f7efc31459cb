//! `cargo xtask bench`: Towline and other clients, on the same servers in the same run.
//!
//! ```text
//! work -> plan -> race (clients, payload, link, measure) -> table (figure), share -> page
//! ```
//!
//! [`work`] and [`plan`] define what is measured, [`race`] lets the clients take turns, [`figure`]
//! defines the figures of a run and Towline's targets, [`table`] compares, [`share`] separates the
//! server's work from the client's, and [`page`] writes the result to the documentation.

mod client;
mod clients;
mod figure;
mod link;
mod machine;
mod measure;
mod page;
mod payload;
mod plan;
mod race;
mod share;
mod table;
mod work;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::client::Client;
use self::clients::{Clients, Python};
use self::link::Link;
use self::page::Findings;
use self::plan::{Case, ROUND_TRIP, Route, SERVERS, Scale, Surroundings};
use self::race::{Scratch, Track};
use crate::events::{Events, Interrupted};
use crate::fleet::{Fleet, Formation};
use crate::{fetch, servers, workspace};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Fewer rounds and smaller work: takes at most three minutes, without downloads and builds.
    #[arg(long)]
    quick: bool,
    /// Start no case after this many minutes. Skipped cases are named.
    #[arg(long, value_name = "MINUTES", conflicts_with = "quick")]
    minutes: Option<u32>,
    /// Only the cases whose name contains this, such as
    /// small-down-delayed-1-vsftpd.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Write docs/benchmarks.md, keeping its remarks.
    #[arg(long, conflicts_with = "filter")]
    write_docs: bool,
    /// Measure this program instead of a release build of this workspace.
    #[arg(long, value_name = "PROGRAM")]
    towline: Option<PathBuf>,
}

/// Runs the cases and prints the results; fails if Towline failed or a part could not run.
pub(crate) fn run(options: &Options, events: &Events) -> Result<()> {
    fetch::check_machine(&[])?;
    let scale = if options.quick {
        Scale::QUICK
    } else {
        Scale::FULL
    };
    let filter = options.filter.as_deref().unwrap_or_default();
    let mut cases = scale.cases();
    cases.retain(|case| case.to_string().contains(filter));
    ensure!(!cases.is_empty(), "no case has {filter:?} in its name");

    let python = Python::find(events)?;
    let clients = Clients::fetch(options.towline.as_deref(), &python, events)?;
    let versions = clients.versions();
    let mut meeting = Meeting {
        scratch: Scratch::new()?,
        deadline: options
            .minutes
            .map(|minutes| Duration::from_secs(60 * u64::from(minutes)))
            .or(scale.budget)
            .map(|budget| Instant::now() + budget),
        findings: Findings {
            command: command(options),
            date: jiff::Zoned::now().date().to_string(),
            machine: machine::description(),
            least_memory: measure::least_memory(events)?,
            link: None,
            versions: versions
                .map(|(client, version)| (client.to_string(), version.to_owned()))
                .collect(),
            outcomes: Vec::new(),
            left_out: Vec::new(),
        },
        incomplete: false,
        python,
        clients,
        scale,
        events,
    };
    for group in cases.chunk_by(|one, next| one.surroundings == next.surroundings) {
        meeting.hold(group)?;
    }
    let Meeting {
        findings,
        incomplete,
        ..
    } = meeting;
    println!("\n{}", findings.summary());
    if options.write_docs {
        findings.write(&workspace::root().join("docs/benchmarks.md"))?;
    }
    let failures = findings.failures();
    let failures = failures.filter(|(client, ..)| *client == Client::Towline);
    let failures = failures.count();
    ensure!(
        failures == 0,
        "towline failed in {failures} cases: see above"
    );
    ensure!(!incomplete, "a part could not be run: see above");
    Ok(())
}

fn command(options: &Options) -> String {
    let mut command = "cargo xtask bench".to_owned();
    if options.quick {
        command.push_str(" --quick");
    }
    if let Some(minutes) = options.minutes {
        command.push_str(&format!(" --minutes {minutes}"));
    }
    command
}

/// Everything that all cases share.
struct Meeting<'a> {
    scratch: Scratch,
    deadline: Option<Instant>,
    findings: Findings,
    /// Whether a whole part could not run.
    incomplete: bool,
    python: Python,
    clients: Clients,
    scale: Scale,
    events: &'a Events,
}

impl Meeting<'_> {
    /// Runs cases that share their surroundings. If those cannot be set up, reports that and
    /// continues with the other cases.
    fn hold(&mut self, cases: &[Case]) -> Result<()> {
        let Some(Case { surroundings, .. }) = cases.first() else {
            return Ok(());
        };
        if self.is_late() {
            // No time is left to start the servers.
            self.findings.left_out.extend(cases.iter().map(late));
            return Ok(());
        }
        match self.try_hold(*surroundings, cases) {
            Err(error) if !error.is::<Interrupted>() => {
                let Surroundings { route, tls } = surroundings;
                let route = match route {
                    Route::Loopback => "on loopback",
                    Route::Delayed => "over the delayed link",
                    Route::Gateway => "through the gateway",
                };
                let part = format!("what runs {route} with TLS {}: {error:#}", tls.number());
                eprintln!("xtask: cannot go on with {part}");
                self.findings.left_out.push(part);
                self.incomplete = true;
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn try_hold(&mut self, surroundings: Surroundings, cases: &[Case]) -> Result<()> {
        let Surroundings { route, tls } = surroundings;
        let link = match route {
            Route::Loopback | Route::Gateway => None,
            Route::Delayed => Some(Link::lay(ROUND_TRIP, &mut self.python.command())?),
        };
        let host = link.as_ref().map_or(Ipv4Addr::LOCALHOST, Link::near);
        let formation = Formation {
            variants: SERVERS
                .iter()
                .filter_map(|name| servers::named(name))
                .collect(),
            host,
            openssl: Some(tls.openssl()),
        };
        let fleet = Fleet::form(&formation, self.events)?;
        self.note(&fleet, link.as_ref());
        for case in cases {
            self.events.check()?;
            if self.is_late() {
                self.findings.left_out.push(late(case));
                continue;
            }
            let server = fleet
                .servers()
                .iter()
                .find(|server| server.name == case.server);
            let track = Track {
                server: server.with_context(|| format!("no server {}", case.server))?,
                link: link.as_ref(),
                clients: &self.clients,
                scratch: &self.scratch,
                patience: self.scale.patience,
                events: self.events,
            };
            println!("{case}");
            let backwards = self.findings.outcomes.len() % 2 == 1;
            self.findings.outcomes.push(track.run(case, backwards)?);
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Takes down the surroundings.
    fn note(&mut self, fleet: &Fleet, link: Option<&Link>) {
        for server in fleet.servers() {
            let version = (server.name.clone(), server.version.clone());
            if !self.findings.versions.contains(&version) {
                self.findings.versions.push(version);
            }
        }
        if let Some(link) = link {
            self.findings.link = Some(link.description());
        }
    }
}

fn late(case: &Case) -> String {
    format!("{case}: no time was left")
}
