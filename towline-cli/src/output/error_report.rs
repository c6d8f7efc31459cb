//! Prints errors with hints, and as JSON lines.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use towline::{ErrorDetail, ErrorKind};

use crate::error::Error;
use crate::explain::finding::Finding;
use crate::explain::{self, catalogue};
use crate::failure_kind::FailureKind;
use crate::operand::server::Server;
use crate::output::hint;
use crate::output::json;
use crate::output::printer::Printer;
use crate::words::Words;

/// Prints an error with its causes and a hint, and as a JSON line with `--json`. `stores` says
/// whether the command gives files names.
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
    match (hint::of(error, server, stores, words), finding) {
        (Some(hint), _) => printer.hint(&hint),
        (None, Some(finding)) => printer.cure(finding.id, &finding.told(words).cure),
        (None, None) => {}
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
        hint: hint::of(error, server, stores, Words::english())
            .or_else(|| Some(finding?.cure.to_owned())),
    });
}

/// The explanation of an error. Mistakes in the command line and in settings explain themselves.
fn finding(error: &Error) -> Option<&'static Finding> {
    match error {
        Error::Session(error) => {
            explain::in_session(error).or_else(|| explain::at_least(error.kind()))
        }
        Error::Connect(error) => {
            explain::while_connecting(error).or_else(|| explain::at_least(error.kind()))
        }
        Error::LocalName { .. } => catalogue::find(hint::UNUSABLE_NAME),
        Error::Remote { finding, .. } => catalogue::find((*finding)?),
        Error::Local { source, .. } => local(source),
        Error::Stdout(source) if source.kind() == io::ErrorKind::StorageFull => local(source),
        Error::Mirror { kind, path, .. } => match *kind {
            FailureKind::Name => catalogue::find(hint::UNUSABLE_NAME),
            FailureKind::Incomplete if path.is_some() => catalogue::find("listing-incomplete"),
            kind => catalogue::find(&kind.name().replace('_', "-")),
        },
        _ => None,
    }
}

/// The explanation of an error of this computer.
fn local(error: &io::Error) -> Option<&'static Finding> {
    let id = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "local-disk-full",
        io::ErrorKind::AlreadyExists => "local-target-exists",
        _ => "local-file-unusable",
    };
    catalogue::find(id)
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
    fn every_kind_of_error_has_a_meaning_and_says_what_to_try() {
        for kind in [
            ErrorKind::Usage,
            ErrorKind::Network,
            ErrorKind::Timeout,
            ErrorKind::Unavailable,
            ErrorKind::Tls,
            ErrorKind::Certificate,
            ErrorKind::LoginRefused,
            ErrorKind::NotFound,
            ErrorKind::AlreadyExists,
            ErrorKind::Refused,
            ErrorKind::RenameRefused,
            ErrorKind::SessionReuseRefused,
            ErrorKind::Incomplete,
            ErrorKind::Local,
            ErrorKind::Protocol,
        ] {
            let finding = explain::at_least(kind).unwrap_or_else(|| panic!("{kind:?}"));
            assert!(!finding.meaning.is_empty() && !finding.cure.is_empty());
        }
        let mut errors = Vec::new();
        let local = [
            io::ErrorKind::StorageFull,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::NotFound,
            io::ErrorKind::AlreadyExists,
            io::ErrorKind::Other,
        ];
        errors.extend(local.map(|kind| Error::local("a", kind.into())));
        let mirror = [
            FailureKind::Plan,
            FailureKind::Changed,
            FailureKind::OverLimit,
            FailureKind::Name,
            FailureKind::Incomplete,
            FailureKind::Running,
            FailureKind::Journal,
            FailureKind::InTheWay,
            FailureKind::Immutable,
            FailureKind::TooManyDeletions,
            FailureKind::MaxTransfer,
            FailureKind::Different,
        ];
        errors.extend(mirror.map(|kind| Error::Mirror {
            kind,
            path: Some("a".to_owned()),
            reason: String::new(),
        }));
        for error in &errors {
            let finding = finding(error).unwrap_or_else(|| panic!("{error:?}"));
            assert!(
                !finding.meaning.is_empty() && !finding.cure.is_empty(),
                "{error:?}"
            );
        }
    }

    #[test]
    fn every_reason_has_a_meaning_and_says_what_to_try() {
        for name in ErrorDetail::NAMES {
            let mut findings = catalogue::all().filter(|it| it.details.contains(name));
            let finding = findings.next().unwrap_or_else(|| panic!("{name}"));
            assert!(
                !finding.meaning.is_empty() && !finding.cure.is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn the_documentation_has_every_reason() {
        let document = include_str!("../../../docs/json.md");
        for name in ErrorDetail::NAMES {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        }
    }
}
