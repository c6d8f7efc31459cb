//! A part of a listing, for a caller that only has to see one arrive.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use towline_proto::path::RemotePath;

use super::look::Seen;
use super::stream::ListingStream;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail};
use crate::session::{Lease, Session};

/// The most entries to read.
const ENTRIES: u64 = 10_000;

/// The most memory to read, in bytes. It bounds lines that are no entries.
const MEMORY: u64 = 8 << 20;

/// How long to read. By then, bytes have arrived.
const TIME: Duration = Duration::from_secs(5);

/// What a sample of a listing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Sample {
    /// The whole listing, and nothing is missing from it.
    Complete,
    /// A part of it, or a listing that may be incomplete.
    Part,
}

impl Session {
    /// Lists `path` with bounds on entries, bytes and time. What the server shows of data connections
    /// is recorded even if the listing goes on.
    ///
    /// # Errors
    ///
    /// As for [`Self::list`].
    #[boxed]
    pub(in crate::session) async fn sample(&mut self, path: &RemotePath) -> Result<Sample, Error> {
        let manner = self.manner_of_listing(path);
        let ascii = self.shared.lessons().lists_in_ascii();
        let first = match self.open_listing(path, manner, ascii).await {
            Ok(listing) => {
                let stream = ListingStream::over(Lease::new(self), listing, MEMORY);
                match stream.read_part().await {
                    Ok(None) => {
                        self.note("the listing is long; its beginning shows enough");
                        return Ok(Sample::Part);
                    }
                    Ok(Some(seen)) => Ok(seen),
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        if !self.awaits_trial() {
            return first.map(|seen| sampled(&seen));
        }
        Box::pin(self.decide(path, manner, first.as_ref())).await?;
        // A look at an empty directory may take the place of an error.
        Ok(first.map_or(Sample::Complete, |seen| sampled(&seen)))
    }
}

fn sampled(seen: &Seen) -> Sample {
    match seen.summary.completeness().is_complete() {
        true => Sample::Complete,
        false => Sample::Part,
    }
}

impl ListingStream<'_> {
    /// Reads the listing up to the bounds. Returns `None` if there is more of it; it has then ended in
    /// order, or its session has given up the control connection.
    async fn read_part(mut self) -> Result<Option<Seen>, Error> {
        let end = Instant::now() + TIME;
        for _ in 0..ENTRIES {
            match timeout_at(end, self.next()).await {
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) if is_too_large(&error) => {
                    self.has_shown_enough();
                    return Ok(None);
                }
                // `conclude` returns the error again.
                Ok(None | Some(Err(_))) => {
                    return self.conclude().await.map(|concluded| Some(concluded.seen));
                }
                Err(_) => break,
            }
        }
        self.has_shown_enough();
        // If that fails, the session gives up the control connection.
        let _ = self.stop().await;
        Ok(None)
    }
}

/// Whether the server sends more than is read, or a line without end.
pub(super) fn is_too_large(error: &Error) -> bool {
    matches!(
        error.detail(),
        Some(ErrorDetail::ListingTooLarge | ErrorDetail::ListingLineTooLong)
    )
}
