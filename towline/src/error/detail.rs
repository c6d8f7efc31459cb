//! Why something went wrong, as a type, so that programs need not parse English text.

use jiff::Timestamp;
use towline_proto::digest::DigestAlgorithm;
use towline_proto::path::RemotePath;

use crate::fingerprint::{Fingerprint, Pin};

/// Defines [`ErrorDetail`] together with the name of each variant.
macro_rules! details {
    ($(
        $(#[$meta:meta])*
        $name:literal $variant:ident $({ $( $(#[$field_meta:meta])* $field:ident: $type:ty, )* })?,
    )*) => {
        /// The reason for an [`Error`](crate::Error).
        ///
        /// [`ErrorKind`](crate::ErrorKind) says who is at fault; this says why. Later versions may
        /// add reasons.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "name"))]
        #[non_exhaustive]
        pub enum ErrorDetail {
            $(
                $(#[$meta])*
                #[cfg_attr(feature = "serde", serde(rename = $name))]
                $variant $({ $( $(#[$field_meta])* $field: $type, )* })?,
            )*
        }

        impl ErrorDetail {
            /// The names of all reasons.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Returns the name used in logs and JSON, in snake case.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => $name, )*
                }
            }
        }
    };
}

details! {
    // What the caller asked for.

    /// Settings or options contradict each other.
    "contradictory_settings" ContradictorySettings,
    /// The text is not a host name or IP address.
    "invalid_host" InvalidHost,
    /// The text is not the URL of a proxy.
    "invalid_proxy" InvalidProxy,
    /// The file of trusted certificates, or the platform's certificate store, cannot be used.
    "trust_unusable" TrustUnusable,
    /// The client certificate or its key cannot be used.
    "client_certificate_unusable" ClientCertificateUnusable,
    /// A line in the known-servers file cannot be parsed.
    "known_servers_unreadable" KnownServersUnreadable,
    /// The remote path does not name a file.
    "not_a_file_name" NotAFileName,
    /// Text for the server contains CR, LF or NUL, or a character outside the server's character
    /// set.
    "cannot_be_sent" CannotBeSent,
    /// The file ends before the requested offset.
    "beyond_end" BeyondEnd,
    /// The requested byte range is empty.
    "empty_range" EmptyRange,
    /// The file is larger than the caller allows.
    "file_too_large" FileTooLarge,
    /// The caller finished a download before reading all of it.
    "finished_early" FinishedEarly,
    /// The command is reserved: sending it would break the guarantees of the session.
    "reserved_command" ReservedCommand,

    // The network.

    /// The host name does not exist, or has no address.
    "name_not_found" NameNotFound,
    /// The host name could not be resolved: the name servers failed or could not be reached.
    "lookup_failed" LookupFailed,
    /// Resolving the host name took too long.
    "lookup_timed_out" LookupTimedOut,
    /// The address refused the connection: nothing listens there.
    "connection_refused" ConnectionRefused,
    /// There is no route to the address.
    "unreachable" Unreachable,
    /// Connecting took too long.
    "connect_timed_out" ConnectTimedOut,
    /// The client cannot listen for the server's data connection (active mode).
    "cannot_listen" CannotListen,
    /// The server did not open the data connection in time (active mode).
    "accept_timed_out" AcceptTimedOut,
    /// The TLS handshake took too long.
    "handshake_timed_out" HandshakeTimedOut,
    /// A command could not be sent in time.
    "send_timed_out" SendTimedOut,
    /// The server did not reply in time.
    "reply_timed_out" ReplyTimedOut,
    /// A data connection stalled.
    "data_timed_out" DataTimedOut,
    /// The server closed the control connection without a reply.
    "connection_closed" ConnectionClosed,
    /// A connection broke.
    "connection_lost" ConnectionLost,
    /// The proxy did not open the connection.
    "proxy_refused" ProxyRefused,
    /// The proxy did not answer in time.
    "proxy_timed_out" ProxyTimedOut,
    /// The proxy refused the user or password, or requires them.
    "proxy_login_refused" ProxyLoginRefused,

    // TLS.

    /// The server answered in plain text where TLS was expected.
    "plaintext_answered" PlaintextAnswered,
    /// An HTTP server answered.
    "http_answered" HttpAnswered,
    /// An SSH server answered.
    "ssh_answered" SshAnswered,
    /// The server sends no greeting, but answers a TLS handshake: it expects TLS immediately
    /// ([`TlsMode::Implicit`](crate::TlsMode::Implicit)).
    "implicit_tls_expected" ImplicitTlsExpected,
    /// The server refuses TLS on this port (`AUTH`).
    "tls_refused" TlsRefused,
    /// The server refuses to protect data connections (`PBSZ`, `PROT`).
    "protection_refused" ProtectionRefused,
    /// The server supports none of the allowed TLS versions.
    "no_common_version" NoCommonVersion,
    /// The server supports none of the client's cipher suites, or none of its key exchange groups.
    "no_common_cipher_suite" NoCommonCipherSuite,
    /// The server requires a client certificate, and none is configured.
    "client_certificate_wanted" ClientCertificateWanted,
    /// The server rejected the client certificate.
    "client_certificate_refused" ClientCertificateRefused,
    /// Data arrived in clear text before TLS began that would have been read as if it were
    /// protected.
    "smuggled_ahead_of_tls" SmuggledAheadOfTls,
    /// The server ended TLS with an alert.
    "tls_alert" TlsAlert {
        /// The alert's number (RFC 8446 section 6).
        code: u8,
    },
    /// The server closed the connection during the TLS handshake.
    "closed_during_handshake" ClosedDuringHandshake,
    /// The server violated the TLS protocol, or its data was altered on the way.
    "tls_broken" TlsBroken,
    /// The server did not end TLS properly (`CCC`).
    "tls_not_ended" TlsNotEnded,

    // The server's certificate.

    /// The issuer of the certificate is not trusted.
    "unknown_issuer" UnknownIssuer {
        /// The issuer that the certificate names.
        issuer: String,
    },
    /// The issuer's certificate is trusted, but is not that of an authority: it lacks `CA:TRUE`, or
    /// its key may not sign certificates.
    "issuer_not_authority" IssuerNotAuthority {
        /// The issuer's name.
        issuer: String,
    },
    /// An authority in the chain of the certificate allows fewer authorities below itself
    /// (`pathlen`).
    "chain_too_long" ChainTooLong {
        /// The name of that authority.
        issuer: String,
    },
    /// An authority in its chain may not issue certificates for its names (name constraints).
    "name_not_permitted" NameNotPermitted {
        /// The name of that authority, if the chain shows it.
        issuer: Option<String>,
    },
    /// The issuer's certificate has expired, or is not valid yet.
    "issuer_out_of_date" IssuerOutOfDate {
        /// The issuer's name.
        issuer: String,
    },
    /// The certificate is valid for other names.
    "wrong_name" WrongName {
        /// The names for which it is valid.
        names: Vec<String>,
    },
    /// The certificate names the server's address as a host name (a DNS name instead of an IP
    /// address).
    "address_as_host_name" AddressAsHostName,
    /// The certificate has expired.
    "expired" Expired {
        /// The end of its validity.
        at: Timestamp,
    },
    /// The certificate is not valid yet.
    "not_valid_yet" NotYetValid {
        /// The start of its validity.
        from: Timestamp,
    },
    /// The certificate was revoked.
    "revoked" Revoked,
    /// The RSA key of the certificate, or of an issuer, is too short.
    "key_too_short" KeyTooShort {
        /// The length of the key in bits.
        bits: usize,
    },
    /// The certificate is signed with an algorithm that is not accepted.
    "unsupported_signature" UnsupportedSignature {
        /// The algorithm's usual name, or its object identifier.
        algorithm: String,
    },
    /// The X.509 version of the certificate is not 3.
    "unsupported_certificate_version" UnsupportedCertificateVersion {
        /// The version, counted from 1.
        version: u32,
    },
    /// The certificate is not issued for server authentication.
    "wrong_purpose" WrongPurpose,
    /// The certificate cannot be parsed.
    "certificate_unreadable" CertificateUnreadable,
    /// The key of the certificate is not one of the pinned keys.
    "pin_mismatch" PinMismatch {
        /// The pin of its key.
        pin: Pin,
    },
    /// The certificate is not the one that the server presented on first use.
    "certificate_changed" CertificateChanged {
        /// The certificate presented on first use.
        before: Fingerprint,
    },
    /// The caller's check rejected the certificate.
    "refused_by_check" RefusedByCheck,
    /// The certificate was rejected for another reason.
    "certificate_not_acceptable" CertificateNotAcceptable,
    /// The data connection's certificate is not the control connection's.
    "data_certificate_differs" DataCertificateDiffers,

    // The login.

    /// The server requires an account in addition to user and password, and none is configured.
    "account_wanted" AccountWanted,
    /// The server's reply says that this login requires TLS.
    "tls_wanted" TlsWanted,
    /// The server refused the user or password.
    "login_refused" LoginRefused,
    /// The server did not answer the password or the account, which it had never accepted before.
    /// It may have refused them, so they are not sent again.
    "login_unanswered" LoginUnanswered,
    /// The server has too many connections, for this user or in total.
    "too_many_connections" TooManyConnections,
    /// The server ended the session, or is unavailable (421).
    "session_ended" SessionEnded,

    // Session reuse.

    /// The server refuses data connections that do not resume the control connection's TLS session.
    "reuse_required_by_server" ReuseRequiredByServer,
    /// The server sent no ticket or session that could be resumed.
    "nothing_to_resume" NothingToResume,
    /// The server has not shown that it resumes sessions, and refuses the listing that would show
    /// whether uploads need that.
    "trial_refused" TrialRefused,
    /// The data connection did not resume, and
    /// [`SessionReuse::Require`](crate::SessionReuse::Require) refuses it.
    "reuse_required_by_policy" ReuseRequiredByPolicy,

    // What the server refuses.

    /// The server does not support the command or its parameter (500, 502, 504).
    "unknown_command" UnknownCommand,
    /// The server refused the command.
    "command_refused" CommandRefused,
    /// The server refused to begin a transfer with a transient reply (4yz): it may allow it later.
    "refused_for_now" RefusedForNow,
    /// The server has no such file or directory.
    "no_such_file" NoSuchFile,
    /// The parent of the directory to create does not exist.
    "no_parent_directory" NoParentDirectory,
    /// The remote target exists and must not be replaced.
    "target_exists" TargetExists,
    /// The remote target is a directory.
    "target_is_directory" TargetIsDirectory,
    /// The remote path exists and is not a directory.
    "not_a_directory" NotADirectory,
    /// The server is out of space (452, 552).
    "no_space_at_server" NoSpaceAtServer,
    /// The server cannot start a transfer at an offset (`REST`).
    "restart_refused" RestartRefused,
    /// The server reports no size, so the start of a download cannot be checked.
    "no_size" NoSize,
    /// The server offers no digest for verification.
    "no_digest" NoDigest,
    /// The server refused a rename at `RNFR`.
    "rename_from_refused" RenameFromRefused,
    /// The server refused a rename at `RNTO`.
    "rename_to_refused" RenameToRefused,
    /// The server confirmed the name of a file or directory, but gave it another name.
    "other_name_given" OtherNameGiven {
        /// The path that the file or directory has instead.
        at: RemotePath,
    },
    /// The reply to a rename was lost, so the name of the file is unknown.
    "rename_in_doubt" RenameInDoubt,
    /// The temporary file of an upload is gone, but the target is a different file.
    "target_is_another_file" TargetIsAnotherFile,

    // The result of a transfer.

    /// The server called a transfer complete for which it had not opened a data connection, or had not
    /// begun TLS on it.
    "complete_without_data" CompleteWithoutData,
    /// The server aborted the transfer.
    "transfer_broken_off" TransferBrokenOff,
    /// The file has the wrong size.
    "wrong_size" WrongSize {
        /// The expected size in bytes.
        expected: u64,
        /// The actual size in bytes.
        actual: u64,
    },
    /// The server sent more bytes than it had announced, and was not at the end yet.
    "more_than_announced" MoreThanAnnounced {
        /// The announced size in bytes.
        expected: u64,
    },
    /// Nothing proves that the file is complete, which the caller requires.
    "not_verified" NotVerified,
    /// The data connection ended without `close_notify`, and the server reports no size.
    "end_unproven" EndUnproven,
    /// The digests of the local and the remote file differ.
    "digests_differ" DigestsDiffer {
        /// The digest algorithm.
        algorithm: DigestAlgorithm,
    },
    /// It is unknown how much of the appended data arrived.
    "append_in_doubt" AppendInDoubt,

    // Listings.

    /// The listing exceeds [`Config::listing_limit`](crate::Config::listing_limit).
    "listing_too_large" ListingTooLarge,
    /// A line of the listing is too long.
    "listing_line_too_long" ListingLineTooLong,
    /// A listing has an entry whose name could lead outside its directory.
    "entry_name_refused" EntryNameRefused,
    /// The server listed the directory itself instead of its contents.
    "directory_lists_itself" DirectoryListsItself,
    /// A directory of a tree is one of the directories above it, reached through a link.
    "leads_back" LeadsBack,
    /// A listing has two entries with the same name.
    "duplicate_name" DuplicateName,
    /// The listing is of another directory than the one asked for: the server ignores the path. The
    /// next listing enters the directory first.
    "listing_of_another" ListingOfAnother,
    /// The listing may be incomplete: see
    /// [`ListingSummary::completeness`](crate::ListingSummary::completeness).
    "listing_incomplete" ListingIncomplete,
    /// The tree exceeds the limit on depth or entries.
    "tree_too_large" TreeTooLarge,
    /// The entry is not in the listing, which may be truncated.
    "listing_cut_short" ListingCutShort,
    /// The entry is not in the listing, some lines of which could not be parsed.
    "listing_not_understood" ListingNotUnderstood,

    // The local side.

    /// The local disk is full, or a quota is exhausted.
    "disk_full" DiskFull,
    /// Access to the local file or directory is denied.
    "permission_denied" PermissionDenied,
    /// The local file or directory does not exist.
    "no_such_local_file" NoSuchLocalFile,
    /// The local file is a directory.
    "is_a_directory" IsADirectory,
    /// The local target exists and must not be replaced.
    "local_target_exists" LocalTargetExists,
    /// The local file changed while it was being sent.
    "changed_while_sent" ChangedWhileSent,

    // The protocol.

    /// The server sent a reply that belongs to no command.
    "stray_reply" StrayReply,
    /// The server's reply cannot be parsed.
    "unreadable_reply" UnreadableReply,
    /// The server names a port below 1024 for a data connection, where other services listen.
    "reserved_port" ReservedPort,
    /// The class of the server's reply has no meaning at this point.
    "unexpected_reply" UnexpectedReply,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_in_snake_case() {
        let unique: BTreeSet<_> = ErrorDetail::NAMES.iter().collect();
        assert_eq!(unique.len(), ErrorDetail::NAMES.len());
        let is_snake = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(ErrorDetail::NAMES.iter().all(is_snake));
        assert_eq!(
            ErrorDetail::KeyTooShort { bits: 1024 }.name(),
            "key_too_short"
        );
    }
}
