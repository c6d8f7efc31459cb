//! The gateway's own replies, and the replies for errors of the server behind.

use towline::{Error, ErrorKind};
use towline_proto::name::escape;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

/// Returns the reply to a command that failed before anything was transferred: the server's own
/// words, if it has refused.
pub(crate) fn refusal(error: &Error) -> Reply {
    match words(error) {
        Some(reply) => reply.clone(),
        None => Reply::new(ReplyCode::LOCAL_ERROR, reason(error)),
    }
}

/// Returns the reply for a transfer that failed after its beginning. `broken` is the code if the
/// server itself has said nothing.
pub(crate) fn failure(error: &Error, broken: ReplyCode, remark: &str) -> Reply {
    let (code, text) = match words(error) {
        Some(reply) => (reply.code(), escape(reply.text().as_bytes())),
        None => (broken, reason(error)),
    };
    Reply::new(code, format!("{text}{remark}"))
}

/// Whether the connection with the server is lost, or cannot be had.
pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
    )
}

/// Returns the server's negative reply. A 421 would make the client leave, although only the session
/// behind has ended.
fn words(error: &Error) -> Option<&Reply> {
    let reply = error.reply()?;
    let is_negative = matches!(reply.class(), ReplyClass::Transient | ReplyClass::Permanent);
    (is_negative && reply.code() != ReplyCode::SERVICE_UNAVAILABLE).then_some(reply)
}

/// Returns the error in one line.
fn reason(error: &Error) -> String {
    escape(error.to_string().as_bytes())
}
