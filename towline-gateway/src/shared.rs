//! What all clients of a gateway share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use towline::Client;

use crate::event::{Event, Sink};
use crate::hosts::{self, AllowedHosts};
use crate::limits::Limits;
use crate::places::{Places, SitePlaces};
use crate::route::{Access, Route};
use crate::settings::Settings;
use crate::start_error::StartError;
use crate::tls::FrontTls;
use crate::verdicts::Verdicts;

/// The longest wait after a wrong password.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// After this time without a wrong password, an address starts anew.
const FORGIVEN: Duration = Duration::from_secs(10 * 60);
/// The addresses with wrong passwords that are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// What all clients of a gateway share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) passive_ports: Option<RangeInclusive<u16>>,
    pub(crate) tls: Option<FrontTls>,
    pub(crate) require_tls: bool,
    pub(crate) require_reuse: bool,
    routes: HashMap<String, Arc<OpenRoute>>,
    default_route: Option<Arc<OpenRoute>>,
    hosts: Vec<AllowedHosts>,
    sink: Arc<dyn Sink>,
    memory: Arc<Memory>,
    pub(crate) ending: watch::Receiver<Ending>,
}

/// What a gateway knows that new settings do not change.
#[derive(Default)]
struct Memory {
    clients: AtomicU64,
    places: Places,
    wrong_passwords: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

/// How far the end of the gateway has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It serves.
    NotYet,
    /// Whoever waits for a command is sent away. Transfers go on.
    Idle,
    /// Transfers are stopped.
    All,
}

/// A route in use.
pub(crate) struct OpenRoute {
    pub(crate) route: Route,
    /// Shares what is learnt about the server among all clients with the route's own login.
    pub(crate) client: Client,
    /// The sessions with the server.
    pub(crate) places: Arc<SitePlaces>,
}

impl Shared {
    pub(crate) fn new(
        settings: Settings,
        sink: Arc<dyn Sink>,
        ending: watch::Receiver<Ending>,
    ) -> Result<Self, StartError> {
        Self::with(settings, sink, Arc::default(), ending)
    }

    fn with(
        settings: Settings,
        sink: Arc<dyn Sink>,
        memory: Arc<Memory>,
        ending: watch::Receiver<Ending>,
    ) -> Result<Self, StartError> {
        let open = |route: Route| -> Result<Arc<OpenRoute>, StartError> {
            OpenRoute::new(route, &memory.places, &sink).map(Arc::new)
        };
        let routes = settings.routes.into_iter().map(open);
        let routes: Result<Vec<_>, _> = routes.collect();
        let tls = settings.identity.as_ref().map(|identity| {
            let tls = FrontTls::new(identity);
            tls.map_err(|error| StartError::Certificate(error.to_string()))
        });
        let named = |open: Arc<OpenRoute>| (open.route.name.clone(), open);
        Ok(Self {
            limits: settings.limits,
            passive_ports: settings.passive_ports,
            tls: tls.transpose()?,
            require_tls: settings.require_tls,
            require_reuse: settings.require_reuse,
            routes: routes?.into_iter().map(named).collect(),
            default_route: settings.default_route.map(open).transpose()?,
            hosts: settings.hosts,
            sink,
            memory,
            ending,
        })
    }

    /// Returns what new clients share under other settings. Clients that are there keep theirs.
    pub(crate) fn renewed(&self, settings: Settings) -> Result<Self, StartError> {
        settings.check()?;
        let (sink, memory) = (Arc::clone(&self.sink), Arc::clone(&self.memory));
        Self::with(settings, sink, memory, self.ending.clone())
    }

    pub(crate) fn event(&self, event: &Event<'_>) {
        self.sink.event(event);
    }

    /// Returns the number of the next client.
    pub(crate) fn next_client(&self) -> u64 {
        self.memory.clients.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn route(&self, name: &str) -> Option<&Arc<OpenRoute>> {
        self.routes.get(name)
    }

    pub(crate) fn default_route(&self) -> Option<&Arc<OpenRoute>> {
        self.default_route.as_ref()
    }

    /// Returns a route to the server that a login names, `HOST` or `HOST:PORT`, if it is allowed.
    pub(crate) fn route_to(&self, host: &str) -> Option<Result<Arc<OpenRoute>, StartError>> {
        let (allowed, named) = hosts::find(&self.hosts, host)?;
        let config = allowed.config.clone().host(&named.host).port(named.port);
        let name = match named.host.contains(':') {
            true => format!("[{}]:{}", named.host, named.port),
            false => format!("{}:{}", named.host, named.port),
        };
        let route = Route::new(name, config.tls_mode(named.mode), Access::PassThrough);
        Some(OpenRoute::new(route, &self.memory.places, &self.sink).map(Arc::new))
    }

    /// Counts a wrong password from `address`, and returns how long its answer has to wait.
    pub(crate) fn wrong_password(&self, address: IpAddr) -> Duration {
        let now = Instant::now();
        let mut wrong = self.lock_wrong_passwords();
        if wrong.len() >= MOST_ADDRESSES {
            wrong.retain(|_, (_, last)| now.duration_since(*last) < FORGIVEN);
        }
        if wrong.len() >= MOST_ADDRESSES && !wrong.contains_key(&address) {
            let oldest = wrong.iter().min_by_key(|(_, (_, last))| *last);
            if let Some(oldest) = oldest.map(|(oldest, _)| *oldest) {
                wrong.remove(&oldest);
            }
        }
        let (count, last) = wrong.entry(address).or_insert((0, now));
        if now.duration_since(*last) >= FORGIVEN {
            *count = 0;
        }
        (*count, *last) = (count.saturating_add(1), now);
        let doubled = Duration::from_millis(250).saturating_mul(1 << (*count - 1).min(10));
        doubled.min(LONGEST_WAIT)
    }

    /// Forgets the wrong passwords from `address`.
    pub(crate) fn right_password(&self, address: IpAddr) {
        self.lock_wrong_passwords().remove(&address);
    }

    fn lock_wrong_passwords(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, (u32, Instant)>> {
        let locked = self.memory.wrong_passwords.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenRoute {
    fn new(mut route: Route, places: &Places, sink: &Arc<dyn Sink>) -> Result<Self, StartError> {
        let observer = Verdicts {
            route: route.name.clone(),
            sink: Arc::clone(sink),
        };
        route.config = route.config.observer(Arc::new(observer));
        let client = Client::new(route.config.clone()).map_err(|error| StartError::Route {
            route: route.name.clone(),
            error,
        })?;
        let places = places.of(&route.site);
        Ok(Self {
            route,
            client,
            places,
        })
    }
}
