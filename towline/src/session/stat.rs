//! What can be known about one path.

use jiff::Timestamp;
use jiff::tz::Offset;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone, parse_mlst};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::Session;
use super::attempts::retrying;
use super::listing::ListingSummary;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// What the server knows about one path: `MLST` where it has it, else what its directory's
    /// listing and `SIZE` and `MDTM` say.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such entry.
    pub async fn stat(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        retrying!(self, self.describe(path))
    }

    /// As [`Self::stat`], once.
    pub(crate) async fn describe(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.ensure_usable().await?;
        if self.features().has(Feature::Mlst) {
            let command = Command::Mlst(Some(path.clone()));
            let reply = self.command(&command).await?;
            match reply.class() {
                ReplyClass::Completion => {
                    let Some(mut entry) = parse_mlst(&reply) else {
                        let what = "the reply to MLST cannot be understood";
                        let error = Error::protocol(ErrorDetail::UnreadableReply, what);
                        return Err(error.with_reply(reply).with_path(path));
                    };
                    // Some servers put a whole path here, others only the name.
                    let name = path.file_name().unwrap_or(path.as_bytes());
                    entry.name = name.to_vec();
                    if matches!(
                        entry.kind,
                        EntryKind::CurrentDirectory | EntryKind::ParentDirectory
                    ) {
                        entry.kind = EntryKind::Directory;
                    }
                    return Ok(entry);
                }
                _ if is_unknown_command(reply.code()) => {}
                _ => return Err(no_such(reply, path)),
            }
        }
        self.stat_by_listing(path).await
    }

    async fn stat_by_listing(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            // The root or the login directory, which no listing shows.
            self.list_each(path, |_| {}).await?;
            return Ok(Entry::new(path.as_bytes(), EntryKind::Directory));
        };
        let mut found = None;
        let mut find = |entry: Entry| {
            if entry.name == name {
                found = Some(entry);
            }
        };
        let summary = match self.list_each(&parent, &mut find).await {
            Ok(summary) => summary,
            // Its directory may be one to pass through and not to read.
            Err(error) if error.detail() == Some(&ErrorDetail::DirectoryListsItself) => {
                found = None;
                ListingSummary::default()
            }
            Err(error) => return Err(error),
        };
        let Some(mut entry) = found else {
            // A server may leave hidden files out, or take a name for a pattern.
            if let Some(size) = self.ask_size(path).await? {
                let mut entry = Entry::new(name, EntryKind::File);
                entry.size = Some(size);
                entry.modified = self.ask_modified(path).await?.map(exact);
                return Ok(entry);
            }
            let was_asked_for = self.features().has(Feature::Size);
            let error = not_listed(&summary, was_asked_for);
            return Err(error.with_path(path));
        };
        if entry.kind == EntryKind::File {
            if let Some(size) = self.ask_size(path).await? {
                entry.size = Some(size);
            }
            if let Some(time) = self.ask_modified(path).await? {
                entry.modified = Some(exact(time));
            }
        }
        Ok(entry)
    }
}

fn exact(time: Timestamp) -> Modified {
    Modified {
        time: Offset::UTC.to_datetime(time),
        precision: Precision::Second,
        zone: Zone::Utc,
    }
}

/// Something is not among the entries of a listing. Unless the server `was_asked_for` it by name as
/// well, the listing alone has to show that it is not there.
fn not_listed(summary: &ListingSummary, was_asked_for: bool) -> Error {
    let ListingSummary { unknown, .. } = summary;
    let cut = summary.cut || summary.partial.is_some();
    let error = if was_asked_for || summary.completeness().is_complete() {
        let what = "there is no such file or directory";
        Error::new(ErrorKind::NotFound, what).with_detail(ErrorDetail::NoSuchFile)
    } else if cut {
        let what = "it is not in the listing, which may have been cut short";
        Error::new(ErrorKind::Incomplete, what).with_detail(ErrorDetail::ListingCutShort)
    } else {
        let what = "it is not in what was understood of the listing";
        Error::protocol(ErrorDetail::ListingNotUnderstood, what)
    };
    match unknown {
        0 => error,
        _ => error.with_note(format!("{unknown} lines not understood")),
    }
}

/// Whether the server does not know the command that it has answered.
pub(super) fn is_unknown_command(code: ReplyCode) -> bool {
    matches!(
        code,
        ReplyCode::UNRECOGNISED | ReplyCode::NOT_IMPLEMENTED | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
    )
}

/// A refusal of MLST: with 550 there is no such entry, in whatever words.
fn no_such(reply: Reply, path: &RemotePath) -> Error {
    let not_found = reply.code() == ReplyCode::FILE_UNAVAILABLE;
    let error = Error::refused("the server does not describe it", reply).with_path(path);
    if not_found {
        let error = error.with_kind(ErrorKind::NotFound);
        error.with_detail(ErrorDetail::NoSuchFile)
    } else {
        error
    }
}
