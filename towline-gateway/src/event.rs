//! What a gateway reports.

use std::net::SocketAddr;

use serde::{Serialize, Serializer};
use towline::Direction;

/// Receives the events of a gateway. It is called on the task that does the work, so it should
/// return quickly.
pub trait Sink: Send + Sync {
    /// Receives one event.
    fn event(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync> Sink for F {
    fn event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Something that a gateway reports. It never contains secrets. `gateway_client` is the number of
/// the client, from 1.
#[derive(Debug, Serialize)]
#[serde(tag = "event")]
#[non_exhaustive]
pub enum Event<'a> {
    /// The gateway listens.
    #[serde(rename = "gateway_listening")]
    Listening {
        /// The address.
        address: SocketAddr,
    },
    /// A client has connected.
    #[serde(rename = "gateway_connected")]
    Connected {
        /// The client.
        gateway_client: u64,
        /// Its address.
        peer: SocketAddr,
    },
    /// A client has logged in, and has its session with the server.
    #[serde(rename = "gateway_login")]
    LoggedIn {
        /// The client.
        gateway_client: u64,
        /// The route.
        route: &'a str,
        /// The server of the route.
        site: &'a str,
    },
    /// A login was refused.
    #[serde(rename = "gateway_login_refused")]
    LoginRefused {
        /// The client.
        gateway_client: u64,
        /// The user name that it gave.
        user: &'a str,
        /// The reason.
        reason: &'a str,
    },
    /// A command got a negative reply.
    #[serde(rename = "gateway_refusal")]
    Refused {
        /// The client.
        gateway_client: u64,
        /// The route, after the login.
        route: Option<&'a str>,
        /// The command, with secrets masked.
        command: &'a str,
        /// The code of the reply.
        code: u16,
        /// The text of the reply.
        text: &'a str,
    },
    /// The verdict on a data connection with the server.
    #[serde(rename = "data_connection")]
    DataConnection {
        /// The route.
        route: &'a str,
        /// The path at the server.
        path: &'a str,
        /// Whether it resumed the TLS session of the control connection.
        resumed: bool,
        /// The TLS version.
        protocol: &'a str,
        /// The cipher suite.
        cipher: &'a str,
        /// Where the ticket came from.
        ticket_source: &'a str,
        /// Whether the certificate is that of the control connection.
        same_certificate: bool,
    },
    /// A transfer has ended.
    #[serde(rename = "gateway_transfer")]
    Transfer {
        /// The client.
        gateway_client: u64,
        /// The route.
        route: &'a str,
        /// The server of the route.
        site: &'a str,
        /// Whether a file or a listing was moved, and in which direction.
        direction: Moved,
        /// The path at the server.
        path: &'a str,
        /// The bytes that moved.
        bytes: u64,
        /// How long it took.
        seconds: f64,
        /// How it ended.
        result: Outcome,
        /// Why it failed, and what is left at the server.
        reason: Option<&'a str>,
    },
    /// An attempt to deliver an upload from a spool has ended.
    #[serde(rename = "gateway_delivery")]
    Delivery {
        /// The route.
        route: &'a str,
        /// The server of the route.
        site: &'a str,
        /// The number of the upload in the spool.
        upload: i64,
        /// The path at the server.
        path: &'a str,
        /// The size of the upload.
        bytes: u64,
        /// How long the attempt took.
        seconds: f64,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// How it ended.
        result: Delivered,
        /// Why it failed.
        reason: Option<&'a str>,
        /// The time until the next attempt in seconds, if there is one.
        retry_in: Option<f64>,
    },
    /// Something that the user should know even though nothing failed.
    #[serde(rename = "warning")]
    Warning {
        /// The text.
        text: &'a str,
    },
    /// A line of the dialogue with a client, with secrets masked.
    #[serde(rename = "gateway_dialogue")]
    Dialogue {
        /// The client.
        gateway_client: u64,
        /// Whether the client sent the line.
        from_client: bool,
        /// The line.
        line: &'a str,
    },
    /// A line of the dialogue with a server, with secrets masked.
    #[serde(rename = "gateway_server_dialogue")]
    ServerDialogue {
        /// The route.
        route: &'a str,
        /// Whether the gateway sent the line.
        from_gateway: bool,
        /// The line.
        line: &'a str,
    },
    /// A client has left.
    #[serde(rename = "gateway_disconnected")]
    Disconnected {
        /// The client.
        gateway_client: u64,
        /// Why.
        reason: &'a str,
    },
}

macro_rules! event_names {
    (
        reports: $($report:ident = $report_name:literal,)*;
        dialogues: $($dialogue:ident = $dialogue_name:literal,)*
    ) => {
        impl Event<'_> {
            /// The names of all events but lines of a dialogue.
            pub const NAMES: &'static [&'static str] = &[$($report_name),*];

            /// The name in the field `event`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$report { .. } => $report_name,)*
                    $(Self::$dialogue { .. } => $dialogue_name,)*
                }
            }

            /// Whether the event is a line of a dialogue.
            #[must_use]
            pub fn is_dialogue(&self) -> bool {
                matches!(self, $(Self::$dialogue { .. })|*)
            }
        }
    };
}

event_names! {
    reports:
        Listening = "gateway_listening",
        Connected = "gateway_connected",
        LoggedIn = "gateway_login",
        LoginRefused = "gateway_login_refused",
        Refused = "gateway_refusal",
        DataConnection = "data_connection",
        Transfer = "gateway_transfer",
        Delivery = "gateway_delivery",
        Warning = "warning",
        Disconnected = "gateway_disconnected",
    ;
    dialogues:
        Dialogue = "gateway_dialogue",
        ServerDialogue = "gateway_server_dialogue",
}

/// What a transfer moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moved {
    /// A file. A download goes to the client.
    File(Direction),
    /// A listing.
    Listing,
}

impl Moved {
    /// Returns the name in events: that of the direction, or `listing`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File(direction) => direction.name(),
            Self::Listing => "listing",
        }
    }
}

impl Serialize for Moved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How an attempt to deliver an upload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivered {
    /// The server has the upload, and the size agrees.
    Verified,
    /// The server has confirmed the upload, and gives no size.
    Complete,
    /// The attempt failed, and another one follows.
    Failed,
    /// The server has refused the upload. It is kept, and the next upload follows.
    Aside,
}

impl Delivered {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Aside => "aside",
        }
    }
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything has arrived, and the size at the server agrees.
    Verified,
    /// The server has confirmed the transfer, and gives no size.
    Complete,
    /// Everything has arrived in the spool, and waits for its delivery.
    Spooled,
    /// The client stopped it.
    Aborted,
    /// It failed.
    Failed,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Complete => "complete",
            Self::Spooled => "spooled",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
        }
    }
}
