//! The packages of the workspace, as Cargo sees them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Every member of the workspace at `root`.
pub(super) fn all(root: &Path) -> Result<Vec<Package>> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    Ok(metadata.packages)
}

impl Package {
    /// The root file of its library and of each of its programs.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Path> {
        let is_aside =
            |kind: &String| ["test", "bench", "example", "custom-build"].contains(&kind.as_str());
        self.targets
            .iter()
            .filter(move |target| !target.kind.iter().any(is_aside))
            .map(|target| target.src_path.as_path())
    }

    /// The names of the packages that it depends on, without dev-dependencies.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.real().map(|dependency| dependency.name.as_str())
    }

    /// Whether `name` is how its source names a dependency.
    pub(super) fn can_name(&self, name: &str) -> bool {
        self.real().any(|dependency| {
            let own = dependency.rename.as_ref().unwrap_or(&dependency.name);
            own.replace('-', "_") == name
        })
    }

    fn real(&self) -> impl Iterator<Item = &Dependency> {
        let counts = |dependency: &&Dependency| dependency.kind.as_deref() != Some("dev");
        self.dependencies.iter().filter(counts)
    }
}
