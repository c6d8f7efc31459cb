//! Sockets.

mod connect;
mod unsent;

pub(crate) use self::connect::{connect, connect_host};
pub(crate) use self::unsent::unsent;
