//! Adding a local file to the end of a remote one.

use std::path::Path;

use towline_proto::path::RemotePath;

use super::conclude::{MAY_END_IN_A_PART, Plan};
use super::origin::Origin;
use super::pump::feed_file;
use super::send::give_up;
use super::{Transferred, UploadOptions};
use crate::attempt::{Attempts, retrying};
use crate::error::{Error, ErrorKind};
use crate::session::Session;

impl Session {
    /// Appends `local` to `remote`. Once bytes have gone out there is another attempt only where size
    /// and end of the file at the server tell exactly how many of them have arrived.
    pub(super) async fn append_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let origin = Origin::open(local).await?;
        let mut attempts = Attempts::default();
        let mut appending = Appending {
            before: None,
            arrived: 0,
            has_begun: false,
        };
        loop {
            self.unfinished = None;
            let appended = self.append_once(&origin, remote, options, &mut appending);
            let error = match appended.await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let is_unfinished = self.unfinished.take().is_some();
            let error = match is_unfinished {
                true => error.with_note(MAY_END_IN_A_PART),
                false => error,
            };
            let Some(total) = origin.source.size else {
                return Err(error);
            };
            let went_out = is_unfinished || appending.has_begun;
            if went_out && appending.before.is_none() {
                return Err(error);
            }
            self.wait_to_retry(&mut attempts, error, &options.cancel)
                .await?;
            if went_out {
                let arrived = self.arrived(&origin, remote, &appending, total).await?;
                appending.arrived = arrived.ok_or_else(|| {
                    let what = "the file at the server does not tell how much has arrived";
                    Error::new(ErrorKind::Incomplete, what).with_note(MAY_END_IN_A_PART)
                })?;
            }
        }
    }

    /// How many of the `total` bytes of `origin` `remote` ends in; `None` if that cannot be told.
    async fn arrived(
        &mut self,
        origin: &Origin,
        remote: &RemotePath,
        appending: &Appending,
        total: u64,
    ) -> Result<Option<u64>, Error> {
        let Some(now) = self.size(remote).await? else {
            return Ok(None);
        };
        let arrived = match appending.arrived_by(now, total) {
            Some(arrived) if arrived > 0 => arrived,
            none => return Ok(none),
        };
        // By the size alone it could be what others have added.
        let tail = origin.tail(arrived).await?;
        let is_ours = retrying!(self, self.ends_with(remote, now, &tail))?;
        Ok((is_ours == Some(true)).then_some(arrived))
    }

    async fn append_once(
        &mut self,
        origin: &Origin,
        remote: &RemotePath,
        options: &UploadOptions,
        appending: &mut Appending,
    ) -> Result<Transferred, Error> {
        options.cancel.check()?;
        let mut plan = Plan::new(remote, options)?;
        plan.total = origin.source.size;
        // What has gone out counts, and is no other file.
        plan.keep_part = true;
        let Appending {
            before,
            arrived,
            has_begun,
        } = appending;
        if before.is_none() {
            self.look_ahead(&mut plan, options).await?;
            *before = self.ask_size(remote).await?;
        }
        let already = before.unwrap_or(0);
        plan.offset = already + *arrived;
        plan.total = plan.total.map(|total| already + total);
        origin.seek(*arrived)?;
        let mut transferred = if plan.total == Some(plan.offset) && *arrived > 0 {
            self.conclude(plan, 0, None).await?
        } else {
            let mut upload = self.begin_upload(plan).await?;
            *has_begun = true;
            match feed_file(&mut upload, origin, &options.cancel).await {
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
    /// Bytes may have gone out, in this attempt or in one before.
    has_begun: bool,
}

impl Appending {
    /// How many of `total` bytes have arrived when the remote file is `now` bytes; `None` if that
    /// does not tell.
    fn arrived_by(&self, now: u64, total: u64) -> Option<u64> {
        let arrived = now.checked_sub(self.before?)?;
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
            has_begun: true,
        };
        for (now, arrived) in [
            (105, Some(5)),
            (130, Some(30)),
            (131, None),
            (104, None),
            (99, None),
        ] {
            assert_eq!(appending.arrived_by(now, 30), arrived, "{now}");
        }
        let unknown = Appending {
            before: None,
            ..appending
        };
        assert_eq!(unknown.arrived_by(30, 30), None);
    }
}
