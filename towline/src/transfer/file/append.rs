//! Appends a local file to a remote file.

use std::path::Path;

use towline_proto::path::RemotePath;

use super::pump::feed_file;
use super::send::give_up;
use super::tail::ends_with;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::session::attempts::retrying;
use crate::session::{Attempts, Session};
use crate::transfer::local::LocalFile;
use crate::transfer::options::UploadOptions;
use crate::transfer::outcome::Transferred;
use crate::transfer::part::Part;
use crate::transfer::plan::Plan;
use crate::transfer::publish::conclude;
use crate::transfer::stream::{begin_upload, look_ahead};

/// Appends `local` to `remote`. Once bytes may have been sent, it retries only if the size and the
/// end of the remote file show exactly how many of them have arrived.
#[boxed]
pub(crate) async fn append_file(
    session: &mut Session,
    local: &Path,
    remote: &RemotePath,
    options: &UploadOptions,
    part: &Part,
) -> Result<Transferred, Error> {
    let file = LocalFile::open(local).await?;
    let mut attempts = Attempts::default();
    let mut appending = Appending {
        before: None,
        arrived: 0,
        has_begun: false,
    };
    loop {
        if !appending.has_begun {
            part.clear();
        }
        let appended = append_once(session, &file, remote, options, part, &mut appending);
        let error = match appended.await {
            Ok(transferred) => return Ok(transferred),
            Err(error) => error,
        };
        appending.has_begun |= part.take().is_some();
        let has_begun = appending.has_begun;
        // Bytes of an earlier attempt count, too. A file that got another name is complete, so it
        // has no remains.
        let with_remains = |error: Error| match has_begun {
            true if matches!(error.detail(), Some(ErrorDetail::OtherNameGiven { .. })) => error,
            true => error.with_remains(Remains::AppendedPart),
            false => error,
        };
        let error = with_remains(error);
        let Some(total) = file.version.size else {
            return Err(error);
        };
        if has_begun && appending.before.is_none() {
            return Err(error);
        }
        let waited = session.wait_to_retry(&mut attempts, error, &options.cancel);
        waited.await.map_err(with_remains)?;
        if has_begun {
            part.set(Remains::AppendedPart);
            let arrived = arrived(session, &file, remote, &appending, total).await;
            appending.arrived = arrived.map_err(with_remains)?.ok_or_else(|| {
                let what = "the file at the server does not show how much has arrived";
                let error = Error::new(ErrorKind::Incomplete, what);
                with_remains(error.with_detail(ErrorDetail::AppendInDoubt))
            })?;
            appending.has_begun = appending.arrived > 0;
        }
    }
}

/// Returns how many of the `total` bytes of `file` are at the end of `remote`; `None` if that
/// cannot be determined.
async fn arrived(
    session: &mut Session,
    file: &LocalFile,
    remote: &RemotePath,
    appending: &Appending,
    total: u64,
) -> Result<Option<u64>, Error> {
    let Some(now) = session.size(remote).await? else {
        return Ok(None);
    };
    let arrived = match appending.arrived_by(now, total) {
        Some(arrived) if arrived > 0 => arrived,
        none => return Ok(none),
    };
    // The size alone could be due to bytes that another client appended.
    let tail = file.tail(arrived).await?;
    let is_ours = retrying!(session, ends_with(session, remote, now, &tail))?;
    Ok((is_ours == Some(true)).then_some(arrived))
}

async fn append_once(
    session: &mut Session,
    file: &LocalFile,
    remote: &RemotePath,
    options: &UploadOptions,
    part: &Part,
    appending: &mut Appending,
) -> Result<Transferred, Error> {
    options.cancel.check()?;
    let mut plan = Plan::new(remote, options, part)?;
    plan.total = file.version.size;
    // The bytes sent are part of the target, so they must stay.
    plan.keep_part = true;
    let Appending {
        before,
        arrived,
        has_begun,
    } = appending;
    if before.is_none() {
        look_ahead(session, &mut plan, options).await?;
        *before = session.size_before_append(remote).await?;
    }
    let already = before.unwrap_or(0);
    plan.offset = already + *arrived;
    plan.total = plan.total.map(|total| already + total);
    file.seek(*arrived)?;
    let mut transferred = if plan.total == Some(plan.offset) && *arrived > 0 {
        conclude(session, plan, 0, None).await?
    } else {
        let mut upload = begin_upload(session, plan).await?;
        *has_begun = true;
        match feed_file(&mut upload, file, &options.cancel).await {
            Ok(()) => upload.finish().await?,
            Err(stop) => return Err(give_up(upload, stop, &file.local).await),
        }
    };
    transferred.bytes += *arrived;
    transferred.resumed_at = Some(already).filter(|already| *already > 0);
    Ok(transferred)
}

/// The progress of an append.
#[derive(Clone, Copy, Debug)]
struct Appending {
    /// The size of the remote file before the first attempt; `None` if the file did not exist or
    /// the server does not report its size.
    before: Option<u64>,
    /// How many bytes of the local file are known to have arrived.
    arrived: u64,
    /// Whether bytes may have been sent, in this attempt or an earlier one.
    has_begun: bool,
}

impl Appending {
    /// Returns how many of `total` bytes have arrived if the remote file is `now` bytes long;
    /// `None` if the size does not show that.
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
