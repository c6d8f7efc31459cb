//! Decides when an upload is complete.

use std::time::Duration;

use tokio::time::sleep;
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::clear_up::clear_up;
use super::rename::{publish, wrong_size};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::session::Session;
use crate::transfer::check::{Comparison, compare};
use crate::transfer::outcome::{Transferred, unproven};
use crate::transfer::plan::{Plan, kept};

/// A file that keeps its size for this long is no longer growing.
const STANDSTILL: Duration = Duration::from_millis(300);

/// Checks an upload against the server's size, and against its digest if the caller asked for that.
/// Then sets its time and gives it its name. `sent` is the number of bytes that this attempt has
/// sent; `reply` confirmed the transfer.
#[boxed]
pub(crate) async fn conclude(
    session: &mut Session,
    plan: Plan,
    sent: u64,
    reply: Option<Reply>,
) -> Result<Transferred, Error> {
    if plan.text {
        return complete(session, plan, sent, None, reply).await;
    }
    let unchecked = |error: Error| {
        let error = error.with_path(&plan.target);
        let at = plan.stored_as.clone();
        error.with_remains(Remains::UncheckedUpload { at })
    };
    let size = session.ask_size(&plan.stored_as).await;
    let size = size.map_err(unchecked)?;
    let shown = match size {
        // The name is worth another look before it takes the place of a good file.
        None if !plan.is_direct() => {
            let shown = session.listed_size(&plan.stored_as).await;
            shown.map_err(unchecked)?
        }
        size => size,
    };
    let expected = plan.offset + sent;
    if let Some(actual) = shown.filter(|shown| *shown != expected) {
        let error = wrong_size(expected, actual);
        return Err(reject(session, plan, error, reply).await);
    }
    complete(session, plan, sent, size, reply).await
}

/// Checks an upload whose bytes were all sent, but whose final reply was `lost`: the size over a
/// new connection shows whether they arrived.
#[boxed]
pub(crate) async fn conclude_without_reply(
    session: &mut Session,
    plan: Plan,
    sent: u64,
    lost: Error,
) -> Result<Transferred, Error> {
    if plan.text {
        return Err(clear_up(session, &plan, lost.with_path(&plan.target)).await);
    }
    let expected = plan.offset + sent;
    session.note("the final reply is lost; a new connection shows what has arrived");
    match stable_size(session, &plan.stored_as, expected).await {
        Ok(Some(size)) if size == expected => complete(session, plan, sent, Some(size), None).await,
        Ok(Some(size)) => {
            let what = format!("{size} of {expected} bytes have arrived");
            let actual = size;
            let error = Error::new(ErrorKind::Incomplete, what)
                .with_detail(ErrorDetail::WrongSize { expected, actual })
                .with_source(lost)
                .with_path(&plan.target);
            Err(clear_up(session, &plan, error).await)
        }
        _ => Err(clear_up(session, &plan, lost.with_path(&plan.target)).await),
    }
}

/// Returns the size of a file that the server may still be writing, once it is at least `expected`
/// or has stopped changing.
async fn stable_size(
    session: &mut Session,
    path: &RemotePath,
    expected: u64,
) -> Result<Option<u64>, Error> {
    let mut before = None;
    loop {
        let size = session.ask_size(path).await?;
        let is_all = size.is_none_or(|size| size >= expected);
        if is_all || size == before {
            return Ok(size);
        }
        before = size;
        sleep(STANDSTILL).await;
    }
}

/// Finishes an upload whose bytes have all arrived.
async fn complete(
    session: &mut Session,
    mut plan: Plan,
    sent: u64,
    size: Option<u64>,
    reply: Option<Reply>,
) -> Result<Transferred, Error> {
    let mut digest = None;
    if let Some(hasher) = plan.hasher.take() {
        let compared = compare(session, hasher, &plan.stored_as, plan.offset + sent);
        match compared.await {
            Ok(Comparison::Equal(algorithm)) => digest = Some(algorithm),
            Ok(Comparison::Different(error)) => {
                return Err(reject(session, plan, error, reply).await);
            }
            Err(error) => return Err(clear_up(session, &plan, error).await),
        }
    }
    let expected = plan.offset + sent;
    if plan.require_verified && size.is_none() && digest.is_none() {
        // Before the file gets its name.
        let listed = session.listed_size(&plan.stored_as).await;
        if listed.is_ok_and(|listed| listed != Some(expected)) {
            return Err(clear_up(session, &plan, unproven().with_path(&plan.target)).await);
        }
    }
    // From here on the file is no longer a part, and must not be removed as one.
    match plan.is_direct() {
        true => plan.part.clear(),
        false => drop(plan.part.set(whole(&plan))),
    }
    if let Some(time) = plan.modified.take() {
        let set = session.set_time(&plan.stored_as, time).await;
        set.map_err(|error| {
            plan.part.clear();
            kept(&plan, error)
        })?;
    }
    if !plan.text {
        plan.total = Some(expected);
    }
    let outcome = publish(session, &plan, size).await?;
    let transferred = Transferred {
        bytes: sent,
        resumed_at: (plan.offset > 0).then_some(plan.offset),
        outcome,
        digest,
        elapsed: plan.began.elapsed(),
    };
    if plan.require_verified && !transferred.is_proven() {
        let at = plan.target.clone();
        let error = unproven().with_path(&plan.target);
        return Err(error.with_remains(Remains::WholeUpload { at }));
    }
    Ok(transferred)
}

fn whole(plan: &Plan) -> Remains {
    let at = plan.stored_as.clone();
    Remains::WholeUpload { at }
}

/// Fails the upload because the contents at the server are not what was sent. Such a part cannot be
/// resumed, so it is removed.
async fn reject(
    session: &mut Session,
    mut plan: Plan,
    error: Error,
    reply: Option<Reply>,
) -> Error {
    let mut error = error.with_path(&plan.target);
    if let Some(reply) = reply {
        error = error.with_reply(reply);
    }
    plan.keep_part = false;
    clear_up(session, &plan, error).await
}
