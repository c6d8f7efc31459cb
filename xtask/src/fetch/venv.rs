//! Python packages, in a venv of their own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::command::succeed;
use crate::jail;

/// Makes a venv with the Python of an unpacked package and the packages of `requirements`. Returns
/// the version of the first one.
pub(super) fn make(
    venv: &Path,
    unpacked: &Path,
    python: &str,
    requirements: &[&str],
) -> Result<String> {
    let libraries = jail::library_path(unpacked)?;
    succeed(
        Command::new(unpacked.join(python))
            .args(["-m", "venv", "--without-pip"])
            .arg(venv)
            .env("LD_LIBRARY_PATH", &libraries),
    )?;
    let wheels = unpacked.join("usr/share/python-wheels");
    let pip = fs::read_dir(&wheels)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"pip-"))
        })
        .with_context(|| format!("no pip in {}", wheels.display()))?;
    // Only a file may hold hashes.
    let list = venv.join("requirements.txt");
    fs::write(&list, requirements.join("\n"))?;
    succeed(
        Command::new(venv.join("bin/python3"))
            .arg(pip.join("pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                "--requirement",
            ])
            .arg(list)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("LD_LIBRARY_PATH", &libraries),
    )?;
    let version = |line: &&str| Some(line.split_once("==")?.1.split(' ').next()?.to_owned());
    let version = requirements.first().and_then(version);
    version.context("the first Python package has no version")
}
