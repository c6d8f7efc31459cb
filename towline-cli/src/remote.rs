//! Operands: what on the command line is a place on a server, and what is a local path.
//!
//! `ftpes://[user@]host[:port]/path` (explicit TLS), `ftps://` (implicit TLS) and `ftp://` follow
//! RFC 3986 for the authority and for percent-encoding. FTP has no queries and no fragments: `#` is
//! an ordinary character of a name, and `?` belongs to a [pattern](crate::pattern), which the last
//! part of a path may be. The path is relative to the login directory; a second slash makes it
//! absolute.
//!
//! `SITE:path` is a path at a site of the configuration file: relative to the site's `path`, or
//! absolute with a slash in front, and percent-encoded as in a URL.
//!
//! A message from here never repeats an authority: somebody may have typed a password into it.

use std::ffi::OsStr;
use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use towline::{RemotePath, TlsMode};

use crate::error::Error;
use crate::names::Names;
use crate::pattern::{Pattern, is_pattern};
use crate::settings::site_name::is_site_name;

/// A place on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) path: RemotePath,
    /// The path was written with a slash at its end: "into this directory".
    pub(crate) trailing_slash: bool,
}

/// What matches a pattern in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matching {
    pub(crate) directory: Remote,
    pub(crate) pattern: Pattern,
}

/// Which server, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// The site that it was named by.
    pub(crate) site: Option<Site>,
    pub(crate) names: Names,
    pub(crate) scheme: Scheme,
    pub(crate) user: Option<String>,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// `None`: the standard one for how TLS starts.
    pub(crate) port: Option<u16>,
}

/// A server's name in the configuration file, and the directory that its paths start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) directory: RemotePath,
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
    Place(Box<Place>),
    Local(PathBuf),
}

/// What an operand names on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Exact(Remote),
    Matching(Matching),
}

impl Operand {
    /// Tells URLs, paths at sites and local paths apart. A colon ahead of any slash makes the
    /// difference. `names` is how names on a URL's server are read, `site` finds a site's server.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat what might be a password; those of `site`.
    pub(crate) fn parse(
        operand: &OsStr,
        names: Names,
        site: impl FnOnce(&str) -> Result<Server, Error>,
    ) -> Result<Self, Error> {
        let bytes = operand.as_encoded_bytes();
        let Some(colon) = bytes.iter().position(|&b| b == b':') else {
            return Ok(Self::Local(operand.into()));
        };
        let (head, tail) = (&bytes[..colon], &bytes[colon + 1..]);
        if head.contains(&b'/') || (cfg!(windows) && (colon == 1 || head.contains(&b'\\'))) {
            return Ok(Self::Local(operand.into()));
        }
        if tail.starts_with(b"//") {
            let (server, path) = split_url(bytes, names)?;
            return Place::at(server, path).map(|place| Self::Place(Box::new(place)));
        }
        let name = std::str::from_utf8(head)
            .ok()
            .filter(|name| is_site_name(name));
        // What stands in front of a colon may be a user, and a password behind it.
        let may_be_password = tail.contains(&b'@') && !tail.starts_with(b"/");
        match name {
            Some(name) if !may_be_password => {
                Place::at(site(name)?, tail).map(|place| Self::Place(Box::new(place)))
            }
            _ => Err(Error::usage(
                "an operand has a colon but is neither a URL (ftpes://user@host/path) nor a path \
                 at a site (SITE:path); a local name with a colon is written ./NAME, and an @ in a \
                 path %40",
            )),
        }
    }
}

impl Place {
    /// The server that it is on.
    pub(crate) fn server(&self) -> &Server {
        match self {
            Self::Exact(remote) => &remote.server,
            Self::Matching(matching) => &matching.directory.server,
        }
    }

    fn at(server: Server, encoded: &[u8]) -> Result<Self, Error> {
        let slash = encoded.iter().rposition(|&b| b == b'/');
        let (directory, last) = encoded.split_at(slash.map_or(0, |slash| slash + 1));
        if !is_pattern(last) {
            return Remote::at(server, encoded).map(Self::Exact);
        }
        check_encoding(last, "path")?;
        let names = server.names;
        Ok(Self::Matching(Matching {
            directory: Remote::at(server, directory)?,
            pattern: Pattern::parse(last, names)?,
        }))
    }
}

/// A pattern where only a name will do.
pub(crate) fn no_pattern() -> Error {
    Error::usage(
        "only the last part of a path may be a pattern, and only for ls, get, cat and rm; in a \
         name * is written %2A, ? is written %3F and [ is written %5B",
    )
}

impl Remote {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat the authority.
    #[cfg(test)]
    pub(crate) fn parse(url: &[u8]) -> Result<Self, Error> {
        let (server, path) = split_url(url, Names::default())?;
        Self::at(server, path)
    }

