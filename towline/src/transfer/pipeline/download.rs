//! Downloads, each one's questions and data port asked for behind the `RETR` of the one before.

use tokio::time::Instant;
use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;

use super::{SMALL, Surprise, Taken, Work, is_plain_refusal, moved};
use crate::channel::Channel;
use crate::data::{self, Data};
use crate::error::{Error, ErrorKind};
use crate::policy::Purpose;
use crate::session::Session;
use crate::transfer::download::Stretch;
use crate::transfer::job::{Done, Job, Way};
use crate::transfer::landing::{Parcel, nowhere_to_land};
use crate::transfer::local::{aside, takes_new_file};
use crate::transfer::mark::Source;
use crate::transfer::{DownloadOptions, Outcome, Transferred};

/// A file whose data connection is agreed on.
#[derive(Debug)]
struct Agreed {
    /// `None`: the server gives no size, so that nothing would tell whether all has come.
    size: Option<u64>,
    source: Source,
    channel: Channel,
}

/// A file that has come; `None` if it was refused, so that it has to be asked for again.
type Fetched = Option<(Vec<u8>, Transferred)>;

impl Session {
    /// Whether `job` can be one of many downloads in a row, as far as can be told without a look at the
    /// disk.
    pub(super) fn may_queue_download(&self, job: &Job) -> bool {
        let Way::Download(options) = &job.way else {
            return false;
        };
        // Whatever leads to the disk by another way than a new file goes that way.
        let is_plain = options.temporary_name && !options.resume && !options.verify;
        self.may_queue()
            && self.link.reaches_ports
            && is_plain
            && job.known.size.is_none_or(is_small)
    }

    /// Downloads `first`, and what else is in the queue as long as it is of the same kind. Gives back what has
    /// to be done one command at a time.
    pub(super) async fn download_ahead(&mut self, first: Job, work: &Work<'_>) -> Vec<Job> {
        let mut taken = Taken::new(first);
        self.fetch_all(&mut taken, work).await;
        taken.left
    }

    async fn fetch_all(&mut self, taken: &mut Taken, work: &Work<'_>) {
        let mut agreed = None;
        while let Some(job) = taken.current(work, |job| self.may_queue_download(job)) {
            let Way::Download(options) = &job.way else {
                return taken.set_all_back();
            };
            if options.cancel.is_cancelled() {
                // Without a word to the server.
                return taken.set_all_back();
            }
            // What has been agreed on has been looked at.
            if agreed.is_none() && !is_simple(&job).await {
                taken.set_back();
                continue;
            }
            let fetching = self.fetch(&job, options, agreed.take(), taken, work);
            match options.cancel.bound(fetching).await {
                Some(Ok(next)) => agreed = next,
                Some(Err(surprise)) => {
                    self.surprised(&surprise.error, surprise.closed_early);
                    return taken.set_all_back();
                }
                None => {
                    self.link.control.mark_broken();
                    return taken.set_all_back();
                }
            }
        }
    }

    /// Fetches `job`, and agrees on the file behind it, if there is one.
    async fn fetch(
        &mut self,
        job: &Job,
        options: &DownloadOptions,
        agreed: Option<Agreed>,
        taken: &mut Taken,
        work: &Work<'_>,
    ) -> Result<Option<Agreed>, Surprise> {
        // Another session may find out meanwhile that it has to be another one.
        let listen = self.link.passive_command(&self.shared);
        let agreed = match agreed {
            Some(agreed) => agreed,
            None => {
                let questions = questions(job, &listen);
                self.link.control.send_all(&questions).await?;
                self.answers(job, &listen).await?
            }
        };
        let Agreed {
            size: Some(size),
            source,
            channel,
        } = agreed
        else {
            taken.set_back();
            return Ok(None);
        };
        if !is_small(size) {
            taken.set_back();
            return Ok(None);
        }
        let following = taken.following(work, |job| self.may_queue_download(job));
        let mut commands = vec![Command::Retr(job.remote.clone())];
        if let Some(following) = &following {
            commands.extend(questions(following, &listen));
        }
        let looking = async {
            match &following {
                Some(following) => is_simple(following).await,
                None => true,
            }
        };
        let fetching = self.fetch_small(job, size, channel, &commands);
        let (fetched, goes_on) = tokio::join!(fetching, looking);
        match fetched? {
            Some((contents, transferred)) => {
                let parcel = Parcel {
                    job: job.clone(),
                    options: options.clone(),
                    source,
                    contents,
                    transferred,
                };
                if let Err(Parcel { job, .. }) = work.landing.take(parcel).await {
                    let outcome = Err(nowhere_to_land());
                    (work.report)(Done { job, outcome });
                }
                // Only now: what is cancelled while it waits for the disk has to be told of.
                taken.settle();
            }
            None => taken.set_back(),
        }
        let Some(following) = following else {
            return Ok(None);
        };
        let answers = self.answers(&following, &listen);
        let agreed = following.cancel().bound(answers).await;
        if agreed.is_none() {
            // Time has run out for that one alone.
            self.link.control.mark_broken();
        }
        if !goes_on {
            taken.set_back();
        }
        Ok(agreed.transpose()?.filter(|_| goes_on))
    }

