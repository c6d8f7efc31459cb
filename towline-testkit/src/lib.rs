//! An FTPS server for tests: it plays well-known servers honestly, does wrong
//! on demand, and tells what it saw.
//!
//! FTP over TLS opens a second connection for every file, and many servers
//! insist that it resumes the TLS session of the control connection. Whether a
//! client gets that right depends on when a server hands out tickets, what it
//! checks and how it refuses, and that differs. This server plays vsftpd,
//! ProFTPD, FileZilla Server, Pure-FTPd and pyftpdlib (a [`Personality`]): the
//! same tickets in the same places, the same check, the same replies in the
//! same order, as they were observed on the real ones. It needs no
//! installation and no root, starts in milliseconds, and several of them run
//! in one process.
//!
//! It reads commands and writes replies with `towline-proto`; listings, and what
//! each server says, are its own. It shares nothing else with the client.
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
//! // The server's own proof of what the client did.
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
//! on the n-th: another certificate on a data connection, a reply that never
//! ends, a download cut short and called complete. Time is under the test's
//! control: where a fault has to wait it waits at a [`Gate`] that the test
//! opens.
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
//! # What else it can be told
//!
//! | concern | see |
//! | --- | --- |
//! | TLS on control, or none | [`Builder::tls`], [`Builder::auth`], [`Builder::clear`] |
//! | trust in the server | [`CertificateKind`], [`Builder::shows_certificate_without_key`], [`Server::renew_certificate`] |
//! | trust in the client | [`Builder::client_certificates`], [`ClientIdentity`] |
//! | the log-in | [`Builder::account`], [`Builder::host`], [`Builder::max_connections`], [`Builder::limit_reply`] |
//! | commands known | [`Builder::without`], [`Builder::digests`], [`Builder::site_utime`], [`Builder::requires_pret`] |
//! | odd servers | [`Builder::listing`], [`Builder::listing_offset`], [`Builder::syst`], [`Builder::utf8`], [`Builder::mlsd`] |
//! | the way to the server | [`Proxy`] |
//!
//! # What it is not
//!
//! It is for tests on one's own machine: it listens on loopback only, its
//! certificates are made at the start, and it takes no care against hostile
//! clients beyond keeping them inside its directory and every wait inside a
//! deadline. In active mode it connects to any loopback address, where most
//! real servers insist on the client's own. It has no ASCII conversion, digests
//! are those of whole files, and `HOST` makes no difference but its reply.
//! Owners and permissions in listings are made up; times are UTC unless
//! [`Builder::listing_offset`] says otherwise.

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
mod personality;
mod phrase;
mod port;
mod proxy;
mod report;
mod server;
mod session;
mod settings;
mod start_error;
mod time;
mod tls;
mod tree;

pub use builder::Builder;
pub use certificate::CertificateKind;
pub use client_identity::ClientIdentity;
pub use digest::DigestCommand;
pub use early::{Early, EarlyClose};
pub use fault::{Action, ArmedFault, Fault, Point};
pub use gate::Gate;
pub use personality::Personality;
pub use proxy::{Proxy, ProxyBuilder, ProxyRequest};
pub use report::{ClientEnd, ControlEnd, ControlReport, DataReport, Report, SessionOrigin};
pub use server::Server;
pub use settings::{AuthSupport, ClientAuth, TlsMode};
pub use start_error::StartError;
pub use tls::Versions;
