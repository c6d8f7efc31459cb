//! Gives a finished upload its name.

use towline_proto::listing::EntryKind;
use towline_proto::path::RemotePath;

use super::clear_up::remove_part;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::observer::{Event, Reporter};
use crate::session::attempts::retrying;
use crate::session::{Look, NOT_SEEN, OldName, OtherName, Rename, Session, other_name};
use crate::transfer::outcome::Outcome;
use crate::transfer::plan::{Plan, in_doubt, kept};
use crate::transfer::remote_part_name::name_beside;

/// Gives its name to the upload of `plan`, which is complete and `size` bytes long if the server
/// gives a size, and looks at that name. If the reply to the rename is lost, looks at both names to
/// determine the result.
#[boxed]
pub(crate) async fn publish(
    session: &mut Session,
    plan: &Plan,
    size: Option<u64>,
) -> Result<Outcome, Error> {
    let named = match plan.is_direct() {
        true => {
            plan.part.clear();
            confirm(session, plan, size).await
        }
        false => {
            let at = plan.stored_as.clone();
            plan.part.set(Remains::WholeUploadInDoubt { at });
            match rename_into_place(session, plan).await {
                Err(error) if error.is_lost() => resolve_rename(session, plan, size, error).await,
                Err(error) => Err(error),
                Ok(()) => confirm(session, plan, size).await,
            }
        }
    };
    plan.part.clear();
    named
}

/// Resolves a lost reply to `RNFR` or `RNTO`. Renames the file if that has not happened yet, and
/// first sets the time if `plan` still has one.
#[boxed]
pub(crate) async fn resolve_rename(
    session: &mut Session,
    plan: &Plan,
    size: Option<u64>,
    lost: Error,
) -> Result<Outcome, Error> {
    let Plan {
        stored_as, target, ..
    } = plan;
    match session.look_at_old_name(stored_as).await {
        OldName::There => {
            if let Some(time) = plan.modified {
                let set = retrying!(session, session.set_time(stored_as, time));
                set.map_err(|error| kept(plan, error))?;
            }
            match rename_into_place(session, plan).await {
                Err(lost) if lost.is_lost() => Err(in_doubt(plan, lost)),
                Err(error) => Err(error),
                Ok(()) => confirm(session, plan, size).await,
            }
        }
        OldName::Gone => {
            if session.has_new_name(target, size).await {
                if let Some(time) = plan.modified
                    && let Err(error) = retrying!(session, session.set_time(target, time))
                {
                    session.note(&format!("{target}: its time may not be set: {error}"));
                }
                return match session.keeps_name(target) {
                    true => Ok(outcome(size)),
                    false => confirm(session, plan, size).await,
                };
            }
            let what = "the upload has lost its temporary name, but the target is another file";
            Err(Error::new(ErrorKind::RenameRefused, what)
                .with_detail(ErrorDetail::TargetIsAnotherFile)
                .with_path(target)
                .with_source(lost))
        }
        OldName::Unknown => Err(in_doubt(plan, lost)),
    }
}

/// Looks at the final name of an upload that is complete and `size` bytes long, if the server has
/// given that size under its temporary name.
#[boxed]
pub(crate) async fn confirm(
    session: &mut Session,
    plan: &Plan,
    size: Option<u64>,
) -> Result<Outcome, Error> {
    let target = &plan.target;
    if plan.is_direct() && size.is_some() && session.keeps_name(target) {
        // The size is that of the final name.
        return Ok(outcome(size));
    }
    let at = target.clone();
    plan.part.set(Remains::WholeUpload { at });
    let looked = retrying!(session, session.look_at_file(target, size.or(plan.total)));
    plan.part.clear();
    match looked {
        Ok(Look::There(None)) => Ok(outcome(size)),
        Ok(Look::There(there)) => match size.or(plan.total) {
            Some(expected) if there != Some(expected) => {
                let error = wrong_size(expected, there.unwrap_or_default());
                Err(error.with_path(target).with_remains(Remains::PartAtTarget))
            }
            Some(_) => Ok(Outcome::Verified),
            None => Ok(Outcome::Complete),
        },
        Ok(Look::Instead(instead)) => {
            let remains = remains_as(&instead);
            let error = other_name(target, instead).with_kind(ErrorKind::RenameRefused);
            Err(error.with_remains(remains))
        }
        Ok(Look::Missing) => {
            session.warn(&format!("{target}: {NOT_SEEN}"));
            Ok(Outcome::Complete)
        }
        Ok(Look::Unknown) | Err(_) => {
            session.note(&format!(
                "{target}: the server does not show its final name"
            ));
            Ok(Outcome::Complete)
        }
    }
}

/// Returns the error for an upload whose size at the server is wrong.
pub(crate) fn wrong_size(expected: u64, actual: u64) -> Error {
    let bytes = if expected == 1 {
        "byte was"
    } else {
        "bytes were"
    };
    let what = format!("{expected} {bytes} sent, but the server has {actual}");
    let detail = ErrorDetail::WrongSize { expected, actual };
    Error::new(ErrorKind::Incomplete, what).with_detail(detail)
}

/// Returns the outcome for a file whose final name was seen.
fn outcome(size: Option<u64>) -> Outcome {
    match size {
        Some(_) => Outcome::Verified,
        None => Outcome::Complete,
    }
}

