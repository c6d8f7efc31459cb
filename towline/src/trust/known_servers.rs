//! The known-servers file, for trust on first use.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use towline_proto::name::escape;

use super::private_file;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::fingerprint::Fingerprint;

/// How long to wait for another program that is changing the file. A change takes milliseconds.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long to wait where only later runs need the record, and a transfer waits.
const SHORT_WAIT: Duration = Duration::from_millis(500);
/// Follows the fingerprint of a server that has resumed a TLS 1.3 session.
const RESUMES_TLS13: &str = ",resumes-tls1.3";

/// A file that records the certificate of each known server.
///
/// Each line is one server: `host:port`, the certificate's fingerprint (`-` if it is only known
/// that the server supports TLS), the time, and the issuer of the certificate. `,resumes-tls1.3`
/// behind the fingerprint says that data connections have resumed TLS 1.3 sessions. `#` begins a
/// comment. Several programs may use the file at the same time. The file must not be a symbolic
/// link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownServers {
    path: PathBuf,
}

/// One server in the known-servers file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownServer {
    /// Its name or address, in lower case.
    pub host: String,
    /// The port of its control connection.
    pub port: u16,
    /// The certificate that it presented; `None` if it is only known that it supports TLS.
    pub fingerprint: Option<Fingerprint>,
    /// The issuer that the certificate names, if any.
    pub issuer: Option<String>,
    /// When the entry was added.
    pub added: Timestamp,
    /// Whether data connections have resumed TLS 1.3 sessions, so that TLS 1.2 is not tried.
    pub resumes_tls13: bool,
}

