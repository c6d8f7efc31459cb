//! Uploads small files; the rename of each is sent together with the `STOR` of the next.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use towline_proto::body::parse_size;
use towline_proto::command::Command;
use towline_proto::reply::ReplyClass;

use super::SMALL;
use super::answers::{Surprise, moved};
use super::naming::{Named, Naming, Stored, naming_answers, naming_commands, send_naming, tell};
use super::taken::Taken;
use crate::batch::job::{Job, JobOptions};
use crate::batch::queue::Claim;
use crate::batch::work::Work;
use crate::cancel::{Cancel, cancelled};
use crate::data::{Channel, Data, OpenError, Purpose};
use crate::error::{Error, ErrorKind, Remains};
use crate::session::attempts::retrying;
use crate::session::{Lease, Session, out_of_step};
use crate::transfer::{
    Outcome, Part, Plan, Upload, UploadOptions, confirm, in_doubt, open_upload, publish,
    resolve_rename, unproven, wrong_size,
};

/// The state of a series of uploads.
#[derive(Debug, Default)]
struct Run {
    /// The data connection negotiated for the next file.
    channel: Option<Channel>,
    /// The pending command that requests that connection, kept because another session may find out
    /// meanwhile that a different command is needed; and what can cancel the file that it is for.
    listen: Option<(Command, Cancel)>,
    /// The file that gets its name together with the next one.
    unnamed: Option<Stored>,
    /// The file before that, if the server refused to rename it, or does not show its name.
    unresolved: Option<Stored>,
}

/// The contents and metadata of a local file.
#[derive(Debug)]
struct Loaded {
    contents: Vec<u8>,
    modified: Option<Timestamp>,
}

/// Whether `job` can be pipelined.
pub(crate) fn may_queue_upload(session: &Session, job: &Job) -> bool {
    let JobOptions::Upload(options) = &job.options else {
        return false;
    };
    // No command is ever queued behind a `STOR` to a final name.
    let is_plain = options.temporary_name
        && options.overwrite
        && options.max_size.is_none()
        && !options.resume
        && !options.append
        && !options.verify;
    session.may_queue() && is_plain && job.known.size.is_some_and(|size| size <= SMALL)
}

/// Uploads `first`, and further files from the queue as long as they are suitable. Returns the
/// files that must be moved one command at a time.
pub(crate) async fn upload_ahead(
    session: &mut Session,
    work: &Work<'_>,
    first: Claim,
) -> Vec<Claim> {
    let mut uploads = Uploads {
        session,
        work,
        taken: Taken::new(first),
        run: Run::default(),
    };
    uploads.run().await;
    let naming = uploads.run.cancel();
    if naming.bound(uploads.name_last()).await.is_none() {
        uploads.abandon();
    }
    uploads.taken.into_left()
}

/// A series of uploads over one session.
struct Uploads<'a> {
    session: &'a mut Session,
    work: &'a Work<'a>,
    taken: Taken,
    run: Run,
}

