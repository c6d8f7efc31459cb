//! The strict servers, and the gateways in front of them.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use towline_interop::RealServer;

use super::client::{Client, Front, Peculiarity, script};
use crate::fleet::Fleet;
use crate::process::{self, Process};

/// Every server that is needed.
pub(super) const SERVERS: [&str; 4] = ["vsftpd", "proftpd", "vsftpd-implicit", "proftpd-implicit"];

/// The ports of gateways, below the range for outgoing connections and apart from the servers'.
const PORTS: std::ops::Range<u16> = 14_000..19_000;

/// What a gateway needs for programs that end their uploads without `close_notify`.
const LENIENT: &str = "allow-missing-close-notify = true\n";

/// How long a gateway may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server behind a gateway, and the newest version of TLS that they speak.
#[derive(Debug)]
pub(super) struct Behind {
    server: &'static str,
    tls: &'static str,
}

const BEHINDS: [Behind; 4] = [
    Behind::new("vsftpd", "1.3"),
    Behind::new("proftpd", "1.2"),
    Behind::new("vsftpd", "1.2"),
    Behind::new("proftpd", "1.3"),
];

impl fmt::Display for Behind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.server, self.tls)
    }
}

impl Behind {
    const fn new(server: &'static str, tls: &'static str) -> Self {
        Self { server, tls }
    }

    /// Every server with every version.
    pub(super) fn all() -> &'static [Self] {
        &BEHINDS
    }

    /// Every server and every version once.
    pub(super) fn few() -> &'static [Self] {
        BEHINDS.first_chunk::<2>().map_or(&[], |few| few)
    }

    /// Starts the gateways in front of it, which pass users and passwords through.
    fn gateways(&self, fleet: &Fleet, towline: &Path, folder: &Path) -> Result<Gateways> {
        Ok(Gateways {
            strict: self.gateway(fleet, towline, &folder.join("strict"), "")?,
            lenient: self.gateway(fleet, towline, &folder.join("lenient"), LENIENT)?,
        })
    }

    /// Starts a gateway in front of it, with `more` in its configuration.
    fn gateway(&self, fleet: &Fleet, towline: &Path, folder: &Path, more: &str) -> Result<Gateway> {
        let target = Target::of(fleet, self.server)?;
        let [plain, implicit] = free_ports()?;
        let folder = folder.join(format!("{}-{}", self.server, self.tls));
        fs::create_dir_all(&folder)?;
        let configuration = folder.join("towline.toml");
        let text = configuration_of(&target.server, self.tls, plain, implicit);
        fs::write(&configuration, text + more)?;
        let output = File::create(folder.join("gateway.log"))?;
        let mut command = process::dying_with_us(towline);
        command
            .args(["gateway", "-vv", "--to", "vendor", "--config"])
            .arg(&configuration)
            .env("HOME", &folder)
            .env("XDG_STATE_HOME", &folder)
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut process = Process::start(&mut command)?;
        for port in [plain, implicit] {
            wait_for_port(port, &mut process)
                .with_context(|| format!("the gateway's log is in {}", folder.display()))?;
        }
        Ok(Gateway {
            target,
            plain,
            implicit,
            certificate: folder.join("towline/gateway/gateway.pem"),
            _process: process,
        })
    }
}

/// The gateways in front of one server.
#[derive(Debug)]
pub(super) struct Gateways {
    /// It takes no upload that ends without `close_notify`.
    strict: Gateway,
    lenient: Gateway,
}

impl Gateways {
    /// The gateway that `client` needs.
    pub(super) fn suiting(&self, client: &Client) -> &Gateway {
        match client.is(Peculiarity::Unclosed) {
            true => &self.lenient,
            false => &self.strict,
        }
    }
}

/// A gateway that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) target: Target,
    plain: u16,
    implicit: u16,
    /// The certificate that programs see.
    pub(super) certificate: PathBuf,
    _process: Process,
}

