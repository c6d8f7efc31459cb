//! Debian packages. apt works on its own lists and archives under `target/`, so that the system's
//! are neither needed nor touched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::command::{output, remove, succeed};

/// apt with its own lists and archives.
pub(super) struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Fetches the lists of Debian's packages if `folder` has none.
    pub(super) fn new(folder: PathBuf) -> Result<Self> {
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

    /// Downloads packages and all their dependencies that the machine lacks, and unpacks them into
    /// `folder`. Returns the version of the first package.
    pub(super) fn unpack(&self, packages: &[&str], folder: &Path) -> Result<String> {
        let archives = folder.with_extension("archives");
        fs::create_dir_all(&archives)?;
        self.download(packages, &archives)?;
        for archive in fs::read_dir(&archives)? {
            let archive = archive?.path();
            succeed(Command::new("dpkg").arg("-x").arg(archive).arg(folder))?;
        }
        let version = version_of(packages, &archives)?;
        remove(&archives)?;
        Ok(version)
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

fn version_of(packages: &[&str], archives: &Path) -> Result<String> {
    let package = packages.first().context("a recipe without packages")?;
    let prefix = format!("{package}_");
    for archive in fs::read_dir(archives)? {
        let archive = archive?;
        if archive.file_name().to_string_lossy().starts_with(&prefix) {
            let archive = archive.path();
            let version = output(
                Command::new("dpkg-deb")
                    .arg("-f")
                    .arg(archive)
                    .arg("Version"),
            )?;
            return Ok(version.trim().to_owned());
        }
    }
    bail!("no archive of {package} was downloaded")
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
