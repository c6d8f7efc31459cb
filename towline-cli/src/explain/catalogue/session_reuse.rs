//! Data connections that must resume the TLS session of the control connection.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

const NO_REUSE: &[Directive] = &[
    Directive {
        software: Software::Vsftpd,
        setting: "require_ssl_reuse=NO",
    },
    Directive {
        software: Software::ProFtpd,
        setting: "TLSOptions NoSessionReuseRequired",
    },
    Directive {
        software: Software::PureFtpd,
        setting: "nothing to change: it never requires session reuse",
    },
    Directive {
        software: Software::FileZilla,
        setting: "version 1: always required, no setting; version 0.9: clear \"Require TLS session \
                  resumption on data connection when using PROT P\"",
    },
    Directive {
        software: Software::Iis,
        setting: "nothing to change: it has no such requirement",
    },
    Directive {
        software: Software::Aws,
        setting: "aws transfer update-server --server-id ID --protocol-details \
                  TlsSessionResumptionMode=ENABLED",
    },
];

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "session-reuse-required",
        side: Side::Client,
        title: "The server requires TLS session reuse",
        meaning: "The server refused the data connection because, as it sees it, the connection did not \
                  resume the TLS session of the control connection. Login and certificate are fine.",
        cause: "FTP opens a second connection for each listing and each file. By requiring the same TLS \
                session on it, the server makes sure that no other client takes that connection. The client \
                opened it with a new session, or with the session of another login. Java (Apache \
                Commons Net, Spring Integration), .NET, Python's ftplib and many others do so.",
        cure: "Use a client that resumes the session of the control connection on every data \
               connection; Towline does so by default. A program that cannot be changed can go through \
               towline gateway, which resumes for it. In Java, Commons Net needs a subclass of \
               FTPSClient that copies the session into the JSSE cache in _prepareDataSocket_; that works \
               only with TLS 1.2 and, since JDK 8u161, with \
               -Djdk.tls.useExtendedMasterSecret=false. In Python, set the session of \
               ssl.SSLSocket in ntransfercmd. The server's administrator can lift the requirement, \
               which makes data connections easier to steal.",
        directives: NO_REUSE,
        details: &["reuse_required_by_server"],
        patterns: &[
            "522*session reuse required",
            "522*ssl connection failed*session reuse",
            "522*must use cached tls session",
            "450*tls session of data connection has not resumed",
            "450*session does not match the control connection",
            "425*tls session of data connection not resumed",
            "425*tls session resumption required",
            "425*unable to build data connection*operation not permitted",
            "session reuse required",
            "see require_ssl_reuse option in vsftpd.conf",
            "tls session of data connection has not resumed",
            "tls session of data connection not resumed",
            "tls session resumption required",
            "session of data connection*not resumed",
            "data connection must use cached tls session",
            "unable to build data connection*operation not permitted",
            "client did not reuse ssl session",
            "ssl session not reused",
            "requires session resumption",
            "session reuse is required",
            "resumption not allowed between different",
            "must use tls session resumption",
            "425*ssl session not reused",
            "425*session is not reused",
            "425*session was not reused",
            "425*not secured with tls session resumption",
            "522*session was not reused",
            "session resumption required",
            "session was not reused",
            "client denied: tls resume",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "resumed-session-refused",
        title: "The server refuses a data connection that did resume",
        meaning: "The data connection resumed the TLS session of the control connection, as the server \
                  requires. The server refused it nevertheless.",
        cause: "The server compares sessions in a wrong way, forgets them too early, or its processes do \
                not share them; a load balancer leads data connections to another machine; or the reply \
                has another reason than it says.",
        cure: "No client can change this. Send this diagnosis to the administrator, who can find the \
               reason in the server's log, share the session cache, or lift the requirement.",
        directives: NO_REUSE,
        ..Finding::BLANK
    },
    Finding {
        id: "data-connection-dropped",
        side: Side::Client,
        title: "The server dropped the data connection during its TLS handshake",
        meaning: "The data connection was refused or forgotten before the transfer began. If the TLS \
                  handshake on it had just ended or failed, the server requires session reuse and the \
                  client did not resume.",
        cause: "FileZilla Server answers in this way if a data connection that did not resume fails while \
                its command is still being handled. Other servers send it if the client gave no PORT, PASV \
                or EPSV, or requested unprotected data (PROT C, or no PROT) on an encrypted connection.",
        cure: "Use a client that resumes the TLS session on data connections, and that sends PBSZ 0 and \
               PROT P after the login. If the client has neither problem, make sure that it sends PASV \
               or EPSV before each transfer.",
        directives: NO_REUSE,
        patterns: &[
            "425*use port, pasv or epsv first",
            "425*use port or pasv first",
            "use port, pasv or epsv first",
            "use port or pasv first",
            "425*use pasv first",
            "503*use pasv or port first",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "nothing-to-resume",
        severity: Severity::Warning,
        title: "The server sends nothing that can be resumed",
        meaning: "The server sent no TLS session ticket and no session identifier, so no data connection \
                  can resume.",
        cause: "Tickets and the session cache are off at the server, or its TLS library is configured \
                without them (Pure-FTPd 1.0.50 with TLS 1.3).",
        cure: "Accept data connections with full handshakes, if the server does; or have the \
               administrator switch on session tickets or the session cache.",
        directives: &[
            Directive {
                software: Software::ProFtpd,
                setting: "TLSSessionCache shm:/file=/var/run/proftpd/sesscache, and TLSSessionTickets on; \
                          or TLSOptions NoSessionReuseRequired",
            },
            Directive {
                software: Software::Vsftpd,
                setting: "require_ssl_reuse=NO, if it cannot be made to send any",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "version 1.0.51 or later sends tickets again",
            },
        ],
        details: &["nothing_to_resume"],
        ..Finding::BLANK
    },
    Finding {
        id: "offered-session-refused",
        severity: Severity::Warning,
        title: "The server does not resume its own TLS sessions",
        meaning: "The client offered a session that came from this server, and the server answered with a \
                  full handshake. No data connection resumes.",
        cause: "The server sets up TLS anew for each connection (ftp-srv, for one), or its processes do \
                not share the keys of their tickets.",
        cure: "Accept data connections with full handshakes, as Towline does if the server does; or have \
               the administrator share the keys or the session cache between connections.",
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "require_ssl_reuse=NO, if it cannot be made to resume",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "TLSSessionCache shm:/file=/var/run/proftpd/sesscache, or TLSOptions \
                          NoSessionReuseRequired",
            },
            Directive {
                software: Software::FileZilla,
                setting: "update to version 1, which issues a ticket for each data connection",
            },
            Directive {
                software: Software::Aws,
                setting: "aws transfer update-server --server-id ID --protocol-details \
                          TlsSessionResumptionMode=ENABLED",
            },
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "session-reuse-unproven",
        title: "It is not known whether the server requires session reuse",
        meaning: "Nothing was uploaded. A server that requires session reuse creates or empties the file \
                  that it is to store before it refuses the data.",
        cause: "No data connection has resumed so far, and the listing that would show whether the \
                server minds was refused.",
        cure: "Give the account permission to list a directory, or tell the program what the server \
               does.",
        hint: Some(
            "if the server does not require session reuse, --session-reuse off uploads without that \
             proof; if it resumes sessions, --session-reuse require uploads under a temporary name, so \
             not with --no-temp",
        ),
        details: &["trial_refused"],
        ..Finding::BLANK
    },
    Finding {
        id: "session-reuse-required-here",
        side: Side::Client,
        title: "The data connection did not resume, and --session-reuse require refuses it",
        meaning: "This program closed the data connection, as its settings say. Whether the server would \
                  have accepted it is not known.",
        cause: "The server resumed no session, and --session-reuse is require.",
        cure: "Use --session-reuse auto, unless your rules demand reuse.",
        details: &["reuse_required_by_policy"],
        ..Finding::BLANK
    },
    Finding {
        id: "alpn-on-data-connection",
        side: Side::Client,
        title: "The data connection has the wrong ALPN",
        meaning: "The client announced the protocol x-filezilla-ftp on the control connection, and must \
                  then announce ftp-data on each data connection.",
        cause: "FileZilla Server ties the two together. vsftpd 3.0.4 and later ends the handshake with an \
                alert if the client offers ALPN without ftp.",
        cure: "Offer no ALPN, or only ftp. Towline does so.",
        patterns: &[
            "wrong alpn on data connection",
            "no or wrong alpn",
            "wrong alpn",
            "no_application_protocol",
            "noapplicationprotocol",
            "no application protocol",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "java-session-cache-closed",
        side: Side::Client,
        title: "Java's session cache cannot be reached by reflection",
        meaning: "The well-known workaround puts the control connection's session into a private field of \
                  the JDK. This JDK does not allow that, or the session cannot be resumed.",
        cause: "Since JDK 16, java.base does not open sun.security.ssl. Since JDK 8u161, the extended \
                master secret also ties a session to its own connection. The name under which JDK 7 and 8 \
                keep a session differs (host name or address), so the copy may be under the wrong key.",
        cure: "Start Java with --add-opens java.base/sun.security.ssl=ALL-UNNAMED --add-opens \
               java.base/sun.security.util=ALL-UNNAMED -Djdk.tls.useExtendedMasterSecret=false \
               -Djdk.tls.client.protocols=TLSv1.2, and store the session under both host name and \
               address; or connect the program to towline gateway, which resumes sessions for it.",
        patterns: &[
            "sessionhostportcache",
            "does not \"opens sun.security.ssl\"",
            "does not \"opens sun.security.util\"",
            "invalid ssl session",
            "is not rejoinable",
            "useextendedmastersecret",
            "sun.security.util.memorycache",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "ticket-serves-once",
        severity: Severity::Warning,
        title: "The server sends one session ticket, and accepts it once",
        meaning: "The first data connection used the only TLS 1.3 ticket that the server has sent. A \
                  second one with the same ticket did not resume the session, so all further data \
                  connections are refused, or need a full handshake.",
        cause: "The server keeps sessions itself and forgets each once it has been used, and sends no new \
                ticket on data connections.",
        cure: "The administrator must let the server send more tickets, or accept them more than once. \
               With TLS 1.2, a session serves any number of times.",
        hint: Some("--tls-max 1.2 resumes one session for all data connections"),
        ..Finding::BLANK
    },
    Finding {
        id: "session-reuse-full-handshake",
        severity: Severity::Note,
        title: "Data connections need no session reuse here",
        meaning: "The server accepted a data connection that resumed nothing.",
        cause: "Session reuse is not required by this server.",
        cure: "Nothing needs to change. A client that resumes is faster, and its data connections are \
               harder to steal.",
        ..Finding::BLANK
    },
    Finding {
        id: "session-reuse-demanded",
        severity: Severity::Note,
        side: Side::Client,
        title: "The server requires session reuse, and reuse works",
        meaning: "The server accepts data connections that resume the control connection's TLS session, \
                  and refuses all others. Clients that do not resume fail after the login.",
        cause: "The server is configured to require it, which is a protection against stolen data \
                connections.",
        cure: "Use a client that resumes. One that cannot works through towline gateway, or if the \
               administrator lifts the requirement.",
        directives: NO_REUSE,
        ..Finding::BLANK
    },
];
