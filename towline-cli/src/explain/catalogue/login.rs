//! The login.

use crate::explain::finding::{Directive, Finding, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "login-refused",
        side: Side::Account,
        title: "The server refused user or password",
        meaning: "The connection works. The server does not accept this user with this password.",
        cause: "A wrong user or password, an account that is locked or expired or not allowed from this \
                address, or a shell that the server does not accept.",
        cure: "Check both, and do not try often: many servers lock the account. Ask the server's owner \
               whether the account may use FTP from this address.",
        hint: Some(
            "check the user in the URL and the source of the password (towline --help lists the sources \
             in order)",
        ),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "local_enable=YES; check userlist_file, /etc/ftpusers and /etc/shells",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "RequireValidShell off, if the account's shell is not in /etc/shells",
            },
            Directive {
                software: Software::Iis,
                setting: "FTP Authentication: enable Basic; FTP Authorization Rules: allow the user",
            },
        ],
        details: &["login_refused"],
        patterns: &[
            "530*login incorrect",
            "530*login authentication failed",
            "530*authentication failed",
            "530*user cannot log in",
            "530*not logged in",
            "530*login or password incorrect",
            "530*permission denied",
            "530*access denied",
            "530*invalid user",
            "530*cannot log in",
            "530*password",
            "530*sorry",
            "430*invalid username or password",
            "(530) not logged in",
            "curl: (67)",
            "login incorrect",
            "login authentication failed",
            "access denied: 530",
            "ftpauthenticationexception",
            "(530)",
            "530*account",
            "530*blocked",
            "530*banned",
            "530*locked",
            "530*expired",
            "530*anonymous login",
            "530*ip restricted",
            "logon failure",
            "eza1735i*error code = 00011",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "login-unanswered",
        side: Side::Account,
        title: "The server did not answer the password",
        meaning: "The password was sent, and the connection ended, or nothing arrived in time. The server \
                  may have refused the login without a word.",
        cause: "A wrong password on a server that closes the connection or waits, a lock against guessing, \
                or a server that is overloaded or cannot reach its list of users.",
        cure: "Check user and password before another attempt: many servers lock the account after a few. \
               Ask the server's owner what its log says.",
        hint: Some(
            "the login was tried once only, because a wrong password sent again can lock the account",
        ),
        details: &["login_unanswered"],
        ..Finding::BLANK
    },
    Finding {
        id: "tls-required",
        side: Side::Client,
        title: "The server requires TLS",
        meaning: "The client tried to log in, or to work, without TLS. The server allows it only inside \
                  TLS.",
        cause: "The client connects with plain FTP, or sends USER before AUTH TLS.",
        cure: "Switch the client to explicit TLS (FTPS, AUTH TLS). If the password was sent in clear text, \
               change it.",
        hint: Some(
            "the server requires TLS; use ftpes:// without --tls off, or ftps:// on port 990",
        ),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "force_local_logins_ssl=YES requires it",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSRequired on requires it",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--tls=2 requires it",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Server listeners: protocol \"Require explicit FTP over TLS\" requires it",
            },
            Directive {
                software: Software::Iis,
                setting: "FTP SSL Settings: \"Require SSL connections\" requires it",
            },
            Directive {
                software: Software::Aws,
                setting: "nothing to change: a server with the protocol FTPS always requires TLS",
            },
        ],
        details: &["tls_wanted"],
        patterns: &[
            "534*policy requires ssl",
            "534*requires ssl",
            "530*non-anonymous sessions must use encryption",
            "530*must use encryption",
            "530*tls required",
            "550*ssl/tls required on the control channel",
            "421*cleartext sessions and weak ciphers are not accepted",
            "421*please reconnect using tls",
            "503*use auth first",
            "530*this server does not allow plain ftp",
            "policy requires ssl",
            "explicit tls connection required",
            "(534)",
            "non-anonymous sessions must use encryption",
            "ssl/tls required on the control channel",
            "cleartext sessions and weak ciphers are not accepted",
            "please reconnect using tls",
            "server does not allow plain ftp",
            "421*tls is required",
            "530*secure authentication required",
            "530*ssl required",
            "530*tls connection required",
            "421*unencrypted connections are not allowed",
            "421*unencrypted sessions are not allowed",
            "550*unencrypted sessions are not allowed",
            "550*unencrypted connections are not allowed",
            "unencrypted connections are not allowed",
            "521*secure authentication required",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "account-wanted",
        side: Side::Account,
        title: "The server requires an account in addition to user and password",
        meaning: "The server answered 332: it expects a third credential with ACCT.",
        cause: "Mainframes and some gateways use accounts.",
        cure: "Ask the server's owner for the account.",
        hint: Some("provide the account with --account-file or TOWLINE_ACCOUNT"),
        details: &["account_wanted"],
        patterns: &["332*account", "need account for login", "532*account"],
        ..Finding::BLANK
    },
    Finding {
        id: "too-many-connections",
        side: Side::Account,
        title: "There are too many connections",
        meaning: "The server allows only so many connections in total, for this user, or from this \
                  address.",
        cause: "Other programs are connected, a client opens many at once, or dead sessions are still \
                counted.",
        cure: "Use fewer connections and close them in order. Wait until the server has forgotten \
               dead ones.",
        hint: Some("--connections limits how many this program opens; try again later"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "max_clients=..., max_per_ip=...",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "MaxClients, MaxClientsPerHost, MaxClientsPerUser",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--maxclientsnumber ..., --maxclientsperip ...",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Users: maximum number of sessions",
            },
            Directive {
                software: Software::Iis,
                setting: "site, Advanced Settings: Max Connections",
            },
        ],
        details: &["too_many_connections"],
        patterns: &[
            "421*too many connected users",
            "421*too many connections",
            "421*too many",
            "421*maximum*logged in",
            "421*maximum*connect",
            "421*max*client",
            "421*connection limit",
            "421*service*limit",
            "530*maximum number of allowed clients",
            "530*maximum*connect",
            "530*too many",
            "530*max*session",
            "530*limit",
            "too many connections from",
            "too many users logged in",
            "530*sessions per user",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "session-ended",
        title: "The server ended the session",
        meaning: "The server said 421: it closes the control connection, or is not available.",
        cause: "The session was idle for too long, the server is shutting down, or it has reached a \
                limit.",
        cure: "Connect again. For idle sessions, work within the server's limit or raise it.",
        hint: Some("connect again; the words behind 421 say why the server ended the session"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "idle_session_timeout=..., data_connection_timeout=...",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TimeoutIdle, TimeoutNoTransfer, TimeoutStalled",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--maxidletime MINUTES",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Protocols settings: timeouts",
            },
        ],
        details: &["session_ended"],
        patterns: &[
            "421*no transfer timeout",
            "421*timeout",
            "421*idle",
            "421*service not available",
            "421*closing control connection",
            "421*login timeout",
            "421*shutting down",
            "ftp response 421 received",
            "(421)",
            "421*temporary failure",
            "421*connection closed",
            "421*session time",
            "got a 421",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "home-directory-unusable",
        title: "The login directory cannot be used",
        meaning: "User and password are right. The server cannot enter the directory of the account, and \
                  ends the session.",
        cause: "The directory does not exist, or its permissions or those of a directory above it keep the \
                server out.",
        cure: "The administrator must create the directory, and give the account the right to enter it and \
               all directories above it.",
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "local_root=..., if it is not the directory in /etc/passwd",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--createhomedir creates missing ones at the login",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "CreateHome on",
            },
        ],
        patterns: &[
            "421*home directory not available",
            "500 oops*cannot change directory",
            "421*unable to chroot",
            "530*unable to set anonymous privileges",
        ],
        ..Finding::BLANK
    },
];
