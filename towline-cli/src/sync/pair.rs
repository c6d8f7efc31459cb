//! The two sides of a mirror, from its operands.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use towline::{Pool, RemotePath};
use towline_proto::name::escape;
use towline_sync::{DownloadCarrier, LocalTree, Mirror, RemoteTree, UploadCarrier};

use crate::error::Error;
use crate::operand::parse::{Operand, Place};
use crate::operand::pattern::no_pattern;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::sync::account::{Account, plain};

/// The two sides of a mirror, one of which is remote.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) remote: Remote,
    local: PathBuf,
    pub(crate) is_download: bool,
}

/// A mirror in one of the two directions.
#[derive(Debug)]
pub(crate) enum Directed {
    Download(Box<Mirror<DownloadCarrier>>),
    Upload(Box<Mirror<UploadCarrier>>),
}

impl Pair {
    /// # Errors
    /// [`Error::Usage`] unless exactly one operand is remote; [`Error::Local`] if the source is
    /// local and no directory.
    pub(crate) fn new(
        sites: &mut Sites,
        source: &OsStr,
        destination: &OsStr,
    ) -> Result<Self, Error> {
        let wrong = || Error::usage("exactly one of SOURCE and DEST must be a URL or SITE:PATH");
        let (place, local, is_download) =
            match (sites.operand(source)?, sites.operand(destination)?) {
                (Operand::Place(place), Operand::Local(local)) => (place, local, true),
                (Operand::Local(local), Operand::Place(place)) => (place, local, false),
                _ => return Err(wrong()),
            };
        let Place::Exact(remote) = *place else {
            return Err(no_pattern());
        };
        if local.as_os_str().is_empty() || local == Path::new("-") {
            return Err(wrong());
        }
        if !is_download {
            let metadata = local.metadata();
            let metadata = metadata.map_err(|error| Error::local(&local, error))?;
            if !metadata.is_dir() {
                return Err(Error::local(local, io::ErrorKind::NotADirectory.into()));
            }
        }
        let local = real_path(&local).map_err(|error| Error::local(&local, error))?;
        Ok(Self {
            remote,
            local,
            is_download,
        })
    }

    /// The local side.
    ///
    /// # Errors
    /// [`Error::Usage`] if the backup directory is not on the side of the destination.
    pub(crate) fn local_tree(&self, backup: Option<&OsStr>) -> Result<LocalTree, Error> {
        let tree = LocalTree::new(&self.local);
        let tree = tree.keeps_times(self.remote.server.settings.transfer.preserve_time);
        Ok(match backup.filter(|_| self.is_download) {
            Some(backup) => {
                let backup = Path::new(backup);
                let backup = real_path(backup).map_err(|error| Error::local(backup, error))?;
                if self.local.starts_with(&backup) {
                    return Err(contains_destination());
                }
                tree.backup(backup)
            }
            None => tree,
        })
    }

    /// The remote side, over `pool`.
    ///
    /// # Errors
    /// [`Error::Usage`] if the backup directory is not a path on this server.
    pub(crate) fn remote_tree(
        &self,
        pool: Pool,
        account: &Account,
        sites: &mut Sites,
        backup: Option<&OsStr>,
    ) -> Result<RemoteTree, Error> {
        let settings = &self.remote.server.settings;
        let tree = RemoteTree::new(pool, plain(&self.remote.path)?);
        let tree = tree.keeps_times(settings.transfer.preserve_time);
        let tree = match settings.connection.charset {
            Some(charset) => tree.charset(charset),
            None => tree,
        };
        Ok(match backup.filter(|_| !self.is_download) {
            Some(backup) => tree.backup(self.backup_path(account, sites, backup)?),
            None => tree,
        })
    }

    /// The backup directory on the server: a URL or path at a site there, or the path alone.
    fn backup_path(
        &self,
        account: &Account,
        sites: &mut Sites,
        backup: &OsStr,
    ) -> Result<RemotePath, Error> {
        let backup = match sites.operand(backup)? {
            Operand::Place(place) => match *place {
                Place::Exact(remote) if remote.server == self.remote.server => remote,
                Place::Exact(_) => {
                    return Err(Error::usage("--backup-dir must be on the server of DEST"));
                }
                Place::Glob(_) => return Err(no_pattern()),
            },
            Operand::Local(_) => self.remote.on_same_server(backup)?,
        };
        let (outer, inner) = (account.path_of(&backup), account.path_of(&self.remote));
        if below(&inner, &outer).is_some() {
            return Err(contains_destination());
        }
        // The tree compares paths, so a path inside it must be written as its own is.
        let own = plain(&self.remote.path)?;
        match below(&outer, &inner) {
            Some(rest) => {
                let mut path = own.as_bytes().to_vec();
                if !path.is_empty() && !path.ends_with(b"/") {
                    path.push(b'/');
                }
                path.extend_from_slice(rest);
                RemotePath::new(path).map_err(|error| Error::usage(error.to_string()))
            }
            None => plain(&backup.path),
        }
    }

    /// The mirror between the two. `account` is that of the remote side.
    pub(crate) fn mirror(
        &self,
        local: LocalTree,
        remote: RemoteTree,
        account: &Account,
        run: &Run,
    ) -> Directed {
        let transfer = &self.remote.server.settings.transfer;
        let here = escape(self.local.as_os_str().as_encoded_bytes());
        let there = account.name_of(&self.remote);
        match self.is_download {
            true => {
                let options = transfer.download(run.cancel());
                let carrier = DownloadCarrier::new(remote, local, options, run.cancel());
                Directed::Download(Box::new(Mirror::new(carrier, there, here)))
            }
            false => {
                let options = transfer.upload(run.cancel()).overwrite(true);
                let carrier = UploadCarrier::new(local, remote, options, run.cancel());
                Directed::Upload(Box::new(Mirror::new(carrier, here, there)))
            }
        }
    }
}

/// Returns what leads from `directory` to `path`, if that is the same place or below. An absolute
/// path is not below one whose login directory is unknown.
fn below<'p>(path: &'p [u8], directory: &[u8]) -> Option<&'p [u8]> {
    let rest = path.strip_prefix(directory)?;
    match (directory, rest) {
        (b"", [b'/', ..]) => None,
        (b"" | b"/", rest) | (_, rest @ []) | (_, [b'/', rest @ ..]) => Some(rest),
        _ => None,
    }
}

fn contains_destination() -> Error {
    Error::usage("--backup-dir must not contain DEST")
}

/// The path without links, as far as it exists, so that one directory has one name.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        match existing.canonicalize() {
            Ok(real) => {
                let mut real = real;
                real.extend(missing.iter().rev());
                return Ok(real);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match (existing.parent(), existing.file_name()) {
                    (Some(parent), Some(name)) => {
                        missing.push(name.to_owned());
                        existing = parent;
                    }
                    _ => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_name() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("a")).unwrap();
        let expected = real.join("a");
        assert_eq!(real_path(&real.join("a/../a/.")).unwrap(), expected);
        assert_eq!(
            real_path(&real.join("a/new/er")).unwrap(),
            real.join("a/new/er")
        );
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(real.join("a"), real.join("link")).unwrap();
            assert_eq!(real_path(&real.join("link")).unwrap(), expected);
        }
    }
}
