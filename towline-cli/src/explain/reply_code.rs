//! What the codes of replies mean by themselves, for replies whose words are not known.

use super::code;
use super::pasted::Pasted;

/// Codes, their meaning, and where that is defined.
pub(super) const CODES: [(u16, &str, &str); 31] = [
    (
        332,
        "the server wants an account besides user and password",
        "RFC 959",
    ),
    (
        421,
        "the server closes the control connection, or is not available",
        "RFC 959",
    ),
    (425, "the data connection cannot be opened", "RFC 959"),
    (
        426,
        "the data connection was closed, and the transfer ended early",
        "RFC 959",
    ),
    (
        430,
        "user or password is wrong (seen from several servers)",
        "no RFC",
    ),
    (
        431,
        "the server needs something that is not available, to protect the connection",
        "RFC 2228",
    ),
    (434, "the host that was named is not available", "no RFC"),
    (
        450,
        "the file is busy, or the operation cannot be done just now",
        "RFC 959",
    ),
    (
        451,
        "the server failed in the middle of the operation",
        "RFC 959",
    ),
    (452, "the server has no space left", "RFC 959"),
    (500, "the server does not know the command", "RFC 959"),
    (
        501,
        "the server does not understand the parameter",
        "RFC 959",
    ),
    (502, "the server has not implemented the command", "RFC 959"),
    (503, "commands came in the wrong order", "RFC 959"),
    (
        504,
        "the server has not implemented this parameter",
        "RFC 959",
    ),
    (
        521,
        "the data connection cannot be opened with this protection (PROT)",
        "RFC 4217",
    ),
    (
        522,
        "the server requires TLS, or session reuse, on the data connection, or does not support this \
         network protocol",
        "RFC 2428, RFC 4217, vsftpd",
    ),
    (530, "the login is missing or was refused", "RFC 959"),
    (532, "storing files needs an account", "RFC 959"),
    (
        533,
        "the server denies the command at this protection level",
        "RFC 2228",
    ),
    (
        534,
        "the server's policy denies this: usually TLS, or protection of the data, is required",
        "RFC 2228",
    ),
    (535, "the security check failed", "RFC 2228"),
    (
        536,
        "the server does not support this protection level",
        "RFC 2228",
    ),
    (
        537,
        "the command is not supported at this protection level",
        "RFC 2228",
    ),
    (
        550,
        "the file or directory is missing, or may not be used",
        "RFC 959",
    ),
    (551, "the page type is unknown", "RFC 959"),
    (552, "the quota is used up", "RFC 959"),
    (553, "the file name is not allowed", "RFC 959"),
    (554, "the position of REST is not valid", "RFC 3659"),
    (555, "the type or structure is wrong", "RFC 3659"),
    (556, "the command is not supported for this type", "no RFC"),
];

/// A reply in a text, by its code alone.
#[derive(Debug)]
pub(crate) struct ByCode {
    pub(crate) code: u16,
    pub(crate) meaning: &'static str,
    pub(crate) source: &'static str,
    pub(crate) line: String,
}

/// Finds the first negative reply in `text`, and what its code means.
pub(crate) fn by_code(text: &str) -> Option<ByCode> {
    let pasted = Pasted::new(text).plain;
    let text = &pasted.text;
    let mut starts = text.char_indices().map(|(at, _)| at);
    starts.find_map(|start| {
        let digits = text.get(start..start + 3)?;
        let number: u16 = digits.parse().ok()?;
        let (_, meaning, source) = CODES.iter().find(|(known, ..)| *known == number)?;
        let after = text.get(start + 3..)?;
        let next = after.chars().next();
        let is_followed = next.is_none_or(|c| " -)".contains(c) || !c.is_ascii());
        let is_reply = code::is_clear(text, start) && is_followed;
        is_reply.then(|| ByCode {
            code: number,
            meaning,
            source,
            line: pasted.line_at(start),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_told_from_other_numbers() {
        let code = |text| by_code(text).map(|found| found.code);
        assert_eq!(code("ftplib.error_perm: 553 what now?"), Some(553));
        assert_eq!(code("error: (550) File unavailable"), Some(550));
        assert_eq!(code("550"), Some(550));
        assert_eq!(code("at Main.java:550"), None);
        assert_eq!(code("1550 x"), None);
        assert_eq!(code("10.0.0.550 x"), None);
        assert_eq!(code("226 done"), None);
        assert_eq!(code("530 5.7.0 Authentication required"), Some(530));
        assert_eq!(code("< 421 3 users"), Some(421));
        assert_eq!(code("processed 552 rows"), None);
        assert_eq!(code("took 552 ms"), None);
        assert_eq!(code("number 452"), None);
    }
}
