//! Uploads, each one's rename sent together with the next one's `STOR`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use towline_proto::body::parse_size;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::{SMALL, Surprise, Taken, Work, is_plain_refusal, moved, out_of_step};
use crate::attempt::retrying;
use crate::cancel::{Cancel, cancelled};
use crate::channel::Channel;
use crate::data::{self, Data};
use crate::error::{Error, ErrorKind};
use crate::policy::Purpose;
use crate::session::Session;
use crate::transfer::conclude::Plan;
use crate::transfer::job::{Done, Job, Way};
use crate::transfer::publish::in_doubt;
use crate::transfer::{Outcome, Transferred, UploadOptions};

/// A file that is whole at the server, under its temporary name.
#[derive(Debug)]
struct Stored {
    job: Job,
    plan: Plan,
    /// As the server gives it.
    size: Option<u64>,
    transferred: Transferred,
    /// The commands that give it its name have gone out, and their answers have not come: it may have it.
    is_being_named: bool,
}

/// How a run of uploads stands.
#[derive(Debug, Default)]
struct Run {
    /// The data connection that is agreed on for the next file.
    channel: Option<Channel>,
    /// The command that asks for it, while that is under way, since another session may find out meanwhile
    /// that it has to be another one; and what stops the file that it is for.
    listen: Option<(Command, Cancel)>,
    /// The file that gets its name together with the next one.
    unnamed: Option<Stored>,
    /// The file before that, if the server refused it its name.
    refused: Option<Stored>,
}

/// What was read of a local file.
#[derive(Debug)]
struct Loaded {
    contents: Vec<u8>,
    modified: Option<Timestamp>,
}

impl Session {
    /// Whether `job` can be one of many uploads in a row.
    pub(super) fn may_queue_upload(&self, job: &Job) -> bool {
        let Way::Upload(options) = &job.way else {
            return false;
        };
        // Nothing is ever queued behind a STOR to a final name.
        let is_plain = options.temporary_name
            && options.overwrite
            && !options.resume
            && !options.append
            && !options.verify;
        self.may_queue() && is_plain && job.known.size.is_some_and(|size| size <= SMALL)
    }

    /// Uploads `first`, and what else is in the queue as long as it is of the same kind. Gives back what has
    /// to be done one command at a time.
    pub(super) async fn upload_ahead(&mut self, first: Job, work: &Work<'_>) -> Vec<Job> {
        let mut taken = Taken::new(first);
        let mut run = Run::default();
        self.send_all(&mut taken, &mut run, work).await;
        let naming = run.cancel();
        if naming.bound(self.name_last(&mut run, work)).await.is_none() {
            self.abandon(&mut run, &mut taken, work);
        }
        taken.left
    }

    async fn send_all(&mut self, taken: &mut Taken, run: &mut Run, work: &Work<'_>) {
        while let Some(job) = taken.current(work, |job| self.may_queue_upload(job)) {
            let Way::Upload(options) = &job.way else {
                return taken.set_all_back();
            };
            if options.cancel.is_cancelled() {
                return taken.set_all_back();
            }
            if !self.link.reaches_ports && !taken.left.is_empty() {
                // Why there is no data connection shows one command at a time.
                return taken.set_all_back();
            }
            // What is wrong with a local file or a path is told once it is its turn alone.
            let Some((plan, contents)) = prepare(&job, options).await else {
                taken.set_back();
                continue;
            };
            // Two files are under way, and either may be cancelled.
            let before = run.cancel();
            let sending = self.send(&job, plan, &contents, taken, run, work);
            let sent = before.bound(options.cancel.bound(sending)).await.flatten();
            let part = match sent {
                Some(Ok(())) => continue,
                Some(Err(surprise)) => {
                    self.surprised(&surprise.error, surprise.closed_early);
                    let part = self.unfinished.take();
                    let either = run.cancel();
                    let settling =
                        self.put_in_order(surprise.error, part.as_ref(), run, taken, work);
                    let settled = either.bound(options.cancel.bound(settling)).await;
                    if settled.flatten().is_some() {
                        return taken.set_all_back();
                    }
                    part
                }
                None => self.unfinished.take(),
            };
            // Time has run out.
            self.abandon(run, taken, work);
            if let Some(part) = part {
                let note = format!("a part may remain at {part}");
                if job.cancel().is_cancelled() {
                    let error = cancelled().with_note(note).with_path(&job.remote);
                    let outcome = Err(error);
                    (work.report)(Done { job, outcome });
                    taken.settle();
                } else {
                    self.note(&note);
                }
            }
            return taken.set_all_back();
        }
    }

