//! The observed servers, as data.
//!
//! The client never does anything risky on a server that is not in this table. A row records
//! what was *seen* on that server, with the version that was observed.

use std::fmt;

use memchr::memmem;

use crate::features::Features;
use crate::reply::{Reply, ReplyCode};

/// The server program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the programs' own names")]
pub enum Software {
    VsFtpd,
    ProFtpd,
    PureFtpd,
    FileZillaServer,
    PyFtpdlib,
    Unknown,
}

impl Software {
    /// Returns the name as its makers write it; `unknown` for an unknown program.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VsFtpd => "vsftpd",
            Self::ProFtpd => "ProFTPD",
            Self::PureFtpd => "Pure-FTPd",
            Self::FileZillaServer => "FileZilla Server",
            Self::PyFtpdlib => "pyftpdlib",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Software {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A server program and its known behavior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The program.
    pub software: Software,
    /// Whether the server requires data connections to resume the control connection's TLS
    /// session. `None` if that depends on its settings.
    pub demands_reuse: Option<bool>,
    queues_commands: bool,
    /// Files smaller than this were seen to survive an early `close_notify`.
    early_close: u64,
    /// Whether `LIST` leaves out hidden files unless it is sent as `LIST -a`.
    pub hides_dot_files: bool,
    /// Whether the server reads the control connection as Telnet (RFC 854). On such a server a
    /// byte 0xFF in a path begins a Telnet command unless it is doubled. Other servers read a
    /// doubled byte as two bytes.
    pub reads_telnet: bool,
    /// Whether `OPTS MLST` was seen to take facts out of listings.
    pub selects_facts: bool,
}

impl Server {
    /// A server about which nothing is known.
    pub const UNKNOWN: Self = Self {
        software: Software::Unknown,
        demands_reuse: None,
        queues_commands: false,
        early_close: 0,
        hides_dot_files: false,
        reads_telnet: false,
        selects_facts: false,
    };

    /// Returns whether the server answers a command sent during a transfer after that transfer,
    /// in order and without harm to the transfer.
    #[must_use]
    pub fn queues_commands(&self) -> bool {
        self.queues_commands
    }

    /// Returns whether a client may close its direction of a TLS 1.3 data connection (RFC 8446
    /// section 6.1) before a download of `size` bytes begins. The server then does not have to
    /// wait for the client's `close_notify`.
    #[must_use]
    pub fn bears_early_close(&self, size: u64) -> bool {
        self.early_close > size
    }
}

const KIB: u64 = 1 << 10;
const GIB: u64 = 1 << 30;

/// What a server has said about itself. A reply that the caller does not trust is left out: an
/// on-path attacker can change whatever is received in clear text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The greeting.
    pub greeting: Option<&'a Reply>,
    /// The reply to `SYST`.
    pub system: Option<&'a Reply>,
    /// The reply to `STAT` without a path.
    pub status: Option<&'a Reply>,
    /// The reply to `FEAT`.
    pub features: Option<&'a Features>,
}

/// Identifies a server by its replies. The greeting is not required, because an administrator can
/// change it.
#[must_use]
pub fn identify(evidence: &Evidence<'_>) -> Server {
    let is_seen = |row: &&Row| row.signs.iter().any(|sign| sign.is_in(evidence));
    TABLE
        .iter()
        .find(is_seen)
        .map_or(Server::UNKNOWN, |row| row.server)
}

