//! Parses operands: URLs, paths at sites and local paths.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::operand::encoding::check_encoding;
use crate::operand::pattern::{Pattern, is_pattern};
use crate::operand::remote::Remote;
use crate::operand::server::{Server, split_url};
use crate::settings::resolved::Settings;
use crate::settings::site_name::is_site_name;

/// An operand of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Place(Box<Place>),
    Local(PathBuf),
}

/// A remote operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Exact(Remote),
    Glob(Glob),
}

/// A pattern for names in a remote directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    pub(crate) directory: Remote,
    pub(crate) pattern: Pattern,
}

impl Operand {
    /// Parses an operand. A colon before the first slash makes it remote. `settings` are the
    /// settings for URLs. `site` returns the server of a site.
    ///
    /// # Errors
    /// [`Error::Usage`], whose message does not repeat what may be a password; what `site` fails
    /// with.
    pub(crate) fn parse(
        operand: &OsStr,
        settings: &Arc<Settings>,
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
            let (server, path) = split_url(bytes, settings)?;
            return Place::at(server, path).map(|place| Self::Place(Box::new(place)));
        }
        let name = std::str::from_utf8(head)
            .ok()
            .filter(|name| is_site_name(name));
        // The text may be USER:PASSWORD@HOST.
        let may_be_password = tail.contains(&b'@') && !tail.starts_with(b"/");
        match name {
            Some(name) if !may_be_password => {
                Place::at(site(name)?, tail).map(|place| Self::Place(Box::new(place)))
            }
            _ => Err(Error::usage(
                "an operand contains a colon but is neither a URL (ftpes://user@host/path) nor a path \
                 at a site (SITE:path); write a local name with a colon as ./NAME, and an @ in a \
                 remote path as %40",
            )),
        }
    }
}

impl Place {
    /// The remote path, or the directory of the glob.
    pub(crate) fn directory(&self) -> &Remote {
        match self {
            Self::Exact(remote) => remote,
            Self::Glob(glob) => &glob.directory,
        }
    }

    /// The server of the operand.
    pub(crate) fn server(&self) -> &Server {
        &self.directory().server
    }

    fn at(server: Server, encoded: &[u8]) -> Result<Self, Error> {
        let slash = encoded.iter().rposition(|&b| b == b'/');
        let (directory, last) = encoded.split_at(slash.map_or(0, |slash| slash + 1));
        if !is_pattern(last) {
            return Remote::at(server, encoded).map(Self::Exact);
        }
        check_encoding(last, "path")?;
        let codec = server.name_codec();
        Ok(Self::Glob(Glob {
            directory: Remote::at(server, directory)?,
            pattern: Pattern::parse(last, codec)?,
        }))
    }
}
