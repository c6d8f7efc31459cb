//! Cancelling a transfer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::error::{Error, ErrorKind};

/// How long a transfer may take to end properly. The rest of the two seconds is left for the
/// caller.
const IN_ORDER: Duration = Duration::from_millis(1500);

/// Cancels transfers from another task or thread. Clones cancel the same transfers.
///
/// Pass it to [`DownloadOptions::cancel`](crate::DownloadOptions::cancel) or
/// [`UploadOptions::cancel`](crate::UploadOptions::cancel). A cancelled transfer ends properly,
/// with [`ErrorKind::Cancelled`], within two seconds whatever the server does. The partial file is
/// kept if the options say `resume`, and removed otherwise. If the server does not answer in time,
/// the error says what may remain there. If an old file is moved aside at that moment, because the
/// server does not rename over it, the transfer first goes on until the new file or the old one has
/// the name.
///
/// ```
/// use towline::{Cancel, DownloadOptions};
///
/// let cancel = Cancel::new();
/// let options = DownloadOptions::default().cancel(&cancel);
/// // For instance on Ctrl-C, from another task or thread:
/// cancel.cancel();
/// assert!(cancel.is_cancelled());
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<watch::Sender<bool>>,
    /// The number of old files that are moved aside and have no final name at the moment.
    shields: Arc<watch::Sender<usize>>,
}

/// While it exists, a cancelled transfer is not dropped.
#[derive(Debug)]
pub(crate) struct Shield(Arc<watch::Sender<usize>>);

impl Drop for Shield {
    fn drop(&mut self) {
        self.0.send_modify(|shields| *shields -= 1);
    }
}

impl Cancel {
    /// Creates one that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels every transfer that uses this value or a clone of it, now or later.
    pub fn cancel(&self) {
        self.flag.send_replace(true);
    }

    /// Returns whether [`Self::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.flag.borrow()
    }

    /// Waits until [`Self::cancel`] is called.
    pub async fn cancelled(&self) {
        // The sender lives in `self`, so this does not fail.
        let _ = self.flag.subscribe().wait_for(|flag| *flag).await;
    }

    /// Fails once it is cancelled, so that nothing new begins.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cancelled`] if it is cancelled.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.is_cancelled() {
            true => Err(cancelled()),
            false => Ok(()),
        }
    }

    /// Keeps transfers that use this value from being dropped for as long as the returned value
    /// exists.
    pub(crate) fn shield(&self) -> Shield {
        self.shields.send_modify(|shields| *shields += 1);
        Shield(Arc::clone(&self.shields))
    }

    /// Waits until it is cancelled and transfers have had `grace` to end properly. While an old file
    /// is moved aside, this waits until a file has the name again, and then for `grace` once more.
    /// A transfer that is dropped before that may leave nothing under the name.
    pub async fn overdue(&self, grace: Duration) {
        self.cancelled().await;
        sleep(grace).await;
        let mut shields = self.shields.subscribe();
        while *shields.borrow_and_update() > 0 {
            // The sender lives in `self`, so this does not fail.
            let _ = shields.wait_for(|shields| *shields == 0).await;
            sleep(grace).await;
        }
    }

    /// Runs `work`, which ends early when it notices the cancellation. Returns `None` if that takes
    /// too long and nothing [shields](Self::shield) it.
    pub(crate) async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.overdue(IN_ORDER) => None,
        }
    }

    /// Runs `work` until it completes or is cancelled.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cancelled`] if it is cancelled.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(cancelled()),
            done = work => Ok(done),
        }
    }
}

/// The error of an operation that the caller cancelled.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_clone_stops_what_the_other_was_given_to() {
        let cancel = Cancel::new();
        assert_eq!(cancel.or(async { 1 }).await.unwrap(), 1);
        cancel.clone().cancel();
        let error = cancel.or(pending::<()>()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_does_not_end_is_left_in_time() {
        let cancel = Cancel::new();
        cancel.cancel();
        let began = tokio::time::Instant::now();
        assert_eq!(cancel.bound(pending::<()>()).await, None);
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn shielded_work_is_not_dropped() {
        let cancel = Cancel::new();
        cancel.cancel();
        let work = async {
            let shield = cancel.shield();
            sleep(Duration::from_secs(20)).await;
            drop(shield);
            pending::<()>().await;
        };
        let began = tokio::time::Instant::now();
        assert_eq!(cancel.clone().bound(work).await, None);
        assert!(began.elapsed() >= Duration::from_secs(20));
    }
}
