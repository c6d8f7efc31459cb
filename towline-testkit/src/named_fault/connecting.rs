//! What goes wrong before the login is complete.

use super::definition::{NamedFault, reply};
use crate::{Action, AuthSupport, Fault, Point, TlsMode};

pub(super) const FAULTS: &[NamedFault] = &[
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
    NamedFault::new(
        "plain-on-tls-port",
        "Sends a greeting in clear text where clients expect TLS.",
        |builder| builder,
    )
    .used_with(TlsMode::Implicit),
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
];
