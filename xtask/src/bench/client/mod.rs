//! The clients: how each is fetched and how each is told what to do.

mod curl;
mod ftplib;
mod lftp;
mod rclone;
mod towline;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use towline_interop::RealServer;

pub(crate) use self::ftplib::Python;
use super::plan::{Direction, Work};
use crate::events::Events;
use crate::fetch::{self, Program};

/// Who is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    Towline,
    /// A sequential script with Python's ftplib that resumes sessions: what a
    /// client needs that never waits for a timer.
    Ftplib,
    Lftp,
    Curl,
    Rclone,
}

impl Client {
    /// All but Towline.
    pub(crate) const PEERS: [Self; 4] = [Self::Ftplib, Self::Lftp, Self::Curl, Self::Rclone];
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Towline => "towline",
            Self::Ftplib => "ftplib",
            Self::Lftp => "lftp",
            Self::Curl => "curl",
            Self::Rclone => "rclone",
        })
    }
}

/// What a client is to do, and where.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) server: &'a RealServer,
    pub(crate) work: Work,
    pub(crate) connections: u32,
    /// The folder that holds the folders for uploads.
    pub(crate) sources: &'a Path,
    /// The folder that downloads go to. It is empty.
    pub(crate) target: &'a Path,
    /// The client's home, for its configuration.
    pub(crate) home: &'a Path,
}

impl Job<'_> {
    /// The local folder that is sent or made.
    pub(crate) fn local(&self) -> PathBuf {
        let folder = self.work.folder();
        match self.work {
            Work::Move {
                direction: Direction::Upload,
                ..
            } => self.sources.join(folder),
            _ => self.target.join(folder),
        }
    }

    /// The remote directory that is made, fetched or listed.
    pub(crate) fn remote(&self) -> String {
        let folder = self.work.folder();
        match self.work {
            Work::Move {
                direction: Direction::Upload,
                ..
            } => format!("/{UPLOADS}/{folder}"),
            _ => format!("/{folder}"),
        }
    }
}

/// The remote directory that uploads go to.
pub(crate) const UPLOADS: &str = "up";

/// How a client is started for one job.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// What it reads from a file in its home.
    pub(crate) script: Option<String>,
    /// How many connections it really uses.
    pub(crate) connections: u32,
}

impl Invocation {
    /// `program` on its own.
    fn of(program: &Path, connections: u32) -> Self {
        Self {
            program: program.to_path_buf(),
            arguments: Vec::new(),
            environment: Vec::new(),
            script: None,
            connections,
        }
    }

    fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Writes a script into the client's home and gives its path as an argument.
    fn script(mut self, home: &Path, script: String) -> Result<Self> {
        let path = home.join("script");
        fs::write(&path, &script)?;
        self.script = Some(script);
        Ok(self.args([path]))
    }
}

/// A client that is ready to be started.
trait Contestant: fmt::Debug {
    /// Its version, for people.
    fn version(&self) -> &str;

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation>;
}

/// All clients.
#[derive(Debug)]
pub(crate) struct Clients {
    contestants: BTreeMap<Client, Box<dyn Contestant>>,
}

impl Clients {
    /// Fetches the peers and builds Towline, or takes the program given for it.
    pub(crate) fn fetch(towline: Option<&Path>, python: &Python, events: &Events) -> Result<Self> {
        let recipes = [lftp::RECIPE, curl::RECIPE, rclone::RECIPE];
        let programs: [Program; 3] = fetch::fetch_all(&recipes, events)?
            .try_into()
            .ok()
            .context("not every peer was fetched")?;
        let [lftp, curl, rclone] = programs;
        let towline = towline::Towline::new(towline, events)?;
        let contestants: [(Client, Box<dyn Contestant>); 5] = [
            (Client::Towline, Box::new(towline)),
            (
                Client::Ftplib,
                Box::new(ftplib::Ftplib::new(python.clone())?),
            ),
            (Client::Lftp, Box::new(lftp::Lftp::new(&lftp)?)),
            (Client::Curl, Box::new(curl::Curl::new(&curl)?)),
            (Client::Rclone, Box::new(rclone::Rclone::new(&rclone)?)),
        ];
        Ok(Self {
            contestants: contestants.into(),
        })
    }

    /// Each client with its version.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (Client, &str)> {
        let all = self.contestants.iter();
        all.map(|(client, contestant)| (*client, contestant.version()))
    }

    /// How `client` is started for `job`.
    pub(crate) fn invocation(&self, client: Client, job: &Job<'_>) -> Result<Invocation> {
        let contestant = self.contestants.get(&client);
        contestant.context("an unknown client")?.invocation(job)
    }
}

/// What a short-lived command prints.
fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    ensure!(
        output.status.success(),
        "{program} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
