//! Why a conversation ends.

/// Why a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Quit,
    Gone,
    Idle,
    LoginLate,
    LoginsFailed,
    NotFtp,
    NoTls,
    NoService,
    GatewayEnds,
}

impl End {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Quit => "the client has said goodbye",
            Self::Gone => "the client has closed the connection",
            Self::Idle => "the client has sent no command for too long",
            Self::LoginLate => "the client has not logged in in time",
            Self::LoginsFailed => "too many logins have failed",
            Self::NoTls => "TLS with the client has failed",
            Self::NotFtp => "the client does not speak FTP",
            Self::NoService => "there is no session with the server",
            Self::GatewayEnds => "the gateway is stopping",
        }
    }

    /// The last words to the client, unless it has had them, or is gone.
    pub(super) fn farewell(self) -> Option<&'static str> {
        match self {
            Self::Quit | Self::Gone | Self::NoTls | Self::NoService => None,
            Self::Idle => Some("No command for too long; closing."),
            Self::LoginLate => Some("No login in time; closing."),
            Self::LoginsFailed => Some("Too many failed logins; closing."),
            Self::NotFtp => Some("This is an FTP server; closing."),
            Self::GatewayEnds => Some("The gateway is stopping; closing."),
        }
    }
}
