//! What the tests against real servers share with `cargo xtask`, which starts
//! those servers.
//!
//! [`servers`] says where each server is and gives every test an account of
//! its own, [`log`] asks a server's own log which data connections resumed a
//! session, [`matrix`] keeps what worked where.

pub mod log;
pub mod matrix;
pub mod servers;

pub use log::DataSessions;
pub use matrix::{Operation, Tls};
pub use servers::{Account, Kind, RealServer};