    /// Sends `job`, names the file before it, and agrees on the data connection of the file behind it, if
    /// there is one.
    async fn send(
        &mut self,
        job: &Job,
        plan: Plan,
        contents: &[u8],
        taken: &mut Taken,
        run: &mut Run,
        work: &Work<'_>,
    ) -> Result<(), Surprise> {
        let began = Instant::now();
        let is_first = !self.link.reaches_ports;
        let data = match is_first {
            true => self.open_first(&plan, run, work).await,
            false => self.open_next(&plan, taken, run, work).await?,
        };
        let stored = match data {
            Some(data) => {
                let mut upload = self.upload_over(data, plan);
                upload.write_all(contents).await?;
                let (plan, sent) = upload.end_unasked().await?;
                if is_first {
                    let commands = self.commands_behind(&plan, taken, run, work);
                    self.link.control.send_all(&commands).await?;
                }
                Some(self.stored(job, plan, sent, began).await?)
            }
            None => None,
        };
        if let Some((listen, cancel)) = run.listen.take() {
            let agreed = cancel.bound(self.answer_to_listen(&listen)).await;
            if agreed.is_none() {
                // Time has run out for that file alone.
                self.link.control.mark_broken();
            }
            run.channel = agreed.transpose()?;
        }
        if let Some(Stored {
            plan, size: None, ..
        }) = &stored
        {
            // The server lets nobody read what is uploaded, say. Or it does not bear the question early.
            let size = Command::Size(plan.stored_as.clone());
            let reply = self.link.control.command(&size).await?;
            if reply.class() == ReplyClass::Completion {
                return Err(out_of_step(reply).into());
            }
        }
        // From here on it is no part any more, and nobody else's to remove.
        self.unfinished = None;
        match stored {
            Some(stored) => {
                taken.settle();
                run.unnamed = Some(stored);
            }
            None => taken.set_back(),
        }
        self.name_refused(run, work).await;
        Ok(())
    }

    /// Opens the data connection of a session's first file, one command at a time: the way to the server's
    /// ports may be blocked, and the server may have nothing to resume with. What comes behind the `STOR` waits
    /// for its end then: in a piece of its own ProFTPD would find it in the middle of the transfer, and refuse
    /// it (450). `None`: that did not work.
    async fn open_first(&mut self, plan: &Plan, run: &mut Run, work: &Work<'_>) -> Option<Data> {
        run.listen = None;
        self.name_last(run, work).await;
        match self.open_upload(plan).await {
            Ok(data) => Some(data),
            Err(error) => {
                self.note(&format!("trying again: {error}"));
                None
            }
        }
    }

    /// Opens the data connection of a further file, with all that goes on around it. `None`: the server
    /// refuses the file.
    async fn open_next(
        &mut self,
        plan: &Plan,
        taken: &mut Taken,
        run: &mut Run,
        work: &Work<'_>,
    ) -> Result<Option<Data>, Surprise> {
        let channel = match run.channel.take() {
            Some(channel) => channel,
            None => self.ask_to_listen().await?,
        };
        let naming = run.unnamed.as_ref();
        let naming = naming.map(|stored| self.naming_commands(&stored.plan));
        let mut commands = naming.unwrap_or_default();
        commands.push(Command::Stor(plan.stored_as.clone()));
        commands.extend(self.commands_behind(plan, taken, run, work));
        let offer = data::choose_offer(&mut self.link, &self.shared, Purpose::Store)?;
        // Ahead of the command: a call that is dropped has to leave word.
        self.unfinished = Some(plan.stored_as.clone());
        self.send_naming(run.unnamed.as_mut(), &commands).await?;

        let limit = self.shared.config.timeout;
        let connecting = channel.connection(limit, None);
        let answering = self.naming_answers(run.unnamed.as_mut());
        let (connected, is_named) = tokio::join!(connecting, answering);
        match is_named? {
            true => tell(&mut run.unnamed, Ok(()), work),
            // It is asked for once more when nothing else is under way.
            false => {
                run.refused = run.unnamed.take();
                if let Some(stored) = &mut run.refused {
                    stored.is_being_named = false;
                }
            }
        }
        let connected = match connected {
            Ok(connected) => connected,
            Err(error) => {
                let refusal = data::refusal_on_its_way(&mut self.link.control, limit);
                if refusal.await.is_none() {
                    return Err(error.into());
                }
                return self.refused_ahead().await;
            }
        };
        let channel = Channel::Connected(connected);
        let (link, shared, path) = (&mut self.link, &self.shared, &plan.target);
        let established = data::establish(link, shared, Purpose::Store, channel, offer, path).await;
        match established {
            Ok(data) => Ok(Some(data)),
            Err(refusal) if is_plain_refusal(&refusal) => self.refused_ahead().await,
            Err(error) => Err(error.into()),
        }
    }