impl Gateway {
    /// Where it listens for programs that speak like this.
    pub(super) fn port(&self, front: Front) -> u16 {
        match front {
            Front::Plain | Front::Explicit => self.plain,
            Front::Implicit => self.implicit,
        }
    }
}

/// Everything where programs are tried.
#[derive(Debug)]
pub(super) struct Places {
    gateways: Vec<(String, Gateways)>,
    direct: Vec<(&'static Direct, Target)>,
}

impl Places {
    /// Starts the gateways, on the main thread. Fails if one of their servers is not up.
    pub(super) fn open(fleet: &Fleet, towline: &Path, behinds: &[Behind]) -> Result<Self> {
        let folder = fleet.folder().join("clients");
        let mut places = Self {
            gateways: Vec::new(),
            direct: Vec::new(),
        };
        for behind in behinds {
            let gateways = behind.gateways(fleet, towline, &folder)?;
            places.gateways.push((behind.to_string(), gateways));
        }
        for direct in DIRECT {
            places
                .direct
                .push((direct, Target::of(fleet, direct.server)?));
        }
        Ok(places)
    }

    /// The gateways in front of each server, with its name in tables.
    pub(super) fn gateways(&self) -> impl Iterator<Item = (&str, &Gateways)> + Clone {
        let all = self.gateways.iter();
        all.map(|(label, gateways)| (label.as_str(), gateways))
    }

    /// The servers that understand a program that speaks like this. None takes a login without TLS.
    pub(super) fn direct(&self, front: Front) -> impl Iterator<Item = (&str, &Target)> {
        let all = self.direct.iter().filter(move |(it, _)| it.front == front);
        all.map(|(direct, target)| (direct.server, target))
    }
}

/// A server that programs try without a gateway.
#[derive(Debug)]
struct Direct {
    server: &'static str,
    front: Front,
}

const DIRECT: &[Direct] = &[
    Direct {
        server: "vsftpd",
        front: Front::Explicit,
    },
    Direct {
        server: "proftpd",
        front: Front::Explicit,
    },
    Direct {
        server: "vsftpd-implicit",
        front: Front::Implicit,
    },
    Direct {
        server: "proftpd-implicit",
        front: Front::Implicit,
    },
];

/// A running server, and how its sessions are ended.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) server: RealServer,
    /// A shell command that ends every session, but not the server.
    pub(super) drop: String,
}

impl Target {
    fn of(fleet: &Fleet, name: &str) -> Result<Self> {
        let server = fleet.servers().iter().find(|server| server.name == name);
        let server = server.with_context(|| format!("{name} is not up"))?.clone();
        let process = fleet.process(name).context("a server without a process")?;
        let jail = fleet.folder().join(name);
        let drop = format!(
            "sh {} {} {process}",
            script("drop.sh").display(),
            jail.display()
        );
        Ok(Self { server, drop })
    }
}

fn configuration_of(server: &RealServer, tls: &str, plain: u16, implicit: u16) -> String {
    let (host, port, ca_file) = (server.host, server.port, server.ca_file.display());
    format!(
        "\
[site.vendor]
host = \"{host}\"
port = {port}
tls-max = \"{tls}\"
ca-file = \"{ca_file}\"

[gateway]
listen = \"127.0.0.1:{plain}\"
listen-implicit = \"127.0.0.1:{implicit}\"
"
    )
}

fn free_ports() -> Result<[u16; 2]> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let span = u32::from(PORTS.end - PORTS.start);
    let first = u16::try_from(std::process::id().wrapping_mul(16) % span).unwrap_or_default();
    let mut ports = (PORTS.start + first..PORTS.end).filter(free);
    let mut port = || ports.next().context("no free port");
    Ok([port()?, port()?])
}

fn wait_for_port(port: u16, process: &mut Process) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while TcpStream::connect(address).is_err() {
        ensure!(process.ended()?.is_none(), "it ended at once");
        ensure!(Instant::now() < deadline, "it does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
