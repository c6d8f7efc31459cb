//! Carriers: how the contents of files get from one tree to another.

mod memory;
mod transfer;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use towline::Cancel;

use crate::error::Error;
use crate::node::Version;
use crate::path::TreePath;
use crate::tree::Tree;
use crate::watch::Copied;

pub use self::memory::MemoryCarrier;
pub use self::transfer::{DownloadCarrier, UploadCarrier};

/// Copies files from one tree to another.
pub trait Carrier: Send + Sync + 'static {
    /// The kind of the source.
    type Source: Tree;
    /// The kind of the destination.
    type Destination: Tree;

    /// Returns the source.
    fn source(&self) -> &Arc<Self::Source>;

    /// Returns the destination.
    fn destination(&self) -> &Arc<Self::Destination>;

    /// Copies every file that arrives, and reports each. Ends once there are no more. A copy has
    /// its name (or that of [`Cargo::staged`]), and is synced if it is on this machine, before it
    /// is reported. After `stop`, files that have not begun are reported as [`Error::Cancelled`].
    fn carry(
        &self,
        files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        stop: &Cancel,
    ) -> impl Future<Output = ()> + Send;

    /// Returns whether a file has the same contents on both sides, by digest. `None` if there are
    /// no digests.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if one of the files cannot be read.
    fn same_contents(
        &self,
        path: &TreePath,
    ) -> impl Future<Output = Result<Option<bool>, Error>> + Send;

    /// Returns what cancels copies that have begun.
    fn cancel(&self) -> &Cancel;
}

/// A file to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cargo {
    /// Where, on both sides.
    pub path: TreePath,
    /// The source as it was seen.
    pub version: Version,
    /// Whether it may take the place of a file.
    pub replaces: bool,
    /// Where the copy goes instead, if it gets its name later.
    pub staged: Option<TreePath>,
}

impl Cargo {
    pub(crate) fn new(
        path: TreePath,
        version: Version,
        replaces: bool,
        staged: Option<TreePath>,
    ) -> Self {
        Self {
            path,
            version,
            replaces,
            staged,
        }
    }
}

/// The end of a copy.
#[derive(Debug)]
pub struct Carried {
    /// The file.
    pub path: TreePath,
    /// The copy, or why there is none.
    pub outcome: Result<Copied, Error>,
}
