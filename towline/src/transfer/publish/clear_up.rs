//! Removes what a failed upload has left.

use crate::error::{Error, Remains};
use crate::session::Session;
use crate::transfer::plan::{How, Plan};

/// Removes what an upload that failed with `error` has left at the server, unless it can be
/// resumed. If that fails, records in the error what may remain.
pub(crate) async fn clear_up(session: &mut Session, plan: &Plan, error: Error) -> Error {
    match plan.keep_part {
        true => error,
        false => remove_part(session, plan, error).await,
    }
}

/// Removes what an upload that failed with `error` has left at the server. If that fails, records
/// in the error what may remain.
pub(crate) async fn remove_part(session: &mut Session, plan: &Plan, error: Error) -> Error {
    let Plan { stored_as, how, .. } = plan;
    plan.part.clear();
    match how {
        _ if !plan.is_direct() => {}
        How::Append => return error.with_remains(Remains::AppendedPart),
        _ => return error.with_remains(Remains::PartAtTarget),
    }
    if session.is_usable() || !error.is_lost() {
        match session.remove_file(stored_as).await {
            Ok(()) => return error,
            Err(refused) if refused.reply().is_some() => return error,
            Err(_) => {}
        }
    }
    let at = stored_as.clone();
    error.with_remains(Remains::Part { at })
}
