//! The pairs of servers, and what a script needs to know about each.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filetime::FileTime;
use rustls::ClientConfig;
use towline_interop::{Account, servers};
use towline_testkit::{DigestCommand, Personality, Server, Versions};

use crate::tls;

/// A real server and the personality that plays it.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The name of the real server.
    pub(crate) server: &'static str,
    pub(crate) personality: Personality,
    pub(crate) tls: Versions,
    /// Whether to offer digests and `SITE UTIME`, which ProFTPD has in modules.
    pub(crate) more_commands: bool,
}

pub(crate) const VSFTPD: Pair = Pair {
    server: "vsftpd",
    personality: Personality::VsFtpd,
    tls: Versions::Both,
    more_commands: false,
};
pub(crate) const PROFTPD: Pair = Pair {
    server: "proftpd",
    personality: Personality::ProFtpd138,
    tls: Versions::Both,
    more_commands: false,
};
pub(crate) const PROFTPD_TLS12: Pair = Pair {
    server: "proftpd-tls12",
    personality: Personality::ProFtpd138,
    tls: Versions::Tls12,
    more_commands: false,
};
pub(crate) const PROFTPD_DIGESTS: Pair = Pair {
    server: "proftpd-digests",
    more_commands: true,
    ..PROFTPD
};
pub(crate) const PURE_FTPD: Pair = Pair {
    server: "pure-ftpd",
    personality: Personality::PureFtpd,
    tls: Versions::Both,
    more_commands: false,
};
pub(crate) const PYFTPDLIB: Pair = Pair {
    server: "pyftpdlib",
    personality: Personality::PyFtpdlib,
    tls: Versions::Both,
    more_commands: false,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

impl Pair {
    /// Returns an account on the real server.
    pub(crate) fn account(&self) -> Account {
        servers::by_name(self.server).account()
    }

    pub(crate) fn versions(&self) -> &'static [Version] {
        match self.tls {
            Versions::Tls12 => &[Version::Tls12],
            _ => &[Version::Tls12, Version::Tls13],
        }
    }
}

/// A running server, and an account on it whose home contains what [`furnish`] puts there.
#[derive(Debug)]
pub(crate) struct Place {
    /// The name of the real server of its pair.
    pub(crate) server: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) user: String,
    pub(crate) password: String,
    /// The account's home as this machine sees it.
    pub(crate) home: PathBuf,
    pub(crate) version: Version,
    /// Cloned for each connection, because `rustls` resumes a session only with the same verifier.
    pub(crate) tls: Arc<ClientConfig>,
}

impl Place {
    /// Describes the real server.
    pub(crate) fn real(account: &Account, version: Version) -> Self {
        furnish(&account.home);
        let server = account.server;
        let ca = fs::read(&server.ca_file).unwrap();
        Self {
            server: &server.name,
            address: server.address(),
            user: account.user.clone(),
            password: server.password.clone(),
            home: account.home.clone(),
            version,
            tls: tls::config(&ca, version),
        }
    }

    /// Starts a server that plays the real one, with a user of the same name.
    pub(crate) async fn played(pair: &Pair, account: &Account, version: Version) -> (Self, Server) {
        let (user, password) = (&account.user, &account.server.password);
        let mut builder = Server::builder(pair.personality).versions(pair.tls);
        if pair.more_commands {
            let digests = DigestCommand::ALL.into_iter();
            let digests = digests.filter(|command| *command != DigestCommand::SiteMd5);
            builder = builder.digests(digests).site_utime(true);
        }
        let server = builder.user(user, password).start().await.unwrap();
        furnish(server.root());
        let place = Self {
            server: pair.server,
            address: server.address(),
            user: user.clone(),
            password: password.clone(),
            home: server.root().to_path_buf(),
            version,
            tls: tls::config(server.ca_pem().as_bytes(), version),
        };
        (place, server)
    }

    /// Stores a file, with the owner and time that [`furnish`] sets.
    pub(crate) fn put(&self, name: &str, contents: &[u8]) {
        put(&self.home, name, contents);
    }

    /// Returns the contents of a file on disk, or `None` if there is no file.
    pub(crate) fn contents(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.home.join(name)).ok()
    }

    /// Returns the size of a file on disk, or `None` if there is no file.
    pub(crate) fn stored(&self, name: &str) -> Option<u64> {
        let metadata = fs::metadata(self.home.join(name)).ok()?;
        Some(metadata.len())
    }
}

/// Fills a home with the same files everywhere: `file` of ten bytes, `other` of five, `empty`, and
/// `directory` with a file in it. All have the same time and the home's owner.
fn furnish(home: &Path) {
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    fs::create_dir(home.join("directory")).unwrap();
    for (name, contents) in [
        ("file", "0123456789"),
        ("other", "other"),
        ("empty", ""),
        ("directory/inner", "inner"),
        ("directory", ""),
    ] {
        if name == "directory" {
            belongs(home, name);
        } else {
            put(home, name, contents.as_bytes());
        }
    }
}

fn put(home: &Path, name: &str, contents: &[u8]) {
    fs::write(home.join(name), contents).unwrap();
    belongs(home, name);
}

/// Gives a file or directory the home's owner and the common time.
fn belongs(home: &Path, name: &str) {
    let (owner, path) = (fs::metadata(home).unwrap(), home.join(name));
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    // 2024-03-02 04:05:06 UTC
    filetime::set_file_mtime(&path, FileTime::from_unix_time(1_709_352_306, 0)).unwrap();
}
