//! How the programs are fetched.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// How a server's program is fetched and set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    /// The folder it goes to.
    pub(crate) name: &'static str,
    /// Debian packages. Dependencies that the machine lacks are fetched too.
    pub(crate) packages: &'static [&'static str],
    /// What is made from the unpacked packages.
    pub(crate) product: Product,
}

/// The product of a [`Recipe`]. Where it is made of Debian packages, the first one gives the
/// version.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Product {
    /// The image of a jail with these programs.
    Jail {
        programs: &'static [&'static str],
        pam: bool,
    },
    /// The unpacked packages, unchanged.
    Unpacked,
    /// A venv with these Python packages, as lines of a requirements file; the first one gives the
    /// version. Python itself comes from Debian.
    Venv {
        python: &'static str,
        requirements: &'static [&'static str],
    },
    /// A program for the machine's Node.js, with the packages of its `package-lock.json`.
    Node(Source),
    /// A Rust program, built apart from the workspace, with the packages of its `Cargo.lock`.
    Rust(Source),
    /// A Java program, with the packages of its `pom.xml`.
    Java(Java),
    /// A Go program, with the modules of its `go.sum`.
    Go(Source),
}

/// A Java program, and the version of its package, which its `pom.xml` calls `client.version`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Java {
    /// The program's files, by name. `packages.sha256` has the hash of every package.
    pub(crate) files: &'static [(&'static str, &'static str)],
    pub(crate) version: &'static str,
}

/// A program of ours around a package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// The package, which gives the version.
    pub(crate) package: &'static str,
    /// The program's files, by name.
    pub(crate) files: &'static [(&'static str, &'static str)],
}

impl Source {
    /// Writes the program's files into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write(self.files, folder)
    }

    /// The contents of one of the program's files.
    pub(super) fn file(&self, name: &str) -> Result<&'static str> {
        let found = self.files.iter().find(|(it, _)| *it == name);
        Ok(found.with_context(|| format!("no {name} in the recipe"))?.1)
    }
}

impl Java {
    /// Writes the program's files into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write(self.files, folder)
    }
}

fn write(files: &[(&str, &str)], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, contents) in files {
        fs::write(folder.join(name), contents)?;
    }
    Ok(())
}
