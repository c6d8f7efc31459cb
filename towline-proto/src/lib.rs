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
//!   features, address, body, digest, quirks   what the reply means
//!
//!   command::Command ----> bytes to the control connection
//!   charset::Charset ----> names to text and back
//! ```
//!
//! A server works in the other direction:
//!
//! ```text
//!  bytes from the control connection
//!        |
//!   codec::CommandDecoder    lines, without Telnet
//!        |
//!   command::Command::parse  a command, or the code that refuses it
//!
//!   features, address, body ----> reply::Reply ----> bytes to the control connection
//! ```
//!
//! Input from the other side is hostile until this crate has checked it. Replies and lines
//! are bounded. Names pass through [`name`]. A command that contains CR, LF or NUL cannot
//! be built, and a reply is written without them. Functions that depend on the time take it
//! as an argument.
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
//! On the server's side:
//!
//! ```
//! use towline_proto::address::epsv_reply;
//! use towline_proto::codec::CommandDecoder;
//! use towline_proto::command::Command;
//! use towline_proto::reply::Reply;
//!
//! let mut decoder = CommandDecoder::default();
//! decoder.push(b"epsv\r\nTYPE E\r\n");
//! let mut replies = Vec::new();
//! while let Some(line) = decoder.next_line()? {
//!     let reply = match Command::parse(&line.bytes) {
//!         Ok(Command::Epsv) => epsv_reply(6446),
//!         Ok(_) => unreachable!("the client sent EPSV"),
//!         Err(error) => Reply::new(error.refusal(), error.to_string()),
//!     };
//!     replies.extend(reply.encode());
//! }
//! let expected = "229 Entering Extended Passive Mode (|||6446|)\r\n\
//!                 504 TYPE is not implemented for this parameter\r\n";
//! assert_eq!(replies, expected.as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate follows RFC 854 (the part that FTP uses), 959, 2228, 2389, 2428, 2640, 3659,
//! 4217 and 7151.

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
#[cfg(feature = "serde")]
mod serialize;
pub mod time;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
