//! Mirrors directory trees over FTPS: looks at both sides, makes a plan, and carries it out.
//!
//! ```no_run
//! use std::num::NonZeroU32;
//!
//! use towline::{Cancel, Client, DownloadOptions, Pool, RemotePath};
//! use towline_sync::{DownloadCarrier, LocalTree, Mirror, RemoteTree};
//!
//! # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! let connections = NonZeroU32::new(4).ok_or("not zero")?;
//! let remote = RemoteTree::new(Pool::new(client, connections), RemotePath::new("out")?);
//! let local = LocalTree::new("/srv/vendor");
//! let options = DownloadOptions::default();
//! let carrier = DownloadCarrier::new(remote, local, options, &Cancel::new());
//! let mirror = Mirror::new(carrier, "vendor:/out", "/srv/vendor")
//!     .connections(connections)
//!     .state_directory("/var/lib/vendor");
//! let report = mirror.run().await?;
//! println!("{} copied, {} failed", report.copied, report.failed);
//! # Ok(())
//! # }
//! ```
//!
//! # How it fits together
//!
//! A [`Tree`] can be listed and changed. [`scan`] makes a [`Snapshot`] of everything in it that a
//! [`Filter`] takes. A [`Plan`] is made from two snapshots and the [`Journal`] of earlier runs;
//! that is a pure function, [`make`]. A [`Mirror`] does all of this, and carries the plan out with
//! a [`Carrier`], which copies the contents of files.
//!
//! # What is never done
//!
//! - Nothing is deleted because a listing does not show it, unless the listing is known to be
//!   complete and a second one shows the same.
//! - No source is removed before its copy is verified and noted in the journal, and before the
//!   source was looked at again.
//! - No link is followed unless the tree is told to, and no other path leads out of the two trees.
//! - Neither side is mirrored onto itself, or into a part of itself, whatever the paths look like.

mod carry;
mod compare;
mod error;
mod execute;
mod filter;
mod journal;
mod lock;
mod mirror;
mod node;
mod path;
mod plan;
mod record;
mod scan;
mod stamp;
mod state_files;
mod tree;
mod watch;

pub use crate::carry::{Cargo, Carried, Carrier, DownloadCarrier, MemoryCarrier, UploadCarrier};
pub use crate::compare::{Comparison, Difference, Known, Method, Same, Times};
pub use crate::error::{Error, NameProblem};
pub use crate::execute::{DeleteWhen, Ended, Report};
pub use crate::filter::{Filter, FilterVerdict};
pub use crate::journal::{Journal, Records};
pub use crate::mirror::Mirror;
pub use crate::node::{Node, NodeKind, Version};
pub use crate::path::TreePath;
pub use crate::plan::{
    Action, Counts, Digests, Explanation, Fact, Marker, Materials, MaxDelete, Plan, Problem,
    ProblemKind, Reason, Rules, SkipReason, Skipped, Step, TooManyDeletions, make,
};
pub use crate::record::{Record, State};
pub use crate::scan::{Snapshot, scan};
pub use crate::stamp::{ClockFace, Precision, Stamp};
pub use crate::tree::{
    Child, Contents, EntryProblem, Incompleteness, Kept, LocalTree, MemoryFile, MemoryTree,
    RemoteTree, Staged, Tree, TreeTraits, is_part_of_transfer,
};
pub use crate::watch::{Copied, Event, Watch};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
