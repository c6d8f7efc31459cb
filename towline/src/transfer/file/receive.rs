//! Downloads to a local file, which can resume.

use std::path::Path;

use towline_proto::path::RemotePath;

use super::finish::{finish, is_beyond_announced, proven};
use super::pump::{Stop, drain_to_file};
use super::tail::{begins_with, hash_beginning, refuses_to_continue, start_over};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::session::{Attempts, Session};
use crate::transfer::check::hasher;
use crate::transfer::file_version::{FileVersion, tail_start};
use crate::transfer::local::{Target, aside, at, check_target};
use crate::transfer::options::DownloadOptions;
use crate::transfer::outcome::Transferred;
use crate::transfer::part::Part;
use crate::transfer::part_mark::PartMarks;
use crate::transfer::stream::{ByteRange, Download, begin_download};

/// A download to a local file, with as many attempts as needed.
#[derive(Debug)]
pub(crate) struct Receiving<'a> {
    session: &'a mut Session,
    remote: &'a RemotePath,
    local: &'a Path,
    options: &'a DownloadOptions,
    /// Records what the download leaves, however it ends.
    part: &'a Part,
    /// Marks the parts of `remote`.
    marks: Option<PartMarks>,
    /// The user was told that this file cannot be resumed.
    told_of_size: bool,
    /// `remote` is a link whose own length the server gives as its size. The size of what it leads
    /// to, if it is known.
    size_behind_link: Option<Option<u64>>,
    /// An attempt without a temporary name has replaced the contents of `local`.
    has_overwritten: bool,
}

