//! All the real servers of one run, up together and ended together.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use towline_interop::{RealServer, Tls, servers as list};

use crate::certificates::Certificates;
use crate::events::Events;
use crate::fetch::{self, Program};
use crate::process::{self, Process};
use crate::servers::{ALL, Variant};
use crate::{readiness, workspace};

/// Where control connections are listened for: below the ports that systems
/// give to outgoing connections, so that nobody takes one between its choice
/// and the server's start.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The file with standard output and error of each server, in its logs.
const OUTPUT: &str = "output.log";

/// The folder of the run's certificates.
const CERTIFICATES: &str = "certificates";

/// Every server of [`ALL`], up until this is dropped.
#[derive(Debug)]
pub(crate) struct Fleet {
    folder: PathBuf,
    servers: Vec<RealServer>,
    processes: Vec<Process>,
}

impl Fleet {
    /// Fetches what is missing and starts everything.
    pub(crate) fn start(events: &Events) -> Result<Self> {
        fetch::check_machine()?;
        let programs = programs(events)?;
        let folder = new_run_folder()?;
        let mut fleet = Self {
            folder,
            servers: Vec::new(),
            processes: Vec::new(),
        };
        fleet.spawn(&programs)?;
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

    fn spawn(&mut self, programs: &[Program]) -> Result<()> {
        let certificates = self.folder.join(CERTIFICATES);
        fs::create_dir(&certificates)?;
        let certificates = Certificates::make(&certificates)?;
        let mut ports = free_ports();
        for (variant, program) in ALL.iter().zip(programs) {
            let port = ports.next().context("no free port")?;
            let folder = self.folder.join(variant.name);
            let mut prepared = variant
                .prepare(program, &folder, &certificates, port)
                .with_context(|| format!("preparing {}", variant.name))?;
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
    /// Ends the servers; of what they left, only logs remain.
    fn drop(&mut self) {
        self.processes.clear();
        if let Err(error) = self.tidy_up() {
            eprintln!("xtask: cannot tidy up {}: {error}", self.folder.display());
        }
    }
}

/// Keeps the servers up for somebody to try things by hand.
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

/// The programs of [`ALL`], in its order. Only one run fetches at a time.
fn programs(events: &Events) -> Result<Vec<Program>> {
    let base = workspace::servers();
    fs::create_dir_all(&base)?;
    let lock = File::create(base.join("lock"))?;
    lock.lock()?;
    let fetch = |variant: &Variant| {
        events.check()?;
        fetch::fetch(variant.recipe())
    };
    ALL.iter().map(fetch).collect()
}

/// A folder for this run, named after this process. Folders of runs that are
/// over go.
fn new_run_folder() -> Result<PathBuf> {
    let base = workspace::servers();
    for entry in fs::read_dir(&base)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_prefix("run-")) else {
            continue;
        };
        if !Path::new("/proc").join(id).exists() || id == std::process::id().to_string() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let folder = base.join(format!("run-{}", std::process::id()));
    fs::create_dir(&folder)?;
    // Without links in it, to be recognised as the root of a process.
    Ok(folder.canonicalize()?)
}

/// Ports that nobody listens on. Two runs at a time begin at different ones.
fn free_ports() -> impl Iterator<Item = u16> {
    let span = u32::from(PORTS.end - PORTS.start);
    let first = u16::try_from(std::process::id().wrapping_mul(64) % span).unwrap_or_default();
    let free = |port| ["127.0.0.1", "::1"].map(|host| TcpListener::bind((host, port)).is_ok());
    (PORTS.start + first..PORTS.end)
        .chain(PORTS.start..PORTS.start + first)
        .filter(move |&port| free(port) == [true; 2])
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
