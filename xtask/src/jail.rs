//! A folder that a server sees as the whole file system.
//!
//! Each server runs under `chroot` in a folder with its program, the libraries that the program
//! needs, and its own `/etc`. It neither reads nor writes anything of the system's: no users, no
//! PAM services, no log files.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::{process, users};

/// The ids of every user inside a jail, without privileges.
pub(crate) const UID: u32 = 65534;

/// Fills `image` with programs from an unpacked package and all the libraries that they need, from
/// the package if it has them, or else from the machine.
///
/// `programs` are paths inside the package. With `pam`, also adds the module that checks a password
/// against the jail's own `/etc/shadow`.
pub(crate) fn build_image(
    image: &Path,
    unpacked: &Path,
    programs: &[&str],
    pam: bool,
) -> Result<()> {
    let mut files = BTreeSet::new();
    for program in programs {
        let path = unpacked.join(program);
        files.extend(libraries(&path, unpacked)?);
        files.insert(path);
    }
    if pam {
        let module = pam_module(&files)?;
        files.extend(libraries(&module, unpacked)?);
        files.insert(module);
    }
    for file in files {
        let inside = file.strip_prefix(unpacked).unwrap_or(&file);
        copy(&file, &join(image, inside))?;
    }
    Ok(())
}

/// A jail that is ready for one server of one run.
#[derive(Debug)]
pub(crate) struct Jail {
    root: PathBuf,
}

impl Jail {
    /// Makes `root` a jail from an image, with the folders that every server needs.
    pub(crate) fn new(image: &Path, root: PathBuf) -> Result<Self> {
        link_tree(image, &root)?;
        for folder in ["dev", "etc", "log", "run", "tmp", "home"] {
            fs::create_dir_all(root.join(folder))?;
        }
        for user in users::users() {
            let home = root.join("home").join(user);
            fs::create_dir(&home)?;
            chown(home, Some(UID), Some(UID))?;
        }
        fs::set_permissions(root.join("tmp"), Permissions::from_mode(0o1777))?;
        device(&root.join("dev/null"), 3)?;
        device(&root.join("dev/urandom"), 9)?;
        Ok(Self { root })
    }

    /// The path on this machine of a path inside the jail.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        join(&self.root, Path::new(inside))
    }

    /// Writes a file that only root may read.
    pub(crate) fn write(&self, inside: &str, contents: impl AsRef<[u8]>) -> Result<()> {
        let path = self.path(inside);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, contents).with_context(|| path.display().to_string())?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(())
    }

    /// A command that runs `program` inside the jail.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = process::dying_with_us("chroot");
        command
            .arg(&self.root)
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin");
        command
    }
}

/// The libraries that a program needs, as the dynamic linker finds them.
fn libraries(program: &Path, unpacked: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd")
        .arg(program)
        .env("LD_LIBRARY_PATH", library_path(unpacked)?)
        .output()
        .context("cannot run ldd")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("not found"),
        "{} lacks libraries:\n{text}{}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    // `libz.so.1 => /lib/libz.so.1 (0x7f..)`, or only the path for the linker.
    Ok(text
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect())
}

/// Every folder of an unpacked package that holds libraries, joined with colons.
pub(crate) fn library_path(unpacked: &Path) -> Result<String> {
    let mut folders = Vec::new();
    for base in ["lib", "usr/lib"] {
        let Ok(entries) = fs::read_dir(unpacked.join(base)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path.display().to_string());
            }
        }
    }
    Ok(folders.join(":"))
}

fn pam_module(files: &BTreeSet<PathBuf>) -> Result<PathBuf> {
    let library = files
        .iter()
        .find(|path| path.file_name().is_some_and(|name| name == "libpam.so.0"))
        .context("the program does not use PAM")?;
    let module = library.with_file_name("security").join("pam_unix.so");
    if !module.exists() {
        bail!(
            "{} is missing: it is in the package libpam-modules",
            module.display()
        );
    }
    Ok(module)
}

/// Creates one of Linux's memory devices (major number 1).
fn device(path: &Path, minor: u32) -> Result<()> {
    let mode = Mode::from_raw_mode(0o666);
    mknodat(
        CWD,
        path,
        FileType::CharacterDevice,
        mode,
        makedev(1, minor),
    )
    .with_context(|| format!("cannot make the device {}", path.display()))?;
    // Restore what the umask removed.
    Ok(fs::set_permissions(path, Permissions::from_mode(0o666))?)
}

fn link_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_tree(&entry.path(), &target)?;
        } else {
            fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// `root/path`, also for an absolute `path`.
fn join(root: &Path, path: &Path) -> PathBuf {
    let parts = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)));
    root.join(parts.collect::<PathBuf>())
}
