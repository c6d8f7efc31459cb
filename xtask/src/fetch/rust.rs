//! Rust programs, built outside the workspace, so that their dependencies affect neither its
//! `Cargo.lock` nor its build.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};
use toml::Table;

use super::command::{remove, succeed};
use super::recipe::Source;

/// Builds a program with the packages of its `Cargo.lock`, and keeps only the executable. Returns
/// the version of its package.
pub(super) fn build(source: Source, folder: &Path) -> Result<String> {
    source.write(folder)?;
    let target = folder.join("target");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    succeed(
        Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--target-dir"])
            .arg(&target)
            .current_dir(folder),
    )?;
    let name = format!("towline-{}", source.package);
    fs::rename(target.join("debug").join(&name), folder.join(name))?;
    remove(&target)?;
    version(source)
}

fn version(source: Source) -> Result<String> {
    let lock: Table = source.file("Cargo.lock")?.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let mut packages = packages.into_iter().flatten();
    let version = packages
        .find(|it| it.get("name").and_then(toml::Value::as_str) == Some(source.package))
        .and_then(|it| it.get("version")?.as_str());
    Ok(version
        .context("the lock file lacks the package")?
        .to_owned())
}
