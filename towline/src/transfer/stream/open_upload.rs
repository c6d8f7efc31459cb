//! Opening the data connection of an upload.

use towline_proto::command::Command;
use towline_proto::path::RemotePath;

use super::upload::Upload;
use crate::boxed::boxed;
use crate::data::{Data, Purpose};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::{Lease, Session};
use crate::transfer::check::hasher;
use crate::transfer::options::UploadOptions;
use crate::transfer::part::Part;
use crate::transfer::plan::{How, Plan};
use crate::transfer::publish::clear_up;

/// Opens the data connection of an upload to `target` whose size is not known yet.
#[boxed]
pub(crate) async fn open_stream(
    session: &mut Session,
    target: &RemotePath,
    options: &UploadOptions,
    part: &Part,
) -> Result<(Data, Plan), Error> {
    let plan = Plan::new(target, options, part)?;
    open_planned(session, plan, options).await
}

/// Opens the data connection of the upload that `plan` describes, whose size is not known yet.
#[boxed]
pub(crate) async fn open_planned(
    session: &mut Session,
    mut plan: Plan,
    options: &UploadOptions,
) -> Result<(Data, Plan), Error> {
    look_ahead(session, &mut plan, options).await?;
    if plan.how == How::Append {
        let before = session.size_before_append(&plan.target).await?;
        plan.offset = before.unwrap_or(0);
    }
    let data = open_upload(session, &plan).await?;
    Ok((data, plan))
}

/// Finds out what must be known before an upload: whether it may begin, and how to verify it.
#[boxed]
pub(crate) async fn look_ahead(
    session: &mut Session,
    plan: &mut Plan,
    options: &UploadOptions,
) -> Result<(), Error> {
    if !plan.overwrite {
        refuse_existing(session, &plan.target).await?;
    }
    if options.verify {
        plan.hasher = Some(hasher(session, &plan.target).await?);
    }
    Ok(())
}

/// Begins the upload that `plan` describes.
pub(crate) async fn begin_upload(session: &mut Session, plan: Plan) -> Result<Upload<'_>, Error> {
    let data = open_upload(session, &plan).await?;
    Ok(Upload::over(Lease::new(session), data, plan))
}

/// Opens the data connection of the upload that `plan` describes.
#[boxed]
pub(crate) async fn open_upload(session: &mut Session, plan: &Plan) -> Result<Data, Error> {
    let stored_as = plan.stored_as.clone();
    let (command, offset) = match plan.how {
        How::Store => (Command::Stor(stored_as), 0),
        How::Restart => (Command::Stor(stored_as), plan.offset),
        How::Append => (Command::Appe(stored_as), 0),
    };
    let purpose = match plan.how {
        How::Store if plan.is_direct() => Purpose::Replace,
        _ => Purpose::Store,
    };
    let path = &plan.target;
    // Recorded before the command, so that a dropped call leaves the record.
    let before = plan.part.set(plan.unfinished());
    let opened = match plan.text {
        true => session.open_text_data(purpose, &command, path).await,
        false => session.open_data(purpose, &command, offset, path).await,
    };
    match opened.map_err(Error::of_transfer) {
        Ok(data) => Ok(data),
        Err(error) => {
            if !error.target_may_exist() {
                plan.part.restore(before);
                return Err(error);
            }
            Err(clear_up(session, plan, error).await)
        }
    }
}

async fn refuse_existing(session: &mut Session, target: &RemotePath) -> Result<(), Error> {
    match session.describe(target).await {
        Ok(_) => {
            let what = "it exists at the server and is left alone";
            let error = Error::new(ErrorKind::AlreadyExists, what).with_path(target);
            Err(error.with_detail(ErrorDetail::TargetExists))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
