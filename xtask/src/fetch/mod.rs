//! Fetching the servers' programs: Debian packages, unpacked into a separate folder and never
//! installed, and packages of Python, Node.js, Rust, Java and Go, each in a folder of its own.
//!
//! A recipe pins what comes from elsewhere than Debian: by version, or by a lock file, which has
//! the hash of every package. What comes from Debian is signed.

mod apt;
mod command;
mod go;
mod java;
mod npm;
mod recipe;
mod rust;
mod venv;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use self::apt::Apt;
use self::command::remove;
pub(crate) use self::recipe::{Java, Product, Recipe, Source};
use crate::events::Events;
use crate::{jail, workspace};

/// A fetched program.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its version.
    pub(crate) version: String,
    folder: PathBuf,
}

impl Program {
    /// The image of its jail.
    pub(crate) fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    /// The Python of its venv.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join(VENV).join("bin/python3")
    }

    /// A file of our program.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(PROGRAM).join(name)
    }

    /// A file of its unpacked packages.
    pub(crate) fn unpacked(&self, path: &str) -> PathBuf {
        self.folder.join("unpacked").join(path)
    }

    /// Where the libraries of its unpacked packages are.
    pub(crate) fn library_path(&self) -> Result<String> {
        jail::library_path(&self.folder.join("unpacked"))
    }

    /// Discards a program that turned out not to work, so that the next run fetches it again.
    pub(crate) fn forget(&self) -> Result<()> {
        Ok(fs::remove_file(self.folder.join(COMPLETE))?)
    }
}

/// The name of the file that marks a folder as complete. It holds the recipe, the folder and the
/// version.
const COMPLETE: &str = "complete";

/// The folder of a venv.
const VENV: &str = "venv";

/// The folder of a program of ours.
const PROGRAM: &str = "program";

/// Fetches several programs in the given order. Only one run fetches at a time.
pub(crate) fn fetch_all<'a>(
    recipes: impl IntoIterator<Item = &'a Recipe>,
    events: &Events,
) -> Result<Vec<Program>> {
    let base = workspace::servers();
    fs::create_dir_all(&base)?;
    let lock = File::create(base.join("lock"))?;
    lock.lock()?;
    let fetch = |recipe| {
        events.check()?;
        fetch(recipe)
    };
    recipes.into_iter().map(fetch).collect()
}

/// Fetches the program if it is missing.
fn fetch(recipe: &Recipe) -> Result<Program> {
    let folder = workspace::servers().join("cache").join(recipe.name);
    // A venv only works where it was created.
    let made = format!("{recipe:?} in {}\n", folder.display());
    if let Ok(complete) = fs::read_to_string(folder.join(COMPLETE))
        && let Some(version) = complete.strip_prefix(&made)
    {
        return Ok(Program {
            version: version.to_owned(),
            folder,
        });
    }
    println!("fetching {}", recipe.name);
    remove(&folder)?;
    let version = make(recipe, &folder).with_context(|| format!("fetching {}", recipe.name))?;
    fs::write(folder.join(COMPLETE), format!("{made}{version}"))?;
    Ok(Program { version, folder })
}

/// Reports everything that this machine lacks for the real servers at once.
pub(crate) fn check_machine(recipes: &[&Recipe]) -> Result<()> {
    let mut lacking = Vec::new();
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !system
        .lines()
        .any(|line| line == "VERSION_CODENAME=bookworm")
    {
        lacking.push("Debian 12 (bookworm): the tests expect its versions of the servers".into());
    }
    if !rustix::process::geteuid().is_root() {
        lacking.push("root: servers are run under chroot and change to another user".into());
    }
    let programs = [
        ("apt-get", "apt"),
        ("dpkg", "dpkg"),
        ("ldd", "libc-bin"),
        ("chroot", "coreutils"),
        ("setpriv", "util-linux"),
    ];
    let node = [("node", "nodejs"), ("npm", "npm")];
    let needs_node = |recipe: &&Recipe| matches!(recipe.product, Product::Node(_));
    let node = node.into_iter().filter(|_| recipes.iter().any(needs_node));
    for (program, package) in programs.into_iter().chain(node) {
        if !on_path(program) {
            lacking.push(format!("the program {program} (package {package})"));
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    bail!(
        "the real servers cannot be run here. They need\n  - {}\nEverything else is tested by \
         `cargo xtask test --without-servers`.",
        lacking.join("\n  - ")
    )
}

fn make(recipe: &Recipe, folder: &Path) -> Result<String> {
    let unpacked = folder.join("unpacked");
    let program = folder.join(PROGRAM);
    let version = match recipe.packages {
        [] => String::new(),
        packages => {
            Apt::new(workspace::servers().join("cache/apt"))?.unpack(packages, &unpacked)?
        }
    };
    match recipe.product {
        Product::Jail { programs, pam } => {
            jail::build_image(&folder.join("image"), &unpacked, programs, pam)?;
            Ok(version)
        }
        Product::Unpacked => Ok(version),
        Product::Venv {
            python,
            requirements,
        } => venv::make(&folder.join(VENV), &unpacked, python, requirements),
        Product::Node(source) => npm::install(source, &program),
        Product::Rust(source) => rust::build(source, &program),
        Product::Java(java) => java::build(java, &program),
        Product::Go(source) => go::build(source, &program),
    }
}

/// Whether a program can be started by its name alone.
pub(crate) fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
