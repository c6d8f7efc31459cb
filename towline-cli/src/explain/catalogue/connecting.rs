//! From a name to a TCP connection.

use crate::explain::finding::{Directive, Finding, Side, Software};

const TIME: Option<&str> =
    Some("check host and port; a firewall may be in the way, and --timeout allows more time");

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "host-not-found",
        side: Side::Client,
        title: "The host name does not exist",
        meaning: "No address is known for this name.",
        cause: "A spelling mistake, or a name that only an internal name server knows.",
        cure: "Check the spelling. Inside a company, check VPN and name servers.",
        hint: Some("check the spelling of the host name"),
        details: &["name_not_found"],
        patterns: &[
            "unknownhostexception",
            "name or service not known",
            "nodename nor servname provided",
            "no such host",
            "could not resolve host",
            "getaddrinfo failed",
            "enotfound",
            "remote name could not be resolved",
            "no address associated with hostname",
            "未能解析此远程名称",
            "リモート名を解決できません",
            "不知道这样的主机",
            "そのようなホストは不明",
            "未知的名称或服务",
            "名前またはサービスが不明",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "name-servers-failed",
        side: Side::Network,
        title: "The name servers do not answer",
        meaning: "The host name could not be looked up. The name itself may be right.",
        cause: "The name servers failed, or cannot be reached from here.",
        cure: "Try again later, and check the network's name servers.",
        hint: Some(
            "the name servers failed or cannot be reached, so the host name may well be right; try again \
             later",
        ),
        details: &["lookup_failed"],
        patterns: &[
            "temporary failure in name resolution",
            "eai_again",
            "域名解析暂时失败",
            "名前解決に一時的に失敗",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "lookup-timed-out",
        side: Side::Network,
        title: "Looking up the host name took too long",
        meaning: "The name servers did not answer in time.",
        cause: "A slow or unreachable name server.",
        cure: "Check the network's name servers, or use the address.",
        hint: TIME,
        details: &["lookup_timed_out"],
        ..Finding::BLANK
    },
    Finding {
        id: "connection-refused",
        title: "Nothing listens on this port",
        meaning: "The computer answers, but no server accepts connections on this port.",
        cause: "The FTP server is not running, listens on another port, or does not offer this kind of \
                TLS: port 990 is for implicit TLS, port 21 for explicit TLS. A firewall can also refuse.",
        cure: "If port 990 is refused, try explicit TLS on port 21, and the other way round. Otherwise ask \
               for the right port.",
        hint: Some(
            "nothing listens there: ftps:// means port 990 (implicit TLS), ftpes:// means port 21 (explicit \
             TLS); check which of the two the server offers, and its port",
        ),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "listen_port=21, or implicit_ssl=YES and listen_port=990 in a second instance",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "Port 21, or a <VirtualHost> with Port 990 and TLSOptions UseImplicitSSL",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--bind ,21 or --bind ,990 (990 is implicit TLS)",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Server listeners: add port 21 (explicit) or 990 (implicit FTP over TLS)",
            },
            Directive {
                software: Software::Iis,
                setting: "site bindings: port 21 (explicit) or 990 (implicit)",
            },
            Directive {
                software: Software::Aws,
                setting: "explicit TLS on port 21 only",
            },
        ],
        details: &["connection_refused"],
        patterns: &[
            "connection refused",
            "econnrefused",
            "errno 111",
            "winerror 10061",
            "actively refused",
            "サーバによって接続が拒否",
            "拒绝连接",
            "积极拒绝",
            "対象のコンピューターによって拒否",
            "接続を拒否されました",
            "连接被服务器拒绝",
            "~curl: (7)",
            "network error: connection to*refused",
            "~curl: (7) failed to connect to",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "host-unreachable",
        side: Side::Network,
        title: "There is no route to the server",
        meaning: "The network has no route to this address.",
        cause: "No network, a missing VPN, a wrong address, or IPv6 that does not work.",
        cure: "Check the network and the address.",
        hint: Some("check the network, VPN and address"),
        details: &["unreachable"],
        patterns: &[
            "no route to host",
            "network is unreachable",
            "ehostunreach",
            "enetunreach",
            "noroutetohostexception",
            "没有到主机的路由",
            "ホストへの経路がありません",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "connect-timed-out",
        side: Side::Network,
        title: "The server does not answer the connection",
        meaning: "The server neither accepted nor refused the connection. Packets are lost or dropped.",
        cause: "A firewall drops them, the address is wrong or private, or the server is down.",
        cure: "Check host and port, and whether a firewall must let this computer through.",
        hint: TIME,
        details: &["connect_timed_out"],
        patterns: &[
            "connect timed out",
            "connection timed out",
            "etimedout",
            "errno 110",
            "winerror 10060",
            "connection attempt timed out",
            "connectexception: connection timed out",
            "did not properly respond after a period of time",
            "curl: (28)",
            "连接超时",
            "接続がタイムアウト",
            "连接尝试失败",
            "正しく応答しなかった",
            "failed to connect to*timeout was reached",
            "dial tcp*i/o timeout",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "reply-timed-out",
        title: "The server does not reply",
        meaning: "The connection is open, but nothing arrived in time.",
        cause: "The server is overloaded or stuck, expects TLS at once (implicit), or a firewall forgot \
                the idle connection.",
        cure: "Allow more time; try implicit TLS if the greeting is missing; see \
               control-connection-forgotten if it happens after long transfers.",
        details: &["handshake_timed_out", "send_timed_out", "reply_timed_out"],
        patterns: &[
            "sockettimeoutexception: read timed out",
            "read timed out",
            "timeout (control socket)",
            "the operation has timed out",
            "timed out trying to read data from the socket stream",
            "timeouterror",
            "socket.timeout",
            "timed out waiting for",
            "timeout detected. (control connection)",
            "connection timed out. read timed out",
            "operation timed out after",
            "read tcp*i/o timeout",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "connection-lost",
        side: Side::Network,
        title: "The connection broke",
        meaning: "The connection was closed or reset before the work was done.",
        cause: "The server or a firewall ended it, or the network failed. On a data connection just after \
                its start, the server may have refused it: its reply on the control connection says why.",
        cure: "Read the server's last reply. Try again; if it is always at the same point, read the \
               server's log.",
        details: &["connection_closed", "connection_lost"],
        patterns: &[
            "connection reset by peer",
            "connection reset",
            "econnreset",
            "errno 104",
            "winerror 10054",
            "broken pipe",
            "forcibly closed by the remote host",
            "~unable to read data from the transport connection",
            "~ftpconnectionclosedexception",
            "connection closed without indication",
            "~client is closed because",
            "software caused connection abort",
            "winerror 10053",
            "~curl: (56)",
            "强迫关闭",
            "连接被对方重",
            "接続が相手からリセット",
            "強制的に切断",
            "econnaborted",
            "~eoferror",
            "~disconnected from server",
            "~已从服务器断开",
            "~サーバから切断されました",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "connecting-failed",
        side: Side::Client,
        title: "The program could not connect, and the text does not say why",
        meaning: "No session was opened. The reason is in another line of the log, or in the cause of the \
                  exception.",
        cause: "Common reasons: a wrong host or port, a firewall, explicit TLS where the server has implicit \
                TLS or the other way round, a certificate that is not trusted, or a refused login.",
        cure: "Paste the lines before it, or the whole stack trace with its causes; or let towline doctor \
               examine the server.",
        patterns: &[
            "~could not connect to server",
            "~couldn't connect to server",
            "~unable to connect to the remote server",
            "~failed to create ftpclient",
            "~failed to obtain pooled item",
            "~无法连接到服务器",
            "~无法连接到远程服务器",
            "~サーバに接続できませんでした",
            "~リモート サーバーに接続できません",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "connection-rejected",
        title: "The server does not accept a session",
        meaning: "The server answers, but refuses this connection, or a command that every session \
                  needs.",
        cause: "It is closed for maintenance, does not serve this address, or refuses all logins now.",
        cure: "Read its reply, which gives the reason. Try again later, or ask the server's owner.",
        hint: Some(
            "the server's reply gives the reason; try again later, or ask the server's owner",
        ),
        ..Finding::BLANK
    },
    Finding {
        id: "proxy-refused",
        side: Side::Network,
        title: "The proxy did not open the connection",
        meaning: "The proxy refused to connect to the server, or could not, or did not answer.",
        cause: "Its rules forbid the host or the port (data connections use high ports), or it cannot reach \
                the server.",
        cure: "Ask the owner of the proxy to allow the control port and the server's passive ports.",
        hint: Some("ask the owner of the proxy to allow the server's port, and its passive ports"),
        details: &["proxy_refused", "proxy_timed_out"],
        ..Finding::BLANK
    },
    Finding {
        id: "proxy-login-refused",
        side: Side::Account,
        title: "The proxy refused the login",
        meaning: "The proxy needs a user and password, or refused these.",
        cause: "Missing or wrong credentials for the proxy.",
        cure: "Check them with the owner of the proxy.",
        hint: Some("check the user in --proxy and TOWLINE_PROXY_PASSWORD or --proxy-password-file"),
        details: &["proxy_login_refused"],
        ..Finding::BLANK
    },
];
