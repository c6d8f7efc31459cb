//! An FTPS server for tests: it imitates well-known servers faithfully,
//! injects faults on demand, and reports what it saw.
//!
//! FTP over TLS opens a second connection for every file, and many servers
//! require it to resume the TLS session of the control connection. Servers
//! differ in when they send tickets, what they check and how they refuse, so a
//! client that works with one can fail with another. This server imitates
//! vsftpd, ProFTPD, FileZilla Server, Pure-FTPd and pyftpdlib (a
//! [`Personality`]): the same tickets at the same points, the same check, and
//! the same replies in the same order as observed on the real servers. It needs
//! no installation and no root, and starts in milliseconds. Several servers can
//! run in one process.
//!
//! The server reads commands and writes replies with `towline-proto`. Listings
//! and the texts of each personality are its own. It shares nothing else with
//! the client.
//!
//! ```
//! use towline_testkit::{Personality, Server, StartError, TlsMode, Versions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StartError> {
//! let server = Server::builder(Personality::ProFtpd138)
//!     .tls(TlsMode::Explicit)
//!     .versions(Versions::Tls13)
//!     .user("demo", "secret")
//!     .start()
//!     .await?;
//!
//! // The files are in a temporary directory.
//! std::fs::write(server.root().join("hello.txt"), "hello")?;
//!
//! // Here the client under test connects, trusting `server.ca_pem()`, to
//! let address = server.address();
//! # assert!(address.ip().is_loopback());
//!
//! // The server's own record of what the client did.
//! for control in server.report().control {
//!     assert_eq!(control.resumed(), control.data.len());
//!     assert!(control.data.iter().all(|data| data.bound_to_this_control));
//!     assert!(control.data.iter().all(|data| data.close_notify));
//! }
//!
//! server.shutdown().await; // or drop it
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! A [`Fault`] is something that the server does wrong, on every occasion or
//! on the n-th: it shows another certificate on a data connection, sends a
//! reply that never ends, or cuts a download short and reports it as complete.
//! The test controls time: a fault that has to wait does so at a [`Gate`] that
//! the test opens.
//!
//! ```
//! use towline_testkit::{Action, Fault, Personality, Point, Server, StartError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), StartError> {
//! let server = Server::builder(Personality::VsFtpd)
//!     .fault(Fault::CutDownload(1000).nth(2))
//!     .fault(Fault::At(Point::Command("CWD"), Action::Goodbye))
//!     .start()
//!     .await?;
//! # server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`NamedFault`] is a catalogue of whole servers with one fault each, by name.
//!
//! # Other settings
//!
//! | concern | see |
//! | --- | --- |
//! | TLS on the control connection, or none | [`Builder::tls`], [`Builder::auth`], [`Builder::clear`] |
//! | the server's certificate | [`CertificateKind`], [`Builder::shows_certificate_without_key`], [`Server::renew_certificate`] |
//! | client certificates | [`Builder::client_certificates`], [`ClientIdentity`] |
//! | the login | [`Builder::account`], [`Builder::host`], [`Builder::max_connections`], [`Builder::limit_reply`] |
//! | supported commands | [`Builder::without`], [`Builder::digests`], [`Builder::site_utime`], [`Builder::requires_pret`] |
//! | unusual servers | [`Builder::listing`], [`Builder::listing_offset`], [`Builder::syst`], [`Builder::utf8`], [`Builder::mlsd`] |
//! | proxies in front of the server | [`Proxy`] |
//! | an on-path attacker in front of the server | [`Relay`] |
//!
//! # Limits
//!
//! The server is for tests on one machine. It listens on loopback only and
//! generates its certificates at the start. Its only protection against hostile
//! clients is that it keeps them inside its directory and gives every wait a
//! deadline. In active mode it connects to any loopback address; most real
//! servers accept only the client's own. It has no ASCII conversion, digests
//! cover whole files, and `HOST` affects nothing but its reply. Owners and
//! permissions in listings are invented. Times are UTC unless
//! [`Builder::listing_offset`] says otherwise.

mod armed_fault;
mod builder;
mod certificate;
mod client_command;
mod client_identity;
mod control;
mod data;
mod digest;
mod early;
mod fault;
mod flow;
mod gate;
mod listing;
mod listing_fault;
mod name_reading;
mod named_fault;
mod personality;
mod phrase;
mod port;
mod proxy;
mod relay;
mod report;
mod server;
mod session;
mod settings;
mod start_error;
mod time;
mod tls;
mod tree;

pub use armed_fault::ArmedFault;
pub use builder::Builder;
pub use certificate::CertificateKind;
pub use client_identity::ClientIdentity;
pub use digest::DigestCommand;
pub use early::{Early, EarlyClose};
pub use fault::{Action, Fault, IdleRecord, NameChange, Point};
pub use gate::Gate;
pub use listing_fault::ListingFault;
pub use name_reading::NameReading;
pub use named_fault::NamedFault;
pub use personality::Personality;
pub use proxy::{Proxy, ProxyBuilder, ProxyRequest};
pub use relay::Relay;
pub use report::{ClientEnd, ControlEnd, ControlReport, DataReport, Report, SessionOrigin};
pub use server::Server;
pub use settings::{AuthSupport, ClientAuth, TlsMode};
pub use start_error::StartError;
pub use tls::Versions;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
