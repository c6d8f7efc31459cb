//! What becomes of a data connection, as pure functions: may it carry anything, and if not, what is
//! tried next.

use towline_proto::reply::Reply;

use crate::config::SessionReuse;
use crate::verdict::DataConnection;

/// What a data connection is for. A listing or a download that is refused has done no harm; a
/// refused upload has already emptied its target (seen on vsftpd, ProFTPD, FileZilla Server).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Retrieve,
    Store,
}

/// What a server has shown of its demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReuseDemand {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It has refused a data connection for want of reuse once, or is known to.
    Demanded,
    /// It has completed a listing or a download over a full handshake.
    NotDemanded,
}

/// Whether a data connection may carry anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Yes.
    Admitted,
    /// Yes, and its outcome shows whether the server demands reuse.
    OnTrial,
    /// Not before a listing has shown that a full handshake is welcome.
    NeedsTrial,
    /// No: it did not resume, and the policy or the server demands that it does.
    NotResumed,
    /// No: it shows another certificate than the control connection.
    OtherCertificate,
}

/// The table of `--session-reuse`.
///
/// | policy | demand | resumed | otherwise |
/// | --- | --- | --- | --- |
/// | any | any | another certificate: no | another certificate: no |
/// | `off` | any | yes | yes |
/// | `require` | any | yes | no |
/// | `auto` | demanded | yes | no |
/// | `auto` | not demanded | yes | yes |
/// | `auto` | unknown | yes | retrieve: on trial; store: needs a trial |
pub(crate) fn admit(
    policy: SessionReuse,
    demand: ReuseDemand,
    purpose: Purpose,
    resumed: bool,
    same_certificate: bool,
) -> Admission {
    match (policy, demand, purpose) {
        _ if !same_certificate => Admission::OtherCertificate,
        _ if resumed => Admission::Admitted,
        (SessionReuse::Off, ..) => Admission::Admitted,
        (SessionReuse::Require, ..) => Admission::NotResumed,
        (SessionReuse::Auto, ReuseDemand::Demanded, _) => Admission::NotResumed,
        (SessionReuse::Auto, ReuseDemand::NotDemanded, _) => Admission::Admitted,
        (SessionReuse::Auto, ReuseDemand::Unknown, Purpose::Retrieve) => Admission::OnTrial,
        (SessionReuse::Auto, ReuseDemand::Unknown, Purpose::Store) => Admission::NeedsTrial,
    }
}

/// Whether a negative reply to a transfer command says that the data connection's TLS session was
/// not the control connection's.
///
/// `verdict` is that of the data connection, if it got as far as its handshake. The texts are those
/// of vsftpd, ProFTPD, FileZilla Server 0.9 and 1.x, Rebex and Bitvise.
pub(crate) fn is_reuse_refusal(reply: &Reply, verdict: Option<&DataConnection>) -> bool {
    const CANNOT_OPEN: u16 = 425;
    const FILE_BUSY: u16 = 450;
    const TLS_FAILED: u16 = 522;
    let text = reply.text().to_ascii_lowercase();
    let speaks_of_reuse =
        text.contains("session") && ["reus", "resum", "cached"].iter().any(|w| text.contains(w));
    // ProFTPD's words when its check fails.
    let not_permitted = text.contains("unable to build data connection: operation not permitted");
    match reply.code().as_u16() {
        TLS_FAILED => speaks_of_reuse || verdict.is_some_and(|verdict| !verdict.resumed),
        CANNOT_OPEN => speaks_of_reuse || not_permitted,
        FILE_BUSY => speaks_of_reuse,
        _ => false,
    }
}

/// Whether a negative reply to a connection or a login says that there are too many of them. The
/// texts are those of vsftpd, ProFTPD, Pure-FTPd, FileZilla Server, pyftpdlib and IIS.
pub(crate) fn is_too_many(reply: &Reply) -> bool {
    let text = reply.text().to_ascii_lowercase();
    let is_refusal = matches!(reply.code().as_u16(), 421 | 500 | 530 | 550);
    let about = ["connection", "session", "user", "login", "client"];
    let many = ["too many", "maximum", "limit", "max "];
    is_refusal
        && many.iter().any(|word| text.contains(word))
        && about.iter().any(|word| text.contains(word))
        && !text.contains("attempt")
        && !text.contains("failure")
}