impl Uploads<'_> {
    async fn run(&mut self) {
        while let Some(claim) = self.current() {
            let job = claim.job();
            let JobOptions::Upload(options) = &job.options else {
                return self.taken.set_all_back();
            };
            if options.cancel.is_cancelled() {
                return self.taken.set_all_back();
            }
            if !self.session.reaches_ports() && self.taken.has_setbacks() {
                // Moving the file one command at a time shows why there is no data connection.
                return self.taken.set_all_back();
            }
            let part = Part::default();
            // An error of a local file or a path is reported when the file is moved by itself.
            let Some((plan, contents)) = prepare(job, options, &part).await else {
                self.taken.set_back();
                continue;
            };
            // Two files are in progress, and either may be cancelled.
            let before = self.run.cancel();
            let sending = self.send(&claim, plan, &contents);
            let sent = before.bound(options.cancel.bound(sending)).await.flatten();
            let part = match sent {
                Some(Ok(())) => continue,
                Some(Err(surprise)) => {
                    self.session
                        .surprised(&surprise.error, surprise.closed_early);
                    let part = part.take();
                    let either = self.run.cancel();
                    let ordering = self.put_in_order(surprise.error, part.as_ref());
                    let ordered = either.bound(options.cancel.bound(ordering)).await;
                    if ordered.flatten().is_some() {
                        return self.taken.set_all_back();
                    }
                    part
                }
                None => part.take(),
            };
            // The time limit has passed.
            self.abandon();
            if let Some(part) = part {
                if job.cancel().is_cancelled() {
                    let error = cancelled().with_remains(part).with_path(&job.remote);
                    (self.work.report)(claim, Err(error));
                    self.taken.done();
                } else {
                    self.session.note(&part.to_string());
                }
            }
            return self.taken.set_all_back();
        }
    }

    /// Returns the current file; takes one if there is none.
    fn current(&mut self) -> Option<Claim> {
        let session = &*self.session;
        self.taken
            .current(self.work, |job| may_queue_upload(session, job))
    }

    /// Sends `job`, renames the file before it, and negotiates the data connection of the next
    /// file, if there is one.
    async fn send(&mut self, claim: &Claim, plan: Plan, contents: &[u8]) -> Result<(), Surprise> {
        let began = Instant::now();
        let is_first = !self.session.reaches_ports() || self.session.awaits_trial();
        let part = plan.part.clone();
        let data = match is_first {
            true => self.open_first(&plan).await,
            false => self.open_next(&plan).await?,
        };
        let stored = match data {
            Some(data) => {
                let mut upload = Upload::over(Lease::new(self.session), data, plan);
                upload.write_all(contents).await?;
                let (plan, sent) = upload.end_unasked().await?;
                if is_first {
                    let commands = self.commands_behind(&plan);
                    self.session.send_all(&commands).await?;
                }
                Some(self.stored(claim, plan, sent, began).await?)
            }
            None => None,
        };
        if let Some((listen, cancel)) = self.run.listen.take() {
            let agreed = cancel.bound(self.session.offered_ahead(&listen)).await;
            if agreed.is_none() {
                // The time limit has passed for that file alone.
                self.session.give_up();
            }
            self.run.channel = agreed.transpose()?;
        }
        if let Some(Stored {
            plan,
            size: None,
            transferred,
            ..
        }) = &stored
        {
            if plan.require_verified {
                return Err(unproven().into());
            }
            // The server may forbid reading uploaded files, for example, or may not support an
            // early `SIZE`.
            let size = Command::Size(plan.stored_as.clone());
            let reply = self.session.command(&size).await?;
            if reply.class() == ReplyClass::Completion {
                return Err(out_of_step(reply).into());
            }
            self.check_shown(plan, transferred.bytes).await?;
        }
        // From here on the file is no longer a part, and must not be removed as one.
        part.clear();
        match stored {
            Some(stored) => {
                self.taken.done();
                self.run.unnamed = Some(stored);
            }
            None => self.taken.set_back(),
        }
        self.resolve_last().await;
        Ok(())
    }

    /// Opens the data connection of a session's first file, one command at a time: the server's
    /// ports may be blocked, and the server may have nothing to resume with. The commands behind
    /// the `STOR` are then held back until the upload has ended: sent separately, they would reach
    /// ProFTPD in the middle of the transfer, and be refused (450). Returns `None` if that fails.
    async fn open_first(&mut self, plan: &Plan) -> Option<Data> {
        self.run.listen = None;
        self.name_last().await;
        match open_upload(self.session, plan).await {
            Ok(data) => Some(data),
            Err(error) => {
                self.session.note(&format!("trying again: {error}"));
                None
            }
        }
    }

    /// Opens the data connection of a further file, with all the commands around it. Returns `None`
    /// if the server refuses the file.
    async fn open_next(&mut self, plan: &Plan) -> Result<Option<Data>, Surprise> {
        let channel = match self.run.channel.take() {
            Some(channel) => channel,
            None => self.session.ask_to_listen().await?,
        };
        let naming = self.run.unnamed.as_ref();
        let naming = naming.map(|stored| naming_commands(self.session, &stored.plan));
        let mut commands = naming.unwrap_or_default();
        commands.push(Command::Stor(plan.stored_as.clone()));
        commands.extend(self.commands_behind(plan));
        let offer = self.session.choose_offer(Purpose::Store)?;
        // Recorded before the command, so that a dropped call leaves the record.
        plan.part.set(plan.unfinished());
        send_naming(self.session, self.run.unnamed.as_mut(), &commands).await?;

        let limit = self.session.config().timeout;
        let reporter = self.session.reporter();
        let connecting = channel.connection(limit, |event| reporter.event(event));
        let answering = naming_answers(self.session, self.run.unnamed.as_mut());
        let (connected, named) = tokio::join!(connecting, answering);
        match named? {
            Named::Known(outcome) => tell(&mut self.run.unnamed, Ok(outcome), self.work),
            // Looked at, or tried again, when no other command is pending.
            Named::Unseen | Named::Refused => self.run.unresolved = self.run.unnamed.take(),
        }
        let connected = match connected {
            Ok(connected) => connected,
            Err(error) => {
                if !self.session.has_refusal_on_its_way().await {
                    return Err(error.into());
                }
                return self.refused_ahead(plan).await;
            }
        };
        let channel = Channel::Connected(connected);
        let established = self
            .session
            .establish(Purpose::Store, channel, offer, &plan.target);
        match established.await {
            Ok(data) => Ok(Some(data)),
            Err(OpenError::Refused(_)) => self.refused_ahead(plan).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Continues after a refused `STOR`.
    async fn refused_ahead(&mut self, plan: &Plan) -> Result<Option<Data>, Surprise> {
        plan.part.clear();
        // The reply to `SIZE`.
        self.session.answer().await?;
        Ok(None)
    }

    /// Returns the commands that follow the `STOR` of `plan`.
    fn commands_behind(&mut self, plan: &Plan) -> Vec<Command> {
        let session = &*self.session;
        let following = self
            .taken
            .following(self.work, |job| may_queue_upload(session, job));
        self.run.listen = following.map(|following| {
            let listen = session.passive_command();
            (listen, following.job().cancel().clone())
        });
        let size = Command::Size(plan.stored_as.clone());
        let listen = self.run.listen.iter().map(|(listen, _)| listen.clone());
        [size].into_iter().chain(listen).collect()
    }

    /// Checks the server's size of an upload of `sent` bytes.
    async fn stored(
        &mut self,
        claim: &Claim,
        plan: Plan,
        sent: u64,
        began: Instant,
    ) -> Result<Stored, Surprise> {
        let size = self.session.answer_as(parse_size).await?;
        if let Some(size) = size.filter(|size| *size != sent) {
            return Err(wrong_size(sent, size)
                .with_path(claim.job().remote())
                .into());
        }
        let outcome = match size {
            Some(_) => Outcome::Verified,
            None => Outcome::Complete,
        };
        Ok(Stored {
            claim: claim.clone(),
            plan,
            size,
            transferred: moved(sent, outcome, began),
            naming: Naming::Open,
        })
    }

    /// Checks an upload of `sent` bytes by the size in `MLST` or a listing, for a server that
    /// answers `SIZE` with none.
    async fn check_shown(&mut self, plan: &Plan, sent: u64) -> Result<(), Surprise> {
        if self.session.hides(&plan.stored_as) {
            return Ok(());
        }
        let agreements = self.session.agreements();
        let shown = self.session.listed_size(&plan.stored_as).await?;
        if self.session.agreements() != agreements {
            // This has used up the negotiated data connection.
            self.run.channel = None;
        }
        match shown {
            Some(shown) if shown != sent => {
                Err(wrong_size(sent, shown).with_path(&plan.target).into())
            }
            _ => Ok(()),
        }
    }

    /// Gives the last file of a series its name.
    async fn name_last(&mut self) {
        let Some(stored) = &mut self.run.unnamed else {
            return;
        };
        let commands = naming_commands(self.session, &stored.plan);
        let answers = async {
            send_naming(self.session, Some(stored), &commands).await?;
            naming_answers(self.session, Some(stored)).await
        };
        let answers = answers.await;
        let (plan, size) = (&stored.plan, stored.size);
        let named = match answers {
            Ok(Named::Known(outcome)) => Ok(outcome),
            Ok(Named::Unseen) => confirm(self.session, plan, size).await,
            Ok(Named::Refused) => {
                stored.naming = Naming::Sent;
                publish(self.session, plan, size).await
            }
            Err(lost) => {
                stored.naming = Naming::Sent;
                resolve_rename(self.session, plan, size, lost).await
            }
        };
        tell(&mut self.run.unnamed, named, self.work);
    }

    /// Retries a rename that the server refused while other commands were pending, or looks at a
    /// name that it did not show.
    async fn resolve_last(&mut self) {
        let Some(stored) = &mut self.run.unresolved else {
            return;
        };
        let agreements = self.session.agreements();
        let (plan, size) = (&stored.plan, stored.size);
        let named = match stored.naming {
            Naming::Confirmed => confirm(self.session, plan, size).await,
            Naming::Open | Naming::Sent => {
                stored.naming = Naming::Sent;
                publish(self.session, plan, size).await
            }
        };
        if self.session.agreements() != agreements {
            // This has used up the negotiated data connection.
            self.run.channel = None;
        }
        tell(&mut self.run.unresolved, named, self.work);
    }

    /// Cleans up after `lost`: renames complete files that have no name yet, and removes a part.
    async fn put_in_order(&mut self, lost: Error, part: Option<&Remains>) {
        self.run.channel = None;
        if part.is_none() && self.run.unnamed.is_none() && self.run.unresolved.is_none() {
            return;
        }
        if retrying!(self.session, self.session.ensure_usable()).is_err() {
            self.abandon();
        }
        self.resolve_last().await;
        if let Some(stored) = &mut self.run.unnamed {
            stored.naming = Naming::Sent;
            let resolved = resolve_rename(self.session, &stored.plan, stored.size, lost).await;
            tell(&mut self.run.unnamed, resolved, self.work);
        }
        if let Some(remains @ Remains::Part { at }) = part {
            let is_gone = self.session.is_usable()
                && match self.session.remove_file(at).await {
                    Ok(()) => true,
                    Err(error) => error.reply().is_some(),
                };
            if !is_gone {
                self.session.note(&remains.to_string());
            }
        }
    }

    /// Leaves complete files at the server as they are. Reports those that were cancelled and those
    /// that may already have their name; the others are sent again.
    fn abandon(&mut self) {
        self.session.give_up();
        for stored in [&mut self.run.unresolved, &mut self.run.unnamed] {
            let Some(whole) = stored else { continue };
            let (job, plan) = (whole.claim.job(), &whole.plan);
            let at = plan.stored_as.clone();
            if whole.naming == Naming::Confirmed {
                tell(stored, Ok(Outcome::Complete), self.work);
            } else if job.cancel().is_cancelled() {
                let remains = match whole.naming {
                    Naming::Sent => Remains::WholeUploadInDoubt { at },
                    _ => Remains::WholeUpload { at },
                };
                tell(stored, Err(cancelled().with_remains(remains)), self.work);
            } else if whole.naming == Naming::Sent {
                let lost = Error::new(ErrorKind::Network, "the reply to its rename was lost");
                let error = in_doubt(plan, lost);
                tell(stored, Err(error), self.work);
            } else {
                let note = format!("the upload is whole, and may remain at {at}");
                self.session.note(&format!("{}: {note}", job.remote));
                if let Some(stored) = stored.take() {
                    self.taken.leave(stored.claim);
                }
            }
        }
    }
}

impl Run {
    /// Returns what can cancel the complete files that have no name yet.
    fn cancel(&self) -> Cancel {
        let stored = self.unnamed.as_ref().or(self.unresolved.as_ref());
        stored.map_or_else(Cancel::new, |stored| stored.claim.job().cancel().clone())
    }
}

/// Returns the plan of `job`, and its contents; `None` if it cannot be pipelined.
async fn prepare(job: &Job, options: &UploadOptions, part: &Part) -> Option<(Plan, Vec<u8>)> {
    let mut plan = Plan::new(&job.remote, options, part).ok()?;
    let Loaded { contents, modified } = load(&job.local).await.ok()??;
    plan.total = Some(contents.len() as u64);
    plan.modified = modified.filter(|_| options.preserve_time);
    Some((plan, contents))
}

/// Reads a whole local file; `None` if it is not, or no longer, a small file.
async fn load(local: &Path) -> io::Result<Option<Loaded>> {
    let local = local.to_owned();
    let load = move || {
        let file = File::open(local)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > SMALL {
            return Ok(None);
        }
        let mut contents = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        file.take(metadata.len() + 1).read_to_end(&mut contents)?;
        let modified = metadata.modified().ok();
        let is_same = contents.len() as u64 == metadata.len();
        Ok(is_same.then(|| Loaded {
            contents,
            modified: modified.and_then(|time| Timestamp::try_from(time).ok()),
        }))
    };
    spawn_blocking(load).await.map_err(io::Error::other)?
}
