//! Operands: remote and local paths on the command line.
//!
//! In `ftpes://[user@]host[:port]/path` (explicit TLS), `ftps://` (implicit TLS) and `ftp://`, the
//! authority and percent-encoding follow RFC 3986. FTP has no queries and no fragments: `#` is an
//! ordinary character, and `?` is part of a [pattern](crate::operand::pattern). The path is
//! relative to the login directory. A second slash makes it absolute.
//!
//! `SITE:path` is a path at a site from the configuration file. It is relative to the site's
//! `path`, unless it starts with a slash, and percent-encoded as in a URL.
//!
//! No message repeats the authority of a URL, because it may contain a password.

pub(crate) mod address;
pub(crate) mod encoding;
pub(crate) mod name_codec;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod remote;
pub(crate) mod server;
pub(crate) mod sites;

#[cfg(test)]
mod tests;
