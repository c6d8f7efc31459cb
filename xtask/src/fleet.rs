//! All real servers of one run, started and stopped together.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use towline_interop::{RealServer, Tls, servers as list};

use crate::certificates::Certificates;
use crate::events::Events;
use crate::fetch::{self, Program};
use crate::process::{self, Process};
use crate::servers::{ALL, Variant};
use crate::{readiness, workspace};

/// The ports for control connections: below the range for outgoing connections, so that no program
/// takes one between its choice and the server's start.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The file in a server's logs with its standard output and error.
const OUTPUT: &str = "output.log";

/// The folder of the run's certificates.
const CERTIFICATES: &str = "certificates";

/// OpenSSL's configuration file inside the jail, where Debian's OpenSSL looks for it.
const OPENSSL: &str = "usr/lib/ssl/openssl.cnf";

/// Which servers a fleet has, and their common settings.
#[derive(Debug)]
pub(crate) struct Formation {
    /// The servers.
    pub(crate) variants: Vec<&'static Variant>,
    /// The address that they listen on, except the IPv6 ones.
    pub(crate) host: Ipv4Addr,
    /// OpenSSL settings in addition to each server's own.
    pub(crate) openssl: Option<String>,
}

impl Formation {
    /// Every server of [`ALL`] on loopback with default settings.
    fn whole() -> Self {
        Self::of(ALL.iter())
    }

    /// Servers on loopback with default settings.
    pub(crate) fn of(variants: impl Iterator<Item = &'static Variant>) -> Self {
        Self {
            variants: variants.collect(),
            host: Ipv4Addr::LOCALHOST,
            openssl: None,
        }
    }

    /// Fetches what is missing.
    fn fetch(&self, events: &Events) -> Result<Vec<Program>> {
        let recipes: Vec<_> = self.variants.iter().map(|it| it.recipe()).collect();
        fetch::check_machine(&recipes)?;
        fetch::fetch_all(recipes, events)
    }
}

/// Fetches the servers of [`Fleet::start`], as far as they are missing.
pub(crate) fn fetch_all(events: &Events) -> Result<()> {
    Formation::whole().fetch(events).map(drop)
}

/// Servers that run until this is dropped.
#[derive(Debug)]
pub(crate) struct Fleet {
    folder: PathBuf,
    servers: Vec<RealServer>,
    processes: Vec<Process>,
}

impl Fleet {
    /// Fetches what is missing and starts every server of [`ALL`].
    pub(crate) fn start(events: &Events) -> Result<Self> {
        Self::form(&Formation::whole(), events)
    }

    /// Fetches what is missing and starts the servers of `formation`.
    pub(crate) fn form(formation: &Formation, events: &Events) -> Result<Self> {
        let programs = formation.fetch(events)?;
        let folder = new_run_folder()?;
        let mut fleet = Self {
            folder,
            servers: Vec::new(),
            processes: Vec::new(),
        };
        fleet.spawn(formation, &programs)?;
        fleet.wait_until_ready(&programs, events)?;
        list::save(&fleet.list(), &fleet.servers)?;
        Ok(fleet)
    }

    /// The file that says where the servers are.
    pub(crate) fn list(&self) -> PathBuf {
        self.folder.join("servers.json")
    }

    /// The folder of this run.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The servers.
    pub(crate) fn servers(&self) -> &[RealServer] {
        &self.servers
    }

    /// The id of a server's first process, which listens.
    pub(crate) fn process(&self, name: &str) -> Option<u32> {
        let mut started = self.servers.iter().zip(&self.processes);
        let (_, process) = started.find(|(server, _)| server.name == name)?;
        Some(process.id())
    }

    fn spawn(&mut self, formation: &Formation, programs: &[Program]) -> Result<()> {
        let certificates = self.folder.join(CERTIFICATES);
        fs::create_dir(&certificates)?;
        let certificates = Certificates::make(&certificates, formation.host)?;
        let mut ports = ports();
        for (variant, program) in formation.variants.iter().zip(programs) {
            let host = variant.host(formation.host);
            let port = ports
                .find(|&port| TcpListener::bind((host, port)).is_ok())
                .context("no free port")?;
            let folder = self.folder.join(variant.name);
            let mut prepared = variant
                .prepare(program, &folder, &certificates, (host, port))
                .with_context(|| format!("preparing {}", variant.name))?;
            if let Some(openssl) = &formation.openssl {
                write_below(&folder, OPENSSL, openssl)?;
            }
            let output = File::create(prepared.server.logs.join(OUTPUT))?;
            prepared.command.stdout(output.try_clone()?).stderr(output);
            self.processes.push(Process::start(&mut prepared.command)?);
            self.servers.push(prepared.server);
        }
        Ok(())
    }

