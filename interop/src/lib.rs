//! What the tests against real servers share with `cargo xtask`, which starts
//! those servers.
//!
//! [`servers`] says where each server is, [`log`] asks a server's own log which
//! data connections resumed a session, [`matrix`] keeps what worked where.

pub mod servers;

pub use servers::{Kind, RealServer};
