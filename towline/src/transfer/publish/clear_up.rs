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
    let remains = match how {
        How::Append if plan.is_direct() => Some(Remains::AppendedPart),
        _ if plan.is_direct() => Some(Remains::PartAtTarget),
        _ if session.is_usable() || !error.is_lost() => {
            // Until the server has answered, a call that is dropped has to report the part.
            match session.remove_file(stored_as).await {
                Ok(()) => None,
                Err(refused) if refused.reply().is_some() => None,
                Err(_) => Some(Remains::Part {
                    at: stored_as.clone(),
                }),
            }
        }
        _ => Some(Remains::Part {
            at: stored_as.clone(),
        }),
    };
    plan.part.clear();
    match remains {
        Some(remains) => error.with_remains(remains),
        None => error,
    }
}