    fn wait_until_ready(&mut self, programs: &[Program], events: &Events) -> Result<()> {
        let started = self.servers.iter().zip(&mut self.processes).zip(programs);
        for ((server, process), program) in started {
            events.check()?;
            if let Err(error) = readiness::wait_for_greeting(server, process) {
                program.forget()?;
                return Err(error.context(format!(
                    "{} did not start; its logs say:\n{}",
                    server.name,
                    read_logs(&server.logs)
                )));
            }
        }
        Ok(())
    }
}

impl Fleet {
    fn tidy_up(&self) -> Result<()> {
        process::end_all_rooted_below(&self.folder)?;
        for server in &self.servers {
            let kept = self.folder.join(format!("{}.log", server.name));
            fs::rename(&server.logs, kept)?;
            fs::remove_dir_all(self.folder.join(&server.name))?;
        }
        Ok(fs::remove_dir_all(self.folder.join(CERTIFICATES))?)
    }
}

impl Drop for Fleet {
    /// Stops the servers and keeps only their logs.
    fn drop(&mut self) {
        self.processes.clear();
        if let Err(error) = self.tidy_up() {
            eprintln!("xtask: cannot tidy up {}: {error}", self.folder.display());
        }
    }
}

/// Keeps the servers running for manual experiments.
pub(crate) fn keep_up(events: &Events) -> Result<()> {
    let fleet = Fleet::start(events)?;
    for server in &fleet.servers {
        print!("{}", introduction(server));
    }
    println!(
        "\nThe list for tests: {}={}",
        list::VARIABLE,
        fleet.list().display()
    );
    println!("The servers are up. Ctrl-C ends them.");
    events.wait_for_end()
}

fn introduction(server: &RealServer) -> String {
    let RealServer {
        name,
        version,
        user,
        password,
        ..
    } = server;
    let address = server.address();
    let ca_file = server.ca_file.display();
    let (mode, scheme, trust) = match server.tls {
        Tls::Implicit => ("implicit TLS", "ftps", format!("--ca-file {ca_file}")),
        Tls::Explicit => ("explicit TLS", "ftpes", format!("--ca-file {ca_file}")),
        Tls::Optional => ("TLS or not", "ftpes", format!("--ca-file {ca_file}")),
        Tls::Never => ("no TLS", "ftp", "--tls off".to_owned()),
    };
    let versions: Vec<_> = server.versions().collect();
    let versions = versions.join(" and ");
    let client = match &server.client_certificate {
        Some(file) => format!(" --client-cert {}", file.display()),
        None => String::new(),
    };
    let reuse = if server.enforces_reuse {
        "demands session reuse"
    } else {
        "demands no reuse"
    };
    format!(
        "\n{name} ({version}): {mode} {versions}, {reuse}\n  \
         address {address}  user {user}  password {password}\n  \
         home {home}\n  \
         logs {logs}\n  \
         TOWLINE_PASSWORD={password} cargo run -q --bin towline -- ls {trust}{client} \
         {scheme}://{user}@{address}/\n",
        home = server.home.display(),
        logs = server.logs.display(),
    )
}

fn write_below(folder: &Path, inside: &str, text: &str) -> Result<()> {
    let path = folder.join(inside);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::write(path, text)?)
}

/// The folder of this run's servers.
fn new_run_folder() -> Result<PathBuf> {
    let folder = workspace::run_folder(&workspace::servers(), "run-")?;
    // Without symbolic links, so that it can be recognised as the root of a process.
    Ok(folder.canonicalize()?)
}

/// Every port of [`PORTS`]. Two concurrent runs start at different ones.
fn ports() -> impl Iterator<Item = u16> {
    let span = u32::from(PORTS.end - PORTS.start);
    let first = u16::try_from(std::process::id().wrapping_mul(64) % span).unwrap_or_default();
    (PORTS.start + first..PORTS.end).chain(PORTS.start..PORTS.start + first)
}

fn read_logs(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else {
        return String::new();
    };
    entries
        .flatten()
        .filter_map(|entry| fs::read(entry.path()).ok())
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .collect()
}
