//! Sockets.

mod connect;
mod lookup;
mod proxy;
mod route;
mod unsent;

pub(crate) use self::connect::prepare;
pub use self::connect::{ConnectAttempt, ConnectOutcome};
pub use self::proxy::Proxy;
pub(crate) use self::route::{Destination, Route};
pub(crate) use self::unsent::unsent;
