//! Clients for the real servers, and an observer that records the verdicts.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use towline::{
    Cancel, Client, Config, ConnectionId, DataConnection, Error, ErrorDetail, Event, Observer,
    RemotePath, Secret, Session, TlsMode, TlsVersion, Trust,
};
use towline_interop::{Account, DataSessions, RealServer, Tls};

/// Makes one test for each server, which runs a script.
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

/// Returns the TLS versions that the server supports.
pub(crate) fn versions(server: &RealServer) -> Vec<TlsVersion> {
    let both = [
        (server.tls12, TlsVersion::Tls12),
        (server.tls13, TlsVersion::Tls13),
    ];
    let spoken = both.into_iter().filter(|(spoken, _)| *spoken);
    spoken.map(|(_, version)| version).collect()
}

/// Returns a configuration for the account's server that allows only TLS `version`.
pub(crate) fn config(account: &Account, version: TlsVersion) -> Config {
    config_at(&host(account.server), account, version)
}

/// Like [`config`], with another name for the server.
pub(crate) fn config_at(host: &str, account: &Account, version: TlsVersion) -> Config {
    as_it_comes(host, account).tls_versions(version, version)
}

/// The configuration for the account's server, with every TLS version that both sides support.
pub(crate) fn any_config(account: &Account) -> Config {
    as_it_comes(&host(account.server), account)
}

fn as_it_comes(host: &str, account: &Account) -> Config {
    let server = account.server;
    let config = Config::new(host)
        .port(server.port)
        .user(&account.user)
        .password(Secret::new(&server.password))
        .part_key_file(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("part-key"));
    let mode = match server.tls {
        Tls::Never => return config.tls_mode(TlsMode::Off),
        Tls::Implicit => TlsMode::Implicit,
        Tls::Explicit | Tls::Optional => TlsMode::Explicit,
    };
    let trust = Trust::CaFile(server.ca_file.clone());
    config.tls_mode(mode).trust(trust)
}

/// Returns the server's name. For IPv6, this is its address, because not every machine has a name
/// for it.
pub(crate) fn host(server: &RealServer) -> String {
    match server.host {
        IpAddr::V4(_) => "localhost".to_owned(),
        IpAddr::V6(address) => address.to_string(),
    }
}

/// Returns a session with the account's server, and the verdicts on its data connections.
pub(crate) async fn connect(account: &Account, version: TlsVersion) -> (Session, Arc<Verdicts>) {
    connect_with(config(account, version)).await
}

pub(crate) async fn connect_with(config: Config) -> (Session, Arc<Verdicts>) {
    let verdicts = Arc::new(Verdicts::default());
    let observer: Arc<Verdicts> = Arc::clone(&verdicts);
    let client = Client::new(config.observer(observer)).unwrap();
    let mut connected = client.connect().await;
    // On a busy machine, ftp-srv is slower to begin TLS than all attempts of the client.
    for _ in 0..5 {
        match &connected {
            Err(error) if error.detail() == Some(&ErrorDetail::PlaintextAnswered) => {
                connected = client.connect().await;
            }
            _ => break,
        }
    }
    (connected.unwrap(), verdicts)
}

/// Returns why there is no session, and what was observed until then.
pub(crate) async fn refusal(config: Config) -> (Error, Arc<Verdicts>) {
    let verdicts = Arc::new(Verdicts::default());
    let observer: Arc<Verdicts> = Arc::clone(&verdicts);
    let client = Client::new(config.observer(observer)).unwrap();
    (client.connect().await.unwrap_err(), verdicts)
}

/// Creates a directory for one test. Returns its path on the server and on this machine.
pub(crate) async fn directory(account: &Account, session: &mut Session) -> (RemotePath, PathBuf) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test-{}-{count}", std::process::id());
    let remote = RemotePath::new(format!("/{name}")).unwrap();
    session.create_dir(&remote).await.unwrap();
    (remote, account.home.join(name))
}

/// Records the verdict of each data connection, in order, with logins, commands and notes.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    seen: Mutex<Vec<DataConnection>>,
    logins: AtomicU32,
    commands: Mutex<Vec<String>>,
    notes: Mutex<Vec<String>>,
    interrupt: Mutex<Option<Cancel>>,
}

/// In bytes: several times what the client compares before it resumes a transfer.
const INTERRUPTED_AFTER: u64 = 1 << 20;

impl Verdicts {
    pub(crate) fn seen(&self) -> Vec<DataConnection> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns what interrupts the next transfer once it has moved a megabyte.
    pub(crate) fn interruption(&self) -> Cancel {
        let cancel = Cancel::new();
        *self.interrupt.lock().unwrap() = Some(cancel.clone());
        cancel
    }

    /// Returns whether the client sent a command with this verb.
    pub(crate) fn said(&self, verb: &str) -> bool {
        let commands = self.commands.lock().unwrap();
        commands.iter().any(|line| line.starts_with(verb))
    }

    /// Returns the notes.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    /// Returns the number of control connections.
    pub(crate) fn logins(&self) -> u32 {
        self.logins.load(Ordering::Relaxed)
    }

    /// Checks that the server's log, if it has one, shows the same data connections of `account`
    /// and no refusals. No other test may have used `account`.
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

    /// Checks that there were `count` data connections, each resumed, on one control connection.
    pub(crate) fn assert_all_resumed(&self, count: usize, what: &str) {
        let seen = self.seen();
        let full = seen.iter().position(|verdict| !verdict.resumed);
        assert_eq!(full, None, "{what}: {seen:#?}");
        assert_eq!(seen.len(), count, "{what}");
        assert!(
            seen.iter().all(|verdict| verdict.same_certificate),
            "{what}"
        );
        assert_eq!(self.logins(), 1, "{what}: the client reconnected");
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
            Event::Command { line, .. } => self.commands.lock().unwrap().push((*line).to_owned()),
            Event::Note { text } => self.notes.lock().unwrap().push((*text).to_owned()),
            _ => {}
        }
    }
}
