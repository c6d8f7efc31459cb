//! The texts by which servers express what their reply codes do not.

use towline_proto::name::escape;
use towline_proto::reply::{Reply, ReplyCode};

use super::detail::ErrorDetail;

/// The protocol, other than FTP, whose servers send `text` as a greeting or in answer to a request
/// that they cannot parse.
pub(crate) fn protocol_of(text: &[u8]) -> Option<ErrorDetail> {
    let text = text.trim_ascii_start();
    let begins = |with: &str| {
        let start = text.get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    if ["HTTP/", "<!DOCTYPE", "<html"].into_iter().any(begins) {
        Some(ErrorDetail::HttpAnswered)
    } else if begins("SSH-") {
        Some(ErrorDetail::SshAnswered)
    } else {
        None
    }
}

/// Returns what a server sent outside TLS as one line that is safe to print.
pub(crate) fn on_one_line(text: &[u8]) -> String {
    let lines = text.trim_ascii().split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines.map(|line| escape(line.trim_ascii())).collect();
    lines.join(" / ")
}

/// Whether a reply means that the file or directory does not exist, rather than another refusal.
/// ProFTPD 1.3.8 sends 450 for a listing, ftp-srv 4.6 sends 451 and 551, inetutils 2.4 sends 553,
/// and pyftpdlib 2.2 sends 501 for a directory. FileZilla Server 1.x says only `Unknown error` or
/// `Couldn't open the file`.
pub(crate) fn says_not_found(reply: &Reply) -> bool {
    const NO_SUCH_FILE: &str = "no such file";
    const NO_SUCH_DIRECTORY: &str = "no such directory";
    match reply.code().as_u16() {
        550 => reply.contains_any(&[
            NO_SUCH_FILE,
            NO_SUCH_DIRECTORY,
            "not found",
            "does not exist",
            "doesn't exist",
            "cannot find",
        ]),
        450 | 451 | 551 | 553 => reply.contains(NO_SUCH_FILE),
        501 => reply.contains_any(&[NO_SUCH_FILE, NO_SUCH_DIRECTORY]),
        _ => false,
    }
}

/// Whether a reply means that a path is no directory.
pub(crate) fn says_no_directory(reply: &Reply) -> bool {
    reply.contains("not a directory")
}

/// Whether a refused login requires TLS. RFC 2228 defines 534 for that; vsftpd, ProFTPD and
/// FileZilla Server send 530, 550 or 503 with these texts.
pub(crate) fn wants_tls(reply: &Reply) -> bool {
    reply.code() == ReplyCode::POLICY_REQUIRES_PROTECTION
        || reply.contains_any(&["encrypt", "tls", "ssl"])
}

/// Whether a server that ends the session (421) does so because of a wrong password, rather than
/// because it is busy.
pub(crate) fn says_login_failed(reply: &Reply) -> bool {
    let about = [
        "login",
        "logins",
        "logon",
        "authentication",
        "authenticate",
        "authenticated",
        "authenticating",
        "password",
        "passwords",
        "credential",
        "credentials",
    ];
    let failed = [
        "fail",
        "fails",
        "failed",
        "failure",
        "failures",
        "incorrect",
        "invalid",
        "wrong",
        "bad",
        "attempt",
        "attempts",
        "tries",
        "lock",
        "locked",
        "lockout",
        "blocked",
        "denied",
        "banned",
    ];
    (reply.has_word(&about) || reply.contains("log in")) && reply.has_word(&failed)
}

/// Whether a server that ends the session (421) says that it does so for a reason of its own.
pub(crate) fn says_busy(reply: &Reply) -> bool {
    reply.has_word(&[
        "available",
        "unavailable",
        "busy",
        "later",
        "time",
        "timed",
        "timeout",
        "idle",
        "shut",
        "shutting",
        "shutdown",
        "maintenance",
        "load",
        "overload",
        "overloaded",
        "resource",
        "resources",
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply::new(ReplyCode::try_from(code).unwrap(), text)
    }

    #[test]
    fn knows_a_login_that_needs_tls() {
        for (code, text) in [
            (530, "Non-anonymous sessions must use encryption."),
            (550, "SSL/TLS required on the control channel"),
            (503, "Use AUTH TLS first"),
            (534, "Not now"),
        ] {
            assert!(wants_tls(&reply(code, text)), "{code} {text}");
        }
        assert!(!wants_tls(&reply(530, "Login incorrect.")));
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(
            on_one_line(b"220-a\r\n220 \x1b b\r\n"),
            "220-a / 220 \\x1b b"
        );
        assert_eq!(on_one_line(b" 220 a"), "220 a");
    }

    #[test]
    fn knows_a_failed_login_from_a_busy_server() {
        for text in [
            "Login incorrect.",
            "Too many failed login attempts",
            "Authentication failed, closing control connection",
            "Wrong password",
            "You may not log in: too many attempts",
            "Login blocked",
        ] {
            assert!(says_login_failed(&reply(421, text)), "{text}");
        }
        for text in [
            "Service not available, closing control connection",
            "There are too many connected users, please try later.",
            "Too many connections (8) from this IP",
            "The user database is locked, try again later",
            "Login timeout (60 seconds): closing control connection",
            "Login: 3 entries by the clock",
            "Bye.",
        ] {
            assert!(!says_login_failed(&reply(421, text)), "{text}");
        }
        for (text, busy) in [
            ("Service not available, closing control connection", true),
            (
                "Login timeout (60 seconds): closing control connection",
                true,
            ),
            ("Server is shutting down", true),
            ("Goodbye.", false),
            ("Terminating connection", false),
            ("Timed out", true),
            ("No transfer timeout (30 s)", true),
            ("System overloaded", true),
            ("Load too high: 12.0", true),
            ("No resources left.", true),
            ("Uploads and downloads are not allowed", false),
            ("Connected three times", false),
            ("Your timestamp is translated", false),
        ] {
            assert_eq!(says_busy(&reply(421, text)), busy, "{text}");
        }
    }

    #[test]
    fn knows_other_protocols() {
        for page in [
            "HTTP/1.1 400 Bad Request",
            "\r\n<!doctype html>",
            "<HTML><HEAD>",
        ] {
            let protocol = protocol_of(page.as_bytes());
            assert_eq!(protocol, Some(ErrorDetail::HttpAnswered), "{page}");
        }
        assert_eq!(protocol_of(b"SSH-2.0-x"), Some(ErrorDetail::SshAnswered));
        assert_eq!(protocol_of(b"220 http"), None);
    }

    #[test]
    fn knows_what_is_no_directory() {
        let text = "ENOTDIR: not a directory, rmdir '/srv/a'";
        assert!(says_no_directory(&reply(550, text)));
        assert!(!says_no_directory(&reply(550, "Directory not empty")));
    }

    #[test]
    fn knows_what_is_not_there() {
        assert!(says_not_found(&reply(550, "a: No such file or directory")));
        let text = "ENOENT: no such file or directory, stat '/srv/a'";
        assert!(says_not_found(&reply(451, text)));
        assert!(says_not_found(&reply(450, "a: No such file or directory")));
        assert!(!says_not_found(&reply(450, "No files found.")));
        assert!(!says_not_found(&reply(550, "Permission denied")));
        assert!(says_not_found(&reply(
            551,
            "ENOENT: no such file or directory"
        )));
        assert!(says_not_found(&reply(553, "a: No such file or directory.")));
        assert!(says_not_found(&reply(501, "No such directory.")));
        assert!(!says_not_found(&reply(501, "No such option")));
    }
}
