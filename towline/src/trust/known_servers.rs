//! The file of servers that were met before, for trust on first use.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use towline_proto::name::escape;

use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::fingerprint::Fingerprint;

/// How long another program may take to change the file, which is the work of milliseconds.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// A file that remembers which certificate each server has shown.
///
/// One line a server: `host:port`, the certificate's fingerprint (`-` for a server of which it is
/// only known that it speaks TLS), the time, and who issued the certificate. `#` begins a comment.
/// Several programs may use one file at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownServers {
    path: PathBuf,
}

/// A server that was met before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownServer {
    /// Its name or address, in lower case.
    pub host: String,
    /// The port of its control connection.
    pub port: u16,
    /// The certificate that it showed; `None` if it is only known that it speaks TLS.
    pub fingerprint: Option<Fingerprint>,
    /// Who issued the certificate, as far as it says.
    pub issuer: Option<String>,
    /// When it was entered.
    pub added: Timestamp,
}

impl KnownServers {
    /// The servers in the file at `path`, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All servers, in the file's order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`] if the file cannot be read, [`ErrorKind::Usage`] if a line in it cannot
    /// be understood: it is better to ask than to meet a server for the first time again.
    pub fn list(&self) -> Result<Vec<KnownServer>, Error> {
        let text = match fs::read_to_string(&self.path) {
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

    /// What is known of a server.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Self::list).
    pub fn find(&self, host: &str, port: u16) -> Result<Option<KnownServer>, Error> {
        let servers = self.list()?;
        Ok(servers.into_iter().find(|server| server.is(host, port)))
    }

    /// Accepts `fingerprint` as the server's from now on, whatever it was before.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Self::list), [`ErrorKind::Local`] if the file cannot be written, and
    /// [`ErrorKind::Usage`] if `host` cannot be one.
    pub fn accept(&self, host: &str, port: u16, fingerprint: Fingerprint) -> Result<(), Error> {
        let accepted = KnownServer::new(host, port, Some(fingerprint), None)?;
        self.change(|servers| {
            servers.retain(|server| !server.is(host, port));
            servers.push(accepted);
            Ok(true)
        })
        .map(drop)
    }

    /// Forgets a server. Returns whether it was known.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn remove(&self, host: &str, port: u16) -> Result<bool, Error> {
        self.change(|servers| {
            let before = servers.len();
            servers.retain(|server| !server.is(host, port));
            Ok(servers.len() < before)
        })
    }

    /// Does `work` on a thread that may block: the file may be slow, and locked by another program.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let servers = self.clone();
        let done = spawn_blocking(move || work(&servers)).await;
        done.unwrap_or_else(|error| Err(self.failed("cannot be used", io::Error::other(error))))
    }

    /// Enters a server that is met for the first time. Returns whether it is new. Where another
    /// program has entered another certificate meanwhile, the first one counts.
    pub(crate) fn enter(
        &self,
        host: &str,
        port: u16,
        fingerprint: Option<Fingerprint>,
        issuer: Option<String>,
    ) -> Result<bool, Error> {
        let met = KnownServer::new(host, port, fingerprint, issuer)?;
        self.change(|servers| {
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
            servers.retain(|server| !server.is(host, port));
            servers.push(met);
            Ok(true)
        })
    }

    /// Changes the file, alone, and puts the new one in its place as a whole.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<KnownServer>) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let failed = |error| self.failed("cannot be written", error);
        let folder = match self.path.parent() {
            Some(folder) if folder.as_os_str() != "" => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let _lock = self.lock(LONGEST_WAIT).map_err(failed)?;
        let mut servers = self.list()?;
        if !change(&mut servers)? {
            return Ok(false);
        }
        let mut text = String::from("# Servers and the certificates that they have shown.\n");
        for server in &servers {
            // A string takes everything.
            let _ = writeln!(text, "{}", server.line());
        }
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path)
            .map_err(|error| failed(error.error))?;
        Ok(true)
    }

    /// Held until dropped. A file of its own, because the list itself is replaced.
    ///
    /// The system's own wait for a lock has no end.
    fn lock(&self, limit: Duration) -> io::Result<File> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if began.elapsed() < limit => {
                    thread::sleep(BETWEEN_TRIES);
                }
                Err(error) => return Err(error.into()),
            }
        }
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
        })
    }

    fn is(&self, host: &str, port: u16) -> bool {
        self.port == port && self.host.eq_ignore_ascii_case(host)
    }

    fn line(&self) -> String {
        let fingerprint = self
            .fingerprint
            .map_or_else(|| "-".to_owned(), |fingerprint| fingerprint.to_string());
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
    let fingerprint = match columns.next()? {
        "-" => None,
        fingerprint => Some(fingerprint.parse().ok()?),
    };
    Some(KnownServer {
        host: host.to_owned(),
        port: port.parse().ok()?,
        fingerprint,
        added: columns.next()?.parse().ok()?,
        issuer: columns.next().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
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

    /// They would be no line, two lines, a comment, or one that cannot be read again.
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
        let held = servers.lock(Duration::ZERO).unwrap();
        let error = servers.lock(Duration::from_millis(30)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        drop(held);
        servers.lock(Duration::ZERO).unwrap();
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
