//! The progress of a probe.

use std::net::SocketAddr;

use crate::control::{Link, Opening};
use crate::data::Channel;

/// The progress of a probe: what the next step needs.
#[derive(Debug)]
pub(super) enum State {
    Unresolved,
    Resolved(Vec<SocketAddr>),
    /// Connected, with the remaining preparations before the login.
    Opening(Box<Opening>, Preparing),
    LoggedIn(Box<Link>),
    PortReached(Box<Link>, Channel),
    /// No step is left; the session remains open.
    Done(Box<Link>),
    Ended,
}

/// The remaining preparations between connecting and the login.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preparing {
    Both,
    Greeting,
    Tls,
    Nothing,
}
