//! The login: USER, PASS, and the session that follows.

use tokio::time::{Instant, sleep};
use towline::{Error, ErrorDetail, ErrorKind};
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::name::escape;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::talk::Conversation;
use crate::event::Event;
use crate::login::{Entered, Guest, LoginError};
use crate::reply::failure;

/// Wrong passwords on one connection.
const MOST_FAILURES: u32 = 5;

impl Conversation {
    pub(super) async fn user(&mut self, user: &[u8]) -> Result<(), End> {
        self.leave().await;
        if self.front.shared.require_tls && !self.front.control.is_tls() {
            let text = "TLS is required: send AUTH TLS first.";
            return self.front.say(ReplyCode::NOT_LOGGED_IN, text).await;
        }
        // Names of routes are text, and the server would get another name than the client has sent.
        let Ok(user) = std::str::from_utf8(user) else {
            let text = "The user name must be UTF-8.";
            return self.front.say(ReplyCode::BAD_ARGUMENT, text).await;
        };
        self.visitor.user = Some(user.to_owned());
        let text = "Password required.";
        self.front.say(ReplyCode::NEED_PASSWORD, text).await
    }

    pub(super) async fn pass(&mut self, password: &SecretArgument) -> Result<(), End> {
        let Some(user) = self.visitor.user.take() else {
            let text = "Send USER first.";
            return self.front.say(ReplyCode::BAD_SEQUENCE, text).await;
        };
        let entered = match Guest::find(&self.front.shared, &user) {
            Ok(guest) => {
                self.front.mask = guest.mask(password);
                let entering = Box::pin(guest.enter(password));
                let entered = self.front.unless_left(entering).await;
                if entered.as_ref().is_err_and(|end| *end == End::Gone) {
                    // The server may have had the password.
                    let peer = self.front.control.peer();
                    self.front.shared.wrong_password(peer);
                }
                entered?
            }
            Err(error) => Err(error),
        };
        match entered {
            Ok(entered) => {
                match entered {
                    Entered::Behind(behind) => self.visitor.behind = Some(*behind),
                    Entered::Depot(depot) => self.visitor.depot = Some(depot),
                }
                let route = self.visitor.route().ok_or(End::NoService)?;
                self.front.shared.right_password(self.front.control.peer());
                self.front.shared.event(&Event::LoggedIn {
                    gateway_client: self.front.id,
                    route: &route.name,
                    site: &route.site,
                });
                self.front.route = Some(route.name.clone());
                self.front.say(ReplyCode::LOGGED_IN, "Logged in.").await
            }
            Err(error) => self.turn_away(&user, error).await,
        }
    }

    async fn turn_away(&mut self, user: &str, error: LoginError) -> Result<(), End> {
        let reply = match &error {
            LoginError::Wrong | LoginError::NotAllowed(_) => {
                Reply::new(ReplyCode::NOT_LOGGED_IN, "Login incorrect.")
            }
            LoginError::NotText => {
                let text = "The password must be UTF-8 for this server.";
                Reply::new(ReplyCode::NOT_LOGGED_IN, text)
            }
            LoginError::Full => {
                let text = "No session with the server has become free in time.";
                Reply::new(ReplyCode::SERVICE_UNAVAILABLE, text)
            }
            LoginError::Server(error) if is_refused(error) => {
                failure(error, ReplyCode::NOT_LOGGED_IN, "")
            }
            LoginError::Server(error) => {
                let text = format!("No session with the server: {error}");
                let text = escape(text.as_bytes());
                Reply::new(ReplyCode::SERVICE_UNAVAILABLE, text)
            }
        };
        let reason = match &error {
            // The client does not learn which servers are allowed.
            LoginError::NotAllowed(place) => {
                let place = escape(place.as_bytes());
                format!("{place} is neither a route nor a server that logins may name")
            }
            _ => escape(self.front.shown(&reply).as_bytes()),
        };
        self.front.shared.event(&Event::LoginRefused {
            gateway_client: self.front.id,
            user: &shown(user),
            reason: &reason,
        });
        if reply.code() == ReplyCode::SERVICE_UNAVAILABLE {
            self.front.reply(&reply).await?;
            return Err(End::NoService);
        }
        self.visitor.failures += 1;
        let wait = self.front.shared.wrong_password(self.front.control.peer());
        self.front.unless_left(sleep(wait)).await?;
        self.front.reply(&reply).await?;
        match self.visitor.failures < MOST_FAILURES {
            true => Ok(()),
            false => Err(End::LoginsFailed),
        }
    }

    pub(super) async fn rein(&mut self) -> Result<(), End> {
        self.leave().await;
        self.front.reset();
        let text = "Ready for a new user.";
        self.front.say(ReplyCode::SERVICE_READY, text).await
    }

    /// Ends the session with the server.
    pub(super) async fn leave(&mut self) {
        if self.visitor.route().is_some() {
            self.front.route = None;
            // The next user has as much time as the first.
            self.login_by = Instant::now() + self.front.shared.limits.login;
        }
        if let Some(behind) = self.visitor.leave() {
            behind.session.quit().await;
        }
    }
}

/// Returns a user name as people may see it: some programs put the password into it.
fn shown(user: &str) -> String {
    let Ok(argument) = Argument::new(user) else {
        return escape(user.as_bytes());
    };
    let line = Command::User(argument).to_string();
    line.trim_start_matches("USER ").to_owned()
}

/// Whether the server has refused the login, or has ended the session instead of an answer: then
/// the same password must not reach it again and again.
fn is_refused(error: &Error) -> bool {
    error.kind() == ErrorKind::LoginRefused || error.detail() == Some(&ErrorDetail::LoginUnanswered)
}