    /// The answers to [`questions`].
    async fn answers(&mut self, job: &Job, listen: &Command) -> Result<Agreed, Error> {
        let mut source = job.known;
        if source.size.is_none() {
            source.size = self.answer_to(parse_size).await?;
        }
        if source.modified.is_none() {
            source.modified = self.answer_to(parse_mdtm).await?;
        }
        Ok(Agreed {
            size: source.size,
            source,
            channel: self.answer_to_listen(listen).await?,
        })
    }

    /// Sends `commands`, the first of which is the `RETR` of `job`, and receives its `size` bytes.
    async fn fetch_small(
        &mut self,
        job: &Job,
        size: u64,
        channel: Channel,
        commands: &[Command],
    ) -> Result<Fetched, Surprise> {
        let began = Instant::now();
        let path = &job.remote;
        let (link, shared) = (&mut self.link, &self.shared);
        let offer = data::choose_offer(link, shared, Purpose::Retrieve)?;
        link.control.send_all(commands).await?;
        let established =
            data::establish(link, shared, Purpose::Retrieve, channel, offer, path).await;
        match established {
            Ok(data) => {
                let closes_early = data.verdict.protocol == "TLSv1.3"
                    && shared.pipelining.closes_early(&link.server, size);
                let received = self.receive_small(job, size, data, closes_early).await;
                let contents = received.map_err(|error| Surprise {
                    error,
                    closed_early: closes_early,
                })?;
                Ok(Some((contents, moved(size, Outcome::Verified, began))))
            }
            Err(refusal) if is_plain_refusal(&refusal) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Receives the `size` bytes of `job`, and the server's word that these are all.
    async fn receive_small(
        &mut self,
        job: &Job,
        size: u64,
        data: Data,
        closes_early: bool,
    ) -> Result<Vec<u8>, Error> {
        let wrong = |len| {
            let what = format!("{len} bytes have come, and the server gives a size of {size}");
            Error::new(ErrorKind::Incomplete, what).with_path(&job.remote)
        };
        let whole = Stretch::whole(&job.remote, Some(size));
        let mut download = self.download_over(data, whole).announce();
        if closes_early {
            download.close_early().await?;
        }
        // One byte more shows that the file has grown.
        let mut contents = vec![0; usize::try_from(size).unwrap_or(usize::MAX) + 1];
        let mut len = 0;
        while len < contents.len() {
            match download.read(&mut contents[len..]).await? {
                0 => break,
                count => len += count,
            }
        }
        if len as u64 != size {
            return Err(wrong(len));
        }
        contents.truncate(len);
        download.end_unasked().await?;
        Ok(contents)
    }
}

/// Whether nothing but a new file is needed at the local end of `job`.
async fn is_simple(job: &Job) -> bool {
    let Way::Download(options) = &job.way else {
        return false;
    };
    let looked = aside(&job.local, options, |local, options| {
        Ok(takes_new_file(local, options))
    });
    matches!(options.cancel.or(looked).await, Ok(Ok(true)))
}

/// What has to be asked before `job` can be fetched; `listen` asks for its data connection.
fn questions(job: &Job, listen: &Command) -> Vec<Command> {
    let Source { size, modified } = job.known;
    let path = || job.remote.clone();
    let size = size.is_none().then(|| Command::Size(path()));
    let modified = modified.is_none().then(|| Command::Mdtm(path()));
    let questions = size.into_iter().chain(modified);
    questions.chain([listen.clone()]).collect()
}

fn is_small(size: u64) -> bool {
    size <= SMALL
}
