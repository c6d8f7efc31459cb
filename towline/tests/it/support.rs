//! A server to test against, and sessions with it.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;
use towline::{
    Client, Config, ConnectionId, Error, Event, Observer, RemotePath, Retry, Secret, Session,
    TlsVersion, Transferred, Trust, UploadOptions,
};
use towline_testkit::{Builder, Fault, Personality, Server, Versions};

pub(crate) const BOTH: [TlsVersion; 2] = [TlsVersion::Tls12, TlsVersion::Tls13];

/// A server, and the file with its certificate authority for clients.
#[derive(Debug)]
pub(crate) struct Bench {
    pub server: Server,
    files: TempDir,
}

impl Bench {
    pub(crate) async fn start(personality: Personality) -> Self {
        Self::build(Server::builder(personality)).await
    }

    pub(crate) async fn with_fault(
        personality: Personality,
        fault: impl Into<towline_testkit::ArmedFault>,
    ) -> Self {
        Self::build(Server::builder(personality).fault(fault)).await
    }

    pub(crate) async fn build(builder: Builder) -> Self {
        let builder = builder.versions(Versions::Both).user("user", "secret");
        let server = builder.start().await.unwrap();
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("ca.pem"), server.ca_pem()).unwrap();
        Self { server, files }
    }

    /// A configuration for `version` alone.
    pub(crate) fn config(&self, version: TlsVersion) -> Config {
        self.open_config().tls_versions(version, version)
    }

    /// A configuration for the version that both sides prefer. Timeouts are short: on loopback,
    /// faults show at once.
    pub(crate) fn open_config(&self) -> Config {
        self.config_for("localhost", self.server.address().port())
    }

    /// The same for another of the server's addresses.
    pub(crate) fn config_for(&self, host: &str, port: u16) -> Config {
        Config::new(host)
            .port(port)
            .user("user")
            .password(Secret::new("secret"))
            .trust(Trust::CaFile(self.files.path().join("ca.pem")))
            .part_key_file(part_key_file())
            .timeout(Duration::from_secs(10))
    }

    pub(crate) async fn connect(&self, version: TlsVersion) -> Session {
        session(self.config(version)).await.unwrap()
    }

    /// A session whose timeout is a fraction of a second.
    pub(crate) async fn hasty(&self) -> Result<Session, Error> {
        session(self.open_config().timeout(Duration::from_millis(300))).await
    }

    /// Writes a file on the server.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.server.root().join(name), contents).unwrap();
    }

    /// Returns a file's contents on the server; `None` if it does not exist.
    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.server.root().join(name)).ok()
    }

    /// The names of all files on the server, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.server.root()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// A local path for downloads.
    pub(crate) fn local(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// The names of all local files beside [`Self::local`], in order, without the certificates.
    pub(crate) fn local_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.files.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with(".pem")).collect();
        names.sort();
        names
    }

    /// Writes a local file with its modification time at `second`.
    pub(crate) fn write_local(&self, name: &str, contents: &[u8], second: i64) -> PathBuf {
        let local = self.local(name);
        std::fs::write(&local, contents).unwrap();
        let time = filetime::FileTime::from_unix_time(second, 0);
        filetime::set_file_mtime(&local, time).unwrap();
        local
    }

    /// Sets the modification time of a file on the server to `second`.
    pub(crate) fn touch(&self, name: &str, second: i64) {
        let time = filetime::FileTime::from_unix_time(second, 0);
        filetime::set_file_mtime(self.server.root().join(name), time).unwrap();
    }

    /// The modification time of a file on the server.
    pub(crate) fn modified(&self, name: &str) -> i64 {
        let metadata = std::fs::metadata(self.server.root().join(name)).unwrap();
        filetime::FileTime::from_last_modification_time(&metadata).unix_seconds()
    }

    /// How many commands began with `line`, on all control connections.
    pub(crate) fn count(&self, line: &str) -> usize {
        let report = self.server.report();
        let commands = report.control.iter().flat_map(|control| &control.commands);
        commands.filter(|command| command.starts_with(line)).count()
    }

    /// How many control connections logged in.
    pub(crate) fn logins(&self) -> usize {
        let report = self.server.report();
        let logins = report
            .control
            .iter()
            .filter(|control| control.user.is_some());
        logins.count()
    }
}

/// The secret of this machine, the same in every test.
fn part_key_file() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("part-key")
}

pub(crate) async fn session(config: Config) -> Result<Session, Error> {
    Client::new(config)?.connect().await
}

/// Bytes in which no two ranges are alike.
pub(crate) fn contents(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Three attempts with very short waits.
pub(crate) fn quick_retry() -> Retry {
    Retry {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(1),
        ..Retry::default()
    }
}

pub(crate) fn path(path: &str) -> RemotePath {
    RemotePath::new(path).unwrap()
}

pub(crate) async fn upload(
    session: &mut Session,
    name: &str,
    contents: &[u8],
) -> Result<Transferred, Error> {
    let options = UploadOptions::default();
    session.upload_from(contents, &path(name), &options).await
}

pub(crate) async fn download(session: &mut Session, name: &str) -> Result<Vec<u8>, Error> {
    let name = path(name);
    let mut download = session.download(&name).await?;
    let mut contents = Vec::new();
    let mut chunk = [0; 10_000];
    loop {
        match download.read(&mut chunk).await? {
            0 => break,
            len => contents.extend_from_slice(&chunk[..len]),
        }
    }
    download.finish().await?;
    Ok(contents)
}

pub(crate) async fn list(session: &mut Session) -> Result<Vec<String>, Error> {
    let listing = session.list(&RemotePath::login_directory()).await?;
    let names = listing.entries.iter();
    let mut names: Vec<_> = names
        .map(|entry| String::from_utf8_lossy(&entry.name).into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Polls until the condition is true, for what only the server's report shows.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let watching = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, watching).await.unwrap();
}

/// Records all events.
#[derive(Debug, Default)]
pub(crate) struct Notebook(Mutex<Vec<String>>);

impl Notebook {
    /// The events so far, one line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Whether a line contains `words`.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.contains(words))
    }

    /// The lines that begin with `word`, without it.
    pub(crate) fn all(&self, word: &str) -> Vec<String> {
        let lines = self.lines();
        let lines = lines.iter().filter_map(|line| line.strip_prefix(word));
        lines.map(|line| line.trim_start().to_owned()).collect()
    }
}

impl Observer for Notebook {
    fn event(&self, _: ConnectionId, event: &Event<'_>) {
        let line = match event {
            Event::Command { line, .. } => format!("C: {line}"),
            Event::Reply { reply } => format!("S: {reply}"),
            Event::ClearText { reason } => format!("clear: {reason}"),
            Event::Note { text } => format!("note: {text}"),
            Event::Warning { text } => format!("warning: {text}"),
            Event::TrustedOnFirstUse { host, issuer, .. } => {
                format!("met: {host} {}", issuer.unwrap_or("-"))
            }
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// A fault that answers `verb` with `reply` instead of doing it.
pub(crate) fn answer(verb: &'static str, reply: &str) -> Fault {
    use towline_testkit::{Action, Point};
    Fault::At(Point::Command(verb), Action::Reply(reply.to_owned()))
}
