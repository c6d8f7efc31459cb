//! From a TCP connection to a TLS handshake: where TLS begins, and what answers instead.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "auth-refused",
        title: "The server refuses explicit TLS",
        meaning: "The server does not know or does not accept AUTH TLS on this port, so the connection \
                  would stay in clear text.",
        cause: "TLS is not switched on in the server, or only on another port (implicit TLS, usually \
                990). A firewall or proxy that inspects FTP can also block AUTH.",
        cure: "Try implicit TLS on port 990. Otherwise the administrator must switch TLS on. Do not fall \
               back to plain FTP: the password and all files would be readable on the way.",
        hint: Some(
            "ftps:// starts TLS immediately, on port 990; --tls off would send the password and \
             everything else in clear text",
        ),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "ssl_enable=YES, rsa_cert_file=... and rsa_private_key_file=...",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSEngine on, TLSRSACertificateFile ... and TLSRSACertificateKeyFile ...",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--tls=1 (or 2), and the certificate in /etc/ssl/private/pure-ftpd.pem",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Server listeners: protocol \"Require explicit FTP over TLS\"",
            },
            Directive {
                software: Software::Iis,
                setting: "FTP SSL Settings: choose a certificate and \"Require SSL connections\"",
            },
            Directive {
                software: Software::Aws,
                setting: "create the server with the protocol FTPS and a certificate from ACM",
            },
        ],
        details: &["tls_refused"],
        patterns: &[
            "500*auth not understood",
            "502*auth not implemented",
            "500*auth*unknown command",
            "500*this security scheme is not implemented",
            "auth tls*530*please login with user and pass",
            "auth ssl*530*please login with user and pass",
            "504*auth",
            "server refused ftps connection",
            "534*local policy on server does not allow tls",
            "431*unable to accept security mechanism",
            "auth not understood",
            "auth tls command failed",
            "requested ssl level failed",
            "curl: (64)",
            "ftpsecuritynotavailableexception",
            "does not support ftp over tls",
            "530*auth*not allowed",
            "500*ftpsclient.execauth",
            "502*ftpsclient.execauth",
            "503*ftpsclient.execauth",
            "504*ftpsclient.execauth",
            "530*ftpsclient.execauth",
            "534*ftpsclient.execauth",
            "server does not support or allow ssl",
            "ftp over tls をサポートしていません",
            "ftp over tls に対応していません",
            "不支持 ftp over tls",
            "500*auth*not understood",
            "500*auth*not recognized",
            "500*auth*not supported",
            "502*auth*not implemented",
            "502*auth*not supported",
            "504*not implemented for that parameter*auth",
            "534*local policy on server",
            "auth tls not supported",
            "host does not support it",
            "insecure server, it does not support",
            "502*authentication not allowed",
            "504*unsupported security mechanism",
        ],
        commands: &["AUTH"],
        ..Finding::BLANK
    },
    Finding {
        id: "only-auth-ssl",
        severity: Severity::Note,
        title: "The server knows AUTH SSL, and refuses AUTH TLS",
        meaning: "TLS starts with a command that RFC 4217 no longer has. Clients that send only AUTH \
                  TLS conclude that the server has no TLS.",
        cause: "An old server.",
        cure: "Nothing needs to change here: Towline tries both. The administrator should update the \
               server.",
        ..Finding::BLANK
    },
    Finding {
        id: "implicit-tls-expected",
        side: Side::Client,
        title: "The server expects TLS at once",
        meaning: "The server sends no greeting because it waits for a TLS handshake: this port is for \
                  implicit TLS.",
        cause: "The client connects with explicit TLS (a greeting first, then AUTH TLS).",
        cure: "Use implicit TLS on this port, or explicit TLS on port 21.",
        hint: Some(
            "use ftps:// for this port: it starts TLS immediately; ftpes:// starts it with a command",
        ),
        details: &["implicit_tls_expected"],
        ..Finding::BLANK
    },
    Finding {
        id: "clear-text-answered",
        side: Side::Client,
        title: "Clear text arrived where TLS was expected",
        meaning: "The client started a TLS handshake, and the server answered in clear text. Either the \
                  port expects explicit TLS (a greeting first), or the server failed and wrote an error \
                  outside TLS.",
        cause: "Implicit TLS was used on a port for explicit TLS (usually 21), or something that is no \
                FTPS server answers. In the middle of a session, it is usually vsftpd's \"500 OOPS\".",
        cure: "Use explicit TLS (AUTH TLS) on port 21, implicit TLS on port 990. If it happens later, \
               read the server's log.",
        details: &["plaintext_answered"],
        patterns: &[
            "unrecognized ssl message, plaintext connection",
            "unsupported or unrecognized ssl message",
            "wrong version number",
            "wrong_version_number",
            "ssl3_get_record:wrong version",
            "gnutls error -15",
            "unexpected tls packet was received",
            "invalidcontenttype",
            "first record does not look like a tls handshake",
            "handshake failed due to an unexpected packet format",
            "an unexpected tls packet",
            "unknown protocol*s23_clnt",
            "ssl: unknown_protocol",
            "packet length too long",
            "record layer failure",
            "gnutls error -8",
            "packet with illegal or unsupported version",
            "cannot determine the frame size",
            "rx_record_too_long",
            "ssl23_get_server_hello:unknown protocol",
            "s23_clnt*unknown protocol",
            "sec_e_invalid_token",
            "token supplied to the function is invalid",
            "ssl message format is incorrect",
            "secure_socket_init failed with rc = 410",
            "gsk_err_bad_message",
            "oversized record received",
            "unsupported sslv2 handshake received",
            "~35 30 30 20",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "vsftpd-oops",
        title: "vsftpd stopped with an error of its own",
        meaning: "vsftpd ended the session with \"500 OOPS\". After TLS has started it writes that in clear \
                  text, which breaks the connection.",
        cause: "A mistake in vsftpd.conf or in the rights of a directory, or a TLS handshake that failed \
                on the data connection.",
        cure: "Read the rest of the OOPS line: it names the problem. For \"refusing to run with writable \
               root inside chroot()\", remove write permission from the login directory. For a \
               handshake that failed, see session-reuse-required.",
        directives: &[Directive {
            software: Software::Vsftpd,
            setting: "allow_writeable_chroot=YES, if the OOPS line is about a writable root",
        }],
        patterns: &[
            "500*oops",
            "oops: vsftpd",
            "refusing to run with writable root",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "smuggled-before-tls",
        side: Side::Network,
        title: "Data in clear text was slipped in before TLS",
        meaning: "Data followed directly behind the server's answer to AUTH. A careless client would \
                  have read it as if it were encrypted. Towline used none of it.",
        cause: "An on-path attacker, or a broken server or firewall.",
        cure: "Do not use the connection. Try from another network, and tell the server's \
               administrator.",
        hint: Some("an on-path attacker may be tampering with the connection"),
        details: &["smuggled_ahead_of_tls"],
        ..Finding::BLANK
    },
    Finding {
        id: "web-server-answered",
        side: Side::Client,
        title: "A web server answers",
        meaning: "What listens there speaks HTTP, not FTP.",
        cause: "Wrong host or port.",
        cure: "Check host and port.",
        hint: Some("a web server answers there; check host and port"),
        details: &["http_answered"],
        patterns: &[
            "could not parse response code*http/1",
            "server reply: http/",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "ssh-server-answered",
        side: Side::Client,
        title: "An SSH server answers",
        meaning: "What listens there speaks SSH. SFTP is another protocol than FTPS.",
        cause: "The address is that of an SFTP server, usually on port 22.",
        cure: "Use an SFTP client, or ask the server's owner for the FTPS address.",
        hint: Some("an SSH server answers there: SFTP is another protocol; check host and port"),
        details: &["ssh_answered"],
        patterns: &["ssh-2.0-", "ssh-1.99-"],
        ..Finding::BLANK
    },
];
