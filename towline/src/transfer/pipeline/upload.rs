//! Uploads, each one's rename sent together with the next one's `STOR`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use towline_proto::body::parse_size;
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::{SMALL, Surprise, Taken, Work, cancel_of, is_plain_refusal, moved};
use crate::channel::Channel;
use crate::control::Control;
use crate::data;
use crate::error::{Error, ErrorKind};
use crate::policy::Purpose;
use crate::session::Session;
use crate::transfer::conclude::Plan;
use crate::transfer::job::{Done, Job, Way};
use crate::transfer::landing::Report;
use crate::transfer::{Outcome, Transferred, UploadOptions};

/// A file that is whole at the server, under its temporary name.
#[derive(Debug)]
struct Stored {
    job: Job,
    plan: Plan,
    size: Option<u64>,
    transferred: Transferred,
}

/// How a run of uploads stands.
#[derive(Debug, Default)]
struct Run {
    /// The data connection that is agreed on for the next file.
    channel: Option<Channel>,
    /// The file that gets its name together with the next one.
    unnamed: Option<Stored>,
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
        let cancel = cancel_of(&first);
        let mut taken = Taken::new(first);
        let mut run = Run::default();
        let sending = async {
            self.send_all(&mut taken, &mut run, work).await;
            if let Some(stored) = run.unnamed.take() {
                self.name(stored, work.report).await;
            }
        };
        let ended = cancel.bound(sending).await;
        if let Some(stored) = run.unnamed {
            // Only where time has run out.
            let note = format!("the upload is whole and stays at {}", stored.plan.stored_as);
            let error = crate::cancel::cancelled().with_note(note);
            stored.report(Err(error), work.report);
        }
        taken.left(self, ended, work.report)
    }

    async fn send_all(&mut self, taken: &mut Taken, run: &mut Run, work: &Work<'_>) {
        while let Some(job) = taken.current(work, |job| self.may_queue_upload(job)) {
            let Way::Upload(options) = &job.way else {
                return taken.set_all_back();
            };
            if options.cancel.is_cancelled() {
                return taken.set_all_back();
            }
            // What is wrong with a local file is found out, and told, once it is its turn alone.
            let Ok(Some(loaded)) = load(&job.local).await else {
                taken.set_back();
                continue;
            };
            let sent = self.send(&job, options, loaded, taken, run, work).await;
            if let Err(surprise) = sent {
                self.recover(surprise, run, work).await;
                return taken.set_all_back();
            }
        }
    }

    /// Sends `job`, names the file before it, and agrees on the data connection of the file behind it, if
    /// there is one.
    async fn send(
        &mut self,
        job: &Job,
        options: &UploadOptions,
        loaded: Loaded,
        taken: &mut Taken,
        run: &mut Run,
        work: &Work<'_>,
    ) -> Result<(), Surprise> {
        let began = Instant::now();
        let channel = match run.channel.take() {
            Some(channel) => channel,
            None => self.ask_to_listen().await?,
        };
        let mut plan = Plan::new(&job.remote, options)?;
        plan.total = Some(loaded.contents.len() as u64);
        plan.modified = loaded.modified.filter(|_| options.preserve_time);
        let following = taken.following(work, |job| self.may_queue_upload(job));

        let naming = run.unnamed.as_ref();
        let naming = naming.map(|stored| self.naming_commands(&stored.plan));
        let naming = naming.unwrap_or_default();
        let mut commands = naming.clone();
        commands.push(Command::Stor(plan.stored_as.clone()));
        commands.push(Command::Size(plan.stored_as.clone()));
        if following.is_some() {
            commands.push(self.link.passive_command(&self.shared));
        }
        let offer = data::choose_offer(&mut self.link, &self.shared, Purpose::Store)?;
        // Ahead of the command: a call that is dropped has to leave word.
        self.unfinished = Some(plan.stored_as.clone());
        self.link.control.send_all(&commands).await?;

        let limit = self.shared.config.timeout;
        let connecting = channel.connection(limit, None);
        let answering = naming_replies(&mut self.link.control, naming.len());
        let (connected, answers) = tokio::join!(connecting, answering);
        let misnamed = match (run.unnamed.take(), answers) {
            (Some(stored), Ok(answers)) if self.is_named(&answers) => {
                stored.report(Ok(()), work.report);
                None
            }
            (stored, Ok(_)) => stored,
            (stored, Err(error)) => {
                run.unnamed = stored;
                return Err(error.into());
            }
        };
        let stored = self
            .store(
                job,
                plan,
                channel_of(connected?),
                offer,
                &loaded.contents,
                began,
            )
            .await;
        // The server has refused it, and answers for itself when it is asked once more.
        if let Some(misnamed) = misnamed {
            run.unnamed = Some(misnamed);
        }
        let stored = stored?;
        if following.is_some() {
            run.channel = Some(self.answer_to_listen().await?);
        }
        if let Some(misnamed) = run.unnamed.take() {
            self.publish_alone(misnamed, work.report).await;
        }
        match stored {
            Some(stored) => {
                taken.settle();
                run.unnamed = Some(stored);
            }
            None => taken.set_back(),
        }
        Ok(())
    }

    /// Sends `contents`, and checks the size that the server then gives. `None`: it refused the file.
    async fn store(
        &mut self,
        job: &Job,
        plan: Plan,
        channel: Channel,
        offer: crate::tls::Offer,
        contents: &[u8],
        began: Instant,
    ) -> Result<Option<Stored>, Surprise> {
        let (link, shared) = (&mut self.link, &self.shared);
        let path = &job.remote;
        let established = data::establish(link, shared, Purpose::Store, channel, offer, path).await;
        let waiting = "the size of an upload";
        let data = match established {
            Ok(data) => data,
            Err(refusal) if is_plain_refusal(&refusal) => {
                self.unfinished = None;
                self.link.control.final_reply(waiting).await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let mut upload = self.upload_over(data, plan);
        upload.write_all(contents).await?;
        let (plan, sent) = upload.end_unasked().await?;
        let reply = self.link.control.final_reply(waiting).await?;
        let size = parse_size(&reply).ok();
        if let Some(size) = size.filter(|size| *size != sent) {
            let what = format!("{sent} bytes were sent, but the server has {size}");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(path);
            return Err(error.into());
        }
        // From here on it is no part any more, and nobody else's to remove.
        self.unfinished = None;
        let outcome = match size {
            Some(_) => Outcome::Verified,
            None => Outcome::Complete,
        };
        Ok(Some(Stored {
            job: job.clone(),
            plan,
            size,
            transferred: moved(sent, outcome, began),
        }))
    }

    /// Gives the last file of a run its name.
    async fn name(&mut self, stored: Stored, report: &Report) {
        let commands = self.naming_commands(&stored.plan);
        let answers = async {
            self.link.control.send_all(&commands).await?;
            naming_replies(&mut self.link.control, commands.len()).await
        };
        match answers.await {
            Ok(answers) if self.is_named(&answers) => stored.report(Ok(()), report),
            Ok(_) => self.publish_alone(stored, report).await,
            Err(lost) => {
                let settled = self.settle_rename(&stored.plan, stored.size, lost).await;
                stored.report(settled, report);
            }
        }
    }

    /// Gives a file its name with every way around a refusal.
    async fn publish_alone(&mut self, stored: Stored, report: &Report) {
        let published = self.publish(&stored.plan, stored.size).await;
        stored.report(published, report);
    }

    /// Puts in order what a surprise has left at the server: a file whose rename was not answered, and a
    /// part.
    async fn recover(&mut self, surprise: Surprise, run: &mut Run, work: &Work<'_>) {
        let part = self.unfinished.take();
        self.surprised(&surprise.error, surprise.closed_early);
        run.channel = None;
        if let Some(stored) = run.unnamed.take() {
            let lost = surprise.error;
            let settled = self.settle_rename(&stored.plan, stored.size, lost).await;
            stored.report(settled, work.report);
        }
        if let Some(part) = part
            && let Err(error) = self.remove_file(&part).await
            && error.reply().is_none()
        {
            self.note(&format!("a part may remain at {part}"));
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

    /// Whether `answers` to [`Self::naming_commands`] say that the file has its name.
    fn is_named(&mut self, answers: &[Reply]) -> bool {
        match answers {
            [time, _, name] => {
                self.note_time(Some(time));
                name.class() == ReplyClass::Completion
            }
            [_, name] => name.class() == ReplyClass::Completion,
            _ => false,
        }
    }
}

impl Stored {
    fn report(self, named: Result<(), Error>, report: &Report) {
        let Self {
            job, transferred, ..
        } = self;
        let outcome = named.map(|()| transferred);
        let outcome = outcome.map_err(|error| error.with_path(&job.remote));
        report(Done { job, outcome });
    }
}

fn channel_of(tcp: tokio::net::TcpStream) -> Channel {
    Channel::Connected(tcp)
}

async fn naming_replies(control: &mut Control, count: usize) -> Result<Vec<Reply>, Error> {
    let mut replies = Vec::new();
    for _ in 0..count {
        replies.push(control.final_reply("a rename").await?);
    }
    Ok(replies)
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
