//! Moves the files of a queue over one session.

use super::job::{Job, JobOptions};
use super::pipeline::{download_ahead, may_queue_download, may_queue_upload, upload_ahead};
use super::queue::Claim;
use super::work::{Stopped, Work};
use crate::boxed::boxed;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::session::attempts::retrying;

/// Moves the files of `left`, one command at a time, then files from the queue until none is
/// waiting.
#[boxed]
pub(crate) async fn work(session: &mut Session, work: &Work<'_>, left: Vec<Claim>) -> Stopped {
    if !left.is_empty()
        && let Some(stopped) = one_by_one(session, work, left).await
    {
        return stopped;
    }
    while let Some(claim) = work.queue.take() {
        let job = claim.job();
        // Reopens a session that the server has closed, which a pipeline would treat as a surprise.
        let is_usable = job.cancel().or(session.ensure_usable()).await;
        let left = match &job.options {
            _ if !matches!(is_usable, Ok(Ok(()))) => vec![claim],
            JobOptions::Download(_) if may_queue_download(session, job) => {
                download_ahead(session, work, claim).await
            }
            JobOptions::Upload(_) if may_queue_upload(session, job) => {
                upload_ahead(session, work, claim).await
            }
            _ => vec![claim],
        };
        if let Some(stopped) = one_by_one(session, work, left).await {
            return stopped;
        }
    }
    Stopped::Empty
}

/// Moves the files of `left`, one command at a time. Returns a reason if the session must stop
/// taking files.
async fn one_by_one(session: &mut Session, work: &Work<'_>, left: Vec<Claim>) -> Option<Stopped> {
    let mut left = left.into_iter();
    while let Some(claim) = left.next() {
        let job = claim.job();
        let reached = reach(session, job).await;
        let has_begun = reached.is_ok();
        let outcome = match reached {
            Ok(()) => session.perform(job).await,
            Err(error) => Err(error.with_path(job.remote())),
        };
        match outcome {
            Err(error)
                if error.kind() == ErrorKind::Unavailable
                    && session.is_turned_away()
                    && (!has_begun || job.may_be_started_over()) =>
            {
                let left = left.collect();
                return Some(Stopped::NoRoom { claim, error, left });
            }
            outcome => (work.report)(claim, outcome),
        }
        // Asked once a file: another session may serve the caller a moment later.
        if (work.is_wanted)() {
            left.for_each(|claim| work.queue.give_back(claim));
            return Some(Stopped::Wanted);
        }
    }
    (work.is_wanted)().then_some(Stopped::Wanted)
}

/// Makes sure that a command can be sent before `job` begins.
async fn reach(session: &mut Session, job: &Job) -> Result<(), Error> {
    let cancel = job.cancel();
    let reaching = async { retrying!(session, session.ensure_usable(), unless cancel) };
    cancel.or(reaching).await?
}
