//! What the tests against real servers share with `cargo xtask`, which starts those servers.
//!
//! [`servers`] says where each server is and provides test accounts, [`log`] reads from a server's
//! own log which data connections resumed a session, [`theme`] says what is tried on which server,
//! [`cell`] records the results, [`matrix`] shows them, and [`browser`] is for the page of a report.

pub mod browser;
pub mod cell;
pub mod log;
pub mod matrix;
pub mod servers;
pub mod theme;

pub use log::DataSessions;
pub use servers::{Account, Kind, RealServer, Tls};
