//! Addresses of data connections, as commands and replies write them.

mod active;
mod passive;

pub(crate) use active::{eprt_argument, port_argument};
pub use passive::{AddressError, parse_epsv, parse_pasv};
