//! What a fault with a name is, and how faults are armed.

use crate::{Action, Builder, Fault, Personality, Point, Server, TlsMode};

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

    pub(super) const fn new(
        name: &'static str,
        about: &'static str,
        arm: fn(Builder) -> Builder,
    ) -> Self {
        Self {
            name,
            about,
            arm,
            personality: Personality::ProFtpd138,
            client: TlsMode::Explicit,
        }
    }

    pub(super) const fn used_with(self, client: TlsMode) -> Self {
        Self { client, ..self }
    }

    pub(super) const fn on(self, personality: Personality) -> Self {
        Self {
            personality,
            ..self
        }
    }
}

/// How many bytes of a file move before something happens.
pub(super) const SOME: u64 = 1000;

pub(super) fn command(builder: Builder, verb: &'static str, action: Action) -> Builder {
    builder.fault(Fault::At(Point::Command(verb), action))
}

pub(super) fn reply(builder: Builder, verb: &'static str, text: &str) -> Builder {
    command(builder, verb, Action::Reply(text.to_owned()))
}

pub(super) fn during(builder: Builder, verb: &'static str, action: Action) -> Builder {
    let command = verb;
    let after = SOME;
    builder.fault(Fault::At(Point::Transfer { command, after }, action))
}

pub(super) fn finally(builder: Builder, verb: &'static str, action: Action) -> Builder {
    builder.fault(Fault::At(Point::FinalReply(verb), action))
}
