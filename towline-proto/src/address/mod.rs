//! Addresses of data connections in commands and replies.

mod active;
mod passive;
mod protocol;

pub use active::{eprt_argument, parse_eprt, parse_port, port_argument};
pub use passive::{AddressError, epsv_reply, parse_epsv, parse_pasv, pasv_reply};
pub use protocol::{NetworkProtocol, PortError};
