//! What goes wrong when a data connection is opened.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::definition::{NamedFault, during};
use crate::{Action, Early, Fault, Personality, Point, Versions};

pub(super) const FAULTS: &[NamedFault] = &[
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
];
