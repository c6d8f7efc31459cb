//! rclone, without a configuration file.
//!
//! Its connections share one cache of TLS sessions, keyed by host name. With several connections
//! they offer each other's sessions, which servers that require reuse refuse. No option of rclone
//! changes that in TLS 1.3.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::contestant::{Contestant, Invocation, Job, output};
use crate::bench::work::{Direction, Work};
use crate::fetch::{Product, Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rclone",
    packages: &["rclone"],
    product: Product::Unpacked,
};

#[derive(Debug)]
pub(super) struct Rclone {
    program: PathBuf,
    libraries: String,
    version: String,
}

impl Rclone {
    pub(super) fn new(program: &Program) -> Result<Self> {
        Ok(Self {
            program: program.unpacked("usr/bin/rclone"),
            libraries: program.library_path()?,
            version: program.version.clone(),
        })
    }

    /// The password in the only form that rclone accepts.
    fn obscured(&self, password: &str) -> Result<String> {
        output(
            Command::new(&self.program)
                .args(["obscure", password])
                .env("LD_LIBRARY_PATH", &self.libraries),
        )
    }
}

impl Contestant for Rclone {
    fn version(&self) -> &str {
        &self.version
    }

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation> {
        let server = job.server;
        let (local, remote) = (job.local().into_os_string(), job.remote());
        let remote = format!(":ftp:{remote}").into();
        let connections = job.connections.to_string();
        let port = server.port.to_string();
        let invocation = Invocation::of(&self.program, job.connections)
            .env("LD_LIBRARY_PATH", &self.libraries)
            .env("SSL_CERT_FILE", &server.ca_file)
            .env("RCLONE_FTP_PASS", self.obscured(&server.password)?)
            // An empty path means a configuration in memory.
            .env("RCLONE_CONFIG", "")
            .args(["--ftp-explicit-tls", "--ftp-host", &server.host.to_string()])
            .args(["--ftp-port", &port, "--ftp-user", &server.user])
            .args(["--retries", "1"]);
        Ok(match job.work {
            Work::Move { .. } | Work::Mirror { .. } => {
                let is_upload = matches!(
                    job.work,
                    Work::Move {
                        direction: Direction::Upload,
                        ..
                    }
                );
                let (from, to) = match is_upload {
                    false => (remote, local),
                    true => (local, remote),
                };
                invocation
                    .args(["--transfers", &connections])
                    // Without this it uses four more connections for a big file.
                    .args(["--multi-thread-streams", "1", "copy"])
                    .args([from, to])
            }
            Work::List { .. } => invocation.args(["lsf".into(), remote]),
        })
    }
}
