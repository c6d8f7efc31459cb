//! Java programs: Maven fetches the packages of a `pom.xml`, and `javac` compiles ours.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::command::succeed;
use super::recipe::Java;

/// Fetches the packages and compiles the program. Returns the version of its package.
pub(super) fn build(java: Java, folder: &Path) -> Result<String> {
    java.source.write(folder)?;
    let packages = folder.join("packages");
    succeed(
        Command::new("mvn")
            .args(["--batch-mode", "--quiet", "dependency:copy-dependencies"])
            .arg(format!("-Dclient.version={}", java.version))
            .arg(format!("-DoutputDirectory={}", packages.display()))
            .current_dir(folder),
    )?;
    let classes = folder.join("classes");
    fs::create_dir_all(&classes)?;
    let files = java.source.files.iter().map(|(name, _)| *name);
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
