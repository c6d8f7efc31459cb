//! The one error type of the library.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::detail::ErrorDetail;
use super::kind::ErrorKind;
use super::remains::Remains;
use super::wording::says_not_found;

use crate::fingerprint::{Fingerprint, Pin};
use crate::verdict::DataConnection;

/// An error: what went wrong, who is at fault, and the server's reply.
///
/// `Display` writes one lower-case line without the cause; [`source`](StdError::source) returns the
/// cause.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    detail: Option<ErrorDetail>,
    remains: Vec<Remains>,
    what: String,
    path: Option<String>,
    reply: Option<Reply>,
    data_connection: Option<DataConnection>,
    fingerprint: Option<Fingerprint>,
    pin: Option<Pin>,
    target_may_exist: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: None,
            remains: Vec::new(),
            what: what.into(),
            path: None,
            reply: None,
            data_connection: None,
            fingerprint: None,
            pin: None,
            target_may_exist: false,
            source: None,
        }))
    }

    pub(crate) fn timeout(detail: ErrorDetail, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, what).with_detail(detail)
    }

    pub(crate) fn protocol(detail: ErrorDetail, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Protocol, what).with_detail(detail)
    }

    /// A failure to open or keep a connection, caused by `source`.
    pub(crate) fn network(what: impl Into<String>, source: io::Error) -> Self {
        let detail = match source.kind() {
            io::ErrorKind::ConnectionRefused => ErrorDetail::ConnectionRefused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ErrorDetail::Unreachable
            }
            io::ErrorKind::TimedOut => ErrorDetail::ConnectTimedOut,
            _ => ErrorDetail::ConnectionLost,
        };
        let error = Self::new(ErrorKind::Network, what).with_detail(detail);
        error.with_source(source)
    }

    /// A failure of a local file or disk, caused by `source`.
    pub(crate) fn local(what: impl Into<String>, source: io::Error) -> Self {
        let error = Self::new(ErrorKind::Local, what);
        let detail = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorDetail::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ErrorDetail::PermissionDenied
            }
            io::ErrorKind::NotFound => ErrorDetail::NoSuchLocalFile,
            io::ErrorKind::IsADirectory => ErrorDetail::IsADirectory,
            io::ErrorKind::AlreadyExists => ErrorDetail::LocalTargetExists,
            _ => return error.with_source(source),
        };
        error.with_detail(detail).with_source(source)
    }

    /// A reply that is negative, or of the wrong class, to the operation named in `what`.
    pub(crate) fn refused(what: impl Into<String>, reply: Reply) -> Self {
        let (kind, detail) = match (reply.code(), reply.class()) {
            (ReplyCode::SERVICE_UNAVAILABLE, _) => {
                (ErrorKind::Unavailable, ErrorDetail::SessionEnded)
            }
            (_, ReplyClass::Transient | ReplyClass::Permanent) if says_not_found(&reply) => {
                (ErrorKind::NotFound, ErrorDetail::NoSuchFile)
            }
            (code, ReplyClass::Transient | ReplyClass::Permanent) => {
                let detail = match code.as_u16() {
                    500 | 502 | 504 => ErrorDetail::UnknownCommand,
                    452 | 552 => ErrorDetail::NoSpaceAtServer,
                    _ => ErrorDetail::CommandRefused,
                };
                (ErrorKind::Refused, detail)
            }
            _ => (ErrorKind::Protocol, ErrorDetail::UnexpectedReply),
        };
        Self::new(kind, what).with_detail(detail).with_reply(reply)
    }

    /// The same error, for a transfer that did not begin: after a transient refusal (4yz), it is
    /// incomplete rather than refused.
    pub(crate) fn of_transfer(self) -> Self {
        match self.0.kind {
            ErrorKind::Refused if self.is_transient() => {
                let error = self.with_kind(ErrorKind::Incomplete);
                error.with_detail(ErrorDetail::RefusedForNow)
            }
            _ => self,
        }
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_detail(mut self, detail: ErrorDetail) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// Records something left behind, and adds it to the message, unless it is there already.
    pub(crate) fn with_remains(mut self, remains: Remains) -> Self {
        if self.0.remains.contains(&remains) {
            return self;
        }
        self = self.with_note(&remains);
        self.0.remains.push(remains);
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn without_source(mut self) -> Self {
        self.0.source = None;
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

    pub(crate) fn with_pin(mut self, pin: Option<Pin>) -> Self {
        self.0.pin = pin;
        self
    }

    pub(crate) fn with_data_connection(mut self, verdict: DataConnection) -> Self {
        self.0.data_connection = Some(verdict);
        self
    }

    /// Records that the command of an upload was sent before the failure.
    pub(crate) fn with_target_in_doubt(mut self) -> Self {
        self.0.target_may_exist = true;
        self
    }

    pub(crate) fn with_note(mut self, note: impl fmt::Display) -> Self {
        self.0.what = format!("{}; {note}", self.0.what);
        self
    }

    /// Returns who or what is at fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the reason, if it is known more precisely than [`Self::kind`].
    pub fn detail(&self) -> Option<&ErrorDetail> {
        self.0.detail.as_ref()
    }

    /// Returns what the failed transfer left behind.
    pub fn remains(&self) -> &[Remains] {
        &self.0.remains
    }

    /// Returns the server's reply, if there was one.
    pub fn reply(&self) -> Option<&Reply> {
        self.0.reply.as_ref()
    }

    /// Returns the remote path concerned, as printable text.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Returns the verdict on the data connection that failed, if its handshake completed.
    pub fn data_connection(&self) -> Option<&DataConnection> {
        self.0.data_connection.as_ref()
    }

    /// Returns the fingerprint of the rejected certificate.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.0.fingerprint
    }

    /// Returns the pin of the rejected certificate's key, if the certificate can be read.
    pub fn pin(&self) -> Option<Pin> {
        self.0.pin
    }

    /// Returns whether the command of an upload was sent before its data connection failed. Servers
    /// create or empty the target when they accept the command, so it may now exist and be empty.
    pub fn target_may_exist(&self) -> bool {
        self.0.target_may_exist
    }

    /// Whether the connection was lost or timed out, so that it is unknown what the server did.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
        )
    }

    /// Whether the server refused the request itself, with a reply.
    pub(crate) fn is_negative_answer(&self) -> bool {
        let class = self.reply().map(Reply::class);
        let is_negative = matches!(class, Some(ReplyClass::Transient | ReplyClass::Permanent));
        is_negative && matches!(self.0.kind, ErrorKind::NotFound | ErrorKind::Refused)
    }

    /// Whether the server reported a transfer as complete although its result is wrong.
    pub(crate) fn is_wrong_result(&self) -> bool {
        let class = self.reply().map(Reply::class);
        self.0.kind == ErrorKind::Incomplete && class == Some(ReplyClass::Completion)
    }
}

