//! Whether a server requires session reuse, and the reply texts that say so.

use towline_proto::reply::Reply;

use crate::verdict::DataConnection;

/// Whether a server requires session reuse, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReuseDemand {
    /// Not known yet.
    #[default]
    Unknown,
    /// It refused a data connection that did not resume, or is known to do so.
    Demanded,
    /// It completed a listing or a download over a full handshake.
    NotDemanded,
}

/// What shows that a server requires session reuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The words or the code of a reply.
    Said,
    /// The server denied a data connection whose handshake was complete and did not resume. There
    /// may be another reason for that.
    Denied,
}

/// Whether a negative reply to a transfer command says that the data connection's TLS session was
/// not the control connection's.
///
/// `verdict` is the data connection's, if its handshake completed. The texts are from vsftpd,
/// ProFTPD, FileZilla Server 0.9 and 1.x, Rebex and Bitvise.
pub(crate) fn is_reuse_refusal(reply: &Reply, verdict: Option<&DataConnection>) -> bool {
    const CANNOT_OPEN: u16 = 425;
    const FILE_BUSY: u16 = 450;
    const TLS_FAILED: u16 = 522;
    let speaks_of_reuse =
        reply.contains("session") && reply.contains_any(&["reus", "resum", "cached"]);
    // ProFTPD's text when its check fails.
    let not_permitted = reply.contains("unable to build data connection: operation not permitted");
    match reply.code().as_u16() {
        TLS_FAILED => speaks_of_reuse || verdict.is_some_and(|verdict| !verdict.resumed),
        CANNOT_OPEN => speaks_of_reuse || not_permitted,
        FILE_BUSY => speaks_of_reuse,
        _ => false,
    }
}

/// Whether a reply to a transfer command denies the data connection that was agreed on directly
/// before it. FileZilla Server 1.9 does so if a data connection fails its check of session reuse
/// before it has read the command.
pub(crate) fn denies_data_connection(reply: &Reply) -> bool {
    const CANNOT_OPEN: u16 = 425;
    reply.code().as_u16() == CANNOT_OPEN && reply.contains("use port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_refusals_of_the_observed_servers() {
        let reply = |line: &str| {
            let mut decoder = towline_proto::codec::ReplyDecoder::default();
            decoder.push(format!("{line}\r\n").as_bytes());
            decoder.next_reply().unwrap().unwrap()
        };
        for refusal in [
            "522 SSL connection failed: session reuse required",
            "522 SSL connection failed; session reuse required: see require_ssl_reuse option in vsftpd.conf man page",
            "522 Data connection must use cached TLS session",
            "425 Unable to build data connection: Operation not permitted",
            "425 Unable to build data connection: TLS session of data connection not resumed.",
            "450 TLS session of data connection has not resumed or the session does not match the control connection",
            "425 Cannot secure data connection - TLS session resumption required.",
        ] {
            assert!(is_reuse_refusal(&reply(refusal), None), "{refusal}");
        }
        for other in [
            "425 Can't open data connection.",
            "425 Use PORT or PASV first.",
            "450 Requested file action not taken.",
            "550 Failed to open file.",
            "522 SSL handshake failed.",
        ] {
            assert!(!is_reuse_refusal(&reply(other), None), "{other}");
        }
        assert!(denies_data_connection(&reply(
            "425 Use PORT, PASV or EPSV first."
        )));
        assert!(!denies_data_connection(&reply(
            "425 Can't open data connection."
        )));
        assert!(!denies_data_connection(&reply("503 Use PORT first.")));
    }
}
