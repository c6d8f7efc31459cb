//! Remote paths with their servers.

use std::ffi::OsStr;
use std::fmt;
#[cfg(test)]
use std::sync::Arc;

use percent_encoding::percent_encode;
use towline::RemotePath;

use crate::error::Error;
use crate::operand::address::is_url;
use crate::operand::encoding::{PATH, check_encoding};
use crate::operand::name_codec::NameCodec;
use crate::operand::pattern::{is_pattern, no_pattern};
use crate::operand::server::{Server, Site};
#[cfg(test)]
use crate::{operand::server::split_url, settings::merged::Merged, settings::resolved::Settings};

/// A path on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) server: Server,
    pub(crate) path: RemotePath,
    /// Whether the path ends in a slash, which means "into this directory".
    pub(crate) trailing_slash: bool,
}

impl Remote {
    /// Parses a URL with the default settings.
    ///
    /// # Errors
    /// [`Error::Usage`]. The message does not repeat the authority.
    #[cfg(test)]
    pub(crate) fn parse(url: &[u8]) -> Result<Self, Error> {
        let settings = Settings::new(&Merged::new([]))?;
        let (server, path) = split_url(url, &Arc::new(settings))?;
        Self::at(server, path)
    }

    /// Parses the path of a URL, or the path after the name of a site.
    ///
    /// # Errors
    /// [`Error::Usage`] if the path cannot be decoded or contains a pattern.
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

    /// Parses another path on the same server, as [`Self::at`] does.
    ///
    /// # Errors
    /// [`Error::Usage`] if the path cannot be decoded, contains a pattern, or is a URL.
    pub(crate) fn on_same_server(&self, path: &OsStr) -> Result<Self, Error> {
        let bytes = path.as_encoded_bytes();
        if bytes.is_empty() {
            return Err(Error::usage("the second path is empty"));
        }
        if is_url(bytes) {
            // Not repeated: a URL may contain a password.
            return Err(Error::usage(
                "the second operand must be a path on the same server, not a URL",
            ));
        }
        Self::at(self.server.clone(), bytes)
    }

    /// Whether the path is the login directory or the root.
    pub(crate) fn is_top(&self) -> bool {
        let path = self.path.as_bytes();
        path.split(|&b| b == b'/')
            .all(|part| part.is_empty() || part == b".")
    }

    /// Whether the path has no name of its own: it is the login directory, the directory of the
    /// site or the root, or it ends in `.` or `..`, which may lead to any of these.
    pub(crate) fn is_nameless(&self) -> bool {
        let site = self.server.site.as_ref();
        self.path.file_name().is_none() || site.is_some_and(|site| site.directory == self.path)
    }
}

/// Formats the URL in its normal form.
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

/// Resolves `path` against `directory`.
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

/// Decodes a path. Returns it without a trailing slash, and whether it had one.
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
