//! Clients for the real servers, and an observer that keeps the verdicts.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use towline::{
    Cancel, Client, Config, ConnectionId, DataConnection, Error, Event, Observer, RemotePath,
    Secret, Session, TlsMode, TlsVersion, Trust,
};
use towline_interop::{Account, DataSessions, RealServer, Tls};

/// Makes a test for each server, in which a script runs.
macro_rules! for_each_server {
    ($script:path; $($name:ident: $server:literal;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                $script(towline_interop::servers::by_name($server)).await;
            }
        )*
    };
}
pub(crate) use for_each_server;

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
    config_at(&host(account.server), account, version)
}

/// The same, with `host` for where the server is.
pub(crate) fn config_at(host: &str, account: &Account, version: TlsVersion) -> Config {
    let server = account.server;
    let mode = match server.tls {
        Tls::Implicit => TlsMode::Implicit,
        _ => TlsMode::Explicit,
    };
    Config::new(host)
        .port(server.port)
        .tls_mode(mode)
        .tls_versions(version, version)
        .user(&account.user)
        .password(Secret::new(&server.password))
        .trust(Trust::CaFile(server.ca_file.clone()))
}

/// By what the server is called: a name, or for IPv6, for which no machine promises one, its address.
pub(crate) fn host(server: &RealServer) -> String {
    match server.host {
        IpAddr::V4(_) => "localhost".to_owned(),
        IpAddr::V6(address) => address.to_string(),
    }
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

/// Why there is no session, and what went on until then.
pub(crate) async fn refusal(config: Config) -> (Error, Arc<Verdicts>) {
    let verdicts = Arc::new(Verdicts::default());
    let observer: Arc<Verdicts> = Arc::clone(&verdicts);
    let client = Client::new(config.observer(observer)).unwrap();
    (client.connect().await.unwrap_err(), verdicts)
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

/// The verdict of each data connection, in order, whether anything had to be recovered, and what
/// else was seen.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    seen: Mutex<Vec<DataConnection>>,
    logins: AtomicU32,
    commands: Mutex<Vec<String>>,
    notes: Mutex<Vec<String>>,
    interrupt: Mutex<Option<Cancel>>,
}

/// Bytes: several times what is compared before a transfer goes on.
const INTERRUPTED_AFTER: u64 = 1 << 20;

impl Verdicts {
    pub(crate) fn seen(&self) -> Vec<DataConnection> {
        self.seen.lock().unwrap().clone()
    }

    /// What interrupts the next transfer when it has moved a megabyte.
    pub(crate) fn interruption(&self) -> Cancel {
        let cancel = Cancel::new();
        *self.interrupt.lock().unwrap() = Some(cancel.clone());
        cancel
    }

    /// Whether a command with this verb was sent.
    pub(crate) fn said(&self, verb: &str) -> bool {
        let commands = self.commands.lock().unwrap();
        commands.iter().any(|line| line.starts_with(verb))
    }

    /// What else there was to say.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    /// How many control connections there were.
    pub(crate) fn logins(&self) -> u32 {
        self.logins.load(Ordering::Relaxed)
    }

    /// Checks that the server, where it keeps a log of that, has seen the same data connections of
    /// `account`, which nobody else has used, and has refused none.
    pub(crate) fn assert_server_agrees(&self, account: &Account) {
        let seen = self.seen();
        let resumed = seen.iter().filter(|verdict| verdict.resumed).count();
        let expected = DataSessions {
            resumed,
            full: seen.len() - resumed,
            refused: 0,
        };
        if let Some(counted) = account.data_sessions().unwrap() {
            assert_eq!(counted, expected, "{}: {seen:#?}", account.server.name);
        }
        let full = expected.full > 0 && account.server.enforces_reuse;
        assert!(!full, "{}: {seen:#?}", account.server.name);
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
    fn event(&self, _: ConnectionId, event: &Event<'_>) {
        match event {
            Event::DataConnection(verdict) => {
                self.seen.lock().unwrap().push((*verdict).clone());
            }
            Event::LoggedIn => {
                self.logins.fetch_add(1, Ordering::Relaxed);
            }
            Event::Progress { bytes, .. } if *bytes >= INTERRUPTED_AFTER => {
                if let Some(cancel) = self.interrupt.lock().unwrap().take() {
                    cancel.cancel();
                }
            }
            Event::Command { line } => self.commands.lock().unwrap().push((*line).to_owned()),
            Event::Note { text } => self.notes.lock().unwrap().push((*text).to_owned()),
            _ => {}
        }
    }
}
