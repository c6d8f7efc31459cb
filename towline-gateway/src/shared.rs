//! What all clients of a gateway share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::watch;
use towline::Client;

use crate::event::{Event, Sink};
use crate::hosts::{self, AllowedHosts};
use crate::limits::Limits;
use crate::lock::lock;
use crate::places::{Places, SitePlaces};
use crate::route::{Access, Route};
use crate::settings::Settings;
use crate::spool::{Destination, Spool, SpoolError};
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
    pub(crate) allow_missing_close_notify: bool,
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
    spools: Mutex<HashMap<PathBuf, Arc<Spool>>>,
    wrong_passwords: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

/// How far the end of the gateway has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It serves.
    NotYet,
    /// Clients that run no command are turned away. Transfers go on.
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
    /// Where uploads wait.
    pub(crate) spool: Option<Arc<Spool>>,
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
            OpenRoute::new(route, &memory, &sink).map(Arc::new)
        };
        let routes = settings.routes.into_iter().map(open);
        let routes: Result<Vec<_>, _> = routes.collect();
        let tls = settings.identity.as_ref().map(|identity| {
            let tls = FrontTls::new(identity);
            tls.map_err(|error| StartError::Certificate(error.to_string()))
        });
        let tls = tls.transpose()?;
        let routes = routes?;
        let default_route = settings.default_route.map(open).transpose()?;
        memory.lead(routes.iter().chain(&default_route), &sink)?;
        let named = |open: Arc<OpenRoute>| (open.route.name.clone(), open);
        Ok(Self {
            limits: settings.limits,
            passive_ports: settings.passive_ports,
            tls,
            require_tls: settings.require_tls,
            require_reuse: settings.require_reuse,
            allow_missing_close_notify: settings.allow_missing_close_notify,
            routes: routes.into_iter().map(named).collect(),
            default_route,
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

    /// Returns the spools whose deliveries have not started. The caller must start them.
    pub(crate) fn new_spools(&self) -> Vec<Arc<Spool>> {
        let spools = self.memory.lock_spools();
        let new = spools.values().filter(|spool| spool.starts());
        new.map(Arc::clone).collect()
    }

    /// Ends the deliveries.
    pub(crate) fn close_spools(&self) {
        let spools = self.memory.lock_spools();
        spools.values().for_each(|spool| spool.close());
    }

    pub(crate) fn event(&self, event: &Event<'_>) {
        self.sink.event(event);
    }

    /// Numbers a client that has connected, and reports it. Returns `None` if it is gone already.
    pub(crate) fn take_number(&self, stream: &TcpStream) -> Option<u64> {
        let id = self.memory.clients.fetch_add(1, Ordering::Relaxed) + 1;
        let peer = stream.peer_addr().ok()?;
        self.event(&Event::Connected {
            gateway_client: id,
            peer,
        });
        Some(id)
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
        Some(OpenRoute::new(route, &self.memory, &self.sink).map(Arc::new))
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
        lock(&self.memory.wrong_passwords)
    }
}

impl Memory {
    /// Returns the spool in `directory`, which stays in use until the gateway ends.
    fn spool(&self, directory: &Path) -> Result<Arc<Spool>, SpoolError> {
        let mut spools = self.lock_spools();
        if let Some(spool) = spools.get(directory) {
            return Ok(Arc::clone(spool));
        }
        let spool = Arc::new(Spool::open(directory)?);
        spools.insert(directory.to_owned(), Arc::clone(&spool));
        Ok(spool)
    }

    /// Leads each spool to the server of its route, or nowhere if it has none any more.
    fn lead<'a>(
        &self,
        routes: impl Iterator<Item = &'a Arc<OpenRoute>> + Clone,
        sink: &Arc<dyn Sink>,
    ) -> Result<(), StartError> {
        for spool in self.lock_spools().values() {
            let is_its = |open: &&Arc<OpenRoute>| {
                let own = open.spool.as_ref();
                own.is_some_and(|own| Arc::ptr_eq(own, spool))
            };
            let open = routes.clone().find(is_its);
            let destination = open.and_then(|open| open.destination(sink));
            let route = open.map_or_else(String::new, |open| open.route.name.clone());
            let led = spool.lead_to(destination.map(Arc::new));
            let left = led.map_err(|error| StartError::Spool { route, error })?;
            if let Some(left) = left.filter(|left| *left > 0) {
                let directory = spool.directory().display();
                let text = format!(
                    "{directory}: no route leads to this spool any more; uploads in it: {left}"
                );
                sink.event(&Event::Warning { text: &text });
            }
        }
        Ok(())
    }

    fn lock_spools(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Spool>>> {
        lock(&self.spools)
    }
}

impl OpenRoute {
    /// Where the uploads of its spool go.
    fn destination(&self, sink: &Arc<dyn Sink>) -> Option<Destination> {
        let options = self.route.spool.as_ref()?;
        Some(Destination {
            route: self.route.name.clone(),
            site: self.route.site.clone(),
            client: self.client.clone(),
            places: Arc::clone(&self.places),
            sessions: self.route.sessions.unwrap_or(usize::MAX),
            rename_grace: options.rename_grace,
            first_retry: options.first_retry,
            longest_retry: options.longest_retry,
            sink: Arc::clone(sink),
        })
    }

    /// The sessions that its clients may have: a spool needs one for itself.
    pub(crate) fn sessions_of_clients(&self) -> usize {
        match (self.route.sessions, &self.spool) {
            (None, _) => usize::MAX,
            (Some(most), None) => most,
            (Some(most), Some(_)) => most.saturating_sub(1),
        }
    }

    fn new(mut route: Route, memory: &Memory, sink: &Arc<dyn Sink>) -> Result<Self, StartError> {
        let observer = Verdicts {
            route: route.name.clone(),
            sink: Arc::clone(sink),
        };
        route.config = route.config.observer(Arc::new(observer));
        let client = Client::new(route.config.clone()).map_err(|error| StartError::Route {
            route: route.name.clone(),
            error,
        })?;
        let places = memory.places.of(&route.site);
        let spool = match &route.spool {
            None => None,
            Some(spool) => Some(memory.spool(&spool.directory).map_err(|error| {
                let route = route.name.clone();
                StartError::Spool { route, error }
            })?),
        };
        Ok(Self {
            route,
            client,
            places,
            spool,
        })
    }
}
