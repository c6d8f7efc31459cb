//! Tells URLs, paths at sites and local paths apart.

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
    Glob(Glob),
}

/// What matches a pattern in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    pub(crate) directory: Remote,
    pub(crate) pattern: Pattern,
}

impl Operand {
    /// Tells URLs, paths at sites and local paths apart. A colon ahead of any slash makes the
    /// difference. `settings` are those of URLs, `site` finds a site's server.
    ///
    /// # Errors
    /// [`Error::Usage`], which does not repeat what might be a password; those of `site`.
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
    /// The place itself, or the directory in which the pattern matches.
    pub(crate) fn directory(&self) -> &Remote {
        match self {
            Self::Exact(remote) => remote,
            Self::Glob(glob) => &glob.directory,
        }
    }

    /// The server that it is on.
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