/// Renames an upload to its target. If the server does not rename over an existing file, moves the
/// old file to a backup name until the new one is in place; if the file must not be overwritten, it
/// stays.
async fn rename_into_place(session: &mut Session, plan: &Plan) -> Result<(), Error> {
    let Plan {
        stored_as: temporary,
        target,
        overwrite,
        ..
    } = plan;
    let kept = |error| kept(plan, error);
    session.ensure_usable().await.map_err(kept)?;
    let renamed = session.rename_once(temporary, target).await;
    let refusal = match renamed.map_err(kept)? {
        Rename::Done => return Ok(()),
        Rename::SourceRefused(reply) => {
            let error = Error::refused("the server does not allow it to be renamed", reply);
            let error = error.with_detail(ErrorDetail::RenameFromRefused);
            let error = error.with_kind(ErrorKind::RenameRefused).with_path(target);
            return Err(Box::pin(where_it_is(session, plan, error)).await);
        }
        Rename::TargetRefused(reply) => {
            Error::refused("the server does not allow its final name", reply)
        }
        Rename::InDoubt(error) => return Err(error.with_path(target)),
    };
    let refusal = refusal.with_kind(ErrorKind::RenameRefused);
    let refusal = refusal.with_detail(ErrorDetail::RenameToRefused);
    match session.describe(target).await {
        Ok(existing) if existing.kind == EntryKind::Directory => {
            let refusal = kept(refusal).with_note("there is a directory of that name");
            Err(refusal.with_detail(ErrorDetail::TargetIsDirectory))
        }
        Ok(existing) if existing.kind == EntryKind::File && !overwrite => {
            let error = refusal
                .with_kind(ErrorKind::AlreadyExists)
                .with_detail(ErrorDetail::TargetExists)
                .with_path(target);
            Err(remove_part(session, plan, error).await)
        }
        Ok(existing) if existing.kind == EntryKind::File => {
            let _shield = plan.cancel.shield();
            replace(session, temporary, target, kept(refusal)).await
        }
        // Nothing is in the way, so the server has another reason.
        _ => Err(kept(refusal)),
    }
}

/// Adds to `error` where the upload is. The server refuses to rename it, perhaps because it has
/// stored it under another name.
async fn where_it_is(session: &mut Session, plan: &Plan, error: Error) -> Error {
    let at = plan.stored_as.clone();
    match session.look_at_file(&at, plan.total).await {
        Ok(Look::There(_)) => error.with_remains(Remains::WholeUpload { at }),
        Ok(Look::Instead(instead)) => {
            let remains = remains_as(&instead);
            let detail = ErrorDetail::OtherNameGiven { at: instead.at };
            error.with_detail(detail).with_remains(remains)
        }
        Ok(Look::Missing | Look::Unknown) | Err(_) => {
            error.with_remains(Remains::UncheckedUpload { at })
        }
    }
}

/// Returns what remains of an upload that may have got another name.
fn remains_as(instead: &OtherName) -> Remains {
    let at = instead.at.clone();
    match instead.has_its_size {
        true => Remains::WholeUpload { at },
        false => Remains::UncheckedUpload { at },
    }
}

async fn replace(
    session: &mut Session,
    temporary: &RemotePath,
    target: &RemotePath,
    refusal: Error,
) -> Result<(), Error> {
    let backup = name_beside(target, "backup")?;
    session.note(&format!(
        "the server does not rename over an existing file; the old one is moved aside, to {backup}"
    ));
    let old = Remains::OldFile { at: backup.clone() };
    let mut aside = Aside::new(session, &old);
    match session.rename_unseen(target, &backup).await {
        Ok(()) => {}
        Err(error) if error.reply().is_some() => {
            aside.is_settled = true;
            return Err(refusal);
        }
        // It is unknown whether the rename happened. The upload may still get its name later, so
        // the note does not depend on the error.
        Err(error) => {
            aside.is_settled = true;
            session.note(&old.to_string());
            let at = temporary.clone();
            let error = error.with_remains(Remains::WholeUpload { at });
            return Err(error.with_remains(old).with_path(target));
        }
    }
    if let Err(error) = session.rename_unseen(temporary, target).await {
        let error = match error.reply() {
            Some(_) => error.with_kind(ErrorKind::RenameRefused),
            None => error,
        };
        let at = temporary.clone();
        let error = error.with_remains(Remains::WholeUpload { at });
        let put_back = session.rename_unseen(&backup, target).await;
        aside.is_settled = true;
        return Err(match put_back {
            Ok(()) => {
                let state = "the old file has its name back";
                session.note(state);
                error.with_note(state)
            }
            Err(_) => {
                session.note(&old.to_string());
                error.with_remains(old)
            }
        });
    }
    let removed = session.remove_file(&backup).await;
    aside.is_settled = true;
    if removed.is_err() {
        let note = format!("the old file could not be removed and stays at {backup}");
        session.note(&note);
    }
    Ok(())
}

/// An old file on its way to a backup name and back. A caller who drops the upload meanwhile gets a
/// warning that says where the file may be.
struct Aside {
    reporter: Reporter,
    old: String,
    is_settled: bool,
}

impl Aside {
    fn new(session: &Session, old: &Remains) -> Self {
        Self {
            reporter: session.reporter(),
            old: old.to_string(),
            is_settled: false,
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.is_settled {
            self.reporter.event(&Event::Warning { text: &self.old });
        }
    }
}
