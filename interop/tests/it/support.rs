//! Clients for the real servers, and an observer that keeps the verdicts.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use towline::{
    Client, Config, DataConnection, Event, Observer, RemotePath, Secret, Session, TlsMode,
    TlsVersion, Trust,
};
use towline_interop::{Account, RealServer};

/// Both versions, where the server speaks them.
pub(crate) fn versions(server: &RealServer) -> Vec<TlsVersion> {
    let both = [
        (server.tls12, TlsVersion::Tls12),
        (server.tls13, TlsVersion::Tls13),
    ];
    let spoken = both.into_iter().filter(|(spoken, _)| *spoken);
    spoken.map(|(_, version)| version).collect()
}

/// How to reach the account's server with `version` alone.
pub(crate) fn config(account: &Account, version: TlsVersion) -> Config {
    let server = account.server;
    let mode = if server.implicit {
        TlsMode::Implicit
    } else {
        TlsMode::Explicit
    };
    Config::new("localhost")
        .port(server.port)
        .tls_mode(mode)
        .tls_versions(version, version)
        .user(&account.user)
        .password(Secret::new(&server.password))
        .trust(Trust::CaFile(server.ca_file.clone()))
}

/// A session with the account's server, and the verdicts on its data connections.
pub(crate) async fn connect(account: &Account, version: TlsVersion) -> (Session, Arc<Verdicts>) {
    connect_with(config(account, version)).await
}

pub(crate) async fn connect_with(config: Config) -> (Session, Arc<Verdicts>) {
    let verdicts = Arc::new(Verdicts::default());
    let observer: Arc<Verdicts> = Arc::clone(&verdicts);
    let client = Client::new(config.observer(observer)).unwrap();
    (client.connect().await.unwrap(), verdicts)
}

/// A directory of a test's own, at the server and as this machine sees it.
pub(crate) async fn directory(account: &Account, session: &mut Session) -> (RemotePath, PathBuf) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test-{}-{count}", std::process::id());
    let remote = RemotePath::new(format!("/{name}")).unwrap();
    session.create_dir(&remote).await.unwrap();
    (remote, account.home.join(name))
}

/// The verdict of each data connection, in order, and whether anything had to be recovered.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    seen: Mutex<Vec<DataConnection>>,
    logins: AtomicU32,
}

impl Verdicts {
    pub(crate) fn seen(&self) -> Vec<DataConnection> {
        self.seen.lock().unwrap().clone()
    }

    /// How many control connections there were.
    pub(crate) fn logins(&self) -> u32 {
        self.logins.load(Ordering::Relaxed)
    }

    /// Checks that `count` data connections were made, each resumed, on one control connection.
    pub(crate) fn assert_all_resumed(&self, count: usize, what: &str) {
        let seen = self.seen();
        let full = seen.iter().position(|verdict| !verdict.resumed);
        assert_eq!(full, None, "{what}: {seen:#?}");
        assert_eq!(seen.len(), count, "{what}");
        assert!(
            seen.iter().all(|verdict| verdict.same_certificate),
            "{what}"
        );
        assert_eq!(self.logins(), 1, "{what}: no reconnect");
    }
}

impl Observer for Verdicts {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::DataConnection(verdict) => {
                self.seen.lock().unwrap().push((*verdict).clone());
            }
            Event::LoggedIn => {
                self.logins.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
