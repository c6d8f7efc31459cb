//! How far a probe has come.

use std::net::SocketAddr;

use crate::control::{Link, Opening};
use crate::data::Channel;

/// How far a probe has come: what the next step needs.
#[derive(Debug)]
pub(super) enum State {
    Unresolved,
    Resolved(Vec<SocketAddr>),
    /// Connected, with what is left to do before the login.
    Opening(Box<Opening>, Preparing),
    LoggedIn(Box<Link>),
    PortReached(Box<Link>, Channel),
    /// No step is left; the session lasts.
    Done(Box<Link>),
    Ended,
}

/// What is left to do between connecting and the login.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preparing {
    Both,
    Greeting,
    Tls,
    Nothing,
}
