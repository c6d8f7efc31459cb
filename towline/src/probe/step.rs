//! The steps of connecting, by name.

/// The steps in the order of explicit TLS. With implicit TLS, [`Secure`](Self::Secure) comes before
/// [`Greet`](Self::Greet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Looks the host name up, or that of the proxy.
    Resolve,
    /// Connects to its addresses, and through the proxy if there is one.
    Connect,
    /// Waits for the server's greeting.
    Greet,
    /// Asks for TLS and shakes hands.
    Secure,
    /// Logs in, and asks for protected data connections.
    LogIn,
    /// Agrees with the server on a data connection.
    ReachPort,
    /// Opens it, and retrieves a listing.
    OpenData,
}