impl KnownServers {
    /// Uses the file at `path`, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns all servers, in the order of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`] if the file cannot be read. [`ErrorKind::Usage`] if a line cannot be
    /// parsed: skipping the line would make a known server look new.
    pub fn list(&self) -> Result<Vec<KnownServer>, Error> {
        let text = match private_file::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(|error| self.failed("cannot be read", error))?,
        };
        let entry = |(number, line): (usize, &str)| {
            let line = line.trim();
            let is_entry = !line.is_empty() && !line.starts_with('#');
            is_entry.then(|| {
                parse(line).ok_or_else(|| {
                    let at = self.path.display();
                    let what = format!("{at}, line {}: not a known server", number + 1);
                    let error = Error::new(ErrorKind::Usage, what);
                    error.with_detail(ErrorDetail::KnownServersUnreadable)
                })
            })
        };
        text.lines().enumerate().filter_map(entry).collect()
    }

    /// Returns the entry of a server, if there is one.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub fn find(&self, host: &str, port: u16) -> Result<Option<KnownServer>, Error> {
        let servers = self.list()?;
        Ok(servers.into_iter().find(|server| server.is(host, port)))
    }

    /// Records `fingerprint` as the server's certificate, replacing any earlier one. If that was
    /// another, it is no longer known that the server resumes TLS 1.3 sessions.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list). Also [`ErrorKind::Local`] if the file cannot be
    /// written, and [`ErrorKind::Usage`] if `host` is not a host name or IP address.
    pub fn accept(&self, host: &str, port: u16, fingerprint: Fingerprint) -> Result<(), Error> {
        let accepted = KnownServer::new(host, port, Some(fingerprint), None)?;
        self.change(LONGEST_WAIT, |servers| {
            let known = servers.iter().find(|server| server.is(host, port));
            // Another certificate may be that of another server, which may resume nothing with TLS
            // 1.3.
            let resumes_tls13 = known.is_some_and(|server| {
                server.resumes_tls13 && server.fingerprint.is_none_or(|known| known == fingerprint)
            });
            servers.retain(|server| !server.is(host, port));
            servers.push(KnownServer {
                resumes_tls13,
                ..accepted.clone()
            });
            Ok(true)
        })
        .map(drop)
    }

    /// Removes a server. Returns whether it was known.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn remove(&self, host: &str, port: u16) -> Result<bool, Error> {
        self.change(LONGEST_WAIT, |servers| {
            let before = servers.len();
            servers.retain(|server| !server.is(host, port));
            Ok(servers.len() < before)
        })
    }

    /// Runs `work` on a thread that may block: the file may be slow, or locked by another program.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let servers = self.clone();
        let done = spawn_blocking(move || work(&servers)).await;
        done.unwrap_or_else(|error| Err(self.failed("cannot be used", io::Error::other(error))))
    }

    /// Adds a server on first use. Returns whether it is new. If another program has added a
    /// different certificate in the meantime, that one counts.
    pub(crate) fn enter(
        &self,
        host: &str,
        port: u16,
        fingerprint: Option<Fingerprint>,
        issuer: Option<String>,
    ) -> Result<bool, Error> {
        let met = KnownServer::new(host, port, fingerprint, issuer)?;
        let wait = match fingerprint {
            Some(_) => LONGEST_WAIT,
            None => SHORT_WAIT,
        };
        self.change(wait, |servers| {
            let known = servers.iter().find(|server| server.is(host, port));
            match (known.map(|server| server.fingerprint), fingerprint) {
                (Some(_), None) => return Ok(false),
                (Some(Some(known)), Some(shown)) if known == shown => return Ok(false),
                (Some(Some(known)), Some(shown)) => {
                    let what = format!("the server shows two certificates: {known} and {shown}");
                    let error = Error::new(ErrorKind::Certificate, what);
                    return Err(
                        error.with_detail(ErrorDetail::CertificateChanged { before: known })
                    );
                }
                (Some(None) | None, _) => {}
            }
            let resumes_tls13 = known.is_some_and(|server| server.resumes_tls13);
            servers.retain(|server| !server.is(host, port));
            servers.push(KnownServer {
                resumes_tls13,
                ..met.clone()
            });
            Ok(true)
        })
    }

    /// Records that data connections with a server have resumed TLS 1.3 sessions.
    pub(crate) fn enter_resumption(&self, host: &str, port: u16) -> Result<(), Error> {
        let met = KnownServer::new(host, port, None, None)?;
        let entered = self.change(SHORT_WAIT, |servers| {
            if !servers.iter().any(|server| server.is(host, port)) {
                servers.push(met.clone());
            }
            let mut entries = servers.iter_mut();
            let entry = entries.find(|server| server.is(host, port) && !server.resumes_tls13);
            Ok(entry.map(|entry| entry.resumes_tls13 = true).is_some())
        });
        entered.map(drop)
    }

    /// Changes the file under a lock and replaces it atomically. Takes the lock only if there is
    /// something to change, and waits for it no longer than `wait`.
    fn change(
        &self,
        wait: Duration,
        change: impl Fn(&mut Vec<KnownServer>) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        if !change(&mut self.list()?)? {
            return Ok(false);
        }
        let failed = |error| self.failed("cannot be written", error);
        let folder = match self.path.parent() {
            Some(folder) if folder.as_os_str() != "" => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(failed)?;
        // The lock is a separate file, because the list itself is replaced.
        let _lock = private_file::lock(&self.lock_path(), wait).map_err(failed)?;
        let mut servers = self.list()?;
        if !change(&mut servers)? {
            return Ok(false);
        }
        let mut text = String::from("# Servers and the certificates that they have shown.\n");
        for server in &servers {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", server.line());
        }
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path)
            .map_err(|error| failed(error.error))?;
        Ok(true)
    }

    fn lock_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        path.into()
    }

    fn failed(&self, what: &str, error: io::Error) -> Error {
        let at = self.path.display();
        Error::local(format!("the list of known servers {at} {what}"), error)
    }
}

