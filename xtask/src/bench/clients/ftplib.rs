//! The baseline, a Python program of our own, and the Python that runs it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use towline_interop::Tls;

use super::contestant::{Contestant, Invocation, Job, output};
use crate::bench::work::{Direction, Work};
use crate::events::Events;
use crate::fetch::{self, Product, Recipe};
use crate::process;

const PROGRAM: &str = include_str!("ftplib.py");

/// For machines that have no Python.
const RECIPE: Recipe = Recipe {
    name: "python",
    packages: &[
        "python3.11-minimal",
        "libpython3.11-minimal",
        "libpython3.11-stdlib",
    ],
    product: Product::Unpacked,
};

/// Uses only the standard library and starts quickly.
const ISOLATED: [&str; 2] = ["-I", "-S"];

/// The machine's Python, or a downloaded one.
#[derive(Debug, Clone)]
pub(crate) struct Python {
    program: PathBuf,
    libraries: Option<String>,
}

impl Python {
    /// Finds or downloads Python.
    pub(crate) fn find(events: &Events) -> Result<Self> {
        // Find the interpreter itself: `python3` may be a script that looks for it.
        let question = "import ftplib, ssl, sys; print(sys.executable)";
        if let Ok(program) = output(Command::new("python3").args(["-c", question])) {
            return Ok(Self {
                program: program.into(),
                libraries: None,
            });
        }
        let fetched = fetch::fetch_all([&RECIPE], events)?;
        let fetched = fetched.first().context("no Python was fetched")?;
        Ok(Self {
            program: fetched.unpacked("usr/bin/python3.11"),
            libraries: Some(fetched.library_path()?),
        })
    }

    /// A command that runs the script and is killed when this program dies.
    pub(crate) fn command(&self) -> Command {
        let mut command = process::dying_with_us(&self.program);
        command.args(ISOLATED);
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }
}

impl Python {
    /// How a script is started.
    pub(super) fn invocation(&self, script: &Path) -> Invocation {
        let invocation = Invocation::of(&self.program, 1)
            .args(ISOLATED)
            .args([script]);
        match &self.libraries {
            Some(libraries) => invocation.env("LD_LIBRARY_PATH", libraries),
            None => invocation,
        }
    }
}

#[derive(Debug)]
pub(super) struct Ftplib {
    python: Python,
    version: String,
}

impl Ftplib {
    pub(super) fn new(python: Python) -> Result<Self> {
        let question = "import ssl, sys; print(sys.version.split()[0], ssl.OPENSSL_VERSION)";
        let version = output(python.command().args(["-c", question]))?;
        Ok(Self {
            python,
            version: format!("Python {version}"),
        })
    }
}

impl Contestant for Ftplib {
    fn version(&self) -> &str {
        &self.version
    }

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation> {
        let server = job.server;
        let direction = match job.work {
            Work::Move {
                direction: Direction::Download,
                ..
            } => "get",
            Work::Move {
                direction: Direction::Upload,
                ..
            } => "put",
            Work::Mirror { .. } | Work::List { .. } => bail!("the script moves files only"),
        };
        let program = job.home.join("ftplib.py");
        std::fs::write(&program, PROGRAM)?;
        let trusted = match server.tls {
            Tls::Never => OsString::from("-"),
            _ => server.ca_file.clone().into_os_string(),
        };
        let invocation = self
            .python
            .invocation(&program)
            .args([
                &server.host.to_string(),
                &server.port.to_string(),
                &server.user,
            ])
            .args([
                trusted,
                OsString::from(direction),
                job.local().into(),
                job.remote().into(),
            ])
            .env("FTP_PASSWORD", &server.password);
        Ok(invocation)
    }
}
