//! Removes what a failed upload has left.

use towline_proto::path::RemotePath;

use crate::boxed::boxed;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::transfer::plan::Plan;

/// Removes what an upload that failed with `error` has left at the server, unless it can be
/// resumed. If that fails, records in the error what may remain.
#[boxed]
pub(crate) async fn clear_up(session: &mut Session, plan: &Plan, error: Error) -> Error {
    match plan.keep_part {
        true => error,
        false => remove_part(session, plan, error).await,
    }
}

/// Removes what an upload that failed with `error` has left at the server. If that fails, records
/// in the error what may remain.
pub(crate) async fn remove_part(session: &mut Session, plan: &Plan, error: Error) -> Error {
    let may_ask = session.is_usable() || !error.is_lost();
    // Until the server has answered, a call that is dropped has to report the part.
    let is_gone = !plan.is_direct() && may_ask && is_removed(session, &plan.stored_as).await;
    plan.part.clear();
    match is_gone {
        true => error,
        false => error.with_remains(plan.unfinished()),
    }
}

/// Removes the file at `path`. Returns whether it is known to be gone. A user who may only store
/// files may not remove them.
async fn is_removed(session: &mut Session, path: &RemotePath) -> bool {
    match session.remove_file(path).await {
        Ok(()) => true,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
