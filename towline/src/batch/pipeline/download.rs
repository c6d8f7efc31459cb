//! Downloads small files; the queries and the data port of each are requested behind the `RETR` of
//! the one before.

use tokio::time::Instant;
use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;

use super::SMALL;
use super::answers::{Surprise, moved};
use super::taken::Taken;
use crate::batch::job::{Job, JobOptions};
use crate::batch::landing::{Parcel, nowhere_to_land};
use crate::batch::queue::Claim;
use crate::batch::work::Work;
use crate::data::{Channel, Data, OpenError, Purpose};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::{Lease, Session};
use crate::transfer::{
    ByteRange, Download, DownloadOptions, FileVersion, Outcome, Transferred, aside, takes_new_file,
};
use crate::verdict::ProtocolVersion;

/// A file whose data connection has been negotiated.
#[derive(Debug)]
struct Agreed {
    /// `None` if the server gives no size, so that nothing would show whether the file is complete.
    size: Option<u64>,
    version: FileVersion,
    channel: Channel,
}

/// A file that was received; `None` if it was refused, so that it must be requested again.
type Fetched = Option<(Vec<u8>, Transferred)>;

/// Whether `job` can be pipelined, as far as can be determined without looking at the disk.
pub(crate) fn may_queue_download(session: &Session, job: &Job) -> bool {
    let JobOptions::Download(options) = &job.options else {
        return false;
    };
    // Anything that reaches the disk other than through a new file is moved by itself.
    let is_plain = options.temporary_name && !options.resume && !options.verify;
    session.may_queue()
        && session.reaches_ports()
        && is_plain
        && job.known.size.is_none_or(is_small)
}

/// Downloads `first`, and further files from the queue as long as they are suitable. Returns the
/// files that must be moved one command at a time.
pub(crate) async fn download_ahead(
    session: &mut Session,
    work: &Work<'_>,
    first: Claim,
) -> Vec<Claim> {
    let mut downloads = Downloads {
        session,
        work,
        taken: Taken::new(first),
    };
    downloads.run().await;
    downloads.taken.into_left()
}

/// A series of downloads over one session.
struct Downloads<'a> {
    session: &'a mut Session,
    work: &'a Work<'a>,
    taken: Taken,
}

