//! Downloads to a local file, which can resume, and to a writer.

use std::path::Path;

use tokio::io::AsyncWrite;
use towline_proto::path::RemotePath;

use super::pump::{Stop, changed, drain, drain_to_file};
use super::tail::{begins_with, hash_beginning, start_over};
use crate::cancel::cancelled;
use crate::data::Data;
use crate::error::{Error, ErrorKind};
use crate::session::attempts::retrying;
use crate::session::{Attempts, Lease, Session};
use crate::transfer::check::hasher;
use crate::transfer::file_version::{FileVersion, tail_start};
use crate::transfer::local::{Target, aside, at, check_target};
use crate::transfer::options::DownloadOptions;
use crate::transfer::outcome::Transferred;
use crate::transfer::stream::{ByteRange, Download, begin_download, open_download};

/// Downloads `remote` to `sink`.
pub(crate) async fn receive_to(
    session: &mut Session,
    remote: &RemotePath,
    mut sink: impl AsyncWrite + Unpin + Send,
    options: &DownloadOptions,
) -> Result<Transferred, Error> {
    let cancel = &options.cancel;
    cancel.check()?;
    let opened = retrying!(session, open_whole(session, remote, options), unless cancel);
    let (data, whole) = opened?;
    let mut download = Download::over(Lease::new(session), data, whole).announce();
    let poured = drain(&mut download, &mut sink, cancel).await;
    finish(download, poured, Path::new("the output")).await
}

/// Opens the data connection for the whole of `remote`.
async fn open_whole(
    session: &mut Session,
    remote: &RemotePath,
    options: &DownloadOptions,
) -> Result<(Data, ByteRange), Error> {
    let size = session.ask_size(remote).await?;
    let mut whole = ByteRange::whole(remote, size);
    if options.verify {
        whole.hasher = Some(hasher(session, remote).await?);
    }
    let data = open_download(session, &whole).await?;
    Ok((data, whole))
}

/// A download to a local file, with as many attempts as needed.
#[derive(Debug)]
pub(crate) struct Receiving<'a> {
    session: &'a mut Session,
    remote: &'a RemotePath,
    local: &'a Path,
    options: &'a DownloadOptions,
}

impl<'a> Receiving<'a> {
    pub(crate) fn new(
        session: &'a mut Session,
        remote: &'a RemotePath,
        local: &'a Path,
        options: &'a DownloadOptions,
    ) -> Self {
        Self {
            session,
            remote,
            local,
            options,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Transferred, Error> {
        aside(self.local, self.options, check_target).await?;
        let mut attempts = Attempts::default();
        let mut target = None;
        loop {
            let error = match self.receive_once(&mut target).await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let may_go_on = target.as_ref().is_none_or(Target::may_go_on);
            let again = match may_go_on {
                true => {
                    self.session
                        .wait_to_retry(&mut attempts, error, &self.options.cancel)
                        .await
                }
                false => Err(error),
            };
            again.map_err(|error| match &target {
                Some(target) => target.with_what_remains(error),
                None => error,
            })?;
        }
    }

    /// Makes one attempt. `target` is the partial file that the previous attempt left, and receives
    /// the one that this attempt leaves.
    async fn receive_once(&mut self, target: &mut Option<Target>) -> Result<Transferred, Error> {
        self.options.cancel.check()?;
        let mut version = self.version(target).await?;
        if target.is_none() && self.options.resume {
            let left_over = aside(self.local, self.options, move |local, options| {
                Target::left_over(local, version, options)
            });
            *target = left_over.await?;
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
        if let Some(target) = target.take() {
            let modified = version.modified.filter(|_| self.options.preserve_time);
            target.finish(modified).await?;
        }
        Ok(transferred)
    }

    /// Returns the size and time of `remote`. Discards a part of an older version.
    async fn version(&mut self, target: &mut Option<Target>) -> Result<FileVersion, Error> {
        let version = FileVersion {
            modified: self.session.ask_modified(self.remote).await?,
            size: self.session.ask_size(self.remote).await?,
        };
        if let Some(stale) = target.take_if(|target| target.version != version) {
            stale.discard();
        }
        Ok(version)
    }

    /// Resumes at the end of `part`. Returns `None` if that is not possible and the whole file must
    /// be downloaded.
    async fn receive_rest(&mut self, part: &Target) -> Result<Option<Transferred>, Error> {
        match self.go_on(part).await? {
            GoneOn::ToTheEnd(transferred) => Ok(Some(transferred)),
            GoneOn::NothingThere => Ok(None),
            GoneOn::Useless(why) => Ok(start_over(self.session, &why)),
        }
    }

    async fn go_on(&mut self, part: &Target) -> Result<GoneOn, Error> {
        let Self {
            session,
            remote,
            options,
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
            Err(error) if start > 0 && error.kind() == ErrorKind::Refused => {
                return Ok(GoneOn::Useless(error.to_string()));
            }
            begun => begun?,
        };
        let compared = options.cancel.or(begins_with(&mut download, &tail)).await;
        match compared {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => {
                download.abort().await?;
                let why = "it does not end as the file goes on";
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
        let mut transferred = match pour(download, part, &path, options).await {
            Err(error) if error.is_wrong_result() => {
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
        let Self {
            session,
            remote,
            local,
            options,
        } = self;
        let mut whole = ByteRange::whole(remote, version.size);
        if options.verify {
            whole.hasher = Some(hasher(session, remote).await?);
        }
        let download = begin_download(session, whole).await?.announce();
        // Created only now, so that a download that cannot begin leaves nothing behind.
        let ready = match target {
            Some(part) => part.restart().await.map(|()| part),
            None => {
                let created = aside(local, options, move |local, options| {
                    Target::create(local, version, options)
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
        let poured = pour(download, part, local, options).await;
        if let Err(error) = &poured
            && error.is_wrong_result()
            && Some(part.len().await?) >= version.size
            && let Some(part) = target.take()
        {
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
    part: &Target,
    name: &Path,
    options: &DownloadOptions,
) -> Result<Transferred, Error> {
    let size = part.version.size;
    let poured = drain_to_file(&mut download, &part.file, size, &options.cancel).await;
    finish(download, poured, name).await
}

/// Finishes `download`, or ends it because copying stopped. `name` is what messages call the place
/// that it was written to.
async fn finish(
    download: Download<'_>,
    poured: Result<(), Stop>,
    name: &Path,
) -> Result<Transferred, Error> {
    let error = match poured {
        Ok(()) => return download.finish().await,
        Err(Stop::Transfer(error)) => return Err(error),
        Err(Stop::Local(error)) => at("cannot be written", name, error),
        // A download reads no local file.
        Err(Stop::Changed) => changed(name),
        Err(Stop::Cancelled) => cancelled(),
    };
    // The cause matters more than how the abort ended.
    let _ = download.abort().await;
    Err(error)
}
