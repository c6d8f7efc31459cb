//! Operands: what on the command line is a place on a server, and what is a local path.
//!
//! `ftpes://[user@]host[:port]/path` (explicit TLS), `ftps://` (implicit TLS) and `ftp://` follow
//! RFC 3986 for the authority and for percent-encoding. FTP has no queries and no fragments, so
//! `?` and `#` are ordinary characters of a name. The path is relative to the login directory;
//! a second slash makes it absolute.
//!
//! A message from here never repeats an authority: somebody may have typed a password into it.

use std::ffi::OsStr;
use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use towline::{RemotePath, TlsMode};
use towline_proto::name::escape;

use crate::error::Error;

/// A place on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) path: RemotePath,
    /// The path was written with a slash at its end: "into this directory".
    pub(crate) trailing_slash: bool,
}

/// Which server, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) scheme: Scheme,
    pub(crate) user: Option<String>,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// `None`: the standard one for how TLS starts.
    pub(crate) port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Ftpes,
    Ftps,
    /// Says nothing about TLS, so `--tls` has to.
    Ftp,
}

/// One operand of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Remote(Remote),
    Local(PathBuf),
}

impl Operand {
    /// Tells URLs from local paths. A word with a colon ahead of any slash is neither.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat what might be a password.
    pub(crate) fn parse(operand: &OsStr) -> Result<Self, Error> {
        let bytes = operand.as_encoded_bytes();
        let Some(colon) = bytes.iter().position(|&b| b == b':') else {
            return Ok(Self::Local(operand.into()));
        };
        let head = &bytes[..colon];
        if head.contains(&b'/') || (cfg!(windows) && (colon == 1 || head.contains(&b'\\'))) {
            return Ok(Self::Local(operand.into()));
        }
        if bytes[colon..].starts_with(b"://") {
            return Remote::parse(bytes).map(Self::Remote);
        }
        Err(Error::usage(if bytes[colon..].contains(&b'@') {
            "an operand has a colon but is no URL: write ftpes://user@host/path, or ./NAME for a \
             local name with a colon"
                .to_owned()
        } else {
            format!(
                "there is no site configuration \"{0}\": write ftpes://user@host/path, or \
                 ./{0}:... for a local name with a colon",
                escape(head)
            )
        }))
    }
}

impl Remote {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat the authority.
    pub(crate) fn parse(url: &[u8]) -> Result<Self, Error> {
        let (scheme, rest) = split_scheme(url)?;
        let authority_end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_end);
        let (path, trailing_slash) = parse_path(path.strip_prefix(b"/").unwrap_or(path))?;
        Ok(Self {
            server: Server::parse(scheme, authority)?,
            path,
            trailing_slash,
        })
    }

    /// Another path on the same server, written and resolved like the path of this URL.
    ///
    /// # Errors
    /// [`Error::Usage`] where the path cannot be decoded.
    pub(crate) fn beside(&self, path: &OsStr) -> Result<Self, Error> {
        let bytes = path.as_encoded_bytes();
        if bytes.is_empty() {
            return Err(Error::usage("the second path is empty"));
        }
        if bytes.windows(3).any(|part| part == b"://") {
            // Not repeated: it may hold a password.
            return Err(Error::usage(
                "the second operand is a path on the same server, written without a URL",
            ));
        }
        let (path, trailing_slash) = parse_path(bytes.strip_prefix(b"/").unwrap_or(bytes))?;
        Ok(Self {
            server: self.server.clone(),
            path,
            trailing_slash,
        })
    }

    /// Whether the path names the directory that a login starts in, or the root.
    pub(crate) fn is_top(&self) -> bool {
        let path = self.path.as_bytes();
        path.split(|&b| b == b'/')
            .all(|part| part.is_empty() || part == b".")
    }
}

impl Server {
    fn parse(scheme: Scheme, authority: &[u8]) -> Result<Self, Error> {
        let (user, address) = match authority.iter().rposition(|&b| b == b'@') {
            Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
            None => (None, authority),
        };
        let (host, port) = parse_address(address)?;
        Ok(Self {
            scheme,
            user: user.map(parse_user).transpose()?,
            host,
            port,
        })
    }

