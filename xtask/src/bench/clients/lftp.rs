//! lftp, driven by a script in its own language.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::contestant::{Contestant, Invocation, Job};
use crate::bench::work::{Direction, Work};
use crate::fetch::{Product, Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    name: "lftp",
    packages: &["lftp"],
    product: Product::Unpacked,
};

#[derive(Debug)]
pub(super) struct Lftp {
    program: PathBuf,
    libraries: String,
    /// The folder with its modules for protocols and commands.
    modules: PathBuf,
    version: String,
}

impl Lftp {
    pub(super) fn new(program: &Program) -> Result<Self> {
        let upstream = program.version.split('-').next();
        let upstream = upstream.context("lftp without a version")?;
        let modules = program.unpacked("usr/lib/lftp").join(upstream);
        Ok(Self {
            program: program.unpacked("usr/bin/lftp"),
            libraries: format!("{}:{}", modules.display(), program.library_path()?),
            modules,
            version: program.version.clone(),
        })
    }
}

impl Contestant for Lftp {
    fn version(&self) -> &str {
        &self.version
    }

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation> {
        let (server, local, remote) = (job.server, job.local(), job.remote());
        let (local, connections) = (local.display(), job.connections);
        let task = match job.work {
            Work::Mirror { .. }
            | Work::Move {
                direction: Direction::Download,
                ..
            } => format!("mirror --no-perms --parallel={connections} {remote} {local}"),
            Work::Move {
                direction: Direction::Upload,
                ..
            } => format!("mirror --reverse --no-perms --parallel={connections} {local} {remote}"),
            Work::List { .. } => format!("cls -1 {remote}"),
        };
        let script = format!(
            "\
set cmd:fail-exit yes
set module:path {modules}
set ssl:ca-file {ca_file}
set ftp:ssl-force yes
set ftp:ssl-protect-data yes
set net:max-retries 2
open -u {user},{password} ftp://{address}
{task}
",
            modules = self.modules.display(),
            ca_file = server.ca_file.display(),
            user = server.user,
            password = server.password,
            address = server.address(),
        );
        Invocation::of(&self.program, connections)
            .env("LD_LIBRARY_PATH", &self.libraries)
            .args(["-f"])
            .script(job.home, script)
    }
}