impl Downloads<'_> {
    async fn run(&mut self) {
        let mut agreed = None;
        while let Some(claim) = self.current() {
            let job = claim.job();
            let JobOptions::Download(options) = &job.options else {
                return self.taken.set_all_back();
            };
            if options.cancel.is_cancelled() {
                // Nothing is sent to the server.
                return self.taken.set_all_back();
            }
            // A file with a negotiated connection has already been checked.
            if agreed.is_none() && !is_simple(job).await {
                self.taken.set_back();
                continue;
            }
            let fetching = self.fetch(&claim, options, agreed.take());
            match options.cancel.bound(fetching).await {
                Some(Ok(next)) => agreed = next,
                Some(Err(surprise)) => {
                    self.session
                        .surprised(&surprise.error, surprise.closed_early);
                    return self.taken.set_all_back();
                }
                None => {
                    self.session.give_up();
                    return self.taken.set_all_back();
                }
            }
        }
    }

    /// Returns the current file; takes one if there is none.
    fn current(&mut self) -> Option<Claim> {
        let session = &*self.session;
        self.taken
            .current(self.work, |job| may_queue_download(session, job))
    }

    /// Returns the next file; takes one if there is none.
    fn following(&mut self) -> Option<Claim> {
        let session = &*self.session;
        self.taken
            .following(self.work, |job| may_queue_download(session, job))
    }

    /// Downloads `job`, and negotiates the data connection of the next file, if there is one.
    async fn fetch(
        &mut self,
        claim: &Claim,
        options: &DownloadOptions,
        agreed: Option<Agreed>,
    ) -> Result<Option<Agreed>, Surprise> {
        // Kept, because another session may find out meanwhile that a different command is needed.
        let listen = self.session.passive_command();
        let job = claim.job();
        let agreed = match agreed {
            Some(agreed) => agreed,
            None => {
                let questions = questions(job, &listen);
                self.session.send_all(&questions).await?;
                self.answers(job, &listen).await?
            }
        };
        let Agreed {
            size: Some(size),
            version,
            channel,
        } = agreed
        else {
            self.taken.set_back();
            return Ok(None);
        };
        if !is_small(size) || options.check_size(size).is_err() {
            self.taken.set_back();
            return Ok(None);
        }
        let following = self.following();
        let mut commands = vec![Command::Retr(job.remote.clone())];
        if let Some(following) = &following {
            commands.extend(questions(following.job(), &listen));
        }
        let looking = async {
            match &following {
                Some(following) => is_simple(following.job()).await,
                None => true,
            }
        };
        let fetching = self.fetch_small(job, size, channel, &commands);
        let (fetched, goes_on) = tokio::join!(fetching, looking);
        match fetched? {
            Some((contents, transferred)) => {
                let parcel = Parcel {
                    claim: claim.clone(),
                    options: options.clone(),
                    version,
                    contents,
                    transferred,
                };
                if let Err(Parcel { claim, .. }) = self.work.landing.take(parcel).await {
                    (self.work.report)(claim, Err(nowhere_to_land()));
                }
                // Only now, so that a file cancelled while it waits for the disk is reported.
                self.taken.done();
            }
            None => self.taken.set_back(),
        }
        let Some(following) = following else {
            return Ok(None);
        };
        let answers = self.answers(following.job(), &listen);
        let agreed = following.job().cancel().bound(answers).await;
        if agreed.is_none() {
            // The time limit has passed for that file alone.
            self.session.give_up();
        }
        if !goes_on {
            self.taken.set_back();
        }
        Ok(agreed.transpose()?.filter(|_| goes_on))
    }

    /// Returns the replies to [`questions`].
    async fn answers(&mut self, job: &Job, listen: &Command) -> Result<Agreed, Error> {
        let mut version = job.known;
        if version.size.is_none() {
            version.size = self.session.answer_as(parse_size).await?;
        }
        if version.modified.is_none() {
            version.modified = self.session.answer_as(parse_mdtm).await?;
        }
        Ok(Agreed {
            size: version.size,
            version,
            channel: self.session.offered_ahead(listen).await?,
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
        let offer = self.session.choose_offer(Purpose::Retrieve)?;
        self.session.send_all(commands).await?;
        let established = self
            .session
            .establish(Purpose::Retrieve, channel, offer, path);
        match established.await {
            Ok(data) => {
                let closes_early = data.verdict.protocol == ProtocolVersion::Tls13
                    && self.session.closes_early(size);
                let received = self.receive_small(job, size, data, closes_early).await;
                let contents = received.map_err(|error| Surprise {
                    error,
                    closed_early: closes_early,
                })?;
                Ok(Some((contents, moved(size, Outcome::Verified, began))))
            }
            Err(OpenError::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Receives the `size` bytes of `job`, and the server's confirmation that these are all.
    async fn receive_small(
        &mut self,
        job: &Job,
        size: u64,
        data: Data,
        closes_early: bool,
    ) -> Result<Vec<u8>, Error> {
        let wrong = |len| {
            let what = format!("{len} bytes have arrived, but the server gives a size of {size}");
            let error = Error::new(ErrorKind::Incomplete, what).with_path(&job.remote);
            let (expected, actual) = (size, len as u64);
            error.with_detail(ErrorDetail::WrongSize { expected, actual })
        };
        let whole = ByteRange::whole(&job.remote, Some(size));
        let mut download = Download::over(Lease::new(self.session), data, whole).announce();
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

/// Whether the local end of `job` needs nothing but a new file.
async fn is_simple(job: &Job) -> bool {
    let JobOptions::Download(options) = &job.options else {
        return false;
    };
    let looked = aside(&job.local, options, |local, options| {
        Ok(takes_new_file(local, options))
    });
    matches!(options.cancel.or(looked).await, Ok(Ok(true)))
}

/// Returns the queries that must precede the download of `job`; `listen` requests its data
/// connection.
fn questions(job: &Job, listen: &Command) -> Vec<Command> {
    let FileVersion { size, modified } = job.known;
    let path = || job.remote.clone();
    let size = size.is_none().then(|| Command::Size(path()));
    let modified = modified.is_none().then(|| Command::Mdtm(path()));
    let questions = size.into_iter().chain(modified);
    questions.chain([listen.clone()]).collect()
}

fn is_small(size: u64) -> bool {
    size <= SMALL
}
