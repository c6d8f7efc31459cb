//! TLS, and the tether, which ties data connections to the TLS session of their control connection.
//!
//! Only this folder refers to rustls, so that a second backend would be added here and nowhere
//! else. The rest of the library uses:
//!
//! - [`Profile`]: what a client offers and trusts. It creates one [`Tether`] per control
//!   connection.
//! - [`ControlStream`] and [`DataStream`]: the two kinds of connection.
//! - [`ControlStream::offer`]: what the next data connection resumes with. The [`DataStream`] comes
//!   with the verdict.

mod alert;
mod anchors;
mod chain;
mod client_certificate;
mod connection;
mod control_stream;
mod data_stream;
mod failure;
mod hello;
mod in_place;
mod issuers;
mod platform;
mod profile;
mod quick_ack;
mod record;
mod recv_buffer;
mod rejected;
mod replicate;
mod store;
mod suites;
mod tether;
mod verify;
mod version;
mod wire;
mod witness;

#[cfg(feature = "test-internals")]
pub mod fuzzing;

pub use self::client_certificate::ClientCertificate;
pub(crate) use self::control_stream::ControlStream;
pub(crate) use self::data_stream::{DataStream, Lent};
pub(crate) use self::failure::TlsError;
pub(crate) use self::hello::{HelloAnswer, answer_to_hello};
pub(crate) use self::profile::{Profile, TlsOptions};
pub(crate) use self::tether::{Offer, Tether};
pub(crate) use self::version::Negotiated;
pub use self::version::TlsVersion;
pub(crate) use self::wire::{Collected, End};
