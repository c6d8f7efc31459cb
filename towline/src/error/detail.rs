//! Why something went wrong, typed, so that nobody has to read an English sentence to decide.

use jiff::Timestamp;
use towline_proto::digest::DigestAlgorithm;

use crate::fingerprint::{Fingerprint, Pin};

/// Defines [`ErrorDetail`] and the name of each of its variants, in one place.
macro_rules! details {
    ($(
        $(#[$meta:meta])*
        $name:literal $variant:ident $({ $( $(#[$field_meta:meta])* $field:ident: $type:ty, )* })?,
    )*) => {
        /// The reason for an [`Error`](crate::Error).
        ///
        /// [`ErrorKind`](crate::ErrorKind) says who is at fault, this says why. Further reasons may
        /// be added.
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
            /// The name of every reason.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name used in logs and JSON, in snake case.
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
    /// The trusted certificates cannot be used: the file, or the platform's store.
    "trust_unusable" TrustUnusable,
    /// The client certificate, or its key, cannot be used.
    "client_certificate_unusable" ClientCertificateUnusable,
    /// A line in the file of known servers cannot be understood.
    "known_servers_unreadable" KnownServersUnreadable,
    /// The remote path does not name a file.
    "not_a_file_name" NotAFileName,
    /// Text for the server holds CR, LF or NUL, or is not in its character set.
    "cannot_be_sent" CannotBeSent,
    /// The file ends before the requested offset.
    "beyond_end" BeyondEnd,
    /// The requested range of bytes is empty.
    "empty_range" EmptyRange,
    /// The file is larger than the caller allows.
    "file_too_large" FileTooLarge,
    /// A download was finished before its end.
    "finished_early" FinishedEarly,
    /// A command is not sent because it would break what the session promises.
    "reserved_command" ReservedCommand,

    // The network.

    /// The host's name could not be resolved.
    "name_not_found" NameNotFound,
    /// Resolving the host's name took too long.
    "lookup_timed_out" LookupTimedOut,
    /// Nothing listens on that address.
    "connection_refused" ConnectionRefused,
    /// There is no way to that address.
    "unreachable" Unreachable,
    /// Connecting took too long.
    "connect_timed_out" ConnectTimedOut,
    /// We cannot listen for the server's data connection (active mode).
    "cannot_listen" CannotListen,
    /// The server did not open the data connection in time (active mode).
    "accept_timed_out" AcceptTimedOut,
    /// The TLS handshake took too long.
    "handshake_timed_out" HandshakeTimedOut,
    /// A command could not be sent in time.
    "send_timed_out" SendTimedOut,
    /// The server did not reply in time.
    "reply_timed_out" ReplyTimedOut,
    /// A data connection made no progress in time.
    "data_timed_out" DataTimedOut,
    /// The server closed the control connection without a word.
    "connection_closed" ConnectionClosed,
    /// A connection broke.
    "connection_lost" ConnectionLost,
    /// The proxy did not open the connection.
    "proxy_refused" ProxyRefused,
    /// The proxy did not answer in time.
    "proxy_timed_out" ProxyTimedOut,
    /// The proxy refused user or password, or wants them.
    "proxy_login_refused" ProxyLoginRefused,

    // TLS.

    /// The server answered in plain text where TLS was expected.
    "plaintext_answered" PlaintextAnswered,
    /// An HTTP server answered.
    "http_answered" HttpAnswered,
    /// An SSH server answered.
    "ssh_answered" SshAnswered,
    /// The server refuses TLS on this port (`AUTH`).
    "tls_refused" TlsRefused,
    /// The server refuses to protect data connections (`PBSZ`, `PROT`).
    "protection_refused" ProtectionRefused,
    /// The server speaks none of the TLS versions that are allowed here.
    "no_common_version" NoCommonVersion,
    /// The server speaks none of our cipher suites, or none of our key exchanges.
    "no_common_cipher_suite" NoCommonCipherSuite,
    /// The server wants a client certificate, and none is given.
    "client_certificate_wanted" ClientCertificateWanted,
    /// The server does not accept the client certificate.
    "client_certificate_refused" ClientCertificateRefused,
    /// Something was sent ahead of TLS that would have been read as if it had been inside.
    "smuggled_ahead_of_tls" SmuggledAheadOfTls,
    /// The server ended TLS with an alert.
    "tls_alert" TlsAlert {
        /// The number of the alert (RFC 8446 section 6).
        code: u8,
    },
    /// The server closed the connection during the TLS handshake.
    "closed_during_handshake" ClosedDuringHandshake,
    /// The server's side of TLS breaks the protocol, or somebody changed what it sent.
    "tls_broken" TlsBroken,
    /// The server did not end TLS in order (`CCC`).
    "tls_not_ended" TlsNotEnded,

    // The server's certificate.

    /// No trusted certificate has issued it.
    "unknown_issuer" UnknownIssuer {
        /// Who issued it, as it says.
        issuer: String,
    },
    /// It is for other names.
    "wrong_name" WrongName {
        /// The names that it is for.
        names: Vec<String>,
    },
    /// It names the server's address as a host name (a DNS name instead of an IP address).
    "address_as_host_name" AddressAsHostName,
    /// It has expired.
    "expired" Expired {
        /// The end of its validity.
        at: Timestamp,
    },
    /// It is not valid yet.
    "not_valid_yet" NotYetValid {
        /// The beginning of its validity.
        from: Timestamp,
    },
    /// It was revoked.
    "revoked" Revoked,
    /// Its RSA key, or that of an issuer, is too short.
    "key_too_short" KeyTooShort {
        /// The key's length.
        bits: usize,
    },
    /// It is signed by an algorithm that is not accepted.
    "unsupported_signature" UnsupportedSignature {
        /// The algorithm's usual name, or its object identifier.
        algorithm: String,
    },
    /// It is of an X.509 version other than 3.
    "unsupported_certificate_version" UnsupportedCertificateVersion {
        /// The version, from 1.
        version: u32,
    },
    /// It is not meant for servers.
    "wrong_purpose" WrongPurpose,
    /// It cannot be read.
    "certificate_unreadable" CertificateUnreadable,
    /// It has none of the pinned keys.
    "pin_mismatch" PinMismatch {
        /// The key that it has.
        pin: Pin,
    },
    /// It is not the one that the server showed when it was first met.
    "certificate_changed" CertificateChanged {
        /// The one that it showed then.
        before: Fingerprint,
    },
    /// The caller's own check refused it.
    "refused_by_check" RefusedByCheck,
    /// It is not acceptable for another reason.
    "certificate_not_acceptable" CertificateNotAcceptable,
    /// The data connection's is not the control connection's.
    "data_certificate_differs" DataCertificateDiffers,

    // The login.

    /// The server wants an account besides user and password, and none is given.
    "account_wanted" AccountWanted,
    /// The server wants TLS for this login, by its reply.
    "tls_wanted" TlsWanted,
    /// The server refused user or password.
    "login_refused" LoginRefused,
    /// The server has too many connections, of this user or altogether.
    "too_many_connections" TooManyConnections,
    /// The server ended the session, or cannot serve now (421).
    "session_ended" SessionEnded,

    // Session reuse.

    /// The server refuses data connections that do not resume the control connection's TLS session.
    "reuse_required_by_server" ReuseRequiredByServer,
    /// The server has given nothing to resume with.
    "nothing_to_resume" NothingToResume,
    /// [`SessionReuse::Require`](crate::SessionReuse::Require) refuses a data connection that did not
    /// resume.
    "reuse_required_by_policy" ReuseRequiredByPolicy,

    // What the server refuses.

    /// The server does not know the command, or its parameter (500, 502, 504).
    "unknown_command" UnknownCommand,
    /// The server refused the command.
    "command_refused" CommandRefused,
    /// The server has no such file or directory.
    "no_such_file" NoSuchFile,
    /// The directory in which another one was to be created does not exist.
    "no_parent_directory" NoParentDirectory,
    /// The remote target exists and was to be left alone.
    "target_exists" TargetExists,
    /// The remote target is a directory.
    "target_is_directory" TargetIsDirectory,
    /// What is there is not a directory.
    "not_a_directory" NotADirectory,
    /// The server has no space (452, 552).
    "no_space_at_server" NoSpaceAtServer,
    /// The server does not begin a transfer in the middle (`REST`).
    "restart_refused" RestartRefused,
    /// The server gives no size, without which nobody can tell where a download began.
    "no_size" NoSize,
    /// The server offers no digest to verify with.
    "no_digest" NoDigest,
    /// The server refused to rename: `RNFR`.
    "rename_from_refused" RenameFromRefused,
    /// The server refused to rename: `RNTO`.
    "rename_to_refused" RenameToRefused,
    /// The reply to a rename is lost, and nobody knows which name the file has.
    "rename_in_doubt" RenameInDoubt,
    /// An upload has lost its temporary name, but the target is another file.
    "target_is_another_file" TargetIsAnotherFile,

    // What has come, or arrived.

    /// The server broke the transfer off.
    "transfer_broken_off" TransferBrokenOff,
    /// The size is not what it should be.
    "wrong_size" WrongSize {
        /// Bytes that should be there.
        expected: u64,
        /// Bytes that are.
        actual: u64,
    },
    /// The data connection ended without `close_notify`, and the server gives no size.
    "end_unproven" EndUnproven,
    /// The digests of both ends differ.
    "digests_differ" DigestsDiffer {
        /// By which algorithm.
        algorithm: DigestAlgorithm,
    },
    /// How much of what was appended has arrived cannot be told.
    "append_in_doubt" AppendInDoubt,

    // Listings.

    /// The listing takes more memory than [`Config::listing_limit`](crate::Config::listing_limit).
    "listing_too_large" ListingTooLarge,
    /// A line of the listing is too long.
    "listing_line_too_long" ListingLineTooLong,
    /// A listing has an entry whose name could lead elsewhere.
    "entry_name_refused" EntryNameRefused,
    /// The server lists the directory itself in place of what is in it.
    "directory_lists_itself" DirectoryListsItself,
    /// The listing may not be complete: see [`ListingSummary::completeness`](crate::ListingSummary::completeness).
    "listing_incomplete" ListingIncomplete,
    /// The tree is deeper, or has more entries, than is allowed.
    "tree_too_large" TreeTooLarge,
    /// What was looked for is not in the listing, which may have been cut short.
    "listing_cut_short" ListingCutShort,
    /// What was looked for is not in the listing, of which not every line was understood.
    "listing_not_understood" ListingNotUnderstood,

    // Here.

    /// The local disk is full, or a quota is used up.
    "disk_full" DiskFull,
    /// The local file or directory may not be used.
    "permission_denied" PermissionDenied,
    /// There is no such local file or directory.
    "no_such_local_file" NoSuchLocalFile,
    /// The local file is a directory.
    "is_a_directory" IsADirectory,
    /// The local target exists and was to be left alone.
    "local_target_exists" LocalTargetExists,
    /// The local file changed while it was sent.
    "changed_while_sent" ChangedWhileSent,

    // The protocol.

    /// The server sent a reply that nobody asked for.
    "stray_reply" StrayReply,
    /// The server's reply cannot be understood.
    "unreadable_reply" UnreadableReply,
    /// The server's reply is of a class that has no meaning there.
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
