//! Uploads of a local file, which go on where an earlier one stopped, and from a reader.

use std::path::Path;

use tokio::io::AsyncRead;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;

use super::conclude::{How, Plan};
use super::local::at;
use super::mark::Source;
use super::origin::Origin;
use super::publish::marked_name;
use super::pump::{Stop, changed, feed, feed_file};
use super::{Transferred, Upload, UploadOptions};
use crate::attempt::{Attempts, retrying};
use crate::cancel::cancelled;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

impl Session {
    /// Uploads a local file.
    ///
    /// An upload that fails for a reason that may pass is tried again as
    /// [`Config::retry`](crate::Config::retry) says, and goes on where it stopped, after the same
    /// comparison as with [`UploadOptions::resume`]. Without a temporary name it starts over unless
    /// it may resume: what the target holds need not have come from it.
    ///
    /// ```no_run
    /// use towline::{RemotePath, UploadOptions};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = UploadOptions::default().resume(true).verify(true);
    /// let remote = RemotePath::new("in/report.csv")?;
    /// let done = session
    ///     .upload_file("report.csv".as_ref(), &remote, &options)
    ///     .await?;
    /// println!("{} bytes, compared by {:?}", done.bytes, done.digest);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Self::upload`], [`Upload::finish`] and of the local disk.
    /// [`ErrorKind::Cancelled`] if `options` say so.
    pub async fn upload_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let began = self.begin();
        let sending = async {
            match options.append {
                true => self.append_file(local, remote, options).await,
                false => self.send_file(local, remote, options).await,
            }
        };
        let ended = options.cancel.bound(sending).await;
        self.ended(ended, remote, began)
    }

    /// Uploads whatever `source` gives until its end. Once bytes have been read a failure is final.
    ///
    /// ```no_run
    /// use towline::{RemotePath, UploadOptions};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let remote = RemotePath::new("log.txt")?;
    /// let options = UploadOptions::default().append(true);
    /// session.upload_from(&b"one more line\n"[..], &remote, &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::upload_file`].
    pub async fn upload_from(
        &mut self,
        mut source: impl AsyncRead + Unpin + Send,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let began = self.begin();
        let cancel = &options.cancel;
        let sending = async {
            cancel.check()?;
            let opened = retrying!(self, self.open_stream(remote, options), unless cancel);
            let (data, plan) = opened?;
            let mut upload = self.upload_over(data, plan);
            match feed(&mut upload, &mut source, cancel).await {
                Ok(()) => upload.finish().await,
                Err(stop) => Err(give_up(upload, stop, Path::new("the input")).await),
            }
        };
        let ended = cancel.bound(sending).await;
        self.ended(ended, remote, began)
    }

    async fn send_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let origin = Origin::open(local).await?;
        let mut plan = Plan::new(remote, options)?;
        if options.resume
            && options.temporary_name
            && let Some(mark) = origin.source.mark(remote.file_name().unwrap_or_default())
        {
            plan.stored_as = marked_name(remote, &mark)?;
        }
        plan.total = origin.source.size;
        plan.modified = origin.source.modified.filter(|_| options.preserve_time);
        let retries = self.shared.config.retry.attempts > 1;
        plan.keep_part = plan.total.is_some() && (options.resume || retries);
        let mut sending = Sending {
            goes_on: options.resume && plan.total.is_some(),
            origin,
            plan,
            options,
        };
        let sent = self.send_retrying(&mut sending).await;
        let Sending { plan, .. } = sending;
        let error = match sent {
            Ok(transferred) => return Ok(transferred),
            Err(error) => error,
        };
        match &self.unfinished {
            Some(part) if options.resume => {
                let note = format!("what was sent stays at {part}");
                Err(error.with_note(note))
            }
            Some(_) if plan.keep_part => Err(self.remove_part(&plan, error).await),
            _ => Err(error),
        }
    }

    async fn send_retrying(&mut self, sending: &mut Sending<'_>) -> Result<Transferred, Error> {
        let mut attempts = Attempts::default();
        let mut met_late_refusal = false;
        loop {
            let error = match self.send_once(sending).await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => error,
            };
            let has_size = sending.plan.total.is_some();
            if is_late_refusal(&error) && has_size && !met_late_refusal {
                // It shows only behind a handshake that looked well. The source is here, so it can be
                // sent again over a new control connection.
                met_late_refusal = true;
                self.link.control.mark_broken();
                continue;
            }
            if !has_size && self.unfinished.is_some() {
                return Err(error);
            }
            self.wait_to_retry(&mut attempts, error, &sending.options.cancel)
                .await?;
            let origin = Origin::open(&sending.origin.local).await?;
            if origin.source != sending.origin.source {
                let what = "the local file has changed between two attempts";
                return Err(Error::new(ErrorKind::Local, what));
            }
            sending.origin = origin;
            // A temporary name is nobody else's; what a target holds may be from before.
            sending.goes_on = has_size && (sending.options.resume || !sending.plan.is_direct());
        }
    }

    async fn send_once(&mut self, sending: &mut Sending<'_>) -> Result<Transferred, Error> {
        sending.options.cancel.check()?;
        let mut plan = sending.plan();
        // What an attempt before has left at the target is nobody else's.
        plan.overwrite |= plan.is_direct() && self.unfinished.is_some();
        self.look_ahead(&mut plan, sending.options).await?;
        if sending.goes_on
            && let Some(transferred) = self.send_rest(sending).await?
        {
            return Ok(transferred);
        }
        sending.origin.seek(0)?;
        let upload = self.begin_upload(plan).await?;
        sending.pour(upload).await
    }

    /// Goes on where the part at the server ends. `None`: there is none, or that does not work, and
    /// everything has to be sent.
    async fn send_rest(&mut self, sending: &mut Sending<'_>) -> Result<Option<Transferred>, Error> {
        let mut plan = sending.plan();
        let (options, origin) = (sending.options, &mut sending.origin);
        let held = self.ask_size(&plan.stored_as).await?.unwrap_or(0);
        let Some(total) = plan.total.filter(|_| held > 0) else {
            return Ok(None);
        };
        if held > total {
            return Ok(self.start_over("it is longer than the file"));
        }
        if held == total && plan.is_direct() {
            // It may as well be an older file, which has another time.
            let theirs = Source {
                size: Some(held),
                modified: self.ask_modified(&plan.stored_as).await?,
            };
            if !theirs.is_as_old_as(&origin.source) {
                return Ok(self.start_over("it is as long as the file, but of another time"));
            }
        }
        let tail = origin.tail(held).await?;
        match self.ends_with(&plan.stored_as, held, &tail).await? {
            Some(true) => {}
            Some(false) => return Ok(self.start_over("it does not end as the file goes on")),
            None => return Ok(self.start_over("the server does not show how it ends")),
        }
        plan.offset = held;
        if options.verify {
            let mut hasher = self.hasher(&plan.target).await?;
            let hashed = self.hash_beginning(&mut hasher, &origin.file, held);
            let hashed = options.cancel.or(hashed).await?;
            hashed.map_err(|error| at("cannot be read", &origin.local, error))?;
            plan.hasher = Some(hasher);
            origin.seek(held)?;
        }
        self.unfinished = Some(plan.stored_as.clone());
        let was_whole = |error: &Error| held == total && error.kind() == ErrorKind::Incomplete;
        let sent = if held == total {
            self.conclude(plan, 0, None).await
        } else {
            match self.continue_upload(plan).await? {
                Some(upload) => sending.pour(upload).await,
                None => return Ok(None),
            }
        };
        match sent {
            Err(error) if error.is_wrong_result() || was_whole(&error) => {
                Ok(self.start_over(&error.to_string()))
            }
            sent => sent.map(Some),
        }
    }

    /// Begins to send the rest: with `REST` and `STOR` where the server announces it, else with
    /// `APPE`. `None` if it refuses that.
    async fn continue_upload(&mut self, mut plan: Plan) -> Result<Option<Upload<'_>>, Error> {
        let restarts = self.link.features.has(Feature::RestStream);
        let mut refusal = String::new();
        for how in [How::Restart, How::Append] {
            if how == How::Restart && !restarts {
                continue;
            }
            plan.how = how;
            match self.open_upload(&plan).await {
                Ok(data) => return Ok(Some(self.upload_over(data, plan))),
                Err(error) if error.kind() == ErrorKind::Refused => refusal = error.to_string(),
                Err(error) => return Err(error),
            }
        }
        Ok(self.start_over(&refusal))
    }
}

