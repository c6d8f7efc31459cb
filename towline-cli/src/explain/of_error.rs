//! The explanation of an error of the library.

use towline::{ErrorDetail, ErrorKind, Reply, ReplyClass};

use super::catalogue;
use super::finding::Finding;
use super::recognise::{recognise_quoted, recognise_reply};

const LOGIN_REFUSED: &str = "login-refused";
const PERMISSION_DENIED: &str = "permission-denied-by-server";

/// The explanation of an error: by its reason, and by the server's reply if that says more.
pub(crate) fn of_error(error: &towline::Error) -> Option<&'static Finding> {
    let class = error.reply().map(Reply::class);
    let by_reply = || error.reply().and_then(recognise_reply);
    let by_kind = || of_kind(error.kind());
    let Some(detail) = error.detail() else {
        return by_kind().or_else(by_reply);
    };
    let by_detail = || match detail {
        // No matter of permissions.
        ErrorDetail::CommandRefused if class == Some(ReplyClass::Transient) => {
            of_detail(&ErrorDetail::RefusedForNow)
        }
        detail => of_detail(detail),
    };
    if !is_vague(detail) {
        return by_detail();
    }
    by_kind()
        .or_else(by_reply)
        .or_else(|| recognise_quoted(&error.to_string()))
        .or_else(by_detail)
}

/// Whether a reason says less than the server's own words.
fn is_vague(detail: &ErrorDetail) -> bool {
    matches!(
        detail,
        ErrorDetail::CommandRefused
            | ErrorDetail::RefusedForNow
            | ErrorDetail::UnknownCommand
            | ErrorDetail::UnexpectedReply
            | ErrorDetail::TransferBrokenOff
            | ErrorDetail::ConnectionClosed
            | ErrorDetail::ConnectionLost
            | ErrorDetail::ClosedDuringHandshake
            | ErrorDetail::SessionEnded
            | ErrorDetail::RenameFromRefused
    )
}

/// The explanation of an error that occurred before a session was open. Whether the login works is
/// then not known.
pub(crate) fn while_connecting(error: &towline::Error) -> Option<&'static Finding> {
    let found = of_error(error)?;
    match found.id {
        PERMISSION_DENIED | LOGIN_REFUSED if error.kind() == ErrorKind::Refused => {
            catalogue::find("connection-rejected")
        }
        _ => Some(found),
    }
}

/// The explanation of an error in a session. The login works, whatever the reply says.
pub(crate) fn in_session(error: &towline::Error) -> Option<&'static Finding> {
    let found = of_error(error)?;
    match found.id {
        LOGIN_REFUSED if error.kind() != ErrorKind::LoginRefused => {
            catalogue::find(PERMISSION_DENIED)
        }
        _ => Some(found),
    }
}

/// The explanation of a kind of error that says enough by itself.
pub(crate) fn of_kind(kind: ErrorKind) -> Option<&'static Finding> {
    match kind {
        ErrorKind::LoginRefused => catalogue::find(LOGIN_REFUSED),
        ErrorKind::RenameRefused => catalogue::find("rename-refused"),
        ErrorKind::SessionReuseRefused => catalogue::find("session-reuse-required"),
        _ => None,
    }
}

/// The explanation of an error by its kind alone. `None` if nothing is at fault.
pub(crate) fn at_least(kind: ErrorKind) -> Option<&'static Finding> {
    catalogue::find(match kind {
        ErrorKind::Usage => "wrong-settings",
        ErrorKind::Network => "connection-lost",
        ErrorKind::Timeout => "reply-timed-out",
        ErrorKind::Unavailable => "session-ended",
        ErrorKind::Tls => "tls-broken",
        ErrorKind::Certificate => "certificate-unusable",
        ErrorKind::NotFound => "not-found",
        ErrorKind::AlreadyExists => "target-exists",
        ErrorKind::Refused => PERMISSION_DENIED,
        ErrorKind::Incomplete => "transfer-broken-off",
        ErrorKind::Local => "local-file-unusable",
        ErrorKind::Protocol => "unreadable-reply",
        ErrorKind::LoginRefused | ErrorKind::RenameRefused | ErrorKind::SessionReuseRefused => {
            return of_kind(kind);
        }
        _ => return None,
    })
}

/// The explanation of a reason.
pub(crate) fn of_detail(detail: &ErrorDetail) -> Option<&'static Finding> {
    catalogue::all().find(|finding| finding.details.contains(&detail.name()))
}