/// Characters of a reply that an error shows; [`Error::reply`] returns all of it.
const LONGEST_REPLY: usize = 500;

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
            detail,
            data_connection,
            source,
            ..
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("detail", detail)
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

    #[test]
    fn a_reply_tells_the_reason_by_its_code() {
        for (code, text, kind, detail) in [
            (
                500,
                "What?",
                ErrorKind::Refused,
                ErrorDetail::UnknownCommand,
            ),
            (502, "No.", ErrorKind::Refused, ErrorDetail::UnknownCommand),
            (504, "No.", ErrorKind::Refused, ErrorDetail::UnknownCommand),
            (550, "No.", ErrorKind::Refused, ErrorDetail::CommandRefused),
            (552, "No.", ErrorKind::Refused, ErrorDetail::NoSpaceAtServer),
            (452, "No.", ErrorKind::Refused, ErrorDetail::NoSpaceAtServer),
            (
                550,
                "a: No such file",
                ErrorKind::NotFound,
                ErrorDetail::NoSuchFile,
            ),
            (
                421,
                "Bye.",
                ErrorKind::Unavailable,
                ErrorDetail::SessionEnded,
            ),
            (
                350,
                "Go on.",
                ErrorKind::Protocol,
                ErrorDetail::UnexpectedReply,
            ),
        ] {
            let error = refused(code, text);
            assert_eq!(
                (error.kind(), error.detail()),
                (kind, Some(&detail)),
                "{code}"
            );
        }
    }

    #[test]
    fn the_system_tells_the_reason_by_its_kind() {
        let network = |kind: io::ErrorKind| Error::network("no", kind.into()).detail().cloned();
        use io::ErrorKind as Io;
        assert_eq!(
            network(Io::ConnectionRefused),
            Some(ErrorDetail::ConnectionRefused)
        );
        assert_eq!(network(Io::HostUnreachable), Some(ErrorDetail::Unreachable));
        assert_eq!(
            network(Io::ConnectionReset),
            Some(ErrorDetail::ConnectionLost)
        );
        let local = |kind: io::ErrorKind| Error::local("no", kind.into()).detail().cloned();
        assert_eq!(local(Io::StorageFull), Some(ErrorDetail::DiskFull));
        assert_eq!(
            local(Io::PermissionDenied),
            Some(ErrorDetail::PermissionDenied)
        );
        assert_eq!(local(Io::IsADirectory), Some(ErrorDetail::IsADirectory));
        assert_eq!(local(Io::Other), None);
    }

    #[test]
    fn a_clone_shares_the_cause() {
        let error = Error::local("no", io::Error::other("why"));
        let text = |error: &Error| error.source().map(ToString::to_string);
        assert_eq!(text(&error.clone()), text(&error));
        assert_eq!(text(&error).as_deref(), Some("why"));
    }

    #[test]
    fn what_remains_is_told_in_words_and_by_type() {
        let remains = [
            Remains::WholeUpload {
                at: RemotePath::new("a.part").unwrap(),
            },
            Remains::OldFile {
                at: RemotePath::new("a.old").unwrap(),
            },
        ];
        let error = Error::new(ErrorKind::RenameRefused, "no");
        let error = remains.clone().into_iter().fold(error, Error::with_remains);
        assert_eq!(error.remains(), remains);
        let text = "no; the upload is complete and remains at a.part; the old file may be at a.old";
        assert_eq!(error.to_string(), text);
    }
}
