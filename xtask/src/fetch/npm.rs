//! Node.js packages, in the folder of the program that uses them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::command::succeed;
use super::recipe::Source;

/// Installs a program and the packages of its `package-lock.json`. Returns the version of its
/// package.
pub(super) fn install(source: Source, folder: &Path) -> Result<String> {
    source.write(folder)?;
    // No package may run scripts here, and optional packages are left out.
    let options = [
        "--ignore-scripts",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
    ];
    succeed(
        Command::new("npm")
            .args(["ci", "--silent"])
            .args(options)
            .current_dir(folder),
    )?;
    let lock: Value = serde_json::from_str(source.file("package-lock.json")?)?;
    let package = format!("node_modules/{}", source.package);
    let version = lock["packages"][package]["version"].as_str();
    Ok(version
        .context("the lock file lacks the package")?
        .to_owned())
}
