//! Decides whether a server is worth further attempts.

use towline::{ErrorKind, Outlook, RemotePath};

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::operand::server::Server;

/// A server is given up after this many lost connections without a success in between.
const MOST_LOST_CONNECTIONS: u32 = 3;

/// The servers that were given up, and why.
#[derive(Debug, Default)]
pub(crate) struct ServerHealth {
    given_up: Vec<(Server, ExitCode)>,
    lost_connections: u32,
}

impl ServerHealth {
    /// Records the outcome of an operation, and gives the server up if it is hopeless.
    pub(crate) fn record<T>(&mut self, server: &Server, outcome: &Result<T, Error>) {
        match outcome {
            Err(Error::Session(error)) => {
                self.record_failure(server, error.kind(), error.outlook());
            }
            _ => self.lost_connections = 0,
        }
    }

    /// A refused login is final: sending a wrong password again could lock the account.
    fn record_failure(&mut self, server: &Server, kind: ErrorKind, outlook: Outlook) {
        let hopeless = match kind {
            _ if outlook == Outlook::Hopeless => true,
            ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Unavailable
            | ErrorKind::Tls
            | ErrorKind::Protocol => {
                self.lost_connections += 1;
                self.lost_connections >= MOST_LOST_CONNECTIONS
            }
            _ => {
                self.lost_connections = 0;
                false
            }
        };
        if hopeless {
            self.give_up(server, ExitCode::of_kind(kind));
        }
    }

    /// Gives a server up because of a failure with this exit code.
    pub(crate) fn give_up(&mut self, server: &Server, code: ExitCode) {
        if !self.has_given_up(server) {
            self.given_up.push((server.clone(), code));
        }
    }

    /// Whether `server` was given up.
    pub(crate) fn has_given_up(&self, server: &Server) -> bool {
        self.failure(server).is_some()
    }

    /// The error for an operation on `path` that is not attempted.
    pub(crate) fn not_attempted(&self, server: &Server, path: &RemotePath) -> Error {
        Error::NotAttempted {
            path: path.clone(),
            code: self.failure(server).unwrap_or(ExitCode::Network),
        }
    }

    fn failure(&self, server: &Server) -> Option<ExitCode> {
        let mut given_up = self.given_up.iter();
        let found = given_up.find(|(given_up, _)| given_up == server);
        found.map(|(_, code)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operand::remote::Remote;

    fn server(url: &str) -> Server {
        Remote::parse(url.as_bytes()).unwrap().server
    }

    #[test]
    fn a_refused_login_gives_its_server_up_at_once() {
        let (a, b) = (server("ftpes://u@a/"), server("ftpes://u@b/"));
        let mut health = ServerHealth::default();
        health.record_failure(&a, ErrorKind::LoginRefused, Outlook::Hopeless);
        assert!(health.has_given_up(&a) && !health.has_given_up(&b));
        let error = health.not_attempted(&a, &RemotePath::new("x").unwrap());
        assert_eq!(error.exit_code(), ExitCode::Login);
    }

    #[test]
    fn lost_connections_do_so_when_nothing_works_in_between() {
        let server = server("ftpes://u@h/");
        let mut health = ServerHealth::default();
        for _ in 0..2 {
            health.record_failure(&server, ErrorKind::Network, Outlook::MayPass);
            health.record_failure(&server, ErrorKind::Timeout, Outlook::MayPass);
            health.record(&server, &Ok(()));
        }
        // A refusal is an answer, and resets the count.
        health.record_failure(&server, ErrorKind::Network, Outlook::MayPass);
        health.record_failure(&server, ErrorKind::Refused, Outlook::SameAgain);
        for _ in 1..MOST_LOST_CONNECTIONS {
            health.record_failure(&server, ErrorKind::Network, Outlook::MayPass);
        }
        assert!(!health.has_given_up(&server));
        health.record_failure(&server, ErrorKind::Network, Outlook::MayPass);
        assert!(health.has_given_up(&server));
    }
}