/// What is tried after a refusal, in this order, each at most once per operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    AnotherTicket,
    NewControlConnection,
    NewControlConnectionTls12,
}

impl Recovery {
    /// In words, for status lines.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::AnotherTicket => "offering another ticket",
            Self::NewControlConnection => "opening a new control connection",
            Self::NewControlConnectionTls12 => "opening a new control connection with TLS 1.2",
        }
    }

    /// The step after `self`; `None` when all have been tried.
    ///
    /// `usable`: the control connection can still be used. `tls13`: it speaks TLS 1.3, and TLS 1.2
    /// is allowed.
    pub(crate) fn after(last: Option<Self>, usable: bool, tls13: bool) -> Option<Self> {
        match last {
            None if usable => Some(Self::AnotherTicket),
            None | Some(Self::AnotherTicket) => Some(Self::NewControlConnection),
            Some(Self::NewControlConnection) if tls13 => Some(Self::NewControlConnectionTls12),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESUMED: bool = true;
    const SAME: bool = true;

    #[test]
    fn another_certificate_is_never_admitted() {
        for policy in [SessionReuse::Auto, SessionReuse::Require, SessionReuse::Off] {
            for demand in [
                ReuseDemand::Unknown,
                ReuseDemand::Demanded,
                ReuseDemand::NotDemanded,
            ] {
                for purpose in [Purpose::Retrieve, Purpose::Store] {
                    for resumed in [true, false] {
                        assert_eq!(
                            admit(policy, demand, purpose, resumed, !SAME),
                            Admission::OtherCertificate
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn require_never_admits_a_full_handshake() {
        for demand in [
            ReuseDemand::Unknown,
            ReuseDemand::Demanded,
            ReuseDemand::NotDemanded,
        ] {
            for purpose in [Purpose::Retrieve, Purpose::Store] {
                let admission = admit(SessionReuse::Require, demand, purpose, !RESUMED, SAME);
                assert_eq!(admission, Admission::NotResumed);
            }
        }
    }

    #[test]
    fn auto_uploads_over_a_full_handshake_only_after_proof() {
        let auto = |demand| admit(SessionReuse::Auto, demand, Purpose::Store, !RESUMED, SAME);
        assert_eq!(auto(ReuseDemand::Unknown), Admission::NeedsTrial);
        assert_eq!(auto(ReuseDemand::Demanded), Admission::NotResumed);
        assert_eq!(auto(ReuseDemand::NotDemanded), Admission::Admitted);
    }

    #[test]
    fn auto_tries_a_listing_where_nothing_is_known() {
        let auto = |demand| {
            admit(
                SessionReuse::Auto,
                demand,
                Purpose::Retrieve,
                !RESUMED,
                SAME,
            )
        };
        assert_eq!(auto(ReuseDemand::Unknown), Admission::OnTrial);
        assert_eq!(auto(ReuseDemand::Demanded), Admission::NotResumed);
        assert_eq!(auto(ReuseDemand::NotDemanded), Admission::Admitted);
    }

    #[test]
    fn recovery_takes_each_step_once_and_ends() {
        let steps = |usable, tls13| {
            let mut steps = Vec::new();
            while let Some(step) = Recovery::after(steps.last().copied(), usable, tls13) {
                steps.push(step);
            }
            steps
        };
        use Recovery::{AnotherTicket, NewControlConnection, NewControlConnectionTls12};
        assert_eq!(
            steps(true, true),
            [
                AnotherTicket,
                NewControlConnection,
                NewControlConnectionTls12
            ]
        );
        assert_eq!(
            steps(false, true),
            [NewControlConnection, NewControlConnectionTls12]
        );
        assert_eq!(steps(false, false), [NewControlConnection]);
    }

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
        ] {
            assert!(is_too_many(code, text), "{code} {text}");
        }
        for (code, text) in [
            (530, "Login incorrect."),
            (530, "Login authentication failed"),
            (530, "Too many login attempts"),
            (530, "Maximum login failures exceeded"),
            (421, "Service not available"),
            (230, "There are too many users"),
        ] {
            assert!(!is_too_many(code, text), "{code} {text}");
        }
    }

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
    }
}
