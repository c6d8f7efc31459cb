//! The servers of URLs and sites.

use std::fmt;
use std::sync::Arc;

use percent_encoding::{percent_decode, percent_encode};
use towline::{RemotePath, TlsMode};

use crate::error::Error;
use crate::operand::address::parse_address;
use crate::operand::encoding::{COMPONENT, check_encoding};
use crate::operand::name_codec::NameCodec;
use crate::settings::resolved::Settings;

/// A server, the user who logs in, and the settings.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// The site, if the operand named one.
    pub(crate) site: Option<Site>,
    pub(crate) scheme: Scheme,
    pub(crate) user: Option<String>,
    /// A host name, or an address without brackets.
    pub(crate) host: String,
    /// `None`: the default port for how TLS starts.
    pub(crate) port: Option<u16>,
    pub(crate) settings: Arc<Settings>,
}

/// The name of a site, and the directory that its paths are relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) directory: RemotePath,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Ftpes,
    Ftps,
    /// Does not say how TLS starts; `--tls` must.
    Ftp,
}

/// Compares everything but the settings, which follow from the rest.
impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            site,
            scheme,
            user,
            host,
            port,
            settings: _,
        } = self;
        (site, scheme, user) == (&other.site, &other.scheme, &other.user)
            && (host, port) == (&other.host, &other.port)
    }
}

impl Eq for Server {}

impl Server {
    fn parse(scheme: Scheme, authority: &[u8], settings: &Arc<Settings>) -> Result<Self, Error> {
        let (user, address) = match authority.iter().rposition(|&b| b == b'@') {
            Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
            None => (None, authority),
        };
        let (host, port) = parse_address(address)?;
        Ok(Self {
            site: None,
            scheme,
            user: user.map(parse_user).transpose()?,
            host,
            port,
            settings: Arc::clone(settings),
        })
    }

    /// Converts names on this server.
    pub(crate) fn name_codec(&self) -> NameCodec {
        NameCodec::new(self.settings.connection.charset)
    }

    /// How TLS starts: as the settings say, or else as the scheme says.
    ///
    /// # Errors
    /// [`Error::Usage`] for `ftp://` if the settings do not say it.
    pub(crate) fn tls_mode(&self) -> Result<TlsMode, Error> {
        self.scheme.tls_mode(self.settings.connection.tls_mode)
    }

    /// The port to connect to.
    pub(crate) fn effective_port(&self, mode: TlsMode) -> u16 {
        self.port.unwrap_or_else(|| mode.default_port())
    }
}

impl Scheme {
    /// How TLS starts: as `option` says, or else as the scheme says.
    ///
    /// # Errors
    /// [`Error::Usage`] for `ftp://` without `option`.
    pub(crate) fn tls_mode(self, option: Option<TlsMode>) -> Result<TlsMode, Error> {
        match (option, self) {
            (Some(mode), _) => Ok(mode),
            (None, Self::Ftpes) => Ok(TlsMode::Explicit),
            (None, Self::Ftps) => Ok(TlsMode::Implicit),
            (None, Self::Ftp) => Err(Error::usage(
                "ftp:// does not say how to encrypt; use ftpes:// or ftps://, or add --tls explicit \
                 or --tls implicit; --tls off sends everything in clear text",
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

impl From<TlsMode> for Scheme {
    fn from(mode: TlsMode) -> Self {
        match mode {
            TlsMode::Explicit => Self::Ftpes,
            TlsMode::Implicit => Self::Ftps,
            _ => Self::Ftp,
        }
    }
}

/// Splits a URL into the server and the path, which is empty or begins with a slash.
///
/// # Errors
/// [`Error::Usage`]. The message does not repeat the authority.
pub(super) fn split_url<'u>(
    url: &'u [u8],
    settings: &Arc<Settings>,
) -> Result<(Server, &'u [u8]), Error> {
    let (scheme, rest) = split_scheme(url)?;
    let authority_end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    Ok((Server::parse(scheme, authority, settings)?, path))
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
        "a URL must start with ftpes:// (explicit TLS), ftps:// (implicit TLS) or ftp://",
    ))
}

fn parse_user(userinfo: &[u8]) -> Result<String, Error> {
    if userinfo.contains(&b':') {
        return Err(Error::usage(
            "every user of this machine can see a password in a URL; use --password-file, \
             --password-command, TOWLINE_PASSWORD or ~/.netrc instead",
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
            "the user name in the URL contains a control character",
        ));
    }
    Ok(user)
}
