//! Downloads to a local file, which go on where an earlier one stopped, and to a writer.

use std::path::Path;

use tokio::io::AsyncWrite;
use towline_proto::path::RemotePath;

use super::download::Stretch;
use super::local::{Target, aside, at, check_target};
use super::mark::Source;
use super::pump::{Stop, drain, drain_to_file};
use super::tail::{begins_with, tail_start};
use super::{Download, DownloadOptions, Transferred};
use crate::attempt::{Attempts, retrying};
use crate::cancel::cancelled;
use crate::data::Data;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

impl Session {
    /// Downloads to a local file. It is written under a temporary name beside `local`, forced to
    /// disk, given the server's modification time, and renamed when it is whole.
    ///
    /// A download that fails for a reason that may pass is tried again as
    /// [`Config::retry`](crate::Config::retry) says, and goes on where it stopped, after the same
    /// comparison as with [`DownloadOptions::resume`].
    ///
    /// ```no_run
    /// use towline::{DownloadOptions, RemotePath};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DownloadOptions::default().resume(true);
    /// let remote = RemotePath::new("out/report.csv")?;
    /// let done = session
    ///     .download_file(&remote, "report.csv".as_ref(), &options)
    ///     .await?;
    /// println!("{} bytes, going on at {:?}", done.bytes, done.resumed_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Self::download`] and of the local disk. `local` is untouched then, unless
    /// `options` forbid the temporary name. [`ErrorKind::Cancelled`] if `options` say so.
    pub async fn download_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let began = self.begin();
        let receiving = self.receive_file(remote, local, options);
        let ended = options.cancel.bound(receiving).await;
        self.ended(ended, remote, began)
    }

    /// Downloads into `sink`, which gets every byte once and in order, and is flushed at the end.
    ///
    /// Once bytes have been written a failure is final. Of `options`, those about names and times
    /// have no meaning here.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let mut contents = Vec::new();
    /// let options = towline::DownloadOptions::default().verify(true);
    /// session.download_to(&path, &mut contents, &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download_file`]; [`ErrorKind::Local`] if `sink` fails.
    pub async fn download_to(
        &mut self,
        remote: &RemotePath,
        mut sink: impl AsyncWrite + Unpin + Send,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let began = self.begin();
        let cancel = &options.cancel;
        let receiving = async {
            cancel.check()?;
            let opened = retrying!(self, self.open_whole(remote, options), unless cancel);
            let (data, whole) = opened?;
            let mut download = self.download_over(data, whole).announce();
            let poured = drain(&mut download, &mut sink, cancel).await;
            finish(download, poured, Path::new("the output")).await
        };
        let ended = cancel.bound(receiving).await;
        self.ended(ended, remote, began)
    }

    /// Opens the data connection for all of `remote`.
    async fn open_whole(
        &mut self,
        remote: &RemotePath,
        options: &DownloadOptions,
    ) -> Result<(Data, Stretch), Error> {
        let size = self.ask_size(remote).await?;
        let mut whole = Stretch::whole(remote, size);
        if options.verify {
            whole.hasher = Some(self.hasher(remote).await?);
        }
        let data = self.open_download(&whole).await?;
        Ok((data, whole))
    }

    async fn receive_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        aside(local, options, check_target).await?;
        let mut attempts = Attempts::default();
        let mut target = None;
        loop {
            let error = match self.receive_once(remote, local, options, &mut target).await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let may_go_on = target.as_ref().is_none_or(Target::may_go_on);
            let again = match may_go_on {
                true => {
                    self.wait_to_retry(&mut attempts, error, &options.cancel)
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

    /// `target` holds what an attempt before has left, and what this one leaves.
    async fn receive_once(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
        target: &mut Option<Target>,
    ) -> Result<Transferred, Error> {
        options.cancel.check()?;
        let mut source = self.source(remote, target).await?;
        if target.is_none() && options.resume {
            let left_over = aside(local, options, move |local, options| {
                Target::left_over(local, source, options)
            });
            *target = left_over.await?;
        }
        let rest = match target {
            Some(part) => self.receive_rest(remote, part, options).await?,
            None => None,
        };
        let transferred = match rest {
            Some(transferred) => transferred,
            None => {
                if target.is_some() {
                    // A change may be why the part is of no use.
                    source = self.source(remote, target).await?;
                }
                self.receive_all(remote, local, source, options, target)
                    .await?
            }
        };
        if let Some(target) = target.take() {
            let modified = source.modified.filter(|_| options.preserve_time);
            target.finish(modified).await?;
        }
        Ok(transferred)
    }

    /// Size and time of `remote`. A part of what it was before is thrown away.
    async fn source(
        &mut self,
        remote: &RemotePath,
        target: &mut Option<Target>,
    ) -> Result<Source, Error> {
        let source = Source {
            modified: self.ask_modified(remote).await?,
            size: self.ask_size(remote).await?,
        };
        if let Some(stale) = target.take_if(|target| target.source != source) {
            stale.discard();
        }
        Ok(source)
    }

    /// Goes on where `part` ends. `None`: that does not work, and everything has to be fetched.
    async fn receive_rest(
        &mut self,
        remote: &RemotePath,
        part: &Target,
        options: &DownloadOptions,
    ) -> Result<Option<Transferred>, Error> {
        match self.go_on(remote, part, options).await? {
            GoneOn::ToTheEnd(transferred) => Ok(Some(transferred)),
            GoneOn::NothingThere => Ok(None),
            GoneOn::Useless(why) => Ok(self.start_over(&why)),
        }
    }

    async fn go_on(
        &mut self,
        remote: &RemotePath,
        part: &Target,
        options: &DownloadOptions,
    ) -> Result<GoneOn, Error> {
        let source = part.source;
        let held = part.len().await?;
        let Some(size) = source.size.filter(|_| held > 0) else {
            return Ok(GoneOn::NothingThere);
        };
        if held > size {
            return Ok(GoneOn::Useless("it is longer than the file".to_owned()));
        }
        if held == size && !part.may_be_whole().await? {
            let why = "it is as long as the file, but of another time";
            return Ok(GoneOn::Useless(why.to_owned()));
        }
        let start = tail_start(held);
        let mut rest = Stretch::from(remote, Some(size), start);
        if options.verify {
            let mut hasher = self.hasher(remote).await?;
            let hashed = self.hash_beginning(&mut hasher, &part.file, start);
            let hashed = options.cancel.or(hashed).await?;
            hashed.map_err(|error| at("cannot be read", part.path(), error))?;
            rest.hasher = Some(hasher);
        }
        let tail = part.tail(held).await?;
        let begun = self.begin_download(rest).await;
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
        if self.ask_modified(remote).await? != source.modified {
            let why = "the file at the server has changed while it was fetched";
            return Ok(GoneOn::Useless(why.to_owned()));
        }
        transferred.bytes -= tail.len() as u64;
        transferred.resumed_at = Some(held);
        Ok(GoneOn::ToTheEnd(transferred))
    }

    /// Fetches the whole file.
    async fn receive_all(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        source: Source,
        options: &DownloadOptions,
        target: &mut Option<Target>,
    ) -> Result<Transferred, Error> {
        let mut whole = Stretch::whole(remote, source.size);
        if options.verify {
            whole.hasher = Some(self.hasher(remote).await?);
        }
        let download = self.begin_download(whole).await?.announce();
        // Only now: a download that cannot begin leaves no trace.
        let ready = match target {
            Some(part) => part.restart().await.map(|()| part),
            None => {
                let created = aside(local, options, move |local, options| {
                    Target::create(local, source, options)
                });
                created.await.map(|new| target.insert(new))
            }
        };
        let part = match ready {
            Ok(part) => part,
            Err(error) => {
                // The disk is what is at fault, whatever the server answers.
                let _ = download.abort().await;
                return Err(error);
            }
        };
        let poured = pour(download, part, local, options).await;
        if let Err(error) = &poured
            && error.is_wrong_result()
            && Some(part.len().await?) >= source.size
            && let Some(part) = target.take()
        {
            part.discard();
        }
        poured
    }
}

/// What became of going on from a part.
#[derive(Debug)]
enum GoneOn {
    ToTheEnd(Transferred),
    /// The part is empty, or the server gives no size to compare it with.
    NothingThere,
    /// The part is not, or not known to be, the beginning of the file, for this reason.
    Useless(String),
}

/// Writes all of `download` to `part`, which is called `name`, and finishes it.
async fn pour(
    mut download: Download<'_>,
    part: &Target,
    name: &Path,
    options: &DownloadOptions,
) -> Result<Transferred, Error> {
    let size = part.source.size;
    let poured = drain_to_file(&mut download, &part.file, size, &options.cancel).await;
    finish(download, poured, name).await
}

/// Finishes `download`, or ends it because of what it stopped at. It went to what is called `name`.
async fn finish(
    download: Download<'_>,
    poured: Result<(), Stop>,
    name: &Path,
) -> Result<Transferred, Error> {
    let error = match poured {
        Ok(()) => return download.finish().await,
        Err(Stop::Transfer(error)) => return Err(error),
        Err(Stop::Local(error)) => at("cannot be written", name, error),
        Err(Stop::Cancelled) => cancelled(),
    };
    // Why it had to end matters more than how that went.
    let _ = download.abort().await;
    Err(error)
}
