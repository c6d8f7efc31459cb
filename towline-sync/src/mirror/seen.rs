//! What both sides show, as the materials of a plan.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::carry::Carrier;
use crate::error::Error;
use crate::execute::Traits;
use crate::journal::Journal;
use crate::plan::{Digests, Materials};
use crate::record::Record;
use crate::scan::Snapshot;
use crate::tree::Tree as _;

/// What both sides show.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) source: Arc<Snapshot>,
    pub(super) destination: Arc<Snapshot>,
    pub(super) traits: Traits,
    pub(super) digests: Arc<Digests>,
}

/// Runs `work` where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Error::Cancelled),
    }
}

/// Passes the materials of a plan to `work`.
pub(super) fn with_materials<C: Carrier, T>(
    carrier: &C,
    seen: &Seen,
    journal: Option<&Journal>,
    work: impl FnOnce(&Materials<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let records = || -> Box<dyn Iterator<Item = Result<Record, Error>>> {
        match journal {
            Some(journal) => Box::new(journal.records()),
            None => Box::new(std::iter::empty()),
        }
    };
    work(&Materials {
        source: &seen.source,
        destination: &seen.destination,
        source_traits: &seen.traits.source,
        destination_traits: &seen.traits.destination,
        digests: &seen.digests,
        admits: &|name| carrier.destination().admits(name),
        records: &records,
        now: Timestamp::now(),
    })
}
