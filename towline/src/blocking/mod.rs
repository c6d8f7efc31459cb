//! The library without `async`: each call returns when it is done.
//!
//! ```no_run
//! use std::io::Read as _;
//!
//! use towline::blocking::Client;
//! use towline::{Config, RemotePath, Secret};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("ftp.example.com")
//!     .user("reports")
//!     .password(Secret::new(std::env::var("FTP_PASSWORD")?));
//! let mut session = Client::new(config)?.connect()?;
//! let mut download = session.download(&RemotePath::new("out/july.csv")?)?;
//! let mut contents = Vec::new();
//! download.read_to_end(&mut contents)?;
//! // Only now is it known that nothing is missing.
//! download.finish()?;
//! session.quit();
//! # Ok(())
//! # }
//! ```
//!
//! Each [`Session`] and each [`Pool`] has a small runtime of its own, which works only during
//! calls. They panic if they are created inside another runtime; use the async types there.
//!
//! Names and meanings are those of the async side. Streams of entries are iterators, transfers
//! implement [`Read`](std::io::Read) and [`Write`](std::io::Write), and a pooled session is a
//! [`Session`].

mod client;
mod listing;
mod passed_on;
mod pool;
mod runtime;
mod session;
mod transfer;

pub use self::client::Client;
pub use self::listing::{ListingStream, RawListing, Walk};
pub use self::pool::Pool;
pub use self::session::Session;
pub use self::transfer::{Download, Upload};
