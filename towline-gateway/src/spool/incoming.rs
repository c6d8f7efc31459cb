//! An upload on its way from the client to the disk.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use towline_proto::path::RemotePath;

use super::error::SpoolError;
use super::private::{private_file, sync_directory};
use super::store::{FILES, INCOMING, Spool};

/// An upload that is arriving. If it is dropped, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Incoming {
    spool: Arc<Spool>,
    name: String,
    path: PathBuf,
    file: File,
    bytes: u64,
    /// The bytes that the spool may have.
    limit: Option<u64>,
    is_synced: bool,
    is_kept: bool,
}

impl Incoming {
    /// Begins an upload.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::QuotaExceeded`] if the spool has `limit` bytes; others of the disk.
    pub(crate) async fn begin(spool: &Arc<Spool>, limit: Option<u64>) -> io::Result<Self> {
        if spool.is_abandoned() {
            return Err(io::Error::other(SpoolError::Abandoned(
                spool.directory.clone(),
            )));
        }
        if spool.is_full(limit) {
            return Err(full());
        }
        let name = format!("{:032x}", rand::random::<u128>());
        let path = spool.directory.join(INCOMING).join(&name);
        let opened = path.clone();
        let opening = tokio::task::spawn_blocking(move || private_file(&opened));
        let file = File::from_std(opening.await.map_err(io::Error::other)??);
        Ok(Self {
            spool: Arc::clone(spool),
            name,
            path,
            file,
            bytes: 0,
            limit,
            is_synced: false,
            is_kept: false,
        })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let count = bytes.len() as u64;
        if !self.spool.claim(count, self.limit) {
            return Err(full());
        }
        self.bytes += count;
        self.is_synced = false;
        self.file.write_all(bytes).await?;
        Ok(())
    }

    /// Syncs what was written to the disk. May be dropped and called again.
    pub(crate) async fn sync(&mut self) -> io::Result<()> {
        if !self.is_synced {
            self.file.flush().await?;
            self.file.sync_all().await?;
            self.is_synced = true;
        }
        Ok(())
    }

    /// Keeps the whole upload for its delivery to `path`. Once this returns its number, no crash
    /// loses it.
    pub(crate) async fn keep(mut self, path: RemotePath, text: bool) -> io::Result<i64> {
        self.sync().await?;
        let (bytes, name, from) = (self.bytes, self.name.clone(), self.path.clone());
        let kept = self.spool.work(move |spool| {
            let files = spool.directory.join(FILES);
            let to = files.join(&name);
            let failed = |error| SpoolError::File {
                path: to.clone(),
                error,
            };
            fs::rename(&from, &to).map_err(failed)?;
            sync_directory(&files).map_err(failed)?;
            let added = spool.add(&name, &path, bytes, text);
            if added.is_err() {
                // If it stays, the next start removes it.
                let _ = fs::remove_file(&to);
            }
            added
        });
        let id = kept.await?;
        self.is_kept = true;
        self.spool.changed();
        Ok(id)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.is_kept {
            self.spool.release(self.bytes);
        }
        // It is there no longer if it was kept. If it stays, the next start removes it.
        let _ = fs::remove_file(&self.path);
    }
}

fn full() -> io::Error {
    io::Error::new(io::ErrorKind::QuotaExceeded, "the spool is full")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::journal::Renamed;
    use super::super::store::spooled;
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::new(text).unwrap()
    }

    async fn put(spool: &Arc<Spool>, name: &str, bytes: &[u8]) -> i64 {
        let mut incoming = Incoming::begin(spool, None).await.unwrap();
        incoming.write(bytes).await.unwrap();
        incoming.keep(path(name), false).await.unwrap()
    }

    #[tokio::test]
    async fn an_upload_survives_and_what_nobody_relies_on_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("spool");
        let spool = Arc::new(Spool::open(&place).unwrap());
        let first = put(&spool, "a", b"one").await;
        let second = put(&spool, "a", b"three").await;
        fs::write(place.join(INCOMING).join("part"), "x").unwrap();
        fs::write(place.join(FILES).join("stray"), "x").unwrap();
        assert!(matches!(Spool::open(&place), Err(SpoolError::InUse(_))));
        drop(spool);
        let spool = Arc::new(Spool::open(&place).unwrap());
        let waiting = spooled(&place).unwrap();
        let ids: Vec<_> = waiting
            .iter()
            .map(|upload| (upload.id, upload.bytes))
            .collect();
        assert_eq!(ids, [(first, 3), (second, 5)]);
        assert_eq!(fs::read_dir(place.join(INCOMING)).unwrap().count(), 0);
        assert_eq!(fs::read_dir(place.join(FILES)).unwrap().count(), 2);
        assert_eq!(spool.find(&path("a")).await.unwrap().unwrap().id, second);
        let renamed = spool.rename(&path("a"), &path("b")).await.unwrap();
        assert!(matches!(renamed, Renamed::Done(gone) if gone.len() == 1));
        assert_eq!(spool.remove(&path("a")).await.unwrap(), 0);
        assert_eq!(spooled(&place).unwrap().len(), 1);
        assert_eq!(fs::read_dir(place.join(FILES)).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_the_spool() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("spool");
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Spool::open(&place), Err(SpoolError::File { .. })));
        fs::remove_dir(&place).unwrap();
        let spool = Arc::new(Spool::open(&place).unwrap());
        put(&spool, "a", b"one").await;
        let mut pending = vec![place];
        while let Some(path) = pending.pop() {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            match path.is_dir() {
                true => {
                    assert_eq!(mode, 0o700, "{}", path.display());
                    let entries = fs::read_dir(&path).unwrap();
                    pending.extend(entries.map(|entry| entry.unwrap().path()));
                }
                false => assert_eq!(mode, 0o600, "{}", path.display()),
            }
        }
    }
}
