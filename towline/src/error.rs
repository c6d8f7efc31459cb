//! The one error type of the library.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use crate::fingerprint::Fingerprint;
use crate::verdict::DataConnection;

/// What went wrong, who is at fault, and the server's own words.
///
/// `Display` is one lower-case line without the cause; [`source`](StdError::source) gives the cause.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    path: Option<String>,
    reply: Option<Reply>,
    data_connection: Option<DataConnection>,
    fingerprint: Option<Fingerprint>,
    target_may_exist: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Who or what is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: a configuration or an argument that cannot work.
    Usage,
    /// The network: no connection, or one that broke.
    Network,
    /// The server or the network: no progress within the configured time.
    Timeout,
    /// The server: it cannot serve now (421), or has too many connections (421, or 530 in those
    /// words).
    Unavailable,
    /// TLS could not be agreed on.
    Tls,
    /// The server's certificate is not acceptable.
    Certificate,
    /// The server, or the proxy before it, refused user or password.
    LoginRefused,
    /// The server has no such file or directory, as far as its words tell.
    NotFound,
    /// The remote target exists and was to be left alone. A local one is [`Self::Local`].
    AlreadyExists,
    /// The server refused the operation.
    Refused,
    /// The server does not let an upload, which is whole, have its final name.
    RenameRefused,
    /// The server demands that data connections resume the control connection's TLS session, or
    /// the policy does, and every recovery has failed.
    SessionReuseRefused,
    /// The transfer ended early, or the result has the wrong size.
    Incomplete,
    /// A local file or disk.
    Local,
    /// Nobody: the caller wanted it to end.
    Cancelled,
    /// The server sent something that is not FTP.
    Protocol,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            path: None,
            reply: None,
            data_connection: None,
            fingerprint: None,
            target_may_exist: false,
            source: None,
        }))
    }

    pub(crate) fn timeout(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, what)
    }

    pub(crate) fn protocol(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Protocol, what)
    }

    pub(crate) fn network(what: impl Into<String>, source: io::Error) -> Self {
        Self::new(ErrorKind::Network, what).with_source(source)
    }

    pub(crate) fn local(what: impl Into<String>, source: io::Error) -> Self {
        Self::new(ErrorKind::Local, what).with_source(source)
    }

    /// A negative reply, or one of the wrong class, to what `what` names.
    pub(crate) fn refused(what: impl Into<String>, reply: Reply) -> Self {
        let kind = match (reply.code(), reply.class()) {
            (ReplyCode::SERVICE_UNAVAILABLE, _) => ErrorKind::Unavailable,
            (_, ReplyClass::Transient | ReplyClass::Permanent) => {
                if says_not_found(&reply) {
                    ErrorKind::NotFound
                } else {
                    ErrorKind::Refused
                }
            }
            _ => ErrorKind::Protocol,
        };
        Self::new(kind, what).with_reply(reply)
    }

    /// The same for one more who is to be told, without the cause.
    pub(crate) fn again(&self) -> Self {
        let Inner {
            kind,
            what,
            path,
            reply,
            data_connection,
            fingerprint,
            target_may_exist,
            source: _,
        } = &*self.0;
        Self(Box::new(Inner {
            kind: *kind,
            what: what.clone(),
            path: path.clone(),
            reply: reply.clone(),
            data_connection: data_connection.clone(),
            fingerprint: *fingerprint,
            target_may_exist: *target_may_exist,
            source: None,
        }))
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_reply(mut self, reply: Reply) -> Self {
        self.0.reply = Some(reply);
        self
    }

    pub(crate) fn with_path(mut self, path: &RemotePath) -> Self {
        self.0.path.get_or_insert_with(|| path.to_string());
        self
    }

    pub(crate) fn with_fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.0.fingerprint = Some(fingerprint);
        self
    }

    pub(crate) fn with_data_connection(mut self, verdict: DataConnection) -> Self {
        self.0.data_connection = Some(verdict);
        self
    }

    /// Says that the command of an upload went out before.
    pub(crate) fn with_target_in_doubt(mut self) -> Self {
        self.0.target_may_exist = true;
        self
    }

    pub(crate) fn with_note(mut self, note: impl fmt::Display) -> Self {
        self.0.what = format!("{}; {note}", self.0.what);
        self
    }

    /// Who or what is at fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The server's reply, where there was one.
    pub fn reply(&self) -> Option<&Reply> {
        self.0.reply.as_ref()
    }

    /// The remote path that this is about, as printable text.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The verdict on the data connection that failed, if one got as far as its handshake.
    pub fn data_connection(&self) -> Option<&DataConnection> {
        self.0.data_connection.as_ref()
    }

    /// The fingerprint of the certificate that was refused.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.0.fingerprint
    }

    /// Whether an upload's command went out before its data connection failed, so that its target
    /// may exist now, empty. Servers create it, or empty it, when they accept the command.
    pub fn target_may_exist(&self) -> bool {
        self.0.target_may_exist
    }

    /// Whether the connection was lost, or nothing came, so that nobody knows what the server did.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
        )
    }

    /// Whether the server called a transfer complete whose result is not what it should be.
    pub(crate) fn is_wrong_result(&self) -> bool {
        let class = self.reply().map(Reply::class);
        self.0.kind == ErrorKind::Incomplete && class == Some(ReplyClass::Completion)
    }

    /// Whether the operation is worth another attempt: the cause may pass, or the transfer ended
    /// early, and the server's words do not say that it would end so again.
    pub(crate) fn is_worth_retrying(&self) -> bool {
        let class = self.reply().map(Reply::class);
        let ended_early =
            self.0.kind == ErrorKind::Incomplete && class != Some(ReplyClass::Permanent);
        (self.is_transient() || ended_early) && !self.reply().is_some_and(is_hopeless)
    }

    /// Whether the same call may succeed later without any change: the network, a timeout, or
    /// a transient (4yz) reply.
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable => true,
            ErrorKind::Refused | ErrorKind::NotFound | ErrorKind::Incomplete => self
                .reply()
                .is_some_and(|reply| reply.class() == ReplyClass::Transient),
            _ => false,
        }
    }
}

