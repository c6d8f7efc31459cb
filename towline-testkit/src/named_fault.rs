//! Faults by name, each as a whole server: for rehearsals and tests.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::{
    Action, AuthSupport, Builder, Early, Fault, Gate, ListingFault, NameChange, Personality, Point,
    Server, TlsMode, Versions,
};

/// A fault with a name: a server that does one thing wrong.
///
/// ```
/// use towline_testkit::{NamedFault, StartError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StartError> {
/// let Some(fault) = NamedFault::find("reuse-refused-425") else {
///     return Ok(());
/// };
/// let server = fault.server().start().await?;
/// # server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NamedFault {
    name: &'static str,
    about: &'static str,
    arm: fn(Builder) -> Builder,
    personality: Personality,
    client: TlsMode,
}

impl NamedFault {
    /// All faults.
    pub const ALL: &'static [Self] = FAULTS;

    /// Returns the fault with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|fault| fault.name == name)
    }

    /// Returns the name, in lower case with hyphens.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the server does wrong, in one line.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Returns how a client is meant to start TLS, which need not be how the
    /// server does.
    pub fn client_mode(&self) -> TlsMode {
        self.client
    }

    /// Returns the settings of a server with this fault.
    pub fn server(&self) -> Builder {
        (self.arm)(Server::builder(self.personality))
    }

    const fn new(name: &'static str, about: &'static str, arm: fn(Builder) -> Builder) -> Self {
        Self {
            name,
            about,
            arm,
            personality: Personality::ProFtpd138,
            client: TlsMode::Explicit,
        }
    }

    const fn on(self, personality: Personality) -> Self {
        Self {
            personality,
            ..self
        }
    }
}

/// How many bytes of a file move before something happens.
const SOME: u64 = 1000;

fn command(builder: Builder, verb: &'static str, action: Action) -> Builder {
    builder.fault(Fault::At(Point::Command(verb), action))
}

fn reply(builder: Builder, verb: &'static str, text: &str) -> Builder {
    command(builder, verb, Action::Reply(text.to_owned()))
}

fn during(builder: Builder, verb: &'static str, action: Action) -> Builder {
    let command = verb;
    let after = SOME;
    builder.fault(Fault::At(Point::Transfer { command, after }, action))
}

fn finally(builder: Builder, verb: &'static str, action: Action) -> Builder {
    builder.fault(Fault::At(Point::FinalReply(verb), action))
}

