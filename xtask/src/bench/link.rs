//! A link with a long round trip into a network namespace. The namespace exists as long as its
//! [`Link`].

use std::io::{BufRead, BufReader, pipe};
use std::iter;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::fetch;
use crate::process::{self, Process};

/// Forwards packets if the kernel cannot delay them itself.
const FORWARDER: &str = include_str!("link.py");

/// How many times the round trip is measured. The shortest one counts.
const PROBES: usize = 5;

/// A port that nothing listens on (RFC 863).
const CLOSED_PORT: u16 = 9;

/// The link. Servers listen at the near end, clients run at the far end.
#[derive(Debug)]
pub(crate) struct Link {
    addresses: Addresses,
    delayed_by: &'static str,
    round_trip: Duration,
    /// Keeps the namespace alive; the devices disappear with it.
    keeper: Process,
    _forwarder: Option<Process>,
}

impl Link {
    /// Creates a link that delays every packet by half of `round_trip`, including those that open
    /// and close a connection.
    pub(crate) fn lay(round_trip: Duration, python: &mut Command) -> Result<Self> {
        for (program, package) in [
            ("ip", "iproute2"),
            ("unshare", "util-linux"),
            ("nsenter", "util-linux"),
        ] {
            ensure!(
                fetch::on_path(program),
                "a delayed link needs the program {program} (package {package})"
            );
        }
        let devices = Devices::of_this_process();
        let addresses = Addresses::of_this_process();
        let keeper = keep_namespace()?;
        let namespace = keeper.id().to_string();
        let delay = format!("{}ms", round_trip.as_millis() / 2);
        let (delayed_by, forwarder) = if devices.join_by_kernel(&namespace, &delay).is_ok() {
            ("netem", None)
        } else {
            let forwarder = devices.join_by_forwarder(&namespace, round_trip / 2, python)?;
            ("a forwarder between two TUN devices", Some(forwarder))
        };
        let mut link = Self {
            addresses,
            delayed_by,
            round_trip: Duration::ZERO,
            keeper,
            _forwarder: forwarder,
        };
        link.bring_up(&devices)?;
        link.round_trip = link.probe()?;
        ensure!(
            link.round_trip >= round_trip && link.round_trip < round_trip * 3 / 2,
            "the link's round trip takes {:.1?} in place of {round_trip:?}",
            link.round_trip
        );
        Ok(link)
    }

    /// The address that servers listen on.
    pub(crate) fn near(&self) -> Ipv4Addr {
        self.addresses.near
    }

    /// A command that runs at the far end and is killed when this program dies.
    pub(crate) fn far_command(&self) -> Command {
        let mut command = process::dying_with_us("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.keeper.id()))
            .arg("--");
        command
    }

    /// Describes how packets are delayed, and the measured round trip.
    pub(crate) fn description(&self) -> String {
        format!(
            "packets are delayed by {}; the shortest measured round trip is {:.1} ms",
            self.delayed_by,
            self.round_trip.as_secs_f64() * 1000.0
        )
    }

    fn bring_up(&self, devices: &Devices) -> Result<()> {
        let Addresses { near, far } = self.addresses;
        let Devices {
            near: near_device,
            far: far_device,
        } = devices;
        let near = ["addr", "add", &format!("{near}/30"), "dev", near_device].map(str::to_owned);
        let far = ["addr", "add", &format!("{far}/30"), "dev", far_device].map(str::to_owned);
        succeed(Command::new("ip").args(near))?;
        succeed(Command::new("ip").args(["link", "set", near_device, "up"]))?;
        succeed(self.far_command().arg("ip").args(far))?;
        for device in [far_device, "lo"] {
            succeed(self.far_command().args(["ip", "link", "set", device, "up"]))?;
        }
        Ok(())
    }

    /// Measures the round trip: a refused connection takes exactly one.
    fn probe(&self) -> Result<Duration> {
        let mut shortest = Duration::MAX;
        for _ in 0..PROBES {
            let started = Instant::now();
            let far = (self.addresses.far, CLOSED_PORT);
            let refused = TcpStream::connect(far)
                .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
            ensure!(refused, "nothing answers at the far end of the link");
            shortest = shortest.min(started.elapsed());
        }
        Ok(shortest)
    }
}

/// A network of two addresses from the range reserved for benchmarks (RFC 2544).
#[derive(Debug, Clone, Copy)]
struct Addresses {
    near: Ipv4Addr,
    far: Ipv4Addr,
}

impl Addresses {
    fn of_this_process() -> Self {
        let [.., high, low] = std::process::id().to_be_bytes();
        let address = |host| Ipv4Addr::new(198, 18 | (high & 1), low, host);
        Self {
            near: address(1),
            far: address(2),
        }
    }
}

#[derive(Debug)]
struct Devices {
    near: String,
    far: String,
}

impl Devices {
    fn of_this_process() -> Self {
        let id = std::process::id();
        Self {
            near: format!("tow{id}n"),
            far: format!("tow{id}f"),
        }
    }

    /// Uses the kernel's delay if the module is available.
    fn join_by_kernel(&self, namespace: &str, delay: &str) -> Result<()> {
        let Self { near, far } = self;
        succeed(Command::new("ip").args([
            "link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace,
        ]))?;
        let netem = ["root", "netem", "delay", delay, "limit", "100000"];
        let at_near = succeed(
            Command::new("tc")
                .args(["qdisc", "add", "dev", near])
                .args(netem),
        );
        let at_far = at_near.and_then(|()| {
            succeed(
                Command::new("nsenter")
                    .arg(format!("--net=/proc/{namespace}/ns/net"))
                    .args(["tc", "qdisc", "add", "dev", far])
                    .args(netem),
            )
        });
        if at_far.is_err() {
            succeed(Command::new("ip").args(["link", "del", near]))?;
        }
        at_far
    }

    fn join_by_forwarder(
        &self,
        namespace: &str,
        delay: Duration,
        python: &mut Command,
    ) -> Result<Process> {
        let milliseconds = (delay.as_secs_f64() * 1000.0).to_string();
        python.args(["-c", FORWARDER, &self.near, &self.far, &milliseconds]);
        let forwarder = start(python).context("cannot make TUN devices")?;
        let Self { near, far } = self;
        succeed(Command::new("ip").args(["link", "set", far, "netns", namespace]))?;
        succeed(Command::new("ip").args(["link", "set", near, "txqueuelen", "10000"]))?;
        Ok(forwarder)
    }
}

/// Starts a process that only holds a network namespace.
fn keep_namespace() -> Result<Process> {
    let mut command = process::dying_with_us("unshare");
    command.args(["--net", "sh", "-c", "echo ready; exec sleep infinity"]);
    start(&mut command).context("cannot make a network namespace")
}

/// Starts a program that prints `ready` when it is, or else what is wrong.
fn start(command: &mut Command) -> Result<Process> {
    let (said, output) = pipe()?;
    command.stdout(output.try_clone()?).stderr(output);
    let process = Process::start(command)?;
    // Only the child may hold these, so that its end is noticed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut last = None;
    for line in BufReader::new(said).lines() {
        let line = line?;
        if line == "ready" {
            return Ok(process);
        }
        last = Some(line);
    }
    bail!(last.unwrap_or_else(|| "it ended in silence".to_owned()))
}

fn succeed(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let words: Vec<_> = iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    ensure!(
        output.status.success(),
        "{}: {}",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
