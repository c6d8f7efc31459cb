//! Compares a local file with one at the server, without moving either.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use towline_proto::path::RemotePath;

use super::tail::hash_beginning;
use crate::boxed::boxed;
use crate::error::Error;
use crate::session::Session;
use crate::session::attempts::retrying;
use crate::transfer::check::{Comparison, compare, hasher};
use crate::transfer::local::{at, blocking, metadata};

impl Session {
    /// Returns whether the file at `path` has the contents of the local file, by the strongest
    /// digest that the server offers (`HASH`, `XSHA256`, `XMD5`, `SITE MD5` and their relatives).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with
    /// [`ErrorDetail::NoDigest`](crate::ErrorDetail::NoDigest) if the server offers none, or
    /// refuses one for this file. [`ErrorKind::Local`](crate::ErrorKind::Local) if the local file
    /// cannot be read. [`ErrorKind::Network`](crate::ErrorKind::Network) or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the connection fails.
    pub async fn has_same_contents(
        &mut self,
        path: &RemotePath,
        local: &Path,
    ) -> Result<bool, Error> {
        retrying!(self, has_same_contents(self, path, local))
    }
}

#[boxed]
async fn has_same_contents(
    session: &mut Session,
    path: &RemotePath,
    local: &Path,
) -> Result<bool, Error> {
    let mut hasher = hasher(session, path).await?;
    let unreadable = |error| at("cannot be read", local, error);
    let name: PathBuf = local.to_owned();
    let file = blocking(move || File::open(name)).await;
    let file = Arc::new(file.map_err(unreadable)?);
    let size = metadata(&file).await.map_err(unreadable)?.len();
    let hashed = hash_beginning(session, &mut hasher, &file, size).await;
    hashed.map_err(unreadable)?;
    let compared = compare(session, hasher, path, size).await?;
    Ok(matches!(compared, Comparison::Equal(_)))
}