const FAULTS: &[NamedFault] = &[
    // How connections and transfers end.
    NamedFault::new(
        "no-close-notify",
        "Closes the data connection of a download or listing without close_notify.",
        |builder| builder.fault(Fault::NoCloseNotify),
    ),
    NamedFault::new(
        "close-notify-mid-file",
        "Ends a download after 1000 bytes, with close_notify and 226.",
        |builder| builder.fault(Fault::CutDownload(SOME)),
    ),
    NamedFault::new(
        "reset-mid-download",
        "Resets the data connection after 1000 bytes of a download.",
        |builder| during(builder, "RETR", Action::Reset),
    ),
    NamedFault::new(
        "reset-mid-upload",
        "Resets the data connection after 1000 bytes of an upload.",
        |builder| during(builder, "STOR", Action::Reset),
    ),
    NamedFault::new(
        "final-reply-before-data-ends",
        "Sends the final reply while the data connection is still open.",
        |builder| builder.fault(Fault::LeaveDataOpen),
    ),
    NamedFault::new(
        "final-reply-late",
        "Sends the final reply one second after the end of the data.",
        |builder| {
            finally(
                builder,
                "*",
                Action::Hold(Gate::timed(Duration::from_secs(1))),
            )
        },
    ),
    NamedFault::new(
        "final-reply-lost",
        "Closes the control connection instead of sending the final reply of a file.",
        |builder| {
            let builder = finally(builder, "RETR", Action::Close);
            finally(builder, "STOR", Action::Close)
        },
    ),
    NamedFault::new(
        "426-after-complete",
        "Answers a complete download with 426.",
        |builder| {
            let text = "426 Connection closed; transfer aborted.";
            finally(builder, "RETR", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "451-mid-transfer",
        "Answers 451 after 1000 bytes of a download.",
        |builder| {
            let text = "451 Requested action aborted: local error in processing.";
            during(builder, "RETR", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "zero-byte-without-handshake",
        "Calls a download complete without a TLS handshake on its data connection.",
        |builder| {
            builder.fault(Fault::DataNotOpened {
                command: "RETR",
                reply: "226 Transfer complete",
            })
        },
    ),
    // The control connection.
    NamedFault::new(
        "421-mid-transfer",
        "Ends the session with 421 after 1000 bytes of a download.",
        |builder| during(builder, "RETR", Action::Goodbye),
    ),
    NamedFault::new(
        "421-when-idle",
        "Ends the session with 421 after two seconds without a command.",
        |builder| builder.idle_timeout(Duration::from_secs(2)),
    ),
    NamedFault::new(
        "silent-greeting",
        "Accepts connections and sends no greeting.",
        |builder| builder.fault(Fault::At(Point::Greeting, Action::Silence)),
    ),
    NamedFault::new(
        "silent-mid-data",
        "Stops sending after 1000 bytes of a download.",
        |builder| during(builder, "RETR", Action::Silence),
    ),
    NamedFault::new(
        "slow-bytes",
        "Sends 2000 bytes of a download each second.",
        |builder| {
            builder.fault(Fault::Pace {
                command: "RETR",
                bytes_per_second: 2000,
            })
        },
    ),
    NamedFault::new(
        "split-replies",
        "Sends every byte of every reply by itself.",
        |builder| builder.fault(Fault::SplitReplies),
    ),
    NamedFault::new(
        "giant-reply",
        "Answers FEAT with a reply of four megabytes.",
        |builder| command(builder, "FEAT", Action::HugeReply(4 << 20)),
    ),
    NamedFault::new(
        "endless-multiline",
        "Answers FEAT with a reply that never ends.",
        |builder| command(builder, "FEAT", Action::EndlessReply),
    ),
    NamedFault::new(
        "binary-reply",
        "Answers FEAT with bytes of every value.",
        |builder| command(builder, "FEAT", Action::BinaryReply),
    ),
    NamedFault::new("bad-code", "Answers FEAT with the code 999.", |builder| {
        reply(builder, "FEAT", "999 What?")
    }),
    NamedFault::new(
        "stray-226",
        "Sends a 226 that belongs to no transfer before the reply to TYPE.",
        |builder| {
            reply(
                builder,
                "TYPE",
                "226 Transfer complete.\n200 Type set to I.",
            )
        },
    ),
    NamedFault::new(
        "plaintext-oops",
        "Writes \"500 OOPS\" in clear text into TLS when a data connection is asked for.",
        |builder| {
            let text = "500 OOPS: vsftpd: both local and anonymous access disabled!";
            command(builder, "EPSV", Action::Plaintext(text.to_owned()))
        },
    )
    .on(Personality::VsFtpd),
    // Connecting and logging in.
    NamedFault::new(
        "auth-tls-refused",
        "Refuses AUTH TLS and accepts AUTH SSL.",
        |builder| builder.auth(AuthSupport::SslOnly(504)),
    ),
    NamedFault::new(
        "auth-both-refused",
        "Refuses AUTH TLS and AUTH SSL.",
        |builder| builder.auth(AuthSupport::Refused(500)),
    ),
    NamedFault::new(
        "reply-smuggled-behind-234",
        "Sends a reply in clear text directly behind the 234 to AUTH.",
        |builder| builder.fault(Fault::PlaintextBehindAuth(b"230 Welcome.\r\n".to_vec())),
    ),
    NamedFault::new("pbsz-refused", "Refuses PBSZ.", |builder| {
        reply(builder, "PBSZ", "500 PBSZ not understood")
    }),
    NamedFault::new("prot-p-refused", "Refuses PROT P.", |builder| {
        reply(builder, "PROT", "536 PROT P is not supported.")
    }),
    NamedFault::new(
        "tls-on-plain-port",
        "Expects TLS at once where clients expect a greeting.",
        |builder| builder.tls(TlsMode::Implicit),
    ),
    NamedFault {
        client: TlsMode::Implicit,
        ..NamedFault::new(
            "plain-on-tls-port",
            "Sends a greeting in clear text where clients expect TLS.",
            |builder| builder,
        )
    },
    NamedFault::new("login-refused", "Refuses every password.", |builder| {
        reply(builder, "PASS", "530 Login incorrect.")
    }),
    NamedFault::new(
        "account-wanted",
        "Wants an account besides user and password.",
        |builder| builder.account("books"),
    ),
    NamedFault::new(
        "too-many-connections",
        "Turns every connection away, because there are too many.",
        |builder| {
            let text = "421 There are too many connected users, please try later.";
            builder.fault(Fault::At(Point::Greeting, Action::Reply(text.to_owned())))
        },
    ),
    NamedFault::new(
        "utf8-refused",
        "Does not announce UTF-8, and refuses OPTS UTF8.",
        |builder| builder.utf8(false),
    ),
    // Data connections.
    NamedFault::new(
        "pasv-third-host",
        "Announces the address of another host in the reply to PASV, and has no EPSV.",
        |builder| {
            let address = Ipv4Addr::new(203, 0, 113, 7);
            builder.without("EPSV").fault(Fault::PasvAddress(address))
        },
    ),
    NamedFault::new(
        "pasv-port-zero",
        "Announces port 0 in the replies to PASV and EPSV.",
        |builder| builder.fault(Fault::PassivePortZero),
    ),
    NamedFault::new(
        "pasv-private-address",
        "Announces a private address in the reply to PASV, and has no EPSV.",
        |builder| {
            let address = Ipv4Addr::new(10, 1, 2, 3);
            builder.without("EPSV").fault(Fault::PasvAddress(address))
        },
    ),
    NamedFault::new(
        "epsv-malformed",
        "Answers EPSV with a 229 that names no port.",
        |builder| {
            builder.fault(Fault::PassiveReply {
                command: "EPSV",
                text: "229 Entering Extended Passive Mode",
            })
        },
    ),
    NamedFault::new("epsv-refused", "Does not know EPSV.", |builder| {
        builder.without("EPSV")
    }),
    NamedFault::new(
        "epsv-blocked",
        "Names a port in the reply to EPSV on which nothing listens. PASV works.",
        |builder| {
            builder.fault(Fault::PassiveReply {
                command: "EPSV",
                text: "229 Entering Extended Passive Mode (|||65535|)",
            })
        },
    ),
    NamedFault::new(
        "certificate-swapped",
        "Shows another certificate on data connections.",
        |builder| builder.fault(Fault::OtherDataCertificate),
    ),
    NamedFault::new(
        "reuse-refused-425",
        "Refuses every data connection with ProFTPD's 425, even one that resumed.",
        |builder| builder.fault(Fault::RefuseData),
    ),
    NamedFault::new(
        "reuse-refused-450",
        "Refuses every data connection with the 450 of FileZilla Server 0.9.",
        |builder| {
            let text = "450 TLS session of data connection has not resumed or the session does not \
                        match the control connection";
            let refusal = Action::Reply(text.to_owned());
            builder.fault(Fault::At(Point::DataTls("*"), refusal))
        },
    ),
    NamedFault::new(
        "reuse-refused-522-and-close",
        "Refuses every data connection with vsftpd's 522, and ends the session.",
        |builder| builder.fault(Fault::RefuseData),
    )
    .on(Personality::VsFtpd),
    NamedFault::new(
        "ticket-expired",
        "Issues sessions that can be resumed for one second only.",
        |builder| builder.ticket_lifetime(Duration::from_secs(1)),
    ),
    NamedFault::new(
        "no-tickets",
        "Sends no TLS 1.3 tickets, and requires session reuse.",
        |builder| {
            builder
                .versions(Versions::Tls13)
                .control_tickets(0)
                .data_tickets(0)
        },
    ),
    NamedFault::new(
        "ticket-storm",
        "Sends TLS 1.3 tickets without end after 1000 bytes of a download.",
        |builder| {
            during(
                builder.versions(Versions::Tls13),
                "RETR",
                Action::EndlessTickets,
            )
        },
    ),
    NamedFault::new(
        "key-update",
        "Changes the TLS 1.3 keys after 1000 bytes of a download.",
        |builder| during(builder.versions(Versions::Tls13), "RETR", Action::KeyUpdate),
    ),
    NamedFault::new(
        "early-command-aborts-transfer",
        "Ends a transfer when EPSV arrives before its final reply.",
        |builder| {
            builder.fault(Fault::Early {
                command: "EPSV",
                what: Early::Cut,
            })
        },
    ),
    // Files and listings.
    NamedFault::new(
        "mlsd-advertised-but-500",
        "Announces MLST, and does not know MLSD.",
        |builder| reply(builder, "MLSD", "500 MLSD not understood"),
    ),
    NamedFault::new(
        "listing-of-another-path",
        "Lists the working directory, whatever path is asked for.",
        |builder| builder.fault(Fault::Listing(ListingFault::IgnoresPath)),
    ),
    NamedFault::new(
        "listing-truncated-with-success",
        "Ends a listing after 1000 bytes, with 226 and without close_notify.",
        |builder| {
            let done = || Action::Reply("226 Transfer complete".to_owned());
            let builder = during(builder, "MLSD", done());
            during(builder, "LIST", done())
        },
    ),
    NamedFault::new(
        "listing-admits-truncation",
        "Says in the final reply of a listing that it is truncated.",
        |builder| {
            let text = "226-Options: -l\n226 Output truncated to 10000 matches";
            let builder = finally(builder, "MLSD", Action::Reply(text.to_owned()));
            finally(builder, "LIST", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "nul-in-listing",
        "Lists a name that contains NUL.",
        |builder| builder.fault(Fault::ListingNames(vec![b"nul\0byte".to_vec()])),
    ),
    NamedFault::new(
        "traversal-names",
        "Lists names that lead elsewhere or control a terminal.",
        |builder| builder.fault(Fault::hostile_names()),
    ),
    NamedFault::new("endless-listing", "Lists files without end.", |builder| {
        builder.fault(Fault::HugeListing(u64::MAX))
    }),
    NamedFault::new(
        "endless-file",
        "Sends a file, and then zeros without end.",
        |builder| builder.fault(Fault::EndlessDownload),
    ),
    NamedFault::new("size-550", "Refuses SIZE with 550.", |builder| {
        reply(builder, "SIZE", "550 Could not get file size.")
    }),
    NamedFault::new(
        "size-wrong",
        "Adds 1000 to the size in the reply to SIZE.",
        |builder| builder.fault(Fault::WrongSize(1000)),
    ),
    NamedFault::new(
        "rest-ignored",
        "Confirms REST, and sends files from the start.",
        |builder| reply(builder, "REST", "350 Restarting at the requested position."),
    ),
    NamedFault::new(
        "rest-wraps-at-2-gib",
        "Keeps only 31 bits of the offset of REST.",
        |builder| builder.fault(Fault::RestWraps),
    ),
    NamedFault::new(
        "rename-over-refused",
        "Refuses to rename over a file.",
        |builder| builder.fault(Fault::RefuseReplace),
    ),
    NamedFault::new(
        "rename-changes-name",
        "Confirms a name, and writes it in lower case.",
        |builder| builder.fault(Fault::ChangeNames(NameChange::LowerCase)),
    ),
    NamedFault::new("rename-forbidden", "Refuses to rename.", |builder| {
        reply(builder, "RNFR", "550 RNFR is not allowed here.")
    }),
    NamedFault::new(
        "stor-refused-after-150",
        "Accepts an upload with 150, and then refuses it.",
        |builder| {
            let refusal = Action::Reply("553 Could not create file.".to_owned());
            let (command, after) = ("STOR", 0);
            builder.fault(Fault::At(Point::Transfer { command, after }, refusal))
        },
    ),
    NamedFault::new(
        "disk-full-452",
        "Has no space left after 1000 bytes of an upload.",
        |builder| {
            let full = Action::Reply("452 Insufficient storage space.".to_owned());
            during(builder, "STOR", full)
        },
    ),
    NamedFault::new(
        "file-shrinks",
        "Gives a size that is 1000 too large the first time, and the right one afterwards.",
        |builder| builder.fault(Fault::WrongSize(1000).nth(1)),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_each_has_one_line() {
        let names: BTreeSet<_> = NamedFault::ALL.iter().map(NamedFault::name).collect();
        assert_eq!(names.len(), NamedFault::ALL.len());
        for fault in NamedFault::ALL {
            assert!(fault.about().ends_with('.') && !fault.about().contains('\n'));
            assert!(NamedFault::find(fault.name()).is_some());
        }
    }

    #[tokio::test]
    async fn every_server_starts() {
        for fault in NamedFault::ALL {
            fault.server().start().await.unwrap().shutdown().await;
        }
    }
}