impl<'a> Receiving<'a> {
    pub(crate) fn new(
        session: &'a mut Session,
        remote: &'a RemotePath,
        local: &'a Path,
        options: &'a DownloadOptions,
        part: &'a Part,
    ) -> Self {
        Self {
            session,
            remote,
            local,
            options,
            part,
            marks: None,
            told_of_size: false,
            size_behind_link: None,
            has_overwritten: false,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Transferred, Error> {
        aside(self.local, self.options, check_target).await?;
        if self.options.temporary_name && (self.options.resume || self.options.keep_part) {
            self.marks = PartMarks::of(self.session, self.remote).await;
        }
        let mut attempts = Attempts::default();
        let mut target = None;
        loop {
            let error = match self.receive_once(&mut target).await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let may_go_on = target.as_ref().is_none_or(Target::may_go_on);
            if may_go_on && self.is_size_of_link(&error).await {
                continue;
            }
            let again = match may_go_on {
                true => {
                    self.session
                        .wait_to_retry(&mut attempts, error, &self.options.cancel)
                        .await
                }
                false => Err(error),
            };
            if let Err(error) = again {
                return Err(self.with_what_remains(error, target).await);
            }
        }
    }

    /// Returns, once, whether `error` arose because the server gave the length of a link as the
    /// size of what it leads to. The next attempt expects the latter.
    #[boxed]
    async fn is_size_of_link(&mut self, error: &Error) -> bool {
        let given = match error.detail() {
            Some(ErrorDetail::MoreThanAnnounced { expected }) => *expected,
            _ => return false,
        };
        if self.size_behind_link.is_some() || self.options.cancel.is_cancelled() {
            return false;
        }
        // If the server does not tell, the first error is the one to report.
        let behind = self.session.size_behind_link(self.remote, given).await;
        self.size_behind_link = behind.ok().flatten();
        self.size_behind_link.is_some()
    }

    /// Adds what the download leaves to `error`, after which there is no further attempt.
    #[boxed]
    async fn with_what_remains(&self, error: Error, target: Option<Target>) -> Error {
        self.part.clear();
        let Some(mut target) = target else {
            return match self.has_overwritten {
                true => error.with_remains(Remains::PartAtLocalTarget),
                false => error,
            };
        };
        if error.kind() == ErrorKind::Cancelled && self.options.keep_part {
            // The cancellation is the error to report. A part that cannot be kept is removed.
            let _ = target.keep().await;
        }
        let remains = target.unfinished();
        remains.into_iter().fold(error, Error::with_remains)
    }

    /// Makes one attempt. `target` is the partial file that the previous attempt left, and receives
    /// the one that this attempt leaves.
    #[boxed]
    async fn receive_once(&mut self, target: &mut Option<Target>) -> Result<Transferred, Error> {
        self.options.cancel.check()?;
        let mut version = self.version(target).await?;
        if target.is_none() && self.options.resume {
            *target = self.left_over(version).await?;
            if target.is_none()
                && let Some(transferred) = Box::pin(self.is_there_already(version)).await?
            {
                return Ok(transferred);
            }
        }
        let rest = match target {
            Some(part) => self.receive_rest(part).await?,
            None => None,
        };
        let transferred = match rest {
            Some(transferred) => transferred,
            None => {
                if target.is_some() {
                    // The part may be useless because the remote file has changed.
                    version = self.version(target).await?;
                }
                self.receive_all(version, target).await?
            }
        };
        proven(&transferred, self.options)?;
        if let Some(target) = target.take() {
            let modified = version.modified.filter(|_| self.options.preserve_time);
            target.finish(modified).await?;
        }
        self.part.clear();
        Ok(transferred)
    }

    fn mark(&self, version: FileVersion) -> Option<String> {
        let name = self.local.file_name()?.as_encoded_bytes();
        self.marks.as_ref()?.mark(version, name)
    }

    /// Returns what an earlier download of `version` has left. If the part has another name (a hard
    /// link), nothing is written to it, and this name is removed.
    async fn left_over(&self, version: FileVersion) -> Result<Option<Target>, Error> {
        let mark = self.mark(version);
        let find = aside(self.local, self.options, move |local, options| {
            let found = Target::left_over(local, version, mark, options)?;
            let is_shared = found.as_ref().map_or(Ok(false), Target::is_shared)?;
            Ok((found, is_shared))
        });
        let (mut found, is_shared) = find.await?;
        if let Some(shared) = found.take_if(|_| is_shared) {
            let remote = self.remote;
            let why = "the partial file has a second name (a hard link)";
            self.session
                .warn(&format!("{remote}: {why}; starting over"));
            shared.discard();
        }
        Ok(found)
    }

    /// Returns the result if `local` is the whole file already: if size and time are the same, and
    /// its tail is the file's. Without an exact time, the local file must be newer than the listed
    /// one in every zone.
    async fn is_there_already(
        &mut self,
        version: FileVersion,
    ) -> Result<Option<Transferred>, Error> {
        if !self.options.temporary_name {
            return Ok(None);
        }
        let listed = match (version.modified, version.size) {
            (None, Some(_)) => Box::pin(self.session.latest_change(self.remote)).await?,
            _ => None,
        };
        let whole = aside(self.local, self.options, move |local, _| {
            Target::whole(local, version, listed)
        });
        let Some(mut whole) = whole.await? else {
            return Ok(None);
        };
        match self.go_on(&mut whole).await? {
            GoneOn::ToTheEnd(transferred) => Ok(Some(transferred)),
            GoneOn::NothingThere => Ok(None),
            GoneOn::Useless(why) => {
                let remote = self.remote;
                let text = "the local file is not this file, so the download starts over";
                self.session.warn(&format!("{remote}: {text}: {why}"));
                Ok(None)
            }
        }
    }

    /// Returns the size and time of `remote`. Discards a part of an older version.
    async fn version(&mut self, target: &mut Option<Target>) -> Result<FileVersion, Error> {
        let mut version = FileVersion {
            modified: self.session.ask_modified(self.remote).await?,
            size: match self.size_behind_link {
                Some(size) => size,
                None => self.session.size_to_download(self.remote).await?,
            },
        };
        if self.options.resume && version.size.is_none() {
            if self.size_behind_link.is_none() {
                version.size = self.session.listed_size(self.remote).await?;
            }
            if version.size.is_none() && !self.told_of_size {
                self.told_of_size = true;
                self.session.warn(&format!(
                    "{}: the server gives no size, so a partial file can be neither resumed nor \
                     kept",
                    self.remote
                ));
            }
        }
        if let Some(size) = version.size {
            self.options.check_size(size)?;
        }
        if let Some(stale) = target.take_if(|target| target.version != version) {
            if self.options.resume {
                let remote = self.remote;
                let why = "the partial file is of an older version of the file";
                self.session
                    .warn(&format!("{remote}: {why}; starting over"));
            }
            stale.discard();
        }
        Ok(version)
    }

    /// Resumes at the end of `part`. Returns `None` if that is not possible and the whole file must
    /// be downloaded.
    async fn receive_rest(&mut self, part: &mut Target) -> Result<Option<Transferred>, Error> {
        match self.go_on(part).await? {
            GoneOn::ToTheEnd(transferred) => Ok(Some(transferred)),
            GoneOn::NothingThere => Ok(None),
            GoneOn::Useless(why) => {
                let is_asked = self.options.resume;
                Ok(start_over(self.session, self.remote, is_asked, &why))
            }
        }
    }

    async fn go_on(&mut self, part: &mut Target) -> Result<GoneOn, Error> {
        let Self {
            session,
            remote,
            options,
            part: record,
            ..
        } = self;
        let version = part.version;
        let held = part.len().await?;
        let Some(size) = version.size.filter(|_| held > 0) else {
            return Ok(GoneOn::NothingThere);
        };
        if held > size {
            return Ok(GoneOn::Useless("it is longer than the file".to_owned()));
        }
        if held == size && !part.may_be_whole().await? {
            let why = "it is as long as the file, but has another time";
            return Ok(GoneOn::Useless(why.to_owned()));
        }
        let start = tail_start(held);
        let mut rest = ByteRange::from(remote, Some(size), start);
        if options.verify {
            let mut hasher = hasher(session, remote).await?;
            let hashed = hash_beginning(session, &mut hasher, &part.file, start);
            let hashed = options.cancel.or(hashed).await?;
            hashed.map_err(|error| at("cannot be read", part.path(), error))?;
            rest.hasher = Some(hasher);
        }
        let tail = part.tail(held).await?;
        let begun = begin_download(session, rest).await;
        let mut download = match begun {
            Err(error)
                if start > 0
                    && error.kind() != ErrorKind::NotFound
                    && refuses_to_continue(&error) =>
            {
                return Ok(GoneOn::Useless(error.to_string()));
            }
            begun => begun?,
        };
        let compared = options.cancel.or(begins_with(&mut download, &tail)).await;
        match compared {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => {
                download.abort().await?;
                let why = "its last bytes differ from the file";
                return Ok(GoneOn::Useless(why.to_owned()));
            }
            Ok(Err(error)) => return Err(error),
            Err(cancelled) => {
                let _ = download.abort().await;
                return Err(cancelled);
            }
        }
        let download = download.announce();
        let path = part.path().to_owned();
        let mut transferred = match pour(download, part, &path, options, record).await {
            // Too much arrives if the server began elsewhere, for example because it kept only 31
            // bits of the offset.
            Err(error) if error.is_wrong_result() || start > 0 && is_beyond_announced(&error) => {
                return Ok(GoneOn::Useless(error.to_string()));
            }
            poured => poured?,
        };
        if session.ask_modified(remote).await? != version.modified {
            let why = "the file at the server changed while it was downloaded";
            return Ok(GoneOn::Useless(why.to_owned()));
        }
        transferred.bytes -= tail.len() as u64;
        transferred.resumed_at = Some(held);
        Ok(GoneOn::ToTheEnd(transferred))
    }

    /// Downloads the whole file.
    async fn receive_all(
        &mut self,
        version: FileVersion,
        target: &mut Option<Target>,
    ) -> Result<Transferred, Error> {
        let mark = self.mark(version);
        let Self {
            session,
            remote,
            local,
            options,
            part: record,
            ..
        } = self;
        let mut whole = ByteRange::whole(remote, version.size);
        whole.most = options.max_size;
        if options.verify {
            whole.hasher = Some(hasher(session, remote).await?);
        }
        let download = begin_download(session, whole).await?.announce();
        // Created only now, so that a download that cannot begin leaves nothing behind.
        let ready = match target {
            Some(part) => part.restart().await.map(|()| part),
            None => {
                let created = aside(local, options, move |local, options| {
                    Target::create(local, version, mark, options)
                });
                created.await.map(|new| target.insert(new))
            }
        };
        let part = match ready {
            Ok(part) => part,
            Err(error) => {
                // The disk is at fault, whatever the server replies.
                let _ = download.abort().await;
                return Err(error);
            }
        };
        let poured = pour(download, part, local, options, record).await;
        if let Err(error) = &poured
            && (error.is_wrong_result() || is_too_much(error))
            && Some(part.len().await?) >= version.size
            && let Some(part) = target.take()
        {
            self.has_overwritten |= part.is_direct();
            part.discard();
        }
        poured
    }
}

/// The result of an attempt to resume from a part.
#[derive(Debug)]
enum GoneOn {
    ToTheEnd(Transferred),
    /// The part is empty, or the server gives no size to compare it with.
    NothingThere,
    /// The part is not, or not known to be, the beginning of the file, for this reason.
    Useless(String),
}

/// Writes all of `download` to `part`, which messages call `name`, and finishes it.
async fn pour(
    mut download: Download<'_>,
    part: &mut Target,
    name: &Path,
    options: &DownloadOptions,
    record: &Part,
) -> Result<Transferred, Error> {
    record.restore(part.unfinished());
    let size = part.version.size;
    let poured = drain_to_file(&mut download, &part.file, size, options).await;
    if matches!(poured, Err(Stop::Cancelled)) && options.keep_part {
        // At once, because there may be no time to end the download in order.
        let kept = part.keep().await;
        record.restore(part.unfinished());
        kept?;
    }
    finish(download, poured, name).await
}

/// Whether the download ended because it brought more bytes than it may.
fn is_too_much(error: &Error) -> bool {
    matches!(
        error.detail(),
        Some(ErrorDetail::MoreThanAnnounced { .. } | ErrorDetail::FileTooLarge)
    )
}
