//! The policy for data connections, as pure functions: whether one may carry data, and if not, what
//! to try next.

use crate::config::SessionReuse;
use crate::observer::RecoveryStep;
use crate::server::ReuseDemand;

/// The purpose of a data connection. A refused listing or download does no harm; a refused upload
/// has already emptied its target (seen on vsftpd, ProFTPD, FileZilla Server).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Retrieve,
    /// An upload under a temporary name, or an append. Sent only after the server has shown what it
    /// requires: a refused upload may leave an empty part that the user cannot remove.
    Store,
    /// An upload to a final name, where a file may exist. The same applies.
    Replace,
    /// As `Store`, to a server that cannot show what it requires. It is known to resume sessions,
    /// or the user says that it does.
    StoreUntried,
}

/// Whether a data connection may carry data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Yes.
    Admitted,
    /// Yes, and its outcome shows whether the server requires session reuse.
    OnTrial,
    /// Not until a listing has shown that the server accepts a full handshake.
    NeedsTrial,
    /// No: it did not resume, and the policy or the server requires it to.
    NotResumed,
    /// No: its certificate differs from the control connection's.
    OtherCertificate,
}

/// Decides by this table of [`SessionReuse`].
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
        (SessionReuse::Auto, ReuseDemand::Unknown, _) => Admission::NeedsTrial,
    }
}

/// Whether the command of an upload must wait for a trial: until a data connection of this server
/// has resumed (`resumes`), or has shown that it need not.
pub(crate) fn needs_trial(policy: SessionReuse, demand: ReuseDemand, resumes: bool) -> bool {
    match policy {
        SessionReuse::Off => false,
        SessionReuse::Require => !resumes,
        SessionReuse::Auto => !resumes && demand != ReuseDemand::NotDemanded,
    }
}

/// Returns the step of the recovery after `last`, or `None` if all have been tried.
///
/// `usable`: the control connection can still be used. `tls13`: it uses TLS 1.3, and TLS 1.2 is
/// allowed.
pub(crate) fn recovery_after(
    last: Option<RecoveryStep>,
    usable: bool,
    tls13: bool,
) -> Option<RecoveryStep> {
    match last {
        None if usable => Some(RecoveryStep::AnotherTicket),
        None | Some(RecoveryStep::AnotherTicket) => Some(RecoveryStep::NewControlConnection),
        Some(RecoveryStep::NewControlConnection) if tls13 => {
            Some(RecoveryStep::NewControlConnectionTls12)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESUMED: bool = true;
    const SAME: bool = true;
    const PURPOSES: [Purpose; 4] = [
        Purpose::Retrieve,
        Purpose::Store,
        Purpose::Replace,
        Purpose::StoreUntried,
    ];

    #[test]
    fn another_certificate_is_never_admitted() {
        for policy in [SessionReuse::Auto, SessionReuse::Require, SessionReuse::Off] {
            for demand in [
                ReuseDemand::Unknown,
                ReuseDemand::Demanded,
                ReuseDemand::NotDemanded,
            ] {
                for purpose in PURPOSES {
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
            for purpose in PURPOSES {
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
    fn an_upload_waits_until_the_server_has_shown_what_it_requires() {
        let (unknown, not_demanded) = (ReuseDemand::Unknown, ReuseDemand::NotDemanded);
        let demanded = ReuseDemand::Demanded;
        for (policy, demand, resumes, waits) in [
            (SessionReuse::Auto, unknown, false, true),
            (SessionReuse::Auto, unknown, true, false),
            (SessionReuse::Auto, not_demanded, false, false),
            (SessionReuse::Auto, demanded, false, true),
            (SessionReuse::Auto, demanded, true, false),
            (SessionReuse::Require, not_demanded, false, true),
            (SessionReuse::Require, unknown, true, false),
            (SessionReuse::Off, unknown, false, false),
        ] {
            let waited = needs_trial(policy, demand, resumes);
            assert_eq!(waited, waits, "{policy:?} {demand:?} {resumes}");
        }
    }

    #[test]
    fn recovery_takes_each_step_once_and_ends() {
        let steps = |usable, tls13| {
            let mut steps = Vec::new();
            while let Some(step) = recovery_after(steps.last().copied(), usable, tls13) {
                steps.push(step);
            }
            steps
        };
        use RecoveryStep::{AnotherTicket, NewControlConnection, NewControlConnectionTls12};
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
}
