//! Compares the contents of files by their digests.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::builder::Mirror;
use super::seen::Seen;
use crate::carry::Carrier;
use crate::error::Error;
use crate::path::TreePath;

impl<C: Carrier> Mirror<C> {
    /// Compares the digests of `files`, several at the same time. A file whose digest cannot be had
    /// counts as different: it is copied again.
    pub(super) async fn compare_digests(
        &self,
        seen: &mut Seen,
        files: Vec<TreePath>,
    ) -> Result<(), Error> {
        let digests = Arc::make_mut(&mut seen.digests);
        let most = usize::try_from(self.connections.get()).unwrap_or(usize::MAX);
        let mut comparing = JoinSet::new();
        let mut waiting = files.into_iter();
        loop {
            while comparing.len() < most
                && let Some(path) = waiting.next()
            {
                let carrier = Arc::clone(&self.carrier);
                comparing.spawn(async move {
                    let same = carrier.same_contents(&path).await;
                    (path, same)
                });
            }
            match comparing.join_next().await {
                None => return Ok(()),
                Some(Ok((path, Ok(Some(same))))) => digests.compared(path, same),
                Some(Ok((_, Ok(None)))) => {
                    digests.unavailable();
                    return Ok(());
                }
                Some(Ok((_, Err(error)))) if error.is_final() => return Err(error),
                Some(Ok((path, Err(_)))) => digests.compared(path, false),
                Some(Err(error)) if error.is_panic() => {
                    std::panic::resume_unwind(error.into_panic());
                }
                Some(Err(_)) => return Err(Error::Cancelled),
            }
        }
    }
}
