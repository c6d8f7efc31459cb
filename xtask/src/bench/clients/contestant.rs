//! The job that a client gets, and how the client is started.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use towline_interop::RealServer;

use crate::bench::work::{Direction, Work};

/// What a client has to do, and where.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) server: &'a RealServer,
    pub(crate) work: Work,
    pub(crate) connections: u32,
    /// Whether an old program is the client, and Towline its gateway.
    pub(crate) is_through_gateway: bool,
    /// The folder that holds the folders for uploads.
    pub(crate) sources: &'a Path,
    /// The folder that downloads go to, empty at first.
    pub(crate) target: &'a Path,
    /// The client's home, for its configuration.
    pub(crate) home: &'a Path,
}

impl Job<'_> {
    /// The local folder that is uploaded or created.
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

    /// The remote directory that is created, downloaded or listed.
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
    /// The configuration file in its home.
    pub(crate) script: Option<String>,
    /// How many connections it uses.
    pub(crate) connections: u32,
}

impl Invocation {
    /// An invocation of `program` without arguments.
    pub(super) fn of(program: &Path, connections: u32) -> Self {
        Self {
            program: program.to_path_buf(),
            arguments: Vec::new(),
            environment: Vec::new(),
            script: None,
            connections,
        }
    }

    pub(super) fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(super) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Writes a script into the client's home and adds its path as an argument.
    pub(super) fn script(mut self, home: &Path, script: String) -> Result<Self> {
        let path = home.join("script");
        fs::write(&path, &script)?;
        self.script = Some(script);
        Ok(self.args([path]))
    }
}

/// A client that is ready to start.
pub(super) trait Contestant: fmt::Debug {
    /// Its version, for display.
    fn version(&self) -> &str;

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation>;

    /// How it is started as a gateway that listens on a port of loopback.
    fn gateway(&self, _job: &Job<'_>, _port: u16) -> Result<Invocation> {
        bail!("it is no gateway")
    }
}

/// Returns the output of a short command.
pub(super) fn output(command: &mut Command) -> Result<String> {
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
