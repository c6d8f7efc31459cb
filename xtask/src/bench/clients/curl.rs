//! curl, with all files in one configuration so that it keeps its connection.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use towline_interop::Tls;

use super::contestant::{Contestant, Invocation, Job};
use crate::bench::payload;
use crate::bench::work::{Direction, Work};
use crate::fetch::{Product, Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    name: "curl",
    packages: &["curl", "libcurl4"],
    product: Product::Unpacked,
};

#[derive(Debug)]
pub(super) struct Curl {
    program: PathBuf,
    libraries: String,
    version: String,
}

impl Curl {
    pub(super) fn new(program: &Program) -> Result<Self> {
        Ok(Self {
            program: program.unpacked("usr/bin/curl"),
            libraries: program.library_path()?,
            version: program.version.clone(),
        })
    }
}

impl Contestant for Curl {
    fn version(&self) -> &str {
        &self.version
    }

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation> {
        let (server, local, remote) = (job.server, job.local(), job.remote());
        let local = local.display();
        let mut script = format!(
            "silent\nshow-error\nfail-early\nuser = \"{}:{}\"\n",
            server.user, server.password,
        );
        if server.tls != Tls::Never {
            let trusted = server.ca_file.display();
            writeln!(script, "ssl-reqd\ncacert = \"{trusted}\"")?;
        }
        let base = format!("ftp://{}{remote}", server.address());
        match job.work {
            Work::Move {
                direction, files, ..
            } => {
                let option = match direction {
                    Direction::Download => {
                        script.push_str("create-dirs\n");
                        "output"
                    }
                    Direction::Upload => {
                        script.push_str("ftp-create-dirs\n");
                        "upload-file"
                    }
                };
                for name in (0..files).map(payload::name) {
                    writeln!(script, "url = \"{base}/{name}\"")?;
                    writeln!(script, "{option} = \"{local}/{name}\"")?;
                }
            }
            Work::Mirror { .. } => bail!("curl mirrors nothing"),
            Work::List { .. } => writeln!(script, "url = \"{base}/\"")?,
        }
        Invocation::of(&self.program, 1)
            .env("LD_LIBRARY_PATH", &self.libraries)
            .args(["--disable", "--config"])
            .script(job.home, script)
    }
}