    /// How TLS starts: the option, else what the scheme says.
    ///
    /// # Errors
    /// [`Error::Usage`] for `ftp://` without the option.
    pub(crate) fn tls_mode(&self, option: Option<TlsMode>) -> Result<TlsMode, Error> {
        match (option, self.scheme) {
            (Some(mode), _) => Ok(mode),
            (None, Scheme::Ftpes) => Ok(TlsMode::Explicit),
            (None, Scheme::Ftps) => Ok(TlsMode::Implicit),
            (None, Scheme::Ftp) => Err(Error::usage(
                "ftp:// does not say how to encrypt: write ftpes:// or ftps://, or add --tls \
                 explicit or --tls implicit",
            )),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            Scheme::Ftpes => "ftpes://",
            Scheme::Ftps => "ftps://",
            Scheme::Ftp => "ftp://",
        })?;
        if let Some(user) = &self.user {
            write!(f, "{}@", percent_encode(user.as_bytes(), COMPONENT))?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The URL again, in its normal form.
impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_bytes();
        write!(f, "{}/{}", self.server, percent_encode(path, PATH))?;
        if self.trailing_slash && !path.is_empty() && !path.ends_with(b"/") {
            f.write_str("/")?;
        }
        Ok(())
    }
}

/// Everything but RFC 3986's unreserved characters is encoded.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const PATH: &AsciiSet = &COMPONENT.remove(b'/');

fn split_scheme(url: &[u8]) -> Result<(Scheme, &[u8]), Error> {
    for (word, scheme) in [
        (&b"ftpes://"[..], Scheme::Ftpes),
        (b"ftps://", Scheme::Ftps),
        (b"ftp://", Scheme::Ftp),
    ] {
        if let Some((head, rest)) = url.split_at_checked(word.len())
            && head.eq_ignore_ascii_case(word)
        {
            return Ok((scheme, rest));
        }
    }
    Err(Error::usage(
        "a URL starts with ftpes:// (explicit TLS), ftps:// (implicit TLS) or ftp://",
    ))
}

fn parse_user(userinfo: &[u8]) -> Result<String, Error> {
    if userinfo.contains(&b':') {
        return Err(Error::usage(
            "a password in a URL is visible to everybody on this machine: leave it out, and see \
             --password-file, --password-command, TOWLINE_PASSWORD or ~/.netrc",
        ));
    }
    let user = String::from_utf8(decode(userinfo, "user name")?)
        .map_err(|_| Error::usage("the user name in the URL is not UTF-8"))?;
    if user.is_empty() {
        return Err(Error::usage("the user name in the URL is empty"));
    }
    if user.contains(char::is_control) {
        return Err(Error::usage(
            "the user name in the URL holds a control character",
        ));
    }
    Ok(user)
}

fn parse_address(address: &[u8]) -> Result<(String, Option<u16>), Error> {
    let bad_host = || Error::usage("the host in the URL is not a valid name or address");
    let text = std::str::from_utf8(address).map_err(|_| bad_host())?;
    let (host, port) = if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or_else(bad_host)?;
        host.parse::<Ipv6Addr>().map_err(|_| bad_host())?;
        let port = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(':').ok_or_else(bad_host)?),
        };
        (host, port)
    } else {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if host.is_empty() || !host.bytes().all(valid) {
            return Err(bad_host());
        }
        (host, port)
    };
    // RFC 3986 section 3.2.3: the port may be empty, and is then the default.
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(
            digits
                .parse()
                .ok()
                .filter(|&port| port != 0 && digits.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(|| {
                    Error::usage("the port in the URL is not a number from 1 to 65535")
                })?,
        ),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// What follows the slash after the authority: the path, and whether it ends in a slash.
fn parse_path(encoded: &[u8]) -> Result<(RemotePath, bool), Error> {
    let mut path = decode(encoded, "path")?;
    let trailing_slash = path.ends_with(b"/");
    while path.len() > 1 && path.ends_with(b"/") {
        path.pop();
    }
    let path = RemotePath::new(path).map_err(|error| Error::usage(error.to_string()))?;
    Ok((path, trailing_slash))
}

fn decode(encoded: &[u8], part: &str) -> Result<Vec<u8>, Error> {
    let is_hex = |at: usize| encoded.get(at).is_some_and(u8::is_ascii_hexdigit);
    let complete = |at: usize| encoded[at] != b'%' || (is_hex(at + 1) && is_hex(at + 2));
    if !(0..encoded.len()).all(complete) {
        return Err(Error::usage(format!(
            "a % in the {part} of a URL needs two hexadecimal digits after it (a % itself is \
             written %25)"
        )));
    }
    let decoded: Vec<u8> = percent_decode(encoded).collect();
    if decoded.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Error::usage(format!(
            "the {part} of a URL cannot hold a line break or NUL"
        )));
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests;