impl KnownServer {
    fn new(
        host: &str,
        port: u16,
        fingerprint: Option<Fingerprint>,
        issuer: Option<String>,
    ) -> Result<Self, Error> {
        let breaks_a_line = |letter: char| letter.is_whitespace() || letter.is_control();
        if host.is_empty() || host.starts_with('#') || host.contains(breaks_a_line) {
            let what = format!("{host:?} is not a host name or IP address");
            let error = Error::new(ErrorKind::Usage, what);
            return Err(error.with_detail(ErrorDetail::InvalidHost));
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            fingerprint,
            issuer,
            added: Timestamp::now(),
            resumes_tls13: false,
        })
    }

    fn is(&self, host: &str, port: u16) -> bool {
        self.port == port && self.host.eq_ignore_ascii_case(host)
    }

    fn line(&self) -> String {
        let mut fingerprint = self
            .fingerprint
            .map_or_else(|| "-".to_owned(), |fingerprint| fingerprint.to_string());
        if self.resumes_tls13 {
            fingerprint.push_str(RESUMES_TLS13);
        }
        let issuer = escape(self.issuer.as_deref().unwrap_or_default().as_bytes());
        let line = format!(
            "{}:{} {fingerprint} {:.0} {issuer}",
            self.host, self.port, self.added
        );
        line.trim_end().to_owned()
    }
}

