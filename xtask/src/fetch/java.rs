//! Java programs: Maven fetches the packages of a `pom.xml`, and `javac` compiles ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::command::{output, succeed};
use super::recipe::Java;

/// The hashes that packages must have.
const HASHES: &str = "packages.sha256";

/// Fetches the packages and compiles the program. Returns the version of its package.
pub(super) fn build(java: Java, folder: &Path) -> Result<String> {
    java.write(folder)?;
    let packages = folder.join("packages");
    succeed(
        Command::new("mvn")
            .args(["--batch-mode", "--quiet", "dependency:copy-dependencies"])
            .arg(format!("-Dclient.version={}", java.version))
            .arg(format!("-DoutputDirectory={}", packages.display()))
            .current_dir(folder),
    )?;
    check(&packages, &folder.join(HASHES))?;
    let classes = folder.join("classes");
    fs::create_dir_all(&classes)?;
    let files = java.files.iter().map(|(name, _)| *name);
    succeed(
        Command::new("javac")
            .args(["-encoding", "UTF-8", "-nowarn", "-d"])
            .arg(&classes)
            .arg("-cp")
            .arg(format!("{}/*", packages.display()))
            .args(files.filter(|name| name.ends_with(".java")))
            .current_dir(folder),
    )?;
    Ok(java.version.to_owned())
}

/// Fails unless every package has its hash in the list.
fn check(packages: &Path, list: &Path) -> Result<()> {
    let list = fs::read_to_string(list)?;
    let known: BTreeSet<&str> = list.lines().collect();
    let mut names = Vec::new();
    for entry in fs::read_dir(packages)? {
        names.push(entry?.file_name());
    }
    names.sort();
    let found = output(Command::new("sha256sum").args(names).current_dir(packages))?;
    let unknown: Vec<_> = found.lines().filter(|line| !known.contains(line)).collect();
    ensure!(
        unknown.is_empty(),
        "packages that are not in {HASHES}:\n{}",
        unknown.join("\n")
    );
    Ok(())
}
