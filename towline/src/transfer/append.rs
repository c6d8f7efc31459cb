//! Adding a local file to the end of a remote one.

use std::path::Path;

use towline_proto::path::RemotePath;

use super::conclude::Plan;
use super::local::Origin;
use super::pump::feed;
use super::send::give_up;
use super::{Transferred, UploadOptions};
use crate::attempt::Attempts;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

impl Session {
    /// Appends `local` to `remote`. Once bytes have gone out there is another attempt only where the
    /// size at the server tells exactly how many of them have arrived.
    pub(super) async fn append_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let mut origin = Origin::open(local).await?;
        let mut attempts = Attempts::default();
        let mut appending = Appending {
            before: None,
            arrived: 0,
        };
        loop {
            self.unfinished = None;
            let appended = self.append_once(&mut origin, remote, options, &mut appending);
            let error = match appended.await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let went_out = self.unfinished.take().is_some();
            let error = match went_out {
                true => error.with_note("the file at the server may end in a part of it now"),
                false => error,
            };
            let Some(total) = origin.source.size else {
                return Err(error);
            };
            if went_out && appending.before.is_none() {
                return Err(error);
            }
            self.wait_to_retry(&mut attempts, error, &options.cancel)
                .await?;
            if went_out {
                let now = self.size(remote).await?;
                appending.arrived = appending.arrived_by(now, total).ok_or_else(|| {
                    let what = "the size at the server does not tell how much has arrived";
                    Error::new(ErrorKind::Incomplete, what)
                })?;
            }
        }
    }

    async fn append_once(
        &mut self,
        origin: &mut Origin,
        remote: &RemotePath,
        options: &UploadOptions,
        appending: &mut Appending,
    ) -> Result<Transferred, Error> {
        options.cancel.check()?;
        let mut plan = Plan::new(remote, options)?;
        plan.total = origin.source.size;
        // What has gone out counts, and is no other file.
        plan.keep_part = true;
        let Appending { before, arrived } = appending;
        if before.is_none() {
            self.look_ahead(&mut plan, options).await?;
            *before = self.ask_size(remote).await?;
        }
        let already = before.unwrap_or(0);
        plan.offset = already + *arrived;
        plan.total = plan.total.map(|total| already + total);
        origin.seek(*arrived).await?;
        let mut transferred = if plan.total == Some(plan.offset) && *arrived > 0 {
            self.conclude(plan, 0, None).await?
        } else {
            let mut upload = self.begin_upload(plan).await?;
            match feed(&mut upload, &mut origin.file, &options.cancel).await {
                Ok(()) => upload.finish().await?,
                Err(stop) => return Err(give_up(upload, stop, &origin.local).await),
            }
        };
        transferred.bytes += *arrived;
        transferred.resumed_at = Some(already).filter(|already| *already > 0);
        Ok(transferred)
    }
}

/// How far a file has been appended.
#[derive(Clone, Copy, Debug)]
struct Appending {
    /// The size of the remote file ahead of all attempts; `None` if it did not exist, or if the
    /// server does not tell.
    before: Option<u64>,
    /// How many bytes of the local file are known to have arrived.
    arrived: u64,
}

impl Appending {
    /// How many of `total` bytes have arrived when the remote file is `now` bytes; `None` if that
    /// does not tell.
    fn arrived_by(&self, now: Option<u64>, total: u64) -> Option<u64> {
        let arrived = now?.checked_sub(self.before?)?;
        (self.arrived..=total).contains(&arrived).then_some(arrived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_size_between_tells_where_to_go_on() {
        let appending = Appending {
            before: Some(100),
            arrived: 5,
        };
        for (now, arrived) in [
            (Some(105), Some(5)),
            (Some(130), Some(30)),
            (Some(131), None),
            (Some(104), None),
            (Some(99), None),
            (None, None),
        ] {
            assert_eq!(appending.arrived_by(now, 30), arrived, "{now:?}");
        }
        let unknown = Appending {
            before: None,
            ..appending
        };
        assert_eq!(unknown.arrived_by(Some(30), 30), None);
    }
}
