//! Data connections with a client.

mod active;
mod ending;
mod passive;
mod port;

pub(crate) use self::active::{Forbidden, check_own};
pub(crate) use self::passive::Passive;
pub(crate) use self::port::DataPort;
