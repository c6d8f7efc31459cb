//! Data that moves, and how it ends.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software, Step};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "close-notify-missing-from-server",
        severity: Severity::Warning,
        title: "The server ends data without close_notify",
        meaning: "The server closes the TCP connection without ending TLS. Nothing in TLS then tells a \
                  complete file from one that was cut.",
        cause: "Older servers and many on Windows skip it.",
        cure: "Check sizes or checksums, as Towline does. Do not let a client ignore the difference.",
        patterns: &[
            "tls connection was non-properly terminated",
            "gnutls error -110",
            "received an unexpected eof or 0 bytes from the transport stream",
            "peer closed connection without sending tls close_notify",
            "server did not properly shut down tls connection",
            "before receiving peer's close_notify",
            "传输流收到意外的 eof",
            "転送ストリームから予期しない eof",
            "tls packet with unexpected length was received",
            "gnutls error -9",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "close-notify-missing-from-client",
        side: Side::Client,
        title: "The client did not end TLS properly",
        meaning: "The server found the data connection closed without close_notify, so it treats the \
                  data as truncated.",
        cause: "The client closes the socket at once, or leaves session tickets unread, so that the system \
                resets the connection and destroys what is still on its way.",
        cure: "Use a client that sends close_notify and waits for the server to close. The file at the \
               server may be short: compare its size.",
        directives: &[Directive {
            software: Software::Vsftpd,
            setting: "strict_ssl_read_eof=NO accepts such uploads, and then also cut ones",
        }],
        patterns: &[
            "426*failure reading network stream",
            "426*unable to close data connection gracefully",
            "425*error while transfering data*econnaborted",
            "450*transfer aborted. link to file server lost",
            "failure reading network stream",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "data-connection-left-open",
        severity: Severity::Warning,
        title: "The server leaves the data connection open",
        meaning: "The server calls a transfer complete and does not close its data connection. A client \
                  that waits for the end waits until its time limit.",
        cause: "A fault of the server.",
        cure: "Nothing needs to change here: Towline continues after a few seconds, and compares sizes. \
               The administrator should update the server.",
        ..Finding::BLANK
    },
    Finding {
        id: "transfer-broken-off",
        title: "The server broke the transfer off",
        meaning: "The server did not begin to move data, or ended that with an error. The file or listing is \
                  not complete.",
        cause: "The connection was lost, a disk or quota is full, a limit was reached, or another process \
                changed the file.",
        cure: "Read the server's words and its log. Try again; --resume continues a part.",
        details: &["transfer_broken_off"],
        patterns: &[
            "426*connection closed",
            "426*transfer aborted",
            "426*failure writing network stream",
            "426*data connection",
            "451*local error",
            "451*transfer aborted",
            "451*requested action aborted",
            "(426)",
            "(451)",
            "curl: (18)",
            "~copystreamexception",
            "~ioexception caught while copying",
            "426*failure",
            "226*transfer aborted",
            "451*failure",
            "~critical file transfer error",
            "~transfer closed with",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "data-stalled",
        side: Side::Network,
        title: "The data connection stalled",
        meaning: "No data moved for the whole time limit.",
        cause: "The network failed, the server is stuck, or a firewall forgot the connection.",
        cure: "Try again; allow more time on slow links.",
        hint: Some(
            "the data connection has stalled; --timeout allows more time, and -vv shows where it stops",
        ),
        details: &["data_timed_out"],
        patterns: &[
            "timeout detected. (data connection)",
            "timeout (data socket)",
        ],
        timed_out: &[Step::Moving],
        ..Finding::BLANK
    },
    Finding {
        id: "control-connection-forgotten",
        severity: Severity::Warning,
        side: Side::Network,
        title: "The control connection was forgotten during a transfer",
        meaning: "The data is complete, but the server's final reply never arrives: clients hang at \
                  100 %.",
        cause: "A firewall or address translation drops the idle control connection during long \
                transfers.",
        cure: "Use TCP keepalive, as Towline does, or raise the firewall's limit for idle connections.",
        patterns: &[
            " hangs at 100",
            " hang at 100",
            " hung at 100",
            " stuck at 100",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "wrong-size",
        title: "The size is wrong",
        meaning: "What arrived has another size than the server or the source says.",
        cause: "The file changed meanwhile, the transfer was cut although the server called it complete, \
                or the server converts line ends (ASCII type).",
        cure: "Try again when nothing writes to the file.",
        details: &["wrong_size", "more_than_announced"],
        ..Finding::BLANK
    },
    Finding {
        id: "not-verified",
        title: "Nothing proves that the file is complete",
        meaning: "The data ended without a proof, and --require-verified, or the lack of a size, makes \
                  that an error.",
        cause: "The server offers no size or checksum for this file, or ends data without close_notify.",
        cure: "Use a server with SIZE or MLST, or accept the server's word.",
        hint: Some(
            "without --require-verified, the server's word is enough; --verify compares checksums",
        ),
        details: &["not_verified"],
        ..Finding::BLANK
    },
    Finding {
        id: "end-unproven",
        title: "The end of the data is not proven",
        meaning: "The connection ended without close_notify, and the server gives no size to compare.",
        cause: "The server closes TCP without ending TLS, and has no SIZE.",
        cure: "The administrator should update the server.",
        details: &["end_unproven"],
        ..Finding::BLANK
    },
    Finding {
        id: "checksums-differ",
        title: "The checksums differ",
        meaning: "The file here and the file at the server have different contents.",
        cause: "The file changed meanwhile, was converted, or was damaged.",
        cure: "Transfer it again.",
        details: &["digests_differ"],
        ..Finding::BLANK
    },
    Finding {
        id: "append-in-doubt",
        title: "It is not known how much was appended",
        meaning: "The connection was lost while appending, and the size does not show what arrived.",
        cause: "Another program writes to the file, or the server reports no size.",
        cure: "Compare the end of the file with what was sent before you try again.",
        details: &["append_in_doubt"],
        ..Finding::BLANK
    },
    Finding {
        id: "mode-z-broken",
        title: "Compression (MODE Z) is not available",
        meaning: "The server refuses compressed transfers.",
        cause: "It is off or broken on this server.",
        cure: "Do without compression. Towline never uses it.",
        patterns: &["504*mode z"],
        commands: &["MODE Z"],
        ..Finding::BLANK
    },
];