    /// Goes on behind a refused `STOR`.
    async fn refused_ahead(&mut self) -> Result<Option<Data>, Surprise> {
        self.unfinished = None;
        // That to SIZE.
        self.answer().await?;
        Ok(None)
    }

    /// What is sent behind the `STOR` of `plan`.
    fn commands_behind(
        &self,
        plan: &Plan,
        taken: &mut Taken,
        run: &mut Run,
        work: &Work<'_>,
    ) -> Vec<Command> {
        let following = taken.following(work, |job| self.may_queue_upload(job));
        run.listen = following.map(|following| {
            let listen = self.link.passive_command(&self.shared);
            (listen, following.cancel().clone())
        });
        let size = Command::Size(plan.stored_as.clone());
        let listen = run.listen.iter().map(|(listen, _)| listen.clone());
        [size].into_iter().chain(listen).collect()
    }

    /// Checks the size that the server gives of an upload of `sent` bytes.
    async fn stored(
        &mut self,
        job: &Job,
        plan: Plan,
        sent: u64,
        began: Instant,
    ) -> Result<Stored, Surprise> {
        let size = self.answer_to(parse_size).await?;
        if let Some(size) = size.filter(|size| *size != sent) {
            let what = format!("{sent} bytes were sent, but the server has {size}");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&job.remote);
            return Err(error.into());
        }
        let outcome = match size {
            Some(_) => Outcome::Verified,
            None => Outcome::Complete,
        };
        Ok(Stored {
            job: job.clone(),
            plan,
            size,
            transferred: moved(sent, outcome, began),
            is_being_named: false,
        })
    }

    /// Gives the last file of a run its name.
    async fn name_last(&mut self, run: &mut Run, work: &Work<'_>) {
        let Some(stored) = &mut run.unnamed else {
            return;
        };
        let commands = self.naming_commands(&stored.plan);
        let answers = async {
            self.send_naming(Some(stored), &commands).await?;
            self.naming_answers(Some(stored)).await
        };
        let answers = answers.await;
        stored.is_being_named = true;
        let (plan, size) = (&stored.plan, stored.size);
        let named = match answers {
            Ok(true) => Ok(()),
            Ok(false) => self.publish(plan, size).await,
            Err(lost) => self.settle_rename(plan, size, lost).await,
        };
        tell(&mut run.unnamed, named, work);
    }

    /// Gives the file its name that the server has refused it while other commands were under way.
    async fn name_refused(&mut self, run: &mut Run, work: &Work<'_>) {
        let Some(stored) = &mut run.refused else {
            return;
        };
        // This may take the data connection that was agreed on, or another control connection.
        run.channel = None;
        stored.is_being_named = true;
        let published = self.publish(&stored.plan, stored.size).await;
        tell(&mut run.refused, published, work);
    }

    /// Puts in order what has been left at the server because of `lost`: files that are whole and have no
    /// name so far, and a part.
    async fn put_in_order(
        &mut self,
        lost: Error,
        part: Option<&RemotePath>,
        run: &mut Run,
        taken: &mut Taken,
        work: &Work<'_>,
    ) {
        run.channel = None;
        if part.is_none() && run.unnamed.is_none() && run.refused.is_none() {
            return;
        }
        if retrying!(self, self.ensure_usable()).is_err() {
            self.abandon(run, taken, work);
        }
        self.name_refused(run, work).await;
        if let Some(stored) = &mut run.unnamed {
            stored.is_being_named = true;
            let settled = self.settle_rename(&stored.plan, stored.size, lost);
            let settled = settled.await;
            tell(&mut run.unnamed, settled, work);
        }
        if let Some(part) = part {
            let is_settled = self.is_usable()
                && match self.remove_file(part).await {
                    Ok(()) => true,
                    Err(error) => error.reply().is_some(),
                };
            if !is_settled {
                self.note(&format!("a part may remain at {part}"));
            }
        }
    }

    /// Leaves what is whole at the server as it is: tells of what was cancelled, and of what may have its
    /// name; has the rest sent again.
    fn abandon(&mut self, run: &mut Run, taken: &mut Taken, work: &Work<'_>) {
        self.link.control.mark_broken();
        for stored in [&mut run.refused, &mut run.unnamed] {
            let Some(whole) = stored else { continue };
            let (job, plan) = (&whole.job, &whole.plan);
            let note = format!("the upload is whole, and may remain at {}", plan.stored_as);
            if job.cancel().is_cancelled() {
                tell(stored, Err(cancelled().with_note(note)), work);
            } else if whole.is_being_named {
                let lost = Error::new(ErrorKind::Network, "the reply to its rename is lost");
                let error = in_doubt(plan, lost);
                tell(stored, Err(error), work);
            } else {
                self.note(&format!("{}: {note}", job.remote));
                taken.left.extend(stored.take().map(|stored| stored.job));
            }
        }
    }

    /// Time and name for an upload that is whole.
    fn naming_commands(&self, plan: &Plan) -> Vec<Command> {
        let time = plan.modified;
        let time = time.and_then(|time| self.time_command(&plan.stored_as, time));
        let mut commands: Vec<_> = time.into_iter().collect();
        commands.push(Command::Rnfr(plan.stored_as.clone()));
        commands.push(Command::Rnto(plan.target.clone()));
        commands
    }

    /// Sends `commands`, which begin with those that name `stored`.
    async fn send_naming(
        &mut self,
        stored: Option<&mut Stored>,
        commands: &[Command],
    ) -> Result<(), Error> {
        // Nothing goes out over a connection that is lost already.
        self.link.control.look().await?;
        if let Some(stored) = stored {
            stored.is_being_named = true;
        }
        self.link.control.send_all(commands).await
    }

    /// Whether `stored` has its name, by the answers to [`Self::naming_commands`]. Once that for its time has
    /// come, the time is no longer wanted.
    async fn naming_answers(&mut self, stored: Option<&mut Stored>) -> Result<bool, Error> {
        let Some(stored) = stored else {
            return Ok(true);
        };
        let plan = &mut stored.plan;
        if let Some(time) = plan.modified {
            let answer = match self.time_command(&plan.stored_as, time) {
                Some(_) => Some(self.answer().await?),
                None => None,
            };
            self.note_time(answer.as_ref());
            plan.modified = None;
        }
        self.answer().await?;
        let name = self.answer().await?;
        Ok(name.class() == ReplyClass::Completion)
    }
}

impl Run {
    /// What stops the files that are whole and have no name so far.
    fn cancel(&self) -> Cancel {
        let stored = self.unnamed.as_ref().or(self.refused.as_ref());
        stored.map_or_else(Cancel::new, |stored| stored.job.cancel().clone())
    }
}

/// Tells whether a file got its name.
fn tell(stored: &mut Option<Stored>, named: Result<(), Error>, work: &Work<'_>) {
    let Some(stored) = stored.take() else { return };
    let Stored {
        job, transferred, ..
    } = stored;
    let outcome = named.map(|()| transferred);
    let outcome = outcome.map_err(|error| error.with_path(&job.remote));
    (work.report)(Done { job, outcome });
}

/// What `job` is to come to, and its contents. `None`: it cannot go in a row.
async fn prepare(job: &Job, options: &UploadOptions) -> Option<(Plan, Vec<u8>)> {
    let mut plan = Plan::new(&job.remote, options).ok()?;
    let Loaded { contents, modified } = load(&job.local).await.ok()??;
    plan.total = Some(contents.len() as u64);
    plan.modified = modified.filter(|_| options.preserve_time);
    Some((plan, contents))
}

/// Reads a whole local file; `None` if it is not, or no longer, a small one.
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
