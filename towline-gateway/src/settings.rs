//! The settings of a gateway.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::hosts::AllowedHosts;
use crate::identity::Identity;
use crate::limits::Limits;
use crate::route::{Access, Route};
use crate::start_error::StartError;

/// The settings of a gateway.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where clients connect. They may begin TLS with `AUTH`.
    pub listen: Vec<SocketAddr>,
    /// Where clients connect that begin with TLS at once.
    pub listen_implicit: Vec<SocketAddr>,
    /// The certificate that clients see. Without one, TLS is not offered.
    pub identity: Option<Identity>,
    /// Whether clients must use TLS, on data connections too. Default: no.
    pub require_tls: bool,
    /// Whether data connections with TLS must resume a session of their control connection.
    /// Default: no.
    pub require_reuse: bool,
    /// Whether an upload over TLS may end without `close_notify`, as with some old programs. An
    /// on-path attacker can then truncate an upload unnoticed. Default: no.
    pub allow_missing_close_notify: bool,
    /// The routes, each with a name of its own.
    pub routes: Vec<Route>,
    /// The route of every user name that names no other route. It passes user and password through.
    pub default_route: Option<Route>,
    /// The servers that clients may name in their login, as `USER@HOST:PORT`. User and password are
    /// passed through. Default: none.
    pub hosts: Vec<AllowedHosts>,
    /// The ports on which data connections are accepted. Default: any free port.
    pub passive_ports: Option<RangeInclusive<u16>>,
    /// Where Prometheus gets the counters, at `/metrics`: a loopback address. Default: nowhere.
    pub metrics: Option<SocketAddr>,
    /// What a client may use up.
    pub limits: Limits,
}

impl Settings {
    /// Checks that clients on other machines need TLS and a password.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if self.listen.is_empty() && self.listen_implicit.is_empty() {
            return Err(StartError::NoAddress);
        }
        if self.routes.is_empty() && self.default_route.is_none() && self.hosts.is_empty() {
            return Err(StartError::NoRoute);
        }
        for (n, route) in self.routes.iter().enumerate() {
            let mut before = self.routes[..n].iter();
            if before.any(|other| other.name == route.name) {
                return Err(StartError::RouteTwice(route.name.clone()));
            }
        }
        self.check_spools()?;
        if let Some(address) = self.metrics.filter(|address| !address.ip().is_loopback()) {
            return Err(StartError::OpenMetrics(address));
        }
        let needs_tls = self.require_tls || !self.listen_implicit.is_empty();
        if needs_tls && self.identity.is_none() {
            return Err(StartError::NoCertificate);
        }
        let mut all = self.listen.iter().chain(&self.listen_implicit);
        let Some(&address) = all.find(|address| !address.ip().is_loopback()) else {
            return Ok(());
        };
        let mut routes = self.routes.iter();
        if let Some(route) = routes.find(|route| matches!(route.access, Access::Any)) {
            let route = route.name.clone();
            return Err(StartError::OpenRoute { address, route });
        }
        match self.require_tls {
            true => Ok(()),
            false => Err(StartError::TlsNotRequired(address)),
        }
    }

    /// Checks that each spool belongs to one route, which can deliver without its clients.
    fn check_spools(&self) -> Result<(), StartError> {
        let mut seen: Vec<&Path> = Vec::new();
        for route in self.routes.iter().chain(&self.default_route) {
            let Some(spool) = &route.spool else {
                continue;
            };
            let what = if matches!(route.access, Access::PassThrough) {
                "needs the login of the site, which pass-through does not use"
            } else if route.read_only {
                "is of no use on a read-only route"
            } else if route.sessions == Some(1) {
                "needs a session beside those of the clients: sessions must be 2 or more"
            } else if seen.contains(&spool.directory.as_path()) {
                "needs a directory of its own"
            } else {
                seen.push(&spool.directory);
                continue;
            };
            let route = route.name.clone();
            return Err(StartError::SpoolForbidden { route, what });
        }
        Ok(())
    }
}
