//! FTP as pure functions and state: no sockets, no clock, no TLS.
//!
//! ```text
//!  bytes from the control connection          bytes from a data connection
//!        |                                          |
//!   codec::ReplyDecoder   frame, then interpret    listing::LineSplitter
//!        |                                          |
//!   reply::Reply                              listing::ListingParser
//!        |                                          |
//!   exchange::Exchange    whose reply is it?   listing::Line
//!        |
//!   features, address, body, digest, quirks   what the reply says
//!
//!   command::Command ----> bytes to the control connection
//!   charset::Charset ----> names to text and back
//! ```
//!
//! What comes from a server is hostile until it has been through here: replies
//! and lines are bounded, names go through [`name`], and a command that could
//! hold CR, LF or NUL cannot be built. Times are passed in where they matter.
//!
//! ```
//! use towline_proto::address::parse_epsv;
//! use towline_proto::codec::ReplyDecoder;
//! use towline_proto::command::Command;
//! use towline_proto::exchange::{Exchange, MatchKind};
//!
//! let mut exchange = Exchange::new();
//! let mut decoder = ReplyDecoder::default();
//!
//! let command = Command::Epsv;
//! exchange.sent(&command);
//! assert_eq!(command.encode(), b"EPSV\r\n");
//!
//! decoder.push(b"229 Entering Extended Passive Mode (|||6446|)\r\n");
//! let reply = decoder.next_reply()?.expect("a whole reply");
//! assert_eq!(exchange.received(&reply)?.kind, MatchKind::Final);
//! assert_eq!(parse_epsv(&reply)?, 6446);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate follows RFC 959, 2228, 2389, 2428, 2640, 3659, 4217 and 7151.

pub mod address;
pub mod body;
pub mod charset;
pub mod codec;
pub mod command;
pub mod digest;
pub mod exchange;
pub mod features;
pub mod listing;
pub mod name;
mod number;
pub mod path;
pub mod quirks;
pub mod reply;
pub mod secret;
pub mod time;
