//! Prints errors with hints, and as JSON lines.

use std::error::Error as _;
use std::time::Duration;

use towline::{ErrorDetail, ErrorKind};

use crate::error::Error;
use crate::explain::finding::Finding;
use crate::explain::{self, catalogue};
use crate::operand::server::Server;
use crate::output::hint;
use crate::output::json;
use crate::output::printer::Printer;
use crate::words::Words;

/// Prints an error with its causes and a hint, and as a JSON line with `--json`. `stores` says whether
/// the command gives files names.
pub(crate) fn print(printer: &Printer, server: Option<&Server>, error: &Error, stores: bool) {
    if matches!(error, Error::StdoutClosed) {
        return;
    }
    let message = message(error);
    let words = printer.words();
    let finding = finding(error);
    printer.error(&message);
    if let Some(finding) = finding {
        printer.meaning(finding.id, &finding.told(words).meaning);
    }
    if let Some(hint) = hint::of(error, server, stores, words) {
        printer.hint(&hint);
    }
    let (path, reply) = match error {
        Error::Session(error) | Error::Connect(error) | Error::Cancelled(error) => {
            (error.path().map(str::to_owned), error.reply())
        }
        Error::Remote { path, reply, .. } => (Some(json::path(path)), reply.as_deref()),
        Error::LocalName { path, .. } | Error::NotAttempted { path, .. } => {
            (Some(json::path(path)), None)
        }
        Error::Local { path, .. } => (Some(path.to_string_lossy().into_owned()), None),
        Error::Mirror { path, .. } => (path.clone(), None),
        Error::Raw { reply } => (None, Some(reply)),
        _ => (None, None),
    };
    printer.event(&json::Event::Error {
        kind: kind(error),
        detail: detail(error),
        path,
        reply_code: reply.map(|reply| reply.code().as_u16()),
        reply_text: reply.map(towline::Reply::text),
        remains: remains(error),
        message,
        finding: finding.map(|finding| finding.id),
        meaning: finding.map(|finding| finding.meaning),
        hint: hint::of(error, server, stores, Words::english()),
    });
}

/// The explanation of an error.
fn finding(error: &Error) -> Option<&'static Finding> {
    match error {
        Error::Session(error) => explain::in_session(error),
        Error::Connect(error) => explain::while_connecting(error),
        Error::LocalName { .. } => catalogue::find(hint::UNUSABLE_NAME),
        Error::Remote { finding, .. } => catalogue::find((*finding)?),
        Error::Mirror { kind, .. } => catalogue::find(kind.finding()?),
        _ => None,
    }
}

/// The error and its causes in one line. A cause is omitted if the error already contains it.
fn message(error: &Error) -> String {
    let message = error.to_string();
    match error {
        Error::Session(error) | Error::Connect(error) => with_causes(message, error),
        _ => message,
    }
}

/// The event of an operation that failed and will be tried again.
pub(super) fn retry(error: &towline::Error, attempt: u32, wait: Duration) -> json::Event<'_> {
    json::Event::Retry {
        attempt,
        wait: wait.as_secs_f64(),
        kind: error.kind().name(),
        detail: error.detail().map(ErrorDetail::name),
        path: error.path(),
        message: of_session(error),
    }
}

/// The message of an error of the library, with its causes.
pub(crate) fn of_session(error: &towline::Error) -> String {
    with_causes(error.to_string(), error)
}

fn with_causes(mut message: String, error: &towline::Error) -> String {
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

/// What a failed transfer left behind.
fn remains(error: &Error) -> Vec<json::Remaining> {
    match error {
        Error::Session(error) | Error::Connect(error) | Error::Cancelled(error) => {
            error.remains().iter().map(Into::into).collect()
        }
        _ => Vec::new(),
    }
}

/// The name of the reason, for scripts, where the library tells it.
fn detail(error: &Error) -> Option<&'static str> {
    match error {
        Error::Session(error) | Error::Connect(error) => error.detail().map(ErrorDetail::name),
        Error::Raw { .. } => Some(ErrorDetail::CommandRefused.name()),
        _ => None,
    }
}

/// The kind of an error, for scripts.
fn kind(error: &Error) -> &'static str {
    let kind = match error {
        Error::Usage(_) => return "usage",
        Error::Interrupted | Error::Cancelled(_) => return "interrupted",
        Error::NotAttempted { .. } => return "not_attempted",
        Error::Mirror { kind, .. } | Error::Gateway { kind, .. } => return kind.name(),
        Error::Raw { .. } => ErrorKind::Refused,
        Error::LocalName { .. } => return "name",
        Error::Local { .. } | Error::Stdout(_) | Error::StdoutClosed => {
            return "local";
        }
        Error::Session(error) | Error::Connect(error) => error.kind(),
        Error::Remote { kind, .. } => *kind,
    };
    kind.name()
}

#[cfg(test)]
mod tests {
    use towline::RemotePath;

    use super::*;

    #[test]
    fn an_existing_target_is_told_how_to_replace_it() {
        let path = RemotePath::new("a").unwrap();
        let error = Error::remote(ErrorKind::AlreadyExists, &path, "exists already");
        assert_eq!(message(&error), "a: exists already");
        assert_eq!(kind(&error), "already_exists");
        assert_eq!(
            hint::of(&error, None, true, Words::english()).as_deref(),
            Some("to replace the target, leave out --no-clobber")
        );
    }

    #[test]
    fn the_documentation_has_every_reason() {
        let document = include_str!("../../../docs/json.md");
        for name in ErrorDetail::NAMES {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        }
    }
}