/// A local file on its way, over as many attempts as it takes.
#[derive(Debug)]
struct Sending<'a> {
    origin: Origin,
    /// Without a hasher: each attempt has its own.
    plan: Plan,
    options: &'a UploadOptions,
    /// There may be a part to go on from.
    goes_on: bool,
}

impl Sending<'_> {
    /// The plan of one attempt.
    fn plan(&self) -> Plan {
        Plan {
            target: self.plan.target.clone(),
            stored_as: self.plan.stored_as.clone(),
            hasher: None,
            ..self.plan
        }
    }

    /// Sends the file, from where it stands, over `upload`.
    async fn pour(&mut self, mut upload: Upload<'_>) -> Result<Transferred, Error> {
        let Self {
            origin, options, ..
        } = self;
        match feed_file(&mut upload, origin, &options.cancel).await {
            Ok(()) if options.resume && !origin.is_unchanged().await => {
                Err(give_up(upload, Stop::Local(changed()), &origin.local).await)
            }
            Ok(()) => upload.finish().await,
            Err(stop) => Err(give_up(upload, stop, &origin.local).await),
        }
    }
}

/// Ends `upload` because of `stop`. Its source is called `name`.
pub(super) async fn give_up(upload: Upload<'_>, stop: Stop, name: &Path) -> Error {
    let error = match stop {
        Stop::Transfer(error) => return upload.give_up(error).await,
        Stop::Local(error) => at("cannot be read", name, error),
        Stop::Cancelled => cancelled(),
    };
    let stored_as = upload.stored_as().clone();
    // Why it had to end matters more than how that went, but not more than what is left.
    match upload.abort().await {
        Ok(()) => error,
        Err(_) => error.with_note(format!("a part may remain at {stored_as}")),
    }
}

fn is_late_refusal(error: &Error) -> bool {
    let resumed = error
        .data_connection()
        .is_some_and(|verdict| verdict.resumed);
    error.kind() == ErrorKind::SessionReuseRefused && resumed
}
