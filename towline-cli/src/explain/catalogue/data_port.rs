//! Agreeing on a data connection.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software, Step};

const PASSIVE: &[Directive] = &[
    Directive {
        software: Software::Vsftpd,
        setting: "pasv_address=PUBLIC-ADDRESS, pasv_min_port=50000, pasv_max_port=50100; open them in the \
                  firewall",
    },
    Directive {
        software: Software::ProFtpd,
        setting: "MasqueradeAddress PUBLIC-ADDRESS, PassivePorts 50000 50100; open them in the firewall",
    },
    Directive {
        software: Software::PureFtpd,
        setting: "--forcepassiveip PUBLIC-ADDRESS --passiveportrange 50000:50100",
    },
    Directive {
        software: Software::FileZilla,
        setting: "FTP server, Passive mode: public address, and a port range that the firewall opens",
    },
    Directive {
        software: Software::Iis,
        setting: "FTP Firewall Support: data channel port range and external IP address",
    },
    Directive {
        software: Software::Aws,
        setting: "PassiveIp in --protocol-details; ports 8192 to 8200 in the security group",
    },
];

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "data-port-unreachable",
        side: Side::Network,
        title: "The server's data port cannot be reached",
        meaning: "Login works, but the connection for listings and files does not open.",
        cause: "A firewall in front of the server does not let its passive ports through, or the server \
                announces an address that is not reachable from here. Firewalls cannot open such ports by \
                themselves, because FTPS hides them inside TLS.",
        cure: "The administrator must fix a range of passive ports, open it in the firewall, and set the \
               public address. From here, active mode may work if nothing filters incoming connections.",
        hint: Some(
            "the server's passive ports seem to be blocked by a firewall; its administrator must open \
             them; --active connects the other way",
        ),
        directives: PASSIVE,
        patterns: &[
            "425*open data connection",
            "425*failed to establish connection",
            "425*can't build data connection",
            "425*unable to build data connection*timed out",
            "425*unable to build data connection*etimedout",
            "425*no data connection",
            "remote server returned an error: 227 entering passive mode",
            "425*accept*timed out",
            "425*connection timed out",
            "failed to establish data connection",
            "the data connection could not be established",
            "~failed to retrieve directory listing",
            "(425)",
            "can't open data connection",
            "can't build data connection",
            "php_connect_nonb() failed",
            "connecting data socket*timeout - reconnecting",
            "timeout when trying to open data connection",
            "timeout detected. (data connection)*could not retrieve directory listing",
            "cannot open passive data connection",
            "cannot open data channel",
            "transfer channel can't be opened",
            "425*data connection*timed out",
            "could not retrieve directory listing*timeout detected. (data connection)",
            "could not open data connection to port*timed out",
            "~ディレクトリ一覧の取得に失敗",
            "~读取目录列表失败",
            "~verzeichnisinhalt konnte nicht empfangen",
        ],
        timed_out: &[Step::OpeningData],
        ..Finding::BLANK
    },
    Finding {
        id: "passive-address-private",
        severity: Severity::Warning,
        title: "PASV announces an address that cannot be reached",
        meaning: "The address in the reply to PASV is private, empty or not the server's. Towline ignores \
                  it and connects to the server itself; many clients do not, and hang.",
        cause: "The server is behind address translation and does not know its public address.",
        cure: "Set the public address in the server, or use a client that ignores the address or uses \
               EPSV.",
        directives: PASSIVE,
        patterns: &[
            "227*(10,",
            "227*(192,168,",
            "227*(172,16,",
            "227*(172,17,",
            "227*(172,18,",
            "227*(172,19,",
            "227*(172,20,",
            "227*(172,21,",
            "227*(172,22,",
            "227*(172,23,",
            "227*(172,24,",
            "227*(172,25,",
            "227*(172,26,",
            "227*(172,27,",
            "227*(172,28,",
            "227*(172,29,",
            "227*(172,30,",
            "227*(172,31,",
            "227*(0,0,0,0,",
            "227*(127,0,0,1,",
            "server sent passive reply with unroutable address",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "passive-address-third-host",
        severity: Severity::Warning,
        title: "PASV announces another host",
        meaning: "The address in the reply to PASV is that of another public host. Towline does not go \
                  there: a server could direct its clients at any host.",
        cause: "A cluster or a wrong setting of the public address; in the worst case an attack.",
        cure: "Set the server's own public address.",
        directives: PASSIVE,
        patterns: &[
            "host attempting data connection*is not same as server",
            "different than the address to which the ftp connection was made",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "data-from-another-address",
        side: Side::Network,
        title: "The data connection comes from another address than the control connection",
        meaning: "The server accepts data connections only from the address that has logged in, and this \
                  one came from another.",
        cause: "The client's network uses several public addresses: two lines, a pool of \
                address translation, a proxy for one of the two ports, or a cluster.",
        cure: "Route both connections through one address: the administrator of the client's network \
               can fix the route for this server. The server's administrator can accept other addresses, \
               which makes data connections easier to steal.",
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "pasv_promiscuous=YES (port_promiscuous=YES for active mode)",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "AllowForeignAddress on",
            },
        ],
        patterns: &[
            "425*security: bad ip connecting",
            "425*security: bad ip",
            "security: bad ip connecting",
            "425*possible pasv port theft",
            "425*rejected data connection",
            "possible pasv port theft",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "active-refused",
        side: Side::Client,
        title: "The server refuses active mode",
        meaning: "The client asked the server to connect to it (PORT or EPRT), and the server refuses.",
        cause: "Active mode is off at the server, or the address in PORT is not the one that the server \
                sees: behind address translation, clients announce their private address.",
        cure: "Use passive mode (in Commons Net: enterLocalPassiveMode()).",
        hint: Some("passive mode is the default; leave out --active"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "port_enable=YES",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "AllowForeignAddress on permits other addresses, which has risks",
            },
        ],
        patterns: &[
            "500*illegal port command",
            "500*illegal eprt command",
            "501*rejected data connection to foreign address",
            "500*i won't open a connection to",
            "501*active mode is disabled",
            "502*active mode not enabled",
            "501*invalid port format",
            "500*port*not understood",
            "502*port*not implemented",
            "illegal port command",
            "550*port*denied",
            "425*can't connect to specified address",
            "curl: (30)",
            "failed to do port",
            "500*illegal port",
            "501*port command rejected",
            "possible ftp bounce attack",
            "501*possible*bounce",
            "must use passive mode",
        ],
        commands: &["PORT", "EPRT"],
        ..Finding::BLANK
    },
    Finding {
        id: "active-blocked",
        side: Side::Network,
        title: "The server cannot connect to this computer",
        meaning: "In active mode the server opens the data connection, and none arrived.",
        cause: "A firewall or address translation in front of this computer.",
        cure: "Use passive mode (in Commons Net: enterLocalPassiveMode(); the Windows program ftp.exe has \
               none).",
        hint: Some(
            "a firewall may keep the server from connecting to this computer; --passive connects the \
             other way",
        ),
        details: &["accept_timed_out"],
        patterns: &[
            "425*unable to build data connection*connection refused",
            "425*econnrefused",
            "425*connection refused",
            "425*could not open data connection to port",
            "425*could not connect to address",
            "accept timed out",
            "accept timeout",
            "timeout occurred while waiting server connect",
            "curl: (12)",
        ],
        timed_out: &[Step::AwaitingData],
        ..Finding::BLANK
    },
    Finding {
        id: "cannot-listen",
        side: Side::Computer,
        title: "This computer cannot listen for the data connection",
        meaning: "No port could be opened for active mode.",
        cause: "The address or the range of --active-address and --active-ports is not free here.",
        cure: "Choose another address or range, or use passive mode.",
        hint: Some("--passive needs no port on this computer"),
        details: &["cannot_listen"],
        patterns: &["cannot assign requested address"],
        ..Finding::BLANK
    },
    Finding {
        id: "passive-refused",
        title: "The server refuses passive mode",
        meaning: "The server gave no port for a data connection.",
        cause: "Passive mode is off, no port of its range is free, or PASV was used on IPv6.",
        cure: "On IPv6, use EPSV. Otherwise the administrator must allow passive mode and enough ports.",
        hint: Some("--active connects the other way, if the server and the firewalls allow it"),
        directives: PASSIVE,
        patterns: &[
            "425*you cannot use pasv on ipv6 connections",
            "425*no ports left",
            "425*cannot prepare for data connection",
            "500*illegal pasv command",
            "502*pasv",
            "550*pasv",
            "501*pasv not allowed",
            "425*can't listen",
            "curl: (13)",
            "cannot use pasv on ipv6 connections",
            "425*can't open passive connection",
        ],
        commands: &["PASV"],
        ..Finding::BLANK
    },
    Finding {
        id: "complete-without-data",
        title: "The server calls a transfer complete that had no data connection",
        meaning: "The server said that the transfer is complete (226), although it had not opened the \
                  data connection, or had not begun TLS on it. Nothing has moved.",
        cause: "A fault of the server, or of a device in front of it that answers in its place. Some \
                servers do so for a file or directory that they cannot read.",
        cure: "The server's administrator or vendor must mend it; the dialogue (-vv) shows the replies.",
        hint: Some(
            "look at the file in another way; --active opens the data connection the other way",
        ),
        details: &["complete_without_data"],
        ..Finding::BLANK
    },
    Finding {
        id: "epsv-refused",
        severity: Severity::Warning,
        title: "EPSV is refused or does not work",
        meaning: "The server's modern command for passive mode fails; PASV works. Over IPv6 there is no \
                  PASV.",
        cause: "An old server, or a firewall that tampers with EPSV.",
        cure: "Nothing needs to change here: Towline falls back to PASV and remembers it.",
        patterns: &[
            "500*epsv not understood",
            "502*epsv",
            "500*epsv",
            "522*network protocol not supported",
            "229*(||1",
            "229*(||2",
            "229*(||3",
            "229*(||4",
            "229*(||5",
            "229*(||6",
            "229*(||7",
            "229*(||8",
            "229*(||9",
            "522*unknown network protocol",
        ],
        commands: &["EPSV"],
        ..Finding::BLANK
    },
    Finding {
        id: "reserved-port",
        title: "The server names a port of another service",
        meaning: "The port for the data connection is below 1024. Towline does not connect there: a \
                  server could make its clients talk to other services.",
        cause: "A fault of the server, or an attack.",
        cure: "The administrator must use passive ports above 1023.",
        directives: PASSIVE,
        details: &["reserved_port"],
        patterns: &["229*(|||0|)"],
        ..Finding::BLANK
    },
];
