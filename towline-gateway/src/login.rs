//! Logins: from a user name to a route, and from a password to a session.

use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use tokio::time::timeout;
use towline::{Client, Error, Secret};
use towline_proto::command::SecretArgument;

use crate::behind::Behind;
use crate::route::Access;
use crate::shared::{OpenRoute, Shared};

/// Why there is no session.
#[derive(Debug)]
pub(crate) enum LoginError {
    /// The user or the password is wrong.
    Wrong,
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

impl Guest {
    /// Finds the route of `user`: a name of a route, `USER@ROUTE` where the route passes logins
    /// through, or the default route.
    pub(crate) fn find(shared: &Shared, user: &str) -> Option<Self> {
        if let Some(route) = shared.route(user) {
            let is_own = !matches!(route.route.access, Access::PassThrough);
            return is_own.then(|| Self {
                route: Arc::clone(route),
                user: None,
            });
        }
        if let Some((user, name)) = user.rsplit_once('@')
            && !user.is_empty()
            && let Some(route) = shared.route(name)
        {
            let passes = matches!(route.route.access, Access::PassThrough);
            return passes.then(|| Self {
                route: Arc::clone(route),
                user: Some(user.to_owned()),
            });
        }
        shared.default_route().map(|route| Self {
            route: Arc::clone(route),
            user: Some(user.to_owned()),
        })
    }

    /// Opens the session, if `password` is right.
    pub(crate) async fn enter(&self, password: &SecretArgument) -> Result<Behind, LoginError> {
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
        let client = self.client(password)?;
        let places = Arc::clone(&self.route.places);
        let Ok(Ok(place)) = timeout(route.queue, places.acquire_owned()).await else {
            return Err(LoginError::Full);
        };
        let session = client.connect().await.map_err(LoginError::Server)?;
        let behind = Behind::new(session, Arc::clone(&self.route), place).await;
        behind.map_err(LoginError::Server)
    }

    /// Returns the client that connects: the route's own, or one for this user alone.
    fn client(&self, password: &SecretArgument) -> Result<Client, LoginError> {
        let Some(user) = &self.user else {
            return Ok(self.route.client.clone());
        };
        let password = String::from_utf8(password.reveal().to_vec());
        let password = password.map_err(|_| LoginError::Wrong)?;
        let config = self.route.route.config.clone().user(user);
        let client = Client::new(config.password(Secret::new(password)));
        client.map_err(LoginError::Server)
    }
}
