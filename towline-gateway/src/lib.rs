//! An FTP server in front of a strict FTPS server.
//!
//! Old programs speak FTP in ways that strict FTPS servers refuse: they cannot resume the TLS
//! session of the control connection on a data connection, or they do not support TLS at all. The
//! gateway listens for such programs, speaks FTP or FTPS with them as they expect, and speaks
//! strict FTPS with the server behind it through [`towline`].
//!
//! - A program logs in to a [`Route`], and gets one session with the server of that route. The
//!   gateway keeps the program's working directory, so a new connection behind it goes unnoticed.
//! - Transfers are pipes: no file is kept in memory or on disk, except on a route with a
//!   [spool](Route::spool), where uploads wait on disk until the server has them. `226` means that
//!   the file is whole. Where it is not, the program's data connection is reset, so that a program
//!   that looks only at the end of the data notices.
//! - Refusals are passed on in the server's own words. Names and listings are bytes.
//!
//! ```no_run
//! use towline_gateway::{Access, Gateway, Route, Settings};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = towline::Config::new("files.example").user("ann");
//! let route = Route::new("vendor", config, Access::Any);
//! let settings = Settings {
//!     listen: vec!["127.0.0.1:2121".parse()?],
//!     routes: vec![route],
//!     ..Settings::default()
//! };
//! let gateway = Gateway::bind(settings, |event: &towline_gateway::Event<'_>| println!("{event:?}")).await?;
//! gateway.serve(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod aside;
mod behind;
mod control;
mod conversation;
mod data;
mod depot;
mod event;
mod gateway;
mod hosts;
mod identity;
mod limits;
mod lock;
mod login;
mod metrics;
mod paths;
mod pipe;
mod places;
mod reply;
mod route;
mod settings;
mod shared;
mod spool;
mod start_error;
mod tls;
mod verdicts;
mod wire;

pub use crate::event::{Delivered, Event, Moved, Outcome, Sink};
pub use crate::gateway::Gateway;
pub use crate::hosts::{AllowedHosts, HostRule, HostRuleError};
pub use crate::identity::{Identity, IdentityError};
pub use crate::limits::Limits;
pub use crate::route::{Access, Route};
pub use crate::settings::Settings;
pub use crate::spool::{SpoolError, SpoolOptions, SpoolState, Spooled, retry, spooled};
pub use crate::start_error::StartError;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
