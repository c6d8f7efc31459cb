//! An FTPS client whose data connections verifiably resume the TLS session of their control
//! connection.
//!
//! FTP over TLS opens a data connection for every listing and every file. To keep strangers from
//! taking over that connection, vsftpd, ProFTPD, FileZilla Server and others require it to *resume
//! the TLS session of the control connection*. This library does so with TLS 1.2 and TLS 1.3, for
//! any number of transfers in a row, and reports a [verdict](DataConnection) on each data
//! connection.
//!
//! ```no_run
//! use towline::{Client, Config, RemotePath, Secret, Trust, UploadOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(
//!     Config::new("ftp.example.com")
//!         .user("reports")
//!         .password(Secret::new(std::env::var("FTP_PASSWORD")?))
//!         .trust(Trust::CaFile("vendor-ca.pem".into())),
//! )?;
//! let mut session = client.connect().await?;
//! for entry in session.list(&RemotePath::new("out")?).await?.entries {
//!     println!("{} {:?}", entry.name.escape_ascii(), entry.size);
//! }
//! let remote = RemotePath::new("in/report.csv")?;
//! let done = session
//!     .upload_file("report.csv".as_ref(), &remote, &UploadOptions::default())
//!     .await?;
//! println!("{} bytes, {:?}", done.bytes, done.outcome);
//! session.quit().await;
//! # Ok(())
//! # }
//! ```
//!
//! # How it fits together
//!
//! [`Client`] (one server) > [`Session`] (one control connection) > [`Download`], [`Upload`] and
//! listings (one data connection each). [`Config`] says how to reach the server;
//! [`DownloadOptions`] and [`UploadOptions`] apply to one call. A [`RemotePath`] is bytes.
//!
//! A [`Pool`] of sessions transfers many files as the [`Job`]s of a [`Queue`]. On servers known to
//! support it, the next transfer is prepared while the current one runs: see [`Pipelining`].
//!
//! # What is never done silently
//!
//! The library never falls back from TLS to clear text, from protected to clear data, or from a
//! verified to an unverified certificate. It never reports success for a partial file: a transfer
//! is [`Verified`](Outcome::Verified), [`Complete`](Outcome::Complete) if the server reports no
//! size to check, or an [`Error`]. It prints nothing; an [`Observer`] receives every event.

mod batch;
pub mod blocking;
mod boxed;
mod cancel;
mod client;
mod config;
mod connection_id;
mod control;
mod data;
mod direction;
mod error;
mod fingerprint;
mod lock;
mod net;
mod observer;
mod own_file;
mod part_key;
pub mod probe;
#[cfg(feature = "test-internals")]
#[doc(hidden)]
pub mod sabotage;
#[cfg(feature = "serde")]
mod serialize;
mod server;
mod session;
mod tls;
#[cfg(feature = "tracing")]
mod tracing_observer;
mod transfer;
mod trust;
mod verdict;

#[cfg(feature = "test-internals")]
#[doc(hidden)]
pub use crate::tls::fuzzing;

pub use jiff;
pub use towline_proto::charset::{Charset, CharsetError};
pub use towline_proto::digest::DigestAlgorithm;
pub use towline_proto::features::{Feature, Features, HashAlgorithm, MlstFact, SiteDigest};
pub use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone};
pub use towline_proto::name::NameError;
pub use towline_proto::path::{PathError, RemotePath};
pub use towline_proto::quirks::Software;
pub use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
pub use towline_proto::secret::Secret;

pub use crate::batch::{Job, JobResult, Pool, PooledSession, Queue};
pub use crate::cancel::Cancel;
pub use crate::client::Client;
#[cfg(feature = "test-internals")]
#[doc(hidden)]
pub use crate::config::PipeliningSteps;
pub use crate::config::{
    Active, Config, DataMode, LoginCommand, LoginCommandError, Pipelining, ReservedFor, Retry,
    SessionReuse, TlsMode,
};
pub use crate::connection_id::ConnectionId;
pub use crate::direction::Direction;
pub use crate::error::{Error, ErrorDetail, ErrorKind, Outlook, Remains};
pub use crate::fingerprint::{Fingerprint, ParseFingerprintError, ParsePinError, Pin};
pub use crate::net::Proxy;
pub use crate::observer::{ClearTextReason, Event, Observer, RecoveryStep};
pub use crate::session::{
    Completeness, DirectoryMark, ListFlags, Listing, ListingCommand, ListingStream, ListingSummary,
    NotRemoved, RawCommandError, RawListing, Removed, Session, Trail, Walk, WalkEntry, WalkOptions,
};
pub use crate::tls::{ClientCertificate, TlsVersion};
#[cfg(feature = "tracing")]
pub use crate::tracing_observer::TracingObserver;
pub use crate::transfer::{
    Download, DownloadOptions, Finishing, Outcome, Transferred, Upload, UploadOptions,
};
pub use crate::trust::{
    Certificates, CheckCertificate, KnownServer, KnownServers, PresentedCertificate, Trust,
};
pub use crate::verdict::{DataConnection, ProtocolVersion, TicketSource};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/library.md")]
struct ComingFromAnotherLibrary;