/// Characters of a reply that an error shows; [`Error::reply`] has all of it.
const LONGEST_REPLY: usize = 500;

/// Transient replies (4yz) that will be the same the next time: wrong credentials (RFC 2228 has 431
/// and 434), no space (RFC 959 has 452), and those that some servers give for a missing file.
fn is_hopeless(reply: &Reply) -> bool {
    const CREDENTIALS: std::ops::RangeInclusive<u16> = 430..=434;
    const NO_SPACE: u16 = 452;
    let code = reply.code().as_u16();
    let text = reply.text().to_ascii_lowercase();
    CREDENTIALS.contains(&code)
        || code == NO_SPACE
        || ["no such file", "not found", "permission denied"]
            .iter()
            .any(|words| text.contains(words))
}

/// The texts by which the observed servers tell "not there" from other refusals, all with 550.
/// FileZilla Server 1.x says only `Unknown error` or `Couldn't open the file`.
fn says_not_found(reply: &Reply) -> bool {
    let text = reply.text().to_ascii_lowercase();
    reply.code() == ReplyCode::FILE_UNAVAILABLE
        && [
            "no such file",
            "not found",
            "does not exist",
            "doesn't exist",
            "cannot find",
        ]
        .iter()
        .any(|words| text.contains(words))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The login directory has an empty path.
        if let Some(path) = self.path().filter(|path| !path.is_empty()) {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.0.what)?;
        if let Some(reply) = self.reply() {
            let text = reply.text().replace('\n', " | ");
            let mut rest = text.chars();
            let shown: String = rest.by_ref().take(LONGEST_REPLY).collect();
            let more = if rest.next().is_some() { "..." } else { "" };
            write!(f, ": {} {shown}{more}", reply.code())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            data_connection,
            source,
            ..
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", &self.to_string())
            .field("data_connection", data_connection)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, text: &str) -> Error {
        let code = ReplyCode::try_from(code).unwrap();
        Error::refused("it was refused", Reply::new(code, text))
    }

    fn incomplete(code: u16, text: &str) -> Error {
        refused(code, text).with_kind(ErrorKind::Incomplete)
    }

    #[test]
    fn what_may_pass_is_worth_another_attempt() {
        for error in [
            Error::timeout("nothing came"),
            refused(421, "Too many users."),
            refused(425, "Can't open data connection."),
            refused(450, "a: File is busy"),
            refused(451, "Local error in processing."),
            incomplete(426, "Connection closed."),
            incomplete(226, "Transfer complete."),
            Error::new(ErrorKind::Incomplete, "40 of 50 bytes have arrived"),
        ] {
            assert!(error.is_worth_retrying(), "{error}");
        }
    }

    #[test]
    fn what_will_not_pass_is_not() {
        for error in [
            refused(430, "Invalid username or password."),
            refused(452, "Insufficient storage space."),
            refused(450, "a: No such file or directory"),
            refused(451, "a: Permission denied"),
            refused(550, "Failed to open file."),
            incomplete(552, "Quota exceeded."),
            refused(530, "Login incorrect.").with_kind(ErrorKind::LoginRefused),
            Error::new(ErrorKind::Certificate, "it has expired"),
            Error::new(ErrorKind::Local, "the disk is full"),
            Error::new(ErrorKind::Cancelled, "cancelled"),
            Error::new(
                ErrorKind::RenameRefused,
                "there is a directory of that name",
            ),
        ] {
            assert!(!error.is_worth_retrying(), "{error}");
        }
    }
}
