//! Copies between trees in memory.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use towline::Cancel;

use super::{Cargo, Carried, Carrier};
use crate::error::Error;
use crate::path::TreePath;
use crate::stamp::Stamp;
use crate::tree::{MemoryFile, MemoryTree, Tree as _};
use crate::watch::Copied;

/// Copies between trees in memory, for tests.
#[derive(Clone, Debug)]
pub struct MemoryCarrier {
    source: Arc<MemoryTree>,
    destination: Arc<MemoryTree>,
    cancel: Cancel,
    /// The time that copies get if the destination keeps none.
    now: i64,
}

impl MemoryCarrier {
    /// Copies from `source` to `destination`, at the second `now`.
    #[must_use]
    pub fn new(source: MemoryTree, destination: MemoryTree, now: i64) -> Self {
        Self {
            source: Arc::new(source),
            destination: Arc::new(destination),
            cancel: Cancel::new(),
            now,
        }
    }

    async fn copy(&self, cargo: &Cargo) -> Result<Copied, Error> {
        let file = self.source.file(&cargo.path);
        let file = file.ok_or_else(|| Error::changed(&cargo.path, "it is gone"))?;
        let keeps_times = self.destination.traits().await?.keeps_times;
        let bytes = u64::try_from(file.contents.len()).unwrap_or(u64::MAX);
        let modified = match keeps_times {
            true => file.modified,
            false => Some(Stamp::second(self.now)),
        };
        self.destination
            .put(&cargo.path, MemoryFile { modified, ..file });
        Ok(Copied::new(bytes, true))
    }
}

impl Carrier for MemoryCarrier {
    type Source = MemoryTree;
    type Destination = MemoryTree;

    fn source(&self) -> &Arc<MemoryTree> {
        &self.source
    }

    fn destination(&self) -> &Arc<MemoryTree> {
        &self.destination
    }

    async fn carry(
        &self,
        mut files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        stop: &Cancel,
    ) {
        while let Some(cargo) = files.recv().await {
            let outcome = match stop.is_cancelled() || self.cancel.is_cancelled() {
                true => Err(Error::Cancelled),
                false => self.copy(&cargo).await,
            };
            let path = cargo.path;
            // The receiver is gone only if the run is.
            let _ = done.send(Carried { path, outcome });
        }
    }

    async fn same_contents(&self, path: &TreePath) -> Result<Option<bool>, Error> {
        let contents = |tree: &MemoryTree| tree.file(path).map(|file| file.contents);
        Ok(Some(contents(&self.source) == contents(&self.destination)))
    }

    fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}
