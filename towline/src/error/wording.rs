//! What servers say where their reply codes do not tell.

use towline_proto::reply::{Reply, ReplyCode};

use super::detail::ErrorDetail;

/// Which other protocol's server says `text` first, or in answer to what it cannot understand.
pub(crate) fn protocol_of(text: &[u8]) -> Option<ErrorDetail> {
    if text.starts_with(b"HTTP/") || text.starts_with(b"<!DOCTYPE") || text.starts_with(b"<html") {
        Some(ErrorDetail::HttpAnswered)
    } else if text.starts_with(b"SSH-") {
        Some(ErrorDetail::SshAnswered)
    } else {
        None
    }
}

/// Whether a 550 means that something is not there, rather than another refusal. FileZilla Server
/// 1.x says only `Unknown error` or `Couldn't open the file`.
pub(crate) fn says_not_found(reply: &Reply) -> bool {
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

/// Whether a refused login asks for TLS. RFC 2228 has 534 for that; vsftpd, ProFTPD and FileZilla
/// Server send 530, 550 or 503 with these words.
pub(crate) fn wants_tls(reply: &Reply) -> bool {
    let text = reply.text().to_ascii_lowercase();
    reply.code() == ReplyCode::POLICY_REQUIRES_PROTECTION
        || ["encrypt", "tls", "ssl"]
            .iter()
            .any(|word| text.contains(word))
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
    fn knows_what_is_not_there() {
        assert!(says_not_found(&reply(550, "a: No such file or directory")));
        assert!(!says_not_found(&reply(550, "Permission denied")));
        assert!(!says_not_found(&reply(553, "no such file")));
    }
}
