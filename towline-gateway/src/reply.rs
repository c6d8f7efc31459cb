//! The gateway's own replies, and the replies for errors of the server behind.

use std::error::Error as _;

use towline::{Error, ErrorDetail, ErrorKind};
use towline_proto::name::escape;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

/// Returns the reply to a command that failed before anything was transferred: the server's own
/// words, if it has refused.
pub(crate) fn refusal(error: &Error) -> Reply {
    failure(error, ReplyCode::LOCAL_ERROR, "")
}

/// Returns the reply for a transfer that failed: the server's own words, byte for byte and line for
/// line, with `remark` behind them. `broken` is the code if the server itself has said nothing; the
/// error then says everything.
pub(crate) fn failure(error: &Error, broken: ReplyCode, remark: &str) -> Reply {
    let Some(reply) = words(error) else {
        return Reply::new(permanent(error).unwrap_or(broken), reason(error));
    };
    let mut text = reply.clone().into_masked().lines().join(&b'\n');
    text.extend_from_slice(escape(remark.as_bytes()).as_bytes());
    Reply::new(reply.code(), text)
}

/// Returns the code for an error that another attempt would meet again.
fn permanent(error: &Error) -> Option<ReplyCode> {
    match (error.kind(), error.detail()) {
        (_, Some(ErrorDetail::NoSize)) => Some(ReplyCode::ARGUMENT_NOT_IMPLEMENTED),
        (ErrorKind::Usage, _) => Some(ReplyCode::BAD_ARGUMENT),
        _ => None,
    }
}

/// Whether the connection with the server is lost, or cannot be opened.
pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
    )
}

/// Returns the server's negative reply. A 421 would make the client leave, although only the
/// session behind has ended.
fn words(error: &Error) -> Option<&Reply> {
    let reply = error.reply()?;
    let is_negative = matches!(reply.class(), ReplyClass::Transient | ReplyClass::Permanent);
    (is_negative && reply.code() != ReplyCode::SERVICE_UNAVAILABLE).then_some(reply)
}

/// Returns the error in one line.
fn reason(error: &Error) -> String {
    let text = match error.source() {
        Some(source) if error.kind() == ErrorKind::Usage => format!("{error}: {source}"),
        _ => error.to_string(),
    };
    escape(text.as_bytes())
}
