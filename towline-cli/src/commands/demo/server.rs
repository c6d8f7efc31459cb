//! The server of the demonstration, and its files. All of them are removed at the end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use towline_testkit::{NamedFault, Personality, Server};

use crate::error::Error;

pub(super) const USER: &str = "demo";
pub(super) const PASSWORD: &str = "secret";

/// A running server with files in `out` and an empty directory `in`, and a local directory.
#[derive(Debug)]
pub(super) struct DemoServer {
    pub(super) server: Server,
    local: TempDir,
}

impl DemoServer {
    /// Starts a server, perhaps with a fault.
    pub(super) async fn start(fault: Option<&NamedFault>) -> Result<Self, Error> {
        let builder = match fault {
            Some(fault) => fault.server(),
            None => Server::builder(Personality::ProFtpd138),
        };
        let server = builder
            .user(USER, PASSWORD)
            .start()
            .await
            .map_err(|error| unexpected(error.to_string()))?;
        let local = tempfile::Builder::new()
            .prefix("towline-demo-")
            .tempdir()
            .map_err(|error| Error::local("a temporary directory", error))?;
        let demo = Self { server, local };
        demo.write(&demo.ca_file(), demo.server.ca_pem().as_bytes())?;
        demo.write(&demo.password_file(), PASSWORD.as_bytes())?;
        restrict(&demo.password_file())?;
        let root = demo.server.root();
        for (path, contents) in contents() {
            demo.write(&root.join("out").join(path), &contents)?;
        }
        create(&root.join("in"))?;
        Ok(demo)
    }

    /// Stops the server, and removes all files.
    pub(super) async fn stop(self) -> Result<(), Error> {
        self.server.shutdown().await;
        let path = self.local.path().to_owned();
        self.local
            .close()
            .map_err(|error| Error::local(path, error))
    }

    pub(super) fn ca_file(&self) -> PathBuf {
        self.local.path().join("ca.pem")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.local.path().join("password")
    }

    /// Creates a local directory with this name.
    pub(super) fn directory(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.local.path().join(name);
        create(&path)?;
        Ok(path)
    }

    pub(super) fn write(&self, path: &Path, contents: &[u8]) -> Result<(), Error> {
        if let Some(parent) = path.parent() {
            create(parent)?;
        }
        fs::write(path, contents).map_err(|error| Error::local(path, error))
    }
}

/// The directories with files on the server.
pub(super) const DIRECTORIES: [&str; 3] = ["out", "out/2026", "out/2026/11"];

/// The files below `out`.
pub(super) fn contents() -> [(&'static str, Vec<u8>); 5] {
    let big = (0..1_500_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    [
        ("2026/11/orders.csv", b"4711,towline,1\n".repeat(400)),
        ("2026/11/photo.raw", big.collect()),
        ("Gr\u{fc}\u{df}e.txt", "Ahoi!\n".into()),
        ("empty", Vec::new()),
        ("report.csv", b"day,files\n2026-11-21,5\n".to_vec()),
    ]
}

/// The error for a result that the demonstration does not expect.
pub(super) fn unexpected(what: impl Into<String>) -> Error {
    Error::local("demo", io::Error::other(what.into()))
}

fn create(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::local(path, error))
}

#[cfg(unix)]
fn restrict(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .map_err(|error| Error::local(path, error))
}

/// Other users cannot access a temporary directory there.
#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<(), Error> {
    Ok(())
}
