//! Why a gateway does not start.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::spool::SpoolError;

/// Why a gateway does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no address to listen on.
    #[error("there is no address to listen on")]
    NoAddress,
    /// There is no route.
    #[error("there is no route")]
    NoRoute,
    /// Two routes have the same name.
    #[error("there are two routes with the name {0}")]
    RouteTwice(String),
    /// TLS is required, and there is no certificate.
    #[error("TLS is required, and there is no certificate")]
    NoCertificate,
    /// The certificate and its key cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// Other machines could use a route without a password.
    #[error("{address} is not a loopback address, and route {route} needs no password")]
    OpenRoute {
        /// The address to listen on.
        address: SocketAddr,
        /// The name of the route.
        route: String,
    },
    /// Other machines could log in without TLS.
    #[error("{0} is not a loopback address, and TLS is not required")]
    TlsNotRequired(SocketAddr),
    /// Other machines could read the metrics.
    #[error("{0} for the metrics is not a loopback address")]
    OpenMetrics(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// A socket that was handed over cannot be used.
    #[error("the socket cannot be used: {0}")]
    Socket(#[source] io::Error),
    /// A route cannot have a spool.
    #[error("route {route}: a spool {what}")]
    SpoolForbidden {
        /// The name of the route.
        route: String,
        /// What a spool needs.
        what: &'static str,
    },
    /// The spool of a route cannot be used.
    #[error("route {route}: {error}")]
    Spool {
        /// The name of the route.
        route: String,
        /// The cause.
        #[source]
        error: SpoolError,
    },
    /// The configuration of a route's server cannot be used.
    #[error("route {route}: {error}")]
    Route {
        /// The name of the route.
        route: String,
        /// The cause.
        #[source]
        error: towline::Error,
    },
}
