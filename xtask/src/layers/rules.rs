//! The file `layers.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The name of the file, at the root of the workspace.
pub(super) const FILE: &str = "layers.toml";

/// The rules of all crates.
#[derive(Debug, Deserialize)]
pub(super) struct Rules(BTreeMap<String, Layers>);

/// The rules of one crate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layers {
    /// The crates of the workspace that it may depend on.
    #[serde(default)]
    pub(super) uses: Vec<String>,
    /// The crates that it must not depend on.
    #[serde(default)]
    pub(super) never: Vec<String>,
    /// Its modules; each uses only those to its left.
    pub(super) order: Vec<String>,
    /// The same for the modules in a folder of its source, such as `"transfer/stream"`.
    #[serde(default)]
    pub(super) inside: BTreeMap<String, Vec<String>>,
    /// Another crate, as the source names it, and the modules that may name it.
    #[serde(default)]
    pub(super) only: BTreeMap<String, Vec<String>>,
}

impl Rules {
    /// Reads the file.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// The rules of a package.
    pub(super) fn of(&self, package: &str) -> Option<&Layers> {
        self.0.get(package)
    }

    /// The packages that have rules.
    pub(super) fn packages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Layers {
    /// The order of the modules in a folder, if it has one.
    pub(super) fn order_in(&self, folder: &[String]) -> Option<&[String]> {
        if folder.is_empty() {
            return Some(&self.order);
        }
        self.inside.get(&folder.join("/")).map(Vec::as_slice)
    }
}
