//! Where the uploads of a spool go.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use towline::{Client, Error, ErrorDetail, ErrorKind, Session};

use crate::event::{Event, Sink};
use crate::places::{Place, SitePlaces};

/// Where the uploads of a spool go, and who hears of it.
pub(crate) struct Destination {
    pub(crate) route: String,
    pub(crate) site: String,
    pub(crate) client: Client,
    pub(crate) places: Arc<SitePlaces>,
    /// The sessions that the server allows.
    pub(crate) sessions: usize,
    pub(crate) rename_grace: Duration,
    pub(crate) first_retry: Duration,
    pub(crate) longest_retry: Duration,
    pub(crate) sink: Arc<dyn Sink>,
}

/// The session for deliveries.
pub(super) struct Link {
    pub(super) session: Session,
    /// Keeps the session counted.
    _place: Place,
}

impl Destination {
    pub(super) async fn connect(&self) -> Result<Link, Error> {
        let place = self.places.take(self.sessions).await;
        Ok(Link {
            session: self.client.connect().await?,
            _place: place,
        })
    }

    /// Returns how long to wait after so many failures in a row and one more.
    pub(super) fn wait(&self, failures: u32) -> Duration {
        let doubled = self.first_retry.saturating_mul(1 << failures.min(20));
        doubled.min(self.longest_retry)
    }

    pub(super) fn event(&self, event: &Event<'_>) {
        self.sink.event(event);
    }
}

/// Whether the server has refused the login. More attempts could lock the account.
pub(crate) fn refuses_login(error: &Error) -> bool {
    error.kind() == ErrorKind::LoginRefused || error.detail() == Some(&ErrorDetail::LoginUnanswered)
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination")
            .field("route", &self.route)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
