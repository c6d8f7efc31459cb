//! Sockets.

mod connect;
mod proxy;
mod route;
mod unsent;

pub(crate) use self::connect::prepare;
pub use self::proxy::Proxy;
pub(crate) use self::route::Route;
pub(crate) use self::unsent::unsent;
