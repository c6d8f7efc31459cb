//! The gateway as a service of systemd: its sockets, and the word that it is ready.

use std::net::TcpListener;

use crate::error::Error;

/// The sockets that systemd has opened. Empty if it has opened none.
///
/// # Errors
/// [`Error::Usage`] if a socket is not one of TCP.
#[cfg(unix)]
pub(super) fn sockets() -> Result<Vec<TcpListener>, Error> {
    let mut given = listenfd::ListenFd::from_env();
    let mut sockets = Vec::new();
    for n in 0..given.len() {
        let socket = given.take_tcp_listener(n);
        let socket = socket
            .map_err(|error| Error::usage(format!("socket {n} of the service manager: {error}")))?;
        sockets.extend(socket);
    }
    Ok(sockets)
}

#[cfg(not(unix))]
pub(super) fn sockets() -> Result<Vec<TcpListener>, Error> {
    Ok(Vec::new())
}

/// Tells systemd that the gateway serves, if it wants to know.
pub(super) fn ready() {
    notify(State::Ready);
}

/// Tells systemd that the gateway is about to end, if it wants to know.
pub(super) fn stopping() {
    notify(State::Stopping);
}

enum State {
    Ready,
    Stopping,
}

#[cfg(target_os = "linux")]
fn notify(state: State) {
    let state = match state {
        State::Ready => sd_notify::NotifyState::Ready,
        State::Stopping => sd_notify::NotifyState::Stopping,
    };
    // Without systemd, nobody listens.
    let _ = sd_notify::notify(&[state]);
}

#[cfg(not(target_os = "linux"))]
fn notify(_: State) {}
