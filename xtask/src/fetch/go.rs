//! Go programs, with the modules of their `go.sum`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::command::succeed;
use super::recipe::Source;

/// Builds a program of ours as `client`. Returns the version of its package.
pub(super) fn build(source: Source, folder: &Path) -> Result<String> {
    source.write(folder)?;
    succeed(
        Command::new("go")
            .args(["build", "-mod=readonly", "-o", "client"])
            // Never another Go than the machine's.
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0")
            .current_dir(folder),
    )?;
    version(source)
}

fn version(source: Source) -> Result<String> {
    let required = source.file("go.mod")?.lines().find_map(|line| {
        let (_, version) = line.split_once(&format!("{} v", source.package))?;
        version.split_whitespace().next()
    });
    Ok(required
        .context("go.mod does not require the package")?
        .to_owned())
}