    /// A path on a server, encoded as in its URL, or as it stands behind the name of its site.
    ///
    /// # Errors
    /// [`Error::Usage`] where the path cannot be decoded.
    pub(crate) fn at(server: Server, encoded: &[u8]) -> Result<Self, Error> {
        if is_pattern(encoded) {
            return Err(no_pattern());
        }
        let encoded = match &server.site {
            None => encoded.strip_prefix(b"/").unwrap_or(encoded),
            Some(_) => encoded,
        };
        let (mut path, trailing_slash) = parse_path(encoded, server.names)?;
        if let Some(Site { directory, .. }) = &server.site
            && !path.is_absolute()
        {
            path = below(directory, &path)?;
        }
        Ok(Self {
            server,
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
        Self::at(self.server.clone(), bytes)
    }

    /// Whether the path names the directory that a login starts in, or the root.
    pub(crate) fn is_top(&self) -> bool {
        let path = self.path.as_bytes();
        path.split(|&b| b == b'/')
            .all(|part| part.is_empty() || part == b".")
    }

    /// Whether the path has no name of its own: it is where a login or the site starts, the root, or
    /// ends in `.` or `..`, which may lead to any of these.
    pub(crate) fn is_nameless(&self) -> bool {
        let site = self.server.site.as_ref();
        self.path.file_name().is_none() || site.is_some_and(|site| site.directory == self.path)
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
            site: None,
            names: Names::default(),
            scheme,
            user: user.map(parse_user).transpose()?,
            host,
            port,
        })
    }

    /// The port that will be connected to.
    pub(crate) fn effective_port(&self, mode: TlsMode) -> u16 {
        self.port.unwrap_or(match mode {
            TlsMode::Implicit => 990,
            _ => 21,
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
                 explicit or --tls implicit; --tls off sends everything in clear text",
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

/// A URL's server and the rest of it, which begins with a slash unless it is empty.
fn split_url(url: &[u8], names: Names) -> Result<(Server, &[u8]), Error> {
    let (scheme, rest) = split_scheme(url)?;
    let authority_end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let server = Server {
        names,
        ..Server::parse(scheme, authority)?
    };
    Ok((server, path))
}

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
    let user = {
        check_encoding(userinfo, "user name")?;
        String::from_utf8(percent_decode(userinfo).collect())
    }
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

/// A server's address as it is written in a URL.
pub(crate) fn address(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// Reads `HOST[:PORT]`.
///
/// # Errors
/// [`Error::Usage`], which does not repeat it.
pub(crate) fn parse_address(address: &[u8]) -> Result<(String, Option<u16>), Error> {
    let bad_host = || Error::usage("the host is not a valid name or address");
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
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let host = parse_host(host).ok_or_else(bad_host)?;
    // RFC 3986 section 3.2.3: the port may be empty, and is then the default.
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(
            digits
                .parse()
                .ok()
                .filter(|&port| port != 0 && digits.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(|| Error::usage("the port is not a number from 1 to 65535"))?,
        ),
    };
    Ok((host, port))
}

/// A name or an address without brackets, in small letters.
pub(crate) fn parse_host(host: &str) -> Option<String> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let is_name = !host.is_empty() && host.bytes().all(valid);
    let is_address = host.parse::<Ipv6Addr>().is_ok();
    (is_name || is_address).then(|| host.to_ascii_lowercase())
}

/// `path` as seen from `directory`.
fn below(directory: &RemotePath, path: &RemotePath) -> Result<RemotePath, Error> {
    if directory.is_login_directory() || path.is_login_directory() {
        return Ok(if path.is_login_directory() {
            directory.clone()
        } else {
            path.clone()
        });
    }
    let mut joined = directory.as_bytes().to_vec();
    if !joined.ends_with(b"/") {
        joined.push(b'/');
    }
    joined.extend_from_slice(path.as_bytes());
    RemotePath::new(joined).map_err(|error| Error::usage(error.to_string()))
}

/// What follows the slash after the authority: the path, and whether it ends in a slash.
fn parse_path(encoded: &[u8], names: Names) -> Result<(RemotePath, bool), Error> {
    check_encoding(encoded, "path")?;
    let mut path = names.decoded(encoded).map_err(Error::usage)?;
    let trailing_slash = path.ends_with(b"/");
    while path.len() > 1 && path.ends_with(b"/") {
        path.pop();
    }
    let path = RemotePath::new(path).map_err(|error| Error::usage(error.to_string()))?;
    Ok((path, trailing_slash))
}

fn check_encoding(encoded: &[u8], part: &str) -> Result<(), Error> {
    let is_hex = |at: usize| encoded.get(at).is_some_and(u8::is_ascii_hexdigit);
    let complete = |at: usize| encoded[at] != b'%' || (is_hex(at + 1) && is_hex(at + 2));
    if !(0..encoded.len()).all(complete) {
        return Err(Error::usage(format!(
            "a % in the {part} of a URL needs two hexadecimal digits after it (a % itself is \
             written %25)"
        )));
    }
    if percent_decode(encoded).any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Error::usage(format!(
            "the {part} of a URL cannot hold a line break or NUL"
        )));
    }
    Ok(())
}

impl From<TlsMode> for Scheme {
    fn from(mode: TlsMode) -> Self {
        match mode {
            TlsMode::Explicit => Self::Ftpes,
            TlsMode::Implicit => Self::Ftps,
            _ => Self::Ftp,
        }
    }
}

#[cfg(test)]
mod tests;
