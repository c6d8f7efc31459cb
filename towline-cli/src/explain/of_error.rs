//! The explanation of an error of the library.

use towline::{ErrorDetail, ErrorKind, Reply, ReplyClass};

use super::catalogue;
use super::finding::Finding;
use super::recognise::{recognise_quoted, recognise_reply};

/// Reasons that say less than the server's own words.
const VAGUE: [&str; 10] = [
    "command_refused",
    "refused_for_now",
    "unknown_command",
    "unexpected_reply",
    "transfer_broken_off",
    "connection_closed",
    "connection_lost",
    "closed_during_handshake",
    "session_ended",
    "rename_from_refused",
];

const LOGIN_REFUSED: &str = "login-refused";
const PERMISSION_DENIED: &str = "permission-denied-by-server";

/// The explanation of an error: by its reason, and by the server's reply if that says more.
pub(crate) fn of_error(error: &towline::Error) -> Option<&'static Finding> {
    let class = error.reply().map(Reply::class);
    let detail = match error.detail().map(ErrorDetail::name) {
        // No matter of permissions.
        Some("command_refused") if class == Some(ReplyClass::Transient) => Some("refused_for_now"),
        detail => detail,
    };
    let by_reply = || error.reply().and_then(recognise_reply);
    let by_kind = || of_kind(error.kind());
    match detail {
        Some(detail) if VAGUE.contains(&detail) => {
            let by_words = || recognise_quoted(&error.to_string());
            by_kind()
                .or_else(by_reply)
                .or_else(by_words)
                .or_else(|| by_detail(detail))
        }
        Some(detail) => by_detail(detail),
        None => by_kind().or_else(by_reply),
    }
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

/// The explanation of a reason.
pub(crate) fn of_detail(detail: &ErrorDetail) -> Option<&'static Finding> {
    by_detail(detail.name())
}

/// The finding that a reason of the library belongs to.
fn by_detail(name: &str) -> Option<&'static Finding> {
    catalogue::all().find(|finding| finding.details.contains(&name))
}
