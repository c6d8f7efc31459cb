//! Places on servers.

use std::ffi::OsStr;
use std::fmt;
#[cfg(test)]
use std::sync::Arc;

use percent_encoding::percent_encode;
use towline::RemotePath;

use crate::error::Error;
use crate::operand::encoding::{PATH, check_encoding};
use crate::operand::name_codec::NameCodec;
use crate::operand::pattern::{is_pattern, no_pattern};
use crate::operand::server::{Server, Site};
#[cfg(test)]
use crate::{operand::server::split_url, settings::merged::Merged, settings::resolved::Settings};

/// A place on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) path: RemotePath,
    /// The path was written with a slash at its end: "into this directory".
    pub(crate) trailing_slash: bool,
}

impl Remote {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat the authority.
    #[cfg(test)]
    pub(crate) fn parse(url: &[u8]) -> Result<Self, Error> {
        let settings = Settings::new(&Merged::new([]))?;
        let (server, path) = split_url(url, &Arc::new(settings))?;
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
        let (mut path, trailing_slash) = parse_path(encoded, server.name_codec())?;
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
    pub(crate) fn on_same_server(&self, path: &OsStr) -> Result<Self, Error> {
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
fn parse_path(encoded: &[u8], codec: NameCodec) -> Result<(RemotePath, bool), Error> {
    check_encoding(encoded, "path")?;
    let mut path = codec.decoded(encoded).map_err(Error::usage)?;
    let trailing_slash = path.ends_with(b"/");
    while path.len() > 1 && path.ends_with(b"/") {
        path.pop();
    }
    let path = RemotePath::new(path).map_err(|error| Error::usage(error.to_string()))?;
    Ok((path, trailing_slash))
}
