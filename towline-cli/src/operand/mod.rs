//! Operands: what on the command line is a place on a server, and what is a local path.
//!
//! `ftpes://[user@]host[:port]/path` (explicit TLS), `ftps://` (implicit TLS) and `ftp://` follow
//! RFC 3986 for the authority and for percent-encoding. FTP has no queries and no fragments: `#` is
//! an ordinary character of a name, and `?` belongs to a [pattern](crate::operand::pattern), which the last
//! part of a path may be. The path is relative to the login directory; a second slash makes it
//! absolute.
//!
//! `SITE:path` is a path at a site of the configuration file: relative to the site's `path`, or
//! absolute with a slash in front, and percent-encoded as in a URL.
//!
//! A message from here never repeats an authority: somebody may have typed a password into it.

pub(crate) mod address;
mod encoding;
pub(crate) mod name_codec;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod remote;
pub(crate) mod server;
pub(crate) mod sites;

#[cfg(test)]
mod tests;
