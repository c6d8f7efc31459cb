//! What `towline doctor` sees without any error.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "other-port-open",
        severity: Severity::Note,
        title: "The other FTPS port answers as well",
        meaning: "Port 21 is for explicit TLS, port 990 for implicit TLS. Both can be used.",
        cause: "The server listens on both.",
        cure: "Nothing needs to change.",
        ..Finding::BLANK
    },
    Finding {
        id: "other-port-works",
        side: Side::Client,
        title: "TLS starts in another way, or on another port",
        meaning: "The port or mode that was used does not work, and the other usual one answers.",
        cause: "The client uses explicit TLS where the server has implicit TLS, or the other way round.",
        cure: "Use the address in the [site] block below.",
        ..Finding::BLANK
    },
    Finding {
        id: "tls-hello-retry",
        severity: Severity::Note,
        title: "The first key share is not the one that the server wants",
        meaning: "The first handshake takes one round trip more (HelloRetryRequest).",
        cause: "The server supports P-256 only, as vsftpd 3.0.3 and Pure-FTPd do.",
        cure: "Nothing needs to change: later connections start with the right one.",
        ..Finding::BLANK
    },
    Finding {
        id: "features-missing",
        severity: Severity::Warning,
        title: "Useful features are missing",
        meaning: "Without MLST, times and types in listings are guesses; without SIZE, nothing can be \
                  verified; without REST STREAM, nothing can be resumed; without MDTM, times are not kept.",
        cause: "An old server, or commands that were switched off.",
        cure: "Update the server, or switch them on.",
        ..Finding::BLANK
    },
    Finding {
        id: "clock-offset",
        severity: Severity::Note,
        title: "LIST shows times of another zone",
        meaning: "The times of LIST are not UTC. Towline corrects them with MDTM.",
        cause: "The server lists local time.",
        cure: "Nothing needs to change.",
        directives: &[Directive {
            software: Software::Vsftpd,
            setting: "use_localtime=NO (the default) lists UTC",
        }],
        ..Finding::BLANK
    },
    Finding {
        id: "write-test-failed",
        title: "A file cannot be written, renamed, appended to or deleted",
        meaning: "The step names what failed, and what could not be removed.",
        cause: "Permissions of the account or the directory, or limits of the server.",
        cure: "Ask the server's owner for the permission, or use another directory.",
        ..Finding::BLANK
    },
    Finding {
        id: "idle-limit",
        severity: Severity::Note,
        title: "The server ends idle sessions",
        meaning: "A session that does nothing for this long is closed.",
        cause: "The server's limit.",
        cure: "Connect again, or send NOOP in time.",
        ..Finding::BLANK
    },
    Finding {
        id: "connection-limit",
        severity: Severity::Note,
        title: "The server limits connections",
        meaning: "More connections at the same time are refused.",
        cause: "The server's limit.",
        cure: "Set connections in the configuration file, or --connections, to no more than that.",
        ..Finding::BLANK
    },
    Finding {
        id: "clear-text",
        severity: Severity::Warning,
        side: Side::Client,
        title: "The connection is in clear text",
        meaning: "Password and files can be read and changed on the way.",
        cause: "The settings allow it: --tls off, or if-available with a server without TLS.",
        cure: "Use TLS. If the server has none, its administrator should switch it on.",
        ..Finding::BLANK
    },
];
