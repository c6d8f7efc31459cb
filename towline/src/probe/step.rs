//! The steps of connecting, by name.

/// The steps in the order of explicit TLS. With implicit TLS, [`Secure`](Self::Secure) comes before
/// [`Greet`](Self::Greet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Step {
    /// Looks up the host name of the server or the proxy.
    Resolve,
    /// Connects to its addresses, and through the proxy if there is one.
    Connect,
    /// Waits for the server's greeting.
    Greet,
    /// Requests TLS and performs the handshake.
    Secure,
    /// Logs in, and requests protected data connections.
    LogIn,
    /// Agrees with the server on a data connection.
    ReachPort,
    /// Opens the data connection, and retrieves a listing.
    OpenData,
}
