//! Logins: from a user name to a route, and from a password to a session.

use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use tokio::time::{Instant, sleep, timeout_at};
use towline::{Client, Error, ErrorDetail, Secret, Session};
use towline_proto::command::SecretArgument;
use towline_proto::secret::Mask;

use crate::aside::aside;
use crate::behind::Behind;
use crate::depot::Depot;
use crate::route::Access;
use crate::shared::{OpenRoute, Shared};

/// Why there is no session.
#[derive(Debug)]
pub(crate) enum LoginError {
    /// The user or the password is wrong.
    Wrong,
    /// The login names a server that is not allowed.
    NotAllowed(String),
    /// The password is not UTF-8, so it cannot be passed through.
    NotText,
    /// No session became free in time.
    Full,
    /// The server, or the way to it, is at fault.
    Server(Error),
}

/// A user name in front: the route that it leads to, and the user name for the server.
pub(crate) struct Guest {
    route: Arc<OpenRoute>,
    /// The user name at the server; `None` if the route has its own.
    user: Option<String>,
}

/// Where a login has led.
pub(crate) enum Entered {
    Behind(Box<Behind>),
    /// The server is asked once it is needed.
    Depot(Depot),
}

/// The first pause before a server that has too many connections is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// The longest wait in a queue, where the clock cannot represent the configured one.
const LONGEST_QUEUE: Duration = Duration::from_secs(365 * 86_400);

/// Opens a session with the server of `route`, once it allows one.
pub(crate) async fn open(route: &Arc<OpenRoute>, client: &Client) -> Result<Behind, LoginError> {
    let now = Instant::now();
    let until = now
        .checked_add(route.route.queue)
        .unwrap_or(now + LONGEST_QUEUE);
    let taking = route.places.take(route.sessions_of_clients());
    let taken = timeout_at(until, taking).await;
    let place = taken.map_err(|_| LoginError::Full)?;
    let session = connect(client, until).await.map_err(LoginError::Server)?;
    let behind = Behind::new(session, Arc::clone(route), place).await;
    behind.map_err(LoginError::Server)
}

/// Connects. While the server has too many connections, asks it again, but not after `until`.
async fn connect(client: &Client, until: Instant) -> Result<Session, Error> {
    let mut refusal = match client.connect().await {
        Err(error) if is_full(&error) => error,
        connected => return connected,
    };
    let mut pause = FIRST_PAUSE;
    while Instant::now() + pause < until {
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(2 * pause);
        match timeout_at(until, client.connect()).await {
            Ok(Err(error)) if is_full(&error) => refusal = error,
            Ok(connected) => return connected,
            Err(_) => break,
        }
    }
    Err(refusal)
}

fn is_full(error: &Error) -> bool {
    error.detail() == Some(&ErrorDetail::TooManyConnections)
}

impl Guest {
    /// Finds the route of `login`: a name of a route; `USER@ROUTE` where the route passes logins
    /// through; `USER@HOST:PORT` where the server is allowed; or the default route.
    ///
    /// # Errors
    ///
    /// [`LoginError::Wrong`] or [`LoginError::NotAllowed`] if it leads nowhere.
    pub(crate) fn find(shared: &Shared, login: &str) -> Result<Self, LoginError> {
        if let Some(route) = shared.route(login) {
            return match route.route.access {
                Access::PassThrough => Err(LoginError::Wrong),
                _ => Ok(Self {
                    route: Arc::clone(route),
                    user: None,
                }),
            };
        }
        let named = login.rsplit_once('@').filter(|(user, _)| !user.is_empty());
        if let Some((user, place)) = named {
            let user = Some(user.to_owned());
            if let Some(route) = shared.route(place) {
                let route = Arc::clone(route);
                return match route.route.access {
                    Access::PassThrough => Ok(Self { route, user }),
                    _ => Err(LoginError::Wrong),
                };
            }
            if let Some(route) = shared.route_to(place) {
                return match route {
                    Ok(route) => Ok(Self { route, user }),
                    Err(_) => Err(LoginError::NotAllowed(place.to_owned())),
                };
            }
        }
        match (shared.default_route(), named) {
            (Some(route), _) => Ok(Self {
                route: Arc::clone(route),
                user: Some(login.to_owned()),
            }),
            (None, Some((_, place))) => Err(LoginError::NotAllowed(place.to_owned())),
            (None, None) => Err(LoginError::Wrong),
        }
    }

    /// Returns what to mask in what the server says: `password`, if the server receives it.
    pub(crate) fn mask(&self, password: &SecretArgument) -> Mask {
        let mut mask = Mask::default();
        if self.user.is_some() {
            mask.add(password.reveal());
        }
        mask
    }

    /// Opens the session, if `password` is right.
    pub(crate) async fn enter(&self, password: &SecretArgument) -> Result<Entered, LoginError> {
        let route = &self.route.route;
        let is_right = match &route.access {
            Access::Any | Access::PassThrough => true,
            Access::Password(secret) => {
                let (right, given) = (secret.reveal().as_bytes(), password.reveal());
                right.ct_eq(given).into()
            }
        };
        if !is_right {
            return Err(LoginError::Wrong);
        }
        if let Some(spool) = &self.route.spool {
            let depot = Depot::new(Arc::clone(&self.route), Arc::clone(spool));
            return Ok(Entered::Depot(depot));
        }
        let client = self.client(password).await?;
        let behind = open(&self.route, &client).await?;
        Ok(Entered::Behind(Box::new(behind)))
    }

    /// Returns the client that connects: the route's own, or one for this user alone.
    async fn client(&self, password: &SecretArgument) -> Result<Client, LoginError> {
        let Some(user) = &self.user else {
            return Ok(self.route.client.clone());
        };
        let password = String::from_utf8(password.reveal().to_vec());
        let password = password.map_err(|_| LoginError::NotText)?;
        let config = self.route.route.config.clone().user(user);
        let config = config.password(Secret::new(password));
        // It reads the files of certificates.
        let client = aside(move || Client::new(config)).await;
        client.map_err(LoginError::Server)
    }
}