/// A sign by which a server is recognised.
enum Sign {
    /// A line of the greeting contains this text.
    Greeting(&'static str),
    /// The system name contains this text.
    Syst(&'static str),
    /// A line of the status contains this text.
    Stat(&'static str),
    /// FEAT announces all of these.
    Feat(&'static [&'static str]),
    /// All of these signs are seen.
    All(&'static [Self]),
}

impl Sign {
    fn is_in(&self, evidence: &Evidence<'_>) -> bool {
        let holds = |reply: Option<&Reply>, text: &str| {
            let mut lines = reply.into_iter().flat_map(Reply::lines);
            lines.any(|line| memmem::find(line, text.as_bytes()).is_some())
        };
        let with = |reply: Option<&Reply>, code| reply.is_some_and(|reply| reply.code() == code);
        match self {
            Self::Greeting(text) => holds(evidence.greeting, text),
            Self::Syst(text) => {
                with(evidence.system, ReplyCode::SYSTEM_NAME) && holds(evidence.system, text)
            }
            Self::Stat(text) => {
                with(evidence.status, ReplyCode::SYSTEM_STATUS) && holds(evidence.status, text)
            }
            Self::Feat(names) => evidence.features.is_some_and(|features| {
                let announces = |name: &&str| {
                    let mut lines = features.lines().iter();
                    lines.any(|line| line.eq_ignore_ascii_case(name.as_bytes()))
                };
                names.iter().all(announces)
            }),
            Self::All(signs) => signs.iter().all(|sign| sign.is_in(evidence)),
        }
    }
}

struct Row {
    signs: &'static [Sign],
    server: Server,
}

/// The first matching row wins.
static TABLE: &[Row] = &[
    // 1.9.4: always refuses a data connection with a full handshake; there is no setting
    // for it. EPSV sent after RETR: answered after the 226, with 4 KiB and with 1 GiB. Early
    // close_notify: 1 GiB arrived complete. Its MLST has the fact `perm`, unlike that of 0.9.
    Row {
        signs: &[
            Sign::Greeting("FileZilla Server 1."),
            Sign::All(&[
                Sign::Syst("emulated by FileZilla"),
                Sign::Feat(&["MLST type*;size*;modify*;perm*;"]),
            ]),
        ],
        server: Server {
            software: Software::FileZillaServer,
            demands_reuse: Some(true),
            queues_commands: true,
            early_close: GIB + 1,
            hides_dot_files: false,
            reads_telnet: false,
            selects_facts: false,
        },
    },
    // 0.9.x: not run. Whether it requires session reuse is a setting.
    Row {
        signs: &[
            Sign::Greeting("FileZilla Server"),
            Sign::Syst("emulated by FileZilla"),
        ],
        server: Server {
            software: Software::FileZillaServer,
            demands_reuse: None,
            queues_commands: false,
            early_close: 0,
            hides_dot_files: false,
            reads_telnet: false,
            selects_facts: false,
        },
    },
    // 3.0.3: lists hidden files only with `LIST -a`. `require_ssl_reuse` is a setting, on by
    // default. EPSV sent after RETR: answered after the 226, with 4 KiB and with 1 GiB. Early
    // close_notify: 1 GiB arrived complete. Its status names it, whatever the greeting says.
    Row {
        signs: &[Sign::Greeting("(vsFTPd "), Sign::Stat("vsFTPd ")],
        server: Server {
            software: Software::VsFtpd,
            demands_reuse: None,
            queues_commands: true,
            early_close: GIB + 1,
            hides_dot_files: true,
            reads_telnet: false,
            selects_facts: false,
        },
    },
    // 1.3.8: requires session reuse unless `TLSOptions NoSessionReuseRequired` is set. EPSV
    // sent after RETR: answered after the 226, with 4 KiB and with 1 GiB. 0xFF 0xFF in a path
    // is read as one 0xFF; 0xFF 0xFD is read as a Telnet command and answered in Telnet before
    // the reply. Early close_notify: the unread close_notify makes the kernel reset the
    // connection when the server closes it, so unsent data is lost. The first few KiB are
    // sent at once. The MFF line is that of its `mod_facts`, which is always built in. Facts that
    // `OPTS MLST` leaves out are not listed.
    Row {
        signs: &[
            Sign::Greeting("ProFTPD"),
            Sign::Feat(&["MFF modify;UNIX.group;UNIX.mode;"]),
        ],
        server: Server {
            software: Software::ProFtpd,
            demands_reuse: None,
            queues_commands: true,
            early_close: 12 * KIB + 1,
            hides_dot_files: false,
            reads_telnet: true,
            selects_facts: true,
        },
    },
    // 1.0.50: never requires session reuse. EPSV sent after RETR: answered after the 226, with
    // 4 KiB and with 1 GiB. Early close_notify: 1 GiB arrived complete. ESTA and ESTP are
    // commands of its own. Facts that `OPTS MLST` leaves out are not listed.
    Row {
        signs: &[
            Sign::Greeting("Welcome to Pure-FTPd"),
            Sign::Feat(&["ESTA", "ESTP"]),
        ],
        server: Server {
            software: Software::PureFtpd,
            demands_reuse: Some(false),
            queues_commands: true,
            early_close: GIB + 1,
            hides_dot_files: false,
            reads_telnet: false,
            selects_facts: true,
        },
    },
    // 2.2.0: never requires session reuse. EPSV sent after RETR or STOR closes the running
    // data connection, and the server sends no final reply.
    Row {
        signs: &[
            Sign::Greeting("pyftpdlib "),
            Sign::Feat(&["MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;"]),
        ],
        server: Server {
            software: Software::PyFtpdlib,
            demands_reuse: Some(false),
            queues_commands: false,
            early_close: 0,
            hides_dot_files: false,
            reads_telnet: false,
            selects_facts: false,
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn greeted(text: &str) -> Server {
        let greeting = Reply::new(ReplyCode::SERVICE_READY, text);
        identify(&Evidence {
            greeting: Some(&greeting),
            ..Evidence::default()
        })
    }

    #[test]
    fn knows_servers_by_their_greeting() {
        for (text, software) in [
            ("(vsFTPd 3.0.3)", Software::VsFtpd),
            (
                "ProFTPD Server (Debian) [::ffff:127.0.0.1]",
                Software::ProFtpd,
            ),
            (
                "--------- Welcome to Pure-FTPd [privsep] [TLS] ----------\nLocal time is now",
                Software::PureFtpd,
            ),
            (
                "FileZilla Server 1.9.4\nPlease visit https://filezilla-project.org/",
                Software::FileZillaServer,
            ),
            ("FileZilla Server 0.9.60 beta", Software::FileZillaServer),
            ("pyftpdlib 2.2.0 ready.", Software::PyFtpdlib),
            ("Welcome.", Software::Unknown),
        ] {
            assert_eq!(greeted(text).software, software, "{text}");
        }
    }

    fn features(lines: &[&str]) -> Features {
        let text = format!("Extensions\n {}\nEnd.", lines.join("\n "));
        Features::parse(&Reply::new(ReplyCode::SYSTEM_STATUS, text))
    }

    #[test]
    fn knows_servers_without_their_greeting() {
        let system = Reply::new(ReplyCode::SYSTEM_NAME, "UNIX emulated by FileZilla.");
        let status = Reply::new(
            ReplyCode::SYSTEM_STATUS,
            "FTP server status:\n     vsFTPd 3.0.3 - secure, fast, stable\nEnd of status",
        );
        let mlst = ["MLST type*;size*;modify*;perm*;"];
        for (lines, system, status, software, queues) in [
            (
                &["ESTA", "PASV", "ESTP"][..],
                None,
                None,
                Software::PureFtpd,
                true,
            ),
            (
                &["MFF modify;UNIX.group;UNIX.mode;"][..],
                None,
                None,
                Software::ProFtpd,
                true,
            ),
            (
                &mlst[..],
                Some(&system),
                None,
                Software::FileZillaServer,
                true,
            ),
            (
                &[][..],
                Some(&system),
                None,
                Software::FileZillaServer,
                false,
            ),
            (&[][..], None, Some(&status), Software::VsFtpd, true),
            (&mlst[..], None, None, Software::Unknown, false),
        ] {
            let features = features(lines);
            let server = identify(&Evidence {
                greeting: None,
                system,
                status,
                features: Some(&features),
            });
            assert_eq!(server.software, software, "{lines:?}");
            assert_eq!(server.queues_commands(), queues, "{lines:?}");
        }
    }

    #[test]
    fn a_refusal_to_tell_is_no_sign() {
        let refusal = Reply::new(ReplyCode::UNRECOGNISED, "vsFTPd emulated by FileZilla");
        let server = identify(&Evidence {
            system: Some(&refusal),
            status: Some(&refusal),
            ..Evidence::default()
        });
        assert_eq!(server, Server::UNKNOWN);
    }

    #[test]
    fn takes_no_risk_with_an_unknown_server() {
        assert_eq!(greeted("Welcome."), Server::UNKNOWN);
        assert!(!Server::UNKNOWN.queues_commands());
        assert_eq!(Server::UNKNOWN.demands_reuse, None);
    }

    #[test]
    fn demands_reuse_only_where_it_is_no_setting() {
        assert_eq!(greeted("FileZilla Server 1.9.4").demands_reuse, Some(true));
        assert_eq!(greeted("FileZilla Server 0.9.60 beta").demands_reuse, None);
        assert_eq!(greeted("(vsFTPd 3.0.3)").demands_reuse, None);
        assert!(!greeted("pyftpdlib 2.2.0 ready.").queues_commands());
    }

    #[test]
    fn closes_early_only_as_far_as_was_seen() {
        let proftpd = greeted("ProFTPD Server ready.");
        assert!(proftpd.bears_early_close(12 << 10));
        assert!(!proftpd.bears_early_close((12 << 10) + 1));
        assert!(greeted("(vsFTPd 3.0.3)").bears_early_close(1 << 20));
        for text in [
            "Welcome.",
            "pyftpdlib 2.2.0 ready.",
            "FileZilla Server 0.9.60 beta",
        ] {
            assert!(!greeted(text).bears_early_close(0), "{text}");
        }
    }

    #[test]
    fn selects_facts_only_where_that_was_seen() {
        for text in ["ProFTPD Server ready.", "Welcome to Pure-FTPd"] {
            assert!(greeted(text).selects_facts, "{text}");
        }
        for text in [
            "Welcome.",
            "FileZilla Server 1.9.4",
            "pyftpdlib 2.2.0 ready.",
        ] {
            assert!(!greeted(text).selects_facts, "{text}");
        }
    }

    #[test]
    fn knows_who_reads_telnet() {
        assert!(greeted("ProFTPD Server ready.").reads_telnet);
        for text in ["Welcome.", "(vsFTPd 3.0.3)", "pyftpdlib 2.2.0 ready."] {
            assert!(!greeted(text).reads_telnet, "{text}");
        }
    }
}
