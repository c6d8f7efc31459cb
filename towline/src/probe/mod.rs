//! Connecting step by step, for programs that explain why a connection fails.
//!
//! A [`Probe`] takes the steps of [`Client::connect`](crate::Client::connect), with the same
//! functions, and then lists the login directory once. Each step returns a [`Fact`], or a
//! [`Failure`] with the error and what the step had found out before it failed.
//!
//! ```no_run
//! use towline::probe::{Fact, Probe};
//! use towline::{Config, Secret};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("ftp.example.com")
//!     .user("reports")
//!     .password(Secret::new(std::env::var("FTP_PASSWORD")?));
//! let mut probe = Probe::new(config)?;
//! while let Some(step) = probe.next().await {
//!     match step {
//!         Ok(Fact::Secured(tls)) => println!("{:?} {:?}", tls.protocol, tls.cipher),
//!         Ok(Fact::DataOpened(data)) => println!("{:?}", data.verdict),
//!         Ok(_) => {}
//!         Err(failure) => println!("{:?}: {}", failure.step, failure.error),
//!     }
//! }
//! probe.quit().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What a probe does to a server
//!
//! It logs in once and lists once. It never uploads, and changes nothing on the server. It does not
//! retry or recover: [`Config::retry`](crate::Config::retry) and the recoveries from refused
//! session reuse do not apply, so each step shows the server's plain behavior.
//!
//! The password is sent exactly when `Client::connect` would send it: inside TLS, after the
//! certificate was accepted, or in clear text if [`Config::tls_mode`](crate::Config::tls_mode)
//! allows that. **A certificate that is not trusted ends the probe.** The failure contains the
//! whole chain, with the pin to trust it by. With [`Trust::FirstUse`](crate::Trust::FirstUse), a
//! new server is remembered before the login, as with a client.

mod fact;
mod report;
mod state;
mod step;
mod steps;

use std::mem;
use std::sync::Arc;

pub use self::fact::{
    Certificate, Connected, DataOpened, Fact, Greeted, LoggedIn, PortReached, Resolved, Secured,
    Verification,
};
pub use self::report::{Failure, Report};
use self::state::{Preparing, State};
pub use self::step::Step;
use self::steps::Way;
use crate::client::Client;
use crate::config::{Config, TlsMode};
pub use crate::control::RefusedCommand;
pub use crate::data::{PortAttempt, PortCommand, PortOutcome};
use crate::error::Error;
pub use crate::net::{ConnectAttempt, ConnectOutcome};
use crate::server::{Shared, TakenId};
use crate::session::Session;

/// Connects step by step. See the [module](self).
#[derive(Debug)]
pub struct Probe {
    shared: Arc<Shared>,
    id: TakenId,
    state: State,
    way: Way,
}

impl Probe {
    /// Creates a probe of the server in `config`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the configuration contradicts itself, the
    /// host is neither a name nor an address, or a certificate file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        Client::new(config).map(|client| Self::of(&client))
    }

    /// Creates a probe of the server of `client`. It shares what the client's sessions have
    /// learned, for example that `EPSV` is refused.
    #[must_use]
    pub fn of(client: &Client) -> Self {
        let shared = Arc::clone(client.shared());
        Self {
            id: shared.connection_ids().take(),
            shared,
            state: State::Unresolved,
            way: Way::default(),
        }
    }

    /// Makes the probe ask for data connections with `PASV` before `EPSV`, to show which address
    /// the server announces. Over IPv6 there is only `EPSV`.
    #[must_use]
    pub fn pasv_first(mut self) -> Self {
        self.way.pasv_first = true;
        self
    }

    /// Makes the probe list with `LIST`, even if the server announces `MLST`. Some servers announce
    /// it, and refuse `MLSD`.
    #[must_use]
    pub fn without_mlsd(mut self) -> Self {
        self.way.without_mlsd = true;
        self
    }

    /// Takes the next step. Returns `None` if all steps were taken, or one has failed.
    ///
    /// If the future is dropped before it finishes, the probe ends.
    pub async fn next(&mut self) -> Option<Result<Fact, Failure>> {
        let shared = Arc::clone(&self.shared);
        let implicit = shared.config().tls_mode == TlsMode::Implicit;
        let (state, outcome) = match mem::replace(&mut self.state, State::Ended) {
            State::Unresolved => steps::resolve(&shared, &self.id).await,
            State::Resolved(addresses) => steps::connect(&shared, &self.id, addresses).await,
            State::Opening(opening, left) => match left {
                Preparing::Both if implicit => {
                    steps::secure(&shared, opening, Preparing::Greeting).await
                }
                Preparing::Both => steps::greet(&shared, opening, Preparing::Tls).await,
                Preparing::Greeting => steps::greet(&shared, opening, Preparing::Nothing).await,
                Preparing::Tls => steps::secure(&shared, opening, Preparing::Nothing).await,
                Preparing::Nothing => steps::log_in(&shared, opening).await,
            },
            State::LoggedIn(link) => steps::reach_port(&shared, link, self.way).await,
            State::PortReached(link, channel) => {
                steps::open_data(&shared, link, channel, self.way).await
            }
            done @ State::Done(_) => {
                self.state = done;
                return None;
            }
            State::Ended => return None,
        };
        self.state = state;
        Some(outcome)
    }

    /// Makes the probe list once more over the same control connection, with the ticket that its last
    /// data connection offered, if the server sends no newer one on the control connection. All
    /// tickets that were not used are dropped. The next steps are
    /// [`ReachPort`](Step::ReachPort) and [`OpenData`](Step::OpenData).
    ///
    /// Returns `None`, and changes nothing, unless all steps were taken and the control connection can
    /// still be used. Otherwise returns how many tickets were left unused.
    pub fn again_with_used_ticket(&mut self) -> Option<usize> {
        match mem::replace(&mut self.state, State::Ended) {
            State::Done(link) if link.control.is_usable() => {
                let left = link.tether.tickets();
                link.tether.forget_unused_tickets();
                self.state = State::LoggedIn(link);
                Some(left)
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Takes all remaining steps, and closes the connection in order.
    pub async fn run(mut self) -> Report {
        let mut report = Report {
            facts: Vec::new(),
            failure: None,
        };
        while let Some(step) = self.next().await {
            match step {
                Ok(fact) => report.facts.push(fact),
                Err(failure) => report.failure = Some(failure),
            }
        }
        self.quit().await;
        report
    }

    /// Closes the connection in order.
    pub async fn quit(self) {
        match self.state {
            State::Opening(mut opening, _) => opening.close().await,
            _ => {
                if let Some(session) = self.into_session() {
                    session.quit().await;
                }
            }
        }
    }

    /// Returns the session, for further examination. Returns `None` before the login, and after a
    /// failure that cost the control connection.
    #[must_use]
    pub fn into_session(self) -> Option<Session> {
        match self.state {
            State::LoggedIn(link) | State::PortReached(link, _) | State::Done(link) => {
                Some(Session::over(self.shared, *link))
            }
            State::Unresolved | State::Resolved(_) | State::Opening(..) | State::Ended => None,
        }
    }
}
