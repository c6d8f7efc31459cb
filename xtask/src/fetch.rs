//! Fetching the servers' programs: Debian packages, unpacked into a separate folder and never
//! installed, and Python packages in a private venv.
//!
//! apt works on its own lists and archives under `target/`, so that the system's are neither needed
//! nor touched.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::events::Events;
use crate::{jail, workspace};

/// How a server's program is fetched and set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    /// The folder it goes to.
    pub(crate) name: &'static str,
    /// Debian packages; the first one gives the version. Dependencies that the machine lacks are
    /// fetched too.
    pub(crate) packages: &'static [&'static str],
    /// What is made from the unpacked packages.
    pub(crate) product: Product,
}

/// The product of a [`Recipe`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Product {
    /// The image of a jail with these programs.
    Jail {
        programs: &'static [&'static str],
        pam: bool,
    },
    /// The unpacked packages, unchanged.
    Unpacked,
    /// A venv with these Python packages; the first one gives the version. Python itself comes from
    /// Debian too.
    Venv {
        python: &'static str,
        requirements: &'static [&'static str],
    },
}

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
        self.folder.join("venv/bin/python3")
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
pub(crate) fn check_machine() -> Result<()> {
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
    for (program, package) in programs {
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
    let archives = folder.join("archives");
    let unpacked = folder.join("unpacked");
    fs::create_dir_all(&archives)?;
    let apt = Apt::new(workspace::servers().join("cache/apt"))?;
    apt.download(recipe.packages, &archives)?;
    for archive in fs::read_dir(&archives)? {
        succeed(
            Command::new("dpkg")
                .arg("-x")
                .arg(archive?.path())
                .arg(&unpacked),
        )?;
    }
    let version = match recipe.product {
        Product::Jail { programs, pam } => {
            jail::build_image(&folder.join("image"), &unpacked, programs, pam)?;
            version_of(recipe.packages, &archives)?
        }
        Product::Unpacked => version_of(recipe.packages, &archives)?,
        Product::Venv {
            python,
            requirements,
        } => {
            make_venv(&folder.join("venv"), &unpacked, python, requirements)?;
            requirements
                .first()
                .and_then(|requirement| requirement.split_once("=="))
                .map(|(_, version)| version.to_owned())
                .context("the first Python package has no version")?
        }
    };
    remove(&archives)?;
    Ok(version)
}

fn make_venv(venv: &Path, unpacked: &Path, python: &str, requirements: &[&str]) -> Result<()> {
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
    succeed(
        Command::new(venv.join("bin/python3"))
            .arg(pip.join("pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .args(requirements)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("LD_LIBRARY_PATH", &libraries),
    )
}

fn version_of(packages: &[&str], archives: &Path) -> Result<String> {
    let package = packages.first().context("a recipe without packages")?;
    let prefix = format!("{package}_");
    for archive in fs::read_dir(archives)? {
        let archive = archive?;
        if archive.file_name().to_string_lossy().starts_with(&prefix) {
            return output(
                Command::new("dpkg-deb")
                    .arg("-f")
                    .arg(archive.path())
                    .arg("Version"),
            )
            .map(|version| version.trim().to_owned());
        }
    }
    bail!("no archive of {package} was downloaded")
}

/// apt with its own lists and archives.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    fn new(folder: PathBuf) -> Result<Self> {
        let apt = Self { folder };
        if !apt.updated().exists() {
            println!("fetching the lists of Debian's packages");
            fs::create_dir_all(apt.folder.join("lists/partial"))?;
            fs::create_dir_all(apt.folder.join("cache/archives/partial"))?;
            succeed(apt.get().arg("update"))?;
            fs::write(apt.updated(), "")?;
        }
        Ok(apt)
    }

    /// Downloads packages and all their dependencies that the machine lacks.
    fn download(&self, packages: &[&str], to: &Path) -> Result<()> {
        let simulation = output(
            self.get()
                .args(["--simulate", "--no-install-recommends", "install"])
                .args(packages),
        )?;
        let mut wanted: BTreeSet<&str> = packages.iter().copied().collect();
        wanted.extend(simulation.lines().filter_map(newly_installed));
        let downloaded = succeed(self.get().arg("download").args(&wanted).current_dir(to));
        if downloaded.is_err() {
            // The lists may be older than the archive; the next run fetches new ones.
            remove(&self.folder)?;
        }
        downloaded
    }

    fn get(&self) -> Command {
        let mut command = Command::new("apt-get");
        command
            .arg("--quiet=2")
            .arg("-o")
            .arg(format!(
                "Dir::State::Lists={}",
                self.folder.join("lists").display()
            ))
            .arg("-o")
            .arg(format!(
                "Dir::Cache={}",
                self.folder.join("cache").display()
            ))
            // apt's own user could not enter a folder below root's home.
            .args(["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"])
            .env("LC_ALL", "C.UTF-8");
        command
    }

    fn updated(&self) -> PathBuf {
        self.folder.join("updated")
    }
}

/// The package name in a line such as `Inst libwrap0 (7.6.q-32 ...)`. In an upgrade the old version
/// follows in brackets; upgrades are not needed.
fn newly_installed(line: &str) -> Option<&str> {
    let (package, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
    (!rest.starts_with('[')).then_some(package)
}

fn succeed(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be started by its name alone.
pub(crate) fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_would_be_new_and_leaves_upgrades() {
        let line = "Inst libwrap0 (7.6.q-32 Debian:12.15/oldstable [amd64])";
        assert_eq!(newly_installed(line), Some("libwrap0"));
        let upgrade = "Inst libpcre2-8-0 [10.42-1] (10.42-2 Debian-Security:12 [amd64])";
        assert_eq!(newly_installed(upgrade), None);
        assert_eq!(newly_installed("Conf libwrap0 (7.6.q-32)"), None);
    }
}
