//! The reply texts by which servers report too many connections.

use towline_proto::reply::Reply;

/// Whether a negative reply to a connection or a login reports too many connections. The texts are
/// from vsftpd, ProFTPD, Pure-FTPd, FileZilla Server, pyftpdlib and IIS.
pub(crate) fn is_too_many(reply: &Reply) -> bool {
    let is_refusal = matches!(reply.code().as_u16(), 421 | 500 | 530 | 550);
    let about = ["connection", "session", "user", "login", "client"];
    let many = ["too many", "maximum", "limit", "max "];
    is_refusal
        && reply.contains_any(&many)
        && reply.contains_any(&about)
        && !reply.contains_any(&[
            "attempt",
            "failure",
            "failed log",
            "failed auth",
            "tries",
            "locked",
            "password",
            "incorrect",
            "invalid",
            "wrong",
            "bad ",
            "banned",
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_full_server_from_a_wrong_password() {
        let is_too_many = |code, text: &str| {
            let mut decoder = towline_proto::codec::ReplyDecoder::default();
            decoder.push(format!("{code} {text}\r\n").as_bytes());
            is_too_many(&decoder.next_reply().unwrap().unwrap())
        };
        for (code, text) in [
            (421, "There are too many connected users, please try later."),
            (421, "Too many connections from your internet address."),
            (421, "Too many connections (8) from this IP"),
            (
                530,
                "Sorry, the maximum number of clients (2) for this user are already connected.",
            ),
            (530, "Sorry, max 2 users -- try again later"),
            (530, "Login not allowed. Maximum sessions limit exceeded."),
            (530, "Connection limit reached"),
            (530, "Login failed: too many connections from this address"),
        ] {
            assert!(is_too_many(code, text), "{code} {text}");
        }
        for (code, text) in [
            (530, "Login incorrect."),
            (530, "Login authentication failed"),
            (530, "Too many login attempts"),
            (530, "Maximum login failures exceeded"),
            (530, "Maximum number of login tries exceeded"),
            (530, "Login limit reached, account locked"),
            (530, "Too many failed logins for this user"),
            (530, "Too many incorrect logins"),
            (421, "Too many invalid user names, you are banned"),
            (421, "Service not available"),
            (230, "There are too many users"),
        ] {
            assert!(!is_too_many(code, text), "{code} {text}");
        }
    }
}
