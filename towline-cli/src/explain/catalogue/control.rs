//! Commands and replies.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "command-unknown",
        title: "The server does not know the command",
        meaning: "The server does not have this command, or not with this parameter.",
        cause: "An old or restricted server.",
        cure: "Most such commands are optional. If the operation needs it, another server program is \
               needed.",
        details: &["unknown_command"],
        patterns: &[
            "~500*unknown command",
            "~500*command not understood",
            "~500*command unrecognized",
            "~500*unrecognized command",
            "~502*not implemented",
            "~504*not implemented for that parameter",
            "~202*not implemented",
            "~(500) syntax error",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "utf8-refused",
        severity: Severity::Warning,
        title: "The server does not announce UTF-8",
        meaning: "Names with characters outside ASCII may arrive wrong.",
        cause: "An old server, or one that uses another character set.",
        cure: "Set the character set of this server.",
        hint: Some("--charset names the server's character set"),
        patterns: &[
            "504*opts utf8",
            "502*opts utf8",
            "501*opts utf8",
            "non-ascii",
            "500*opts utf8",
            "500*opts utf8*not understood",
            "501*opts utf8*not implemented",
            "502*opts utf8*not implemented",
            "504*opts utf8*not implemented",
        ],
        commands: &["OPTS UTF8"],
        ..Finding::BLANK
    },
    Finding {
        id: "times-not-settable",
        severity: Severity::Warning,
        title: "The server does not set the times of files",
        meaning: "The server has no MFMT, so an uploaded file keeps the time of its upload.",
        cause: "An old or restricted server.",
        cure: "Nothing needs to change, unless times must be kept: then the administrator must enable \
               MFMT.",
        directives: &[Directive {
            software: Software::ProFtpd,
            setting: "LoadModule mod_facts.c, and no <Limit MFMT> that denies it",
        }],
        commands: &["MFMT"],
        ..Finding::BLANK
    },
    Finding {
        id: "virtual-hosts-refused",
        severity: Severity::Note,
        title: "The server does not know HOST",
        meaning: "The client cannot choose one of several servers at the same address (RFC 7151).",
        cause: "The server has no virtual hosts, or chooses among them by the name in the TLS handshake \
                (SNI).",
        cure: "Nothing needs to change: continue without HOST.",
        commands: &["HOST"],
        ..Finding::BLANK
    },
    Finding {
        id: "replies-out-of-step",
        side: Side::Client,
        title: "Replies are out of step with commands",
        meaning: "A reply to an earlier command was taken for the reply to this one. Everything after it \
                  is wrong.",
        cause: "After a failed data connection, the client did not read the reply that was still to \
                come.",
        cure: "Close the connection and open a new one. Use a client that never lets replies shift.",
        patterns: &[
            "interoperability failure",
            "error_reply: 200",
            "error_reply: 226",
            "unexpected reply: 226",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "stray-reply",
        title: "The server sends replies that belong to no command",
        meaning: "The server sent more replies than it got commands. A client that takes such a reply for \
                  that to its next command believes it, and every one after it, in the wrong place. \
                  Towline ignores a 226 that no transfer awaits, and gives up the connection for any \
                  other such reply.",
        cause: "A fault of the server: it often sends the end of a transfer twice, or late.",
        cure: "Nothing needs to change for Towline. For other clients, the server's administrator or vendor \
               must mend it; the dialogue (-vv) shows the replies.",
        details: &["stray_reply"],
        ..Finding::BLANK
    },
    Finding {
        id: "unreadable-reply",
        title: "The server's reply cannot be read",
        meaning: "What arrived is not an FTP reply, is far too long, or makes no sense at this point.",
        cause: "A server that does not keep to the protocol, or that is no FTP server.",
        cure: "Check host and port. If they are right, or the login worked, the server is at fault.",
        details: &["unreadable_reply", "unexpected_reply"],
        patterns: &[
            "~malformedserverreplyexception",
            "~could not parse response code",
            "~error_proto",
            "committed a protocol violation",
            "~truncated server reply",
            "~weird server reply",
            "~curl: (8)",
        ],
        ..Finding::BLANK
    },
];
