//! TLS itself: versions, cipher suites, client certificates, alerts.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "closed-during-handshake",
        side: Side::Client,
        title: "The server hung up during the TLS handshake",
        meaning: "The connection was closed in the middle of the TLS handshake, without a reason. If \
                  login and certificate worked before it, this was the data connection, and the reason is \
                  in the server's reply on the control connection.",
        cause: "On a data connection, nearly always that the server requires session reuse (450, 425 or \
                522 follows). On the first connection: no common TLS version or cipher suite, implicit TLS \
                on a port for explicit TLS, or a firewall that blocks TLS.",
        cure: "Look for the server's reply that follows on the control connection (in Java, a protocol \
               command listener shows it). If it is about sessions, use a client that resumes them. On the \
               first connection, check port and TLS mode, then the TLS versions.",
        hint: Some(
            "the server may start TLS in another way (ftpes:// with a command on port 21, ftps:// \
             immediately on port 990), or lack the cipher suites that Towline supports; -vv shows the \
             dialogue",
        ),
        details: &["closed_during_handshake"],
        patterns: &[
            "sslhandshakeexception*remote host closed connection during handshake",
            "remote host closed connection during handshake",
            "remote host terminated the handshake",
            "ssl peer shut down incorrectly",
            "remote party has closed the transport stream",
            "tls handshake: eof",
            "ssl_error_syscall in connection",
            "unexpected eof during handshake",
            "connection closed during handshake",
            "schannel: failed to receive handshake",
            "connection reset*handshake",
            "远程方已关闭传输流",
            "トランスポート ストリームを",
            "disconnected before secure tls connection was established",
            "data_accept: ssl/tls handshake failed",
            "gnutls_handshake*error in the pull function",
            "ssl_connect syscall returned=5",
            "received close_notify during handshake",
            "socket closed by remote partner",
            "secure_socket_init failed with rc = 420",
            "secure_socket_init failed with rc = 406",
            "gsk_err_io",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-unexpected-eof",
        side: Side::Client,
        title: "The connection was closed in the middle of TLS",
        meaning: "The server closed the TCP connection while TLS was in use. On a data connection \
                  that had just been opened, this is a refusal; at the end of a transfer, only \
                  close_notify is missing.",
        cause: "If it happens at the start of every listing or file: the server requires session reuse, \
                and the client (Python's ftplib, for one) did not resume. If all data has arrived: the server does not end TLS properly.",
        cure: "Read the server's next reply on the control connection: 450, 425 or 522 with \"session\" \
               means session reuse. In Python, pass session=self.sock.session to wrap_socket in \
               ntransfercmd, or connect the program to towline gateway, which resumes sessions for it.",
        patterns: &[
            "ssl.ssleoferror",
            "ssleoferror",
            "eof occurred in violation of protocol",
            "unexpected_eof_while_reading",
            "unexpected eof while reading",
            "ssl.sslzeroreturnerror",
            "~oserror: [errno 0] error",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-failed",
        side: Side::Client,
        title: "TLS failed, and the text does not say why",
        meaning: "The TLS handshake or connection failed. The reason is in another line of the log, or on \
                  the other side.",
        cause: "Common reasons: implicit TLS on a port for explicit TLS, a certificate that is not \
                trusted, no common version, and, on data connections, session reuse that is required.",
        cure: "Paste the whole stack trace with its causes, and the server's replies around it; or let \
               towline doctor examine the server.",
        patterns: &[
            "~javax.net.ssl",
            "~sslhandshakeexception",
            "~sslexception",
            "~ssl.sslerror",
            "~call to sspi failed",
            "~authenticationexception",
            "~gnutls error",
            "~ssl routines",
            "~curl: (35)",
            "~tls handshake fail",
            "~ssl_error",
            "~can't establish tls connection",
            "~ssl/tls handshake failed",
            "535*tls negotiation",
            "431*unable to negotiate secure",
            "431*necessary security resource unavailable",
            "425*unable to establish ssl connection",
            "421*set up secure channel",
            "425*tls negotiation",
            "~ssl connection failed",
            "~failed to establish tls session",
            "~could not create ssl/tls secure channel",
            "~未能创建 ssl/tls 安全通道",
            "~ssl/tls のセキュリティで保護されているチャネルを作成できません",
            "~ssl connection could not be established",
            "~ssl connect attempt failed",
            "~authentication negotiation failed",
            "std return code = 10234",
            "~authserver: secure_socket_init failed",
            "~sec_e_illegal_message",
            "~message received was unexpected or badly formatted",
            "~schannel",
            "534*tls negotiation failed",
            "~gnutls_handshake",
            "~shutdown while in init",
            "522*handshake failed",
            "431*failed to setup secure session",
            "425*security negotiation failed",
            "~unable to open ssl data connection",
            "~ssl read failed",
            "~ssl_connect:",
            "~ssl_connect returned",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "connection-closed-dotnet",
        side: Side::Client,
        title: ".NET reports only that the connection was closed",
        meaning: "\"The underlying connection was closed\" hides the reason. With FtpWebRequest it is \
                  usually TLS: an old default version, a certificate that is not trusted, or a server that \
                  requires session reuse, which .NET cannot do.",
        cause: "FtpWebRequest offers TLS 1.0 by default on old frameworks, knows explicit TLS only, and \
                does not resume the session of the control connection.",
        cure: "Set ServicePointManager.SecurityProtocol to Tls12 first. If the login works and each \
               listing fails, the server requires session reuse: connect the program to towline gateway, \
               which resumes sessions for it.",
        patterns: &[
            "underlying connection was closed",
            "基础连接已经关闭",
            "基础连接已关闭",
            "基礎になる接続が閉じ",
            "underlying connection was closed: an unexpected error occurred",
            "基になる接続が閉じ",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "no-common-tls-version",
        title: "Client and server have no TLS version in common",
        meaning: "The server supports none of the TLS versions that the client allows.",
        cause: "The server is old (TLS 1.0 or 1.1 only), or one side was restricted to a version that the \
                other does not have.",
        cure: "The administrator should switch on TLS 1.2 or 1.3. Versions before 1.2 are broken, and \
               Towline does not support them.",
        hint: Some("the server supports none of the TLS versions between --tls-min and --tls-max"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "ssl_tlsv1_2=YES (3.0.4 and later; 3.0.3 takes it with ssl_tlsv1=YES)",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSProtocol TLSv1.2 TLSv1.3",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "TLSCipherSuite HIGH, and an OpenSSL that has TLS 1.2",
            },
            Directive {
                software: Software::FileZilla,
                setting: "version 0.9 with TLS 1.0: update to version 1",
            },
            Directive {
                software: Software::Iis,
                setting: "enable TLS 1.2 for Schannel (registry, Protocols\\TLS 1.2\\Server, Enabled=1)",
            },
            Directive {
                software: Software::Aws,
                setting: "choose a security policy that includes TLS 1.2",
            },
        ],
        details: &["no_common_version"],
        patterns: &[
            "fatal alert: protocol_version",
            "no appropriate protocol",
            "unsupported protocol",
            "unsupported_protocol",
            "alert protocol version",
            "fatal: protocol version",
            "alert_protocol_version",
            "server selected unsupported protocol version",
            "not enabled or supported in client context",
            "do not possess a common algorithm",
            "protocol version not supported",
            "tls alert: 'protocolversion'",
            "is not accepted by client preferences",
            "no protocols available",
            "sec_e_algorithm_mismatch",
            "incompatible or unsupported protocol version",
            "tlsv1.2 not supported",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "no-common-cipher-suite",
        title: "Client and server have no cipher suite in common",
        meaning: "Both speak TLS, but share no cipher suite, key exchange group or signature.",
        cause: "The server allows only old suites (RC4, 3DES, CBC, static RSA, small DH groups), or only \
                very few new ones, or its certificate has an unusual key (Ed448, RSA-PSS, secp256k1).",
        cure: "The administrator should allow ECDHE with AES-GCM or ChaCha20-Poly1305, and the curves \
               X25519, P-256 or P-384, and use a certificate with an RSA, ECDSA or Ed25519 key.",
        hint: Some(
            "the server's owner must allow what Towline supports: ECDHE with AES-GCM or \
             ChaCha20-Poly1305, and the curve X25519, P-256 or P-384, and a certificate with an RSA, \
             ECDSA (P-256, P-384) or Ed25519 key",
        ),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "ssl_ciphers=HIGH",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSCipherSuite HIGH:!aNULL:!MD5",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "TLSCipherSuite HIGH",
            },
        ],
        details: &["no_common_cipher_suite"],
        patterns: &[
            "handshake_failure",
            "handshake failure",
            "handshakefailure",
            "no_shared_cipher",
            "no shared cipher",
            "no cipher suites in common",
            "dh_key_too_small",
            "dh key too small",
            "prime size must be multiple of 64",
            "could not generate dh keypair",
            "insufficient security",
            "received tls alert from the server: handshake failed (40)",
            "does not comply to algorithm constraints",
            "no ssl cipher suites",
            "secure_socket_init failed with rc = 402",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "no-secure-renegotiation",
        title: "The server has no secure renegotiation",
        meaning: "The client refuses a server without the protection of RFC 5746 (2010). Versions, cipher \
                  suites and certificate may all be right.",
        cause: "The server's TLS library is very old, or a device that inspects traffic answers in its \
                place. OpenSSL 3 refuses such servers; OpenSSL 1 did not.",
        cure: "The administrator must update the server or the device. Until then, a program with OpenSSL 3 \
               can set Options = UnsafeLegacyServerConnect in openssl.cnf (in Python: \
               ssl.OP_LEGACY_SERVER_CONNECT), which gives up this protection.",
        patterns: &[
            "unsafe_legacy_renegotiation",
            "unsafe legacy renegotiation",
            "renegotiation is not allowed",
            "safe renegotiation failed",
            "gnutls error -107",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "server-name-unknown",
        title: "The server does not know the name that the client asked for",
        meaning: "The client names a host in the TLS handshake (SNI), and the server has nothing under \
                  that name.",
        cause: "The client uses another name than the server is set up for, such as an alias; or the \
                server's own name is missing in its settings.",
        cure: "Connect by the name that is in the certificate. The administrator can add the other name. \
               Java 7 and 8 stop at a mere warning: -Djsse.enableSNIExtension=false ignores it.",
        patterns: &[
            "unrecognized_name",
            "unrecognized name",
            "unrecognisedname",
            "unrecognised name",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "client-certificate-wanted",
        side: Side::Client,
        title: "The server wants a client certificate",
        meaning: "The server accepts only clients that have a certificate of their own.",
        cause: "The server verifies clients, and none or no usable certificate was configured here.",
        cure: "Ask the server's owner for a certificate and key, and configure them in the client.",
        hint: Some("--client-cert provides one, as PEM or PKCS#12"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "require_cert=NO",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSVerifyClient off",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--tls=1 or 2 without client verification",
            },
        ],
        details: &["client_certificate_wanted"],
        patterns: &[
            "certificate_required",
            "certificate required",
            "peer did not return a certificate",
            "a client certificate is required",
            "client didn't provide a certificate",
            "no certificate received from partner",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "client-certificate-refused",
        side: Side::Client,
        title: "The server refuses the client certificate",
        meaning: "The server asked for a client certificate and does not accept this one.",
        cause: "It is expired, issued by another authority, or not made for clients.",
        cure: "Ask the server's owner which certificates are accepted.",
        hint: Some(
            "ask the server's owner which client certificates are accepted; --client-cert provides one",
        ),
        details: &["client_certificate_refused"],
        patterns: &[
            "fatal alert: bad_certificate",
            "fatal alert: unknown_ca",
            "fatal alert: certificate_unknown",
            "alert bad certificate",
            "alert unknown ca",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-alert",
        title: "The server ended TLS with an alert",
        meaning: "The server stopped with a TLS alert, whose number says why.",
        cause: "Usually settings that do not match: versions, suites, ALPN, server name, certificates.",
        cure: "Compare the alert with the list of RFC 8446 section 6, and read the server's log.",
        hint: Some("-vv shows the dialogue"),
        details: &["tls_alert"],
        patterns: &[
            "~received fatal alert",
            "~tls fatal alert has been received",
            "~remote error: tls:",
            "~alert internal error",
            "~alert unexpected message",
            "~received tls alert",
            "~unexpected_message",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-broken",
        title: "What arrived is not valid TLS",
        meaning: "The server broke the TLS protocol, or something on the way changed its data.",
        cause: "A fault of the server or its TLS library, or a device that inspects traffic.",
        cure: "Try from another network. If it remains, update the server.",
        hint: Some("-vv shows the dialogue"),
        details: &["tls_broken"],
        patterns: &[
            "bad record mac",
            "bad_record_mac",
            "decryption failed or bad record",
            "decryption has failed",
            "tag mismatch",
            "handshake message sequence violation",
            "illegal tls extension was received",
            "gnutls error -24",
            "gnutls error -58",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "old-tls-offered",
        severity: Severity::Warning,
        title: "The server still accepts TLS 1.0 or 1.1",
        meaning: "An on-path attacker can make clients use versions of TLS that are broken (RFC 8996).",
        cause: "The server's settings allow the old versions.",
        cure: "Switch TLS 1.0 and 1.1 off.",
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "ssl_tlsv1=NO, ssl_tlsv1_1=NO, ssl_tlsv1_2=YES (3.0.4 and later)",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSProtocol TLSv1.2 TLSv1.3",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "TLSCipherSuite HIGH:-TLSv1:-SSLv3",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Protocols settings: minimum allowed TLS version 1.2",
            },
            Directive {
                software: Software::Iis,
                setting: "disable TLS 1.0 and 1.1 for Schannel (registry, Protocols\\TLS 1.0\\Server)",
            },
            Directive {
                software: Software::Aws,
                setting: "choose a newer security policy",
            },
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "no-tls13",
        severity: Severity::Note,
        title: "The server has no TLS 1.3",
        meaning: "TLS 1.2 is used, which is safe with the suites that Towline allows.",
        cause: "The server or its TLS library is older, or TLS 1.3 is switched off.",
        cure: "Nothing needs to change.",
        ..Finding::BLANK
    },
];
