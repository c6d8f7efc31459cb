//! The protection of data connections (`PBSZ`, `PROT`), and its end (`CCC`).

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "protection-refused",
        title: "The server refuses to protect data connections",
        meaning: "The server does not accept PBSZ 0 or PROT P, so files would go in clear text.",
        cause: "The server allows TLS on the control connection only, or expects PBSZ before PROT.",
        cure: "The administrator must allow protected data connections.",
        hint: Some("the server's owner must allow protected data connections (PROT P)"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "force_local_data_ssl=YES",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSRequired on (not ctrl or !data)",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--tls=3 requires it for both connections",
            },
            Directive {
                software: Software::Iis,
                setting: "FTP SSL Settings, Custom: Data Channel \"Allow\" or \"Require\"",
            },
        ],
        details: &["protection_refused"],
        patterns: &[
            "534*fallback to [c]",
            "536*prot",
            "534*prot p",
            "504*prot p",
            "500*prot*not understood",
            "503*prot*pbsz",
            "503*pbsz command prior to prot",
            "502*prot not implemented",
        ],
        commands: &["PBSZ", "PROT"],
        ..Finding::BLANK
    },
    Finding {
        id: "pbsz-refused",
        severity: Severity::Note,
        title: "The server refuses PBSZ, and protects data connections nevertheless",
        meaning: "RFC 4217 wants PBSZ before PROT. Clients that insist on it fail.",
        cause: "A fault of the server.",
        cure: "Nothing needs to change here: only the answer to PROT P counts for Towline.",
        ..Finding::BLANK
    },
    Finding {
        id: "data-must-be-encrypted",
        side: Side::Client,
        title: "The server requires encrypted data connections",
        meaning: "The client asked for an unencrypted data connection, and the server refuses it.",
        cause: "The client sent no PBSZ 0 and PROT P after the login, or PROT C.",
        cure: "Make the client send PBSZ 0 and PROT P after the login (in Commons Net: execPBSZ(0), \
               execPROT(\"P\"); in Python: prot_p()). The next error may be about session reuse.",
        patterns: &[
            "522*data connections must be encrypted",
            "550*ssl/tls required on the data channel",
            "521*data connection cannot be opened with this prot setting",
            "521*prot",
            "534*protection level c not allowed",
            "prot c is not allowed",
            "534*unwilling to accept security parameters",
            "data connections must be encrypted",
            "534*ssl policy requires ssl for data channel",
            "ssl policy requires ssl for data channel",
            "ssl/tls required on the data channel",
            "data connection cannot be opened with this prot setting",
            "522*data channel*encrypted",
            "522*data connection must be encrypted",
            "550*tls required on the data channel",
            "data connection must be encrypted",
            "521*data channel must be encrypted",
            "534*data channel protection required",
        ],
        commands: &["PROT C"],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-not-ended",
        title: "The server did not end TLS properly",
        meaning: "After CCC the server should end TLS with close_notify, and did not.",
        cause: "The server does not support CCC correctly.",
        cure: "Do without CCC: keep the control connection encrypted.",
        details: &["tls_not_ended"],
        patterns: &["curl: (80)", "failed to shut down the ssl connection"],
        ..Finding::BLANK
    },
    Finding {
        id: "ccc-refused",
        severity: Severity::Warning,
        title: "The server keeps the control connection encrypted",
        meaning: "The server refuses CCC, which would end TLS on the control connection after the login.",
        cause: "The server does not know CCC, or its administrator does not allow it.",
        cure: "Do without CCC: the control connection is safer with TLS. If a firewall has to read it, open \
               a fixed range of passive ports there.",
        commands: &["CCC"],
        ..Finding::BLANK
    },
];
