//! What goes wrong on the control connection.

use std::time::Duration;

use super::definition::{NamedFault, command, during, reply};
use crate::{Action, Fault, Personality, Point};

pub(super) const FAULTS: &[NamedFault] = &[
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
            let stray = "226 Transfer complete.".to_owned();
            command(builder, "TYPE", Action::Precede(stray))
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
];