fn parse(line: &str) -> Option<KnownServer> {
    let mut columns = line.splitn(4, ' ');
    let (host, port) = columns.next()?.rsplit_once(':')?;
    let shown = columns.next()?;
    let without_mark = shown.strip_suffix(RESUMES_TLS13);
    let fingerprint = match without_mark.unwrap_or(shown) {
        "-" => None,
        fingerprint => Some(fingerprint.parse().ok()?),
    };
    Some(KnownServer {
        host: host.to_owned(),
        port: port.parse().ok()?,
        fingerprint,
        added: columns.next()?.parse().ok()?,
        issuer: columns.next().map(str::to_owned),
        resumes_tls13: without_mark.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn servers() -> (tempfile::TempDir, KnownServers) {
        let folder = tempfile::tempdir().unwrap();
        let servers = KnownServers::at(folder.path().join("towline/known-servers"));
        (folder, servers)
    }

    #[test]
    fn remembers_a_server_by_host_and_port() {
        let (_folder, servers) = servers();
        assert_eq!(servers.list().unwrap(), []);
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        let issuer = Some("CN=A\nB".to_owned());
        assert!(servers.enter("FTP.test", 21, Some(one), issuer).unwrap());
        assert!(servers.enter("::1", 21, None, None).unwrap());
        assert!(!servers.enter("ftp.TEST", 21, Some(one), None).unwrap());

        let known = servers.find("ftp.test", 21).unwrap().unwrap();
        assert_eq!(known.fingerprint, Some(one));
        assert_eq!(known.issuer.as_deref(), Some("CN=A\\x0aB"));
        assert_eq!(servers.find("ftp.test", 990).unwrap(), None);
        assert_eq!(servers.find("::1", 21).unwrap().unwrap().fingerprint, None);

        let error = servers.enter("ftp.test", 21, Some(two), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificate);
        servers.accept("ftp.test", 21, two).unwrap();
        let known = servers.find("ftp.test", 21).unwrap().unwrap();
        assert_eq!(known.fingerprint, Some(two));
        assert!(servers.remove("ftp.test", 21).unwrap());
        assert!(!servers.remove("ftp.test", 21).unwrap());
        assert_eq!(servers.list().unwrap().len(), 1);
    }

    #[test]
    fn another_certificate_forgets_that_sessions_resume_and_the_same_one_does_not() {
        let (_folder, servers) = servers();
        let resumes = || servers.find("ftp.test", 21).unwrap().unwrap().resumes_tls13;
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        servers.enter_resumption("ftp.test", 21).unwrap();
        servers.accept("ftp.test", 21, one).unwrap();
        assert!(resumes());
        servers.accept("ftp.test", 21, one).unwrap();
        assert!(resumes());
        servers.accept("ftp.test", 21, two).unwrap();
        assert!(!resumes());
    }

    #[test]
    fn a_server_that_only_spoke_tls_is_met_when_it_shows_its_certificate() {
        let (_folder, servers) = servers();
        assert!(servers.enter("ftp.test", 21, None, None).unwrap());
        let shown = Some(Fingerprint::of(b"1"));
        assert!(servers.enter("ftp.test", 21, shown, None).unwrap());
        assert!(!servers.enter("ftp.test", 21, None, None).unwrap());
        let known = servers.find("ftp.test", 21).unwrap().unwrap();
        assert_eq!(known.fingerprint, shown);
    }

    #[test]
    fn a_line_that_is_not_understood_is_an_error() {
        let (_folder, servers) = servers();
        servers.enter("ftp.test", 21, None, None).unwrap();
        let text = fs::read_to_string(servers.path()).unwrap();
        fs::write(servers.path(), format!("{text}\nftp.test:21 SHA256:00\n")).unwrap();
        let error = servers.find("ftp.test", 21).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains("line 4"), "{error}");
        assert!(servers.enter("b.test", 21, None, None).is_err());
    }

    /// Such a host would give an empty line, two lines, a comment, or a line that cannot be parsed.
    #[test]
    fn a_host_that_no_line_can_hold_is_refused() {
        let (_folder, servers) = servers();
        let shown = Fingerprint::of(b"1");
        for host in ["", "a b", "a\nb.test:21", "#a", "a\tb", "a\u{a0}b"] {
            let error = servers.accept(host, 21, shown).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{host:?}");
        }
        assert_eq!(servers.list().unwrap(), []);
    }

    #[test]
    fn nobody_waits_for_ever_for_a_program_that_stands_still() {
        let (_folder, servers) = servers();
        servers.enter("ftp.test", 21, None, None).unwrap();
        let lock = |limit| private_file::lock(&servers.lock_path(), limit);
        let held = lock(Duration::ZERO).unwrap();
        let error = lock(Duration::from_millis(30)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        // What is known already needs no lock.
        assert!(!servers.enter("ftp.test", 21, None, None).unwrap());
        assert!(!servers.remove("b.test", 21).unwrap());
        drop(held);
        lock(Duration::ZERO).unwrap();
    }

    #[test]
    fn remembers_that_tls13_sessions_resume() {
        let (_folder, servers) = servers();
        let shown = Some(Fingerprint::of(b"1"));
        let resumes = |port| {
            servers
                .find("ftp.test", port)
                .unwrap()
                .unwrap()
                .resumes_tls13
        };
        servers
            .enter("ftp.test", 21, shown, Some("CN=A".to_owned()))
            .unwrap();
        assert!(!resumes(21));
        for _ in 0..2 {
            servers.enter_resumption("FTP.test", 21).unwrap();
            let known = servers.find("ftp.test", 21).unwrap().unwrap();
            assert_eq!(
                (known.fingerprint, known.issuer.as_deref()),
                (shown, Some("CN=A"))
            );
            assert!(known.resumes_tls13);
        }
        servers.enter_resumption("ftp.test", 990).unwrap();
        servers.enter("ftp.test", 990, shown, None).unwrap();
        assert!(resumes(990));
        // A new certificate may belong to another server.
        servers
            .accept("ftp.test", 21, Fingerprint::of(b"2"))
            .unwrap();
        assert!(!resumes(21));
        assert_eq!(servers.list().unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_what_was_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, servers) = servers();
        servers.enter("ftp.test", 21, None, None).unwrap();
        for path in [servers.path().to_owned(), servers.lock_path()] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn several_programs_may_write_at_a_time() {
        let (_folder, servers) = servers();
        thread::scope(|scope| {
            for port in 1..=20 {
                let servers = &servers;
                scope.spawn(move || servers.enter("ftp.test", port, None, None).unwrap());
            }
        });
        assert_eq!(servers.list().unwrap().len(), 20);
    }
}
