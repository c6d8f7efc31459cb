//! The real servers that `cargo xtask test` runs during the tests.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, io};

use serde::{Deserialize, Serialize};

/// The environment variable that holds the path of the list of servers.
pub const VARIABLE: &str = "TOWLINE_SERVERS";

/// The environment variable that also enables the slow tests when it is `1`.
pub const FULL_VARIABLE: &str = "TOWLINE_FULL";

/// The number of accounts that each server has for [`RealServer::account`].
pub const ACCOUNTS: u32 = 200;

/// The program that a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// vsftpd.
    VsFtpd,
    /// ProFTPD with `mod_tls`.
    ProFtpd,
    /// Pure-FTPd.
    PureFtpd,
    /// pyftpdlib's TLS handler.
    PyFtpdlib,
    /// libunftp with its file system as storage.
    LibUnFtp,
    /// ftp-srv.
    FtpSrv,
    /// aioftp.
    AioFtp,
    /// ftpd of the GNU inetutils.
    InetUtils,
}

/// When a server uses TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// After `AUTH TLS`, which is required for a login.
    Explicit,
    /// After `AUTH TLS`, or in clear text without it.
    Optional,
    /// Never: `AUTH` is refused.
    Never,
}

impl Tls {
    /// Returns its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Implicit => "implicit",
            Self::Explicit => "explicit",
            Self::Optional => "optional",
            Self::Never => "none",
        }
    }
}

/// A running server, with everything that a test needs to use and check it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RealServer {
    /// Its name in the matrix, such as `proftpd-tls12`.
    pub name: String,
    /// The program that it runs.
    pub kind: Kind,
    /// The version of its package.
    pub version: String,
    /// The address that it listens on: in tests `127.0.0.1` or `::1`.
    pub host: IpAddr,
    /// The port for control connections.
    pub port: u16,
    /// When it uses TLS.
    pub tls: Tls,
    /// Whether it supports TLS 1.2.
    pub tls12: bool,
    /// Whether it supports TLS 1.3.
    pub tls13: bool,
    /// Whether it refuses a data connection that does not resume the control
    /// connection's session.
    pub enforces_reuse: bool,
    /// The user for manual experiments and for tests that can share an account.
    pub user: String,
    /// The password of every user.
    pub password: String,
    /// A PEM file that makes the server's certificate trusted.
    pub ca_file: PathBuf,
    /// The server's own certificate, as a PEM file.
    pub certificate: PathBuf,
    /// A PEM file with a client certificate and its key, if the server requires one for a login.
    pub client_certificate: Option<PathBuf>,
    /// The home directory of [`RealServer::user`] on this machine. The user sees it as `/`.
    pub home: PathBuf,
    /// The folder with its logs.
    pub logs: PathBuf,
}

impl RealServer {
    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Returns the TLS versions that it supports, `1.2` and `1.3`.
    pub fn versions(&self) -> impl Iterator<Item = &'static str> + use<> {
        let versions = [("1.2", self.tls12), ("1.3", self.tls13)];
        let spoken = versions.into_iter().filter(|(_, spoken)| *spoken);
        spoken.map(|(version, _)| version)
    }

    /// Returns an account that no other test uses, so that tests can run side by side and the
    /// server's log tells them apart.
    ///
    /// # Panics
    ///
    /// Panics if all [`ACCOUNTS`] are taken.
    pub fn account(&'static self) -> Account {
        match self.claim_account() {
            Ok(account) => account,
            #[allow(clippy::panic, reason = "only tests call this")]
            Err(error) => panic!("no account is left on {}: {error}", self.name),
        }
    }

    /// Returns the names of the users that each server has besides [`RealServer::user`].
    pub fn account_names(user: &str) -> impl Iterator<Item = String> {
        (1..=ACCOUNTS).map(move |number| format!("{user}-{number}"))
    }

    fn claim_account(&'static self) -> io::Result<Account> {
        let claims = run_folder().join("accounts").join(&self.name);
        fs::create_dir_all(&claims)?;
        for user in Self::account_names(&self.user) {
            // Several test processes may try at once. The one that creates the file owns the
            // account.
            match File::create_new(claims.join(&user)) {
                Ok(_) => {
                    return Ok(Account {
                        home: self.home.with_file_name(&user),
                        server: self,
                        user,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!("all {ACCOUNTS} are taken")))
    }
}

/// A user of one server, used by one test only.
#[derive(Debug, Clone)]
pub struct Account {
    /// The server.
    pub server: &'static RealServer,
    /// The user's name. The password is [`RealServer::password`].
    pub user: String,
    /// The user's home directory on this machine, empty at first. The user sees it as `/`.
    pub home: PathBuf,
}

/// Returns whether to run the slow tests too (`cargo xtask test --full`).
pub fn full() -> bool {
    env::var_os(FULL_VARIABLE).is_some_and(|value| value == "1")
}

/// Returns every running server.
///
/// # Panics
///
/// Panics if no servers were started: a test that passed without its server would hide failures.
pub fn all() -> &'static [RealServer] {
    static SERVERS: LazyLock<Vec<RealServer>> = LazyLock::new(|| match load() {
        Ok(servers) => servers,
        #[allow(clippy::panic, reason = "only tests call this")]
        Err(reason) => panic!("{reason}; run these tests with `cargo xtask test`"),
    });
    &SERVERS
}

/// Returns the server with this name.
///
/// # Panics
///
/// Panics if no such server was started.
pub fn by_name(name: &str) -> &'static RealServer {
    match all().iter().find(|server| server.name == name) {
        Some(server) => server,
        #[allow(clippy::panic, reason = "only tests call this")]
        None => panic!("`cargo xtask test` starts no server named {name}"),
    }
}

/// Returns the folder of this run, which contains the list of servers.
///
/// # Panics
///
/// Panics if no servers were started.
pub fn run_folder() -> PathBuf {
    match list_path().map(|path| path.parent().map(Path::to_path_buf)) {
        Ok(Some(folder)) => folder,
        #[allow(clippy::panic, reason = "only tests call this")]
        _ => panic!("{VARIABLE} names no file; run these tests with `cargo xtask test`"),
    }
}

/// Writes the list of servers that [`all`] reads.
///
/// # Errors
///
/// Fails if the file cannot be written.
pub fn save(path: &Path, servers: &[RealServer]) -> io::Result<()> {
    fs::write(path, serde_json::to_vec_pretty(servers)?)
}

fn load() -> Result<Vec<RealServer>, String> {
    let path = list_path()?;
    let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn list_path() -> Result<PathBuf, String> {
    env::var_os(VARIABLE)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{VARIABLE} is not set, so no real servers are up"))
}
