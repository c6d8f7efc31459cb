//! The program of this workspace, as it is released.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::events::Events;
use crate::{process, workspace};

/// Builds `towline` for release and returns its path.
pub(crate) fn build(events: &Events) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let built = process::run(
        Command::new(cargo).current_dir(workspace::root()).args([
            "build",
            "--release",
            "--package",
            "towline-cli",
            "--bin",
            "towline",
        ]),
        events,
    )?;
    ensure!(built.success(), "towline does not build");
    Ok(workspace::root().join("target/release/towline"))
}
