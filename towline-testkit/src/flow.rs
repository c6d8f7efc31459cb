//! The data on a data connection, and the faults in it.

use std::io;
use std::iter::Peekable;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::armed_fault::{Faults, names};
use crate::data::{Channel, Received};
use crate::fault::{Action, Fault};

const CHUNK: usize = 64 * 1024;

/// The lines of a listing, generated while they are sent.
pub(crate) type Lines = Box<dyn Iterator<Item = Vec<u8>> + Send>;

/// A running transfer.
pub(crate) struct Flow {
    kind: Kind,
    /// Bytes sent or received.
    pub(crate) bytes: u64,
    /// The byte count at which to stop for an action, and the action.
    pub(crate) stop: Option<(u64, Action)>,
    /// The length of a download when it began.
    length: u64,
    /// Whether the early close by the client has been reported.
    told: bool,
    limits: Limits,
    /// A download goes on with zeros at the end of its file.
    endless: bool,
}

enum Kind {
    Lines(Peekable<Lines>),
    Download(File),
    Upload(File),
}

#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    cut: Option<u64>,
    lose: Option<u64>,
    disk: Option<u64>,
    /// Bytes per second.
    pace: Option<u64>,
}

impl Limits {
    /// Waits to keep the pace after this many bytes.
    async fn rest(self, moved: usize) {
        if let Some(pace) = self.pace {
            let nanoseconds = moved as u64 * 1_000_000_000 / pace.max(1);
            tokio::time::sleep(Duration::from_nanos(nanoseconds)).await;
        }
    }
}

/// The progress of a transfer.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Everything is sent, or everything received is stored.
    Done,
    /// The point of an action is reached.
    Stopped(Action),
    /// The client sent `close_notify` before the last byte of a download or a
    /// listing was sent. Reported once.
    ClosedEarly,
    /// The client sent FIN without `close_notify`; the received data is stored.
    Truncated,
    /// The client is gone.
    Lost,
    DiskFull,
}

impl Flow {
    pub(crate) fn lines(lines: Lines) -> Self {
        Self::new(Kind::Lines(lines.peekable()))
    }

    /// Sends the file from its current position. `length` is the number of bytes
    /// that it has from there now. At most `limit` bytes are sent, if given.
    pub(crate) fn download(file: File, length: u64, limit: Option<u64>) -> Self {
        let mut flow = Self::new(Kind::Download(file));
        flow.length = length;
        flow.limits.cut = limit;
        flow
    }

    pub(crate) fn upload(file: File) -> Self {
        Self::new(Kind::Upload(file))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            bytes: 0,
            stop: None,
            length: 0,
            told: false,
            limits: Limits::default(),
            endless: false,
        }
    }

    pub(crate) fn is_upload(&self) -> bool {
        matches!(self.kind, Kind::Upload(_))
    }

    /// Returns the length given to [`download`](Self::download), or how much of
    /// a listing was sent.
    pub(crate) fn length(&self) -> u64 {
        match self.kind {
            Kind::Lines(_) => self.bytes,
            Kind::Download(_) | Kind::Upload(_) => self.length,
        }
    }

    /// Whether not all is sent yet.
    fn has_more(&mut self) -> bool {
        match &mut self.kind {
            Kind::Lines(lines) => lines.peek().is_some(),
            Kind::Download(_) | Kind::Upload(_) => self.bytes < self.length,
        }
    }

    /// Makes a download end before its last byte, and a listing now.
    pub(crate) fn lose_end(&mut self) {
        let end = self.limits.cut.unwrap_or(u64::MAX).min(self.length);
        self.limits.cut = Some(end.saturating_sub(1));
    }

    /// Applies the faults that affect this transfer.
    pub(crate) fn take_faults(&mut self, faults: &Faults, verb: &str) {
        self.stop = faults.in_transfer(verb);
        self.limits.pace = faults.strike(|fault| match fault {
            Fault::Pace {
                command,
                bytes_per_second,
            } if names(command, verb) => Some(*bytes_per_second),
            _ => None,
        });
        match self.kind {
            Kind::Lines(_) => {}
            Kind::Download(_) => {
                let cut = faults.strike(|fault| match fault {
                    Fault::CutDownload(bytes) => Some(*bytes),
                    _ => None,
                });
                self.limits.cut = cut.or(self.limits.cut);
                self.endless = faults.strikes(|fault| matches!(fault, Fault::EndlessDownload));
            }
            Kind::Upload(_) => {
                self.limits.lose = faults.strike(|fault| match fault {
                    Fault::LoseUpload(bytes) => Some(*bytes),
                    _ => None,
                });
                self.limits.disk = faults.strike(|fault| match fault {
                    Fault::DiskFull(bytes) => Some(*bytes),
                    _ => None,
                });
            }
        }
    }

    /// Runs until there is progress to report. Fails if the local disk fails or
    /// a deadline expires.
    pub(crate) async fn run(&mut self, channel: &mut Channel) -> io::Result<Progress> {
        let progress = match &mut self.kind {
            Kind::Upload(_) => self.receive(channel).await?,
            Kind::Download(_) | Kind::Lines(_) => self.send(channel).await?,
        };
        // In a transfer that is too short, the action happens at the end.
        match (progress, self.stop.take()) {
            (Progress::Done, Some((_, action))) => Ok(Progress::Stopped(action)),
            (progress, stop) => {
                self.stop = stop;
                Ok(progress)
            }
        }
    }

    async fn send(&mut self, channel: &mut Channel) -> io::Result<Progress> {
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            if let Some(action) = self.due() {
                channel.finish_sending(false).await?;
                return Ok(Progress::Stopped(action));
            }
            channel.look_for_close_notify().await;
            if !self.told && channel.is_closed_early() && self.has_more() {
                self.told = true;
                return Ok(Progress::ClosedEarly);
            }
            let limit = self.limit();
            match &mut self.kind {
                Kind::Lines(lines) => {
                    while chunk.len() < limit
                        && let Some(line) = lines.next()
                    {
                        chunk.extend_from_slice(&line);
                    }
                }
                Kind::Download(file) => {
                    chunk.resize(limit, 0);
                    match file.read(&mut chunk).await? {
                        0 if self.endless => chunk.fill(0),
                        count => chunk.truncate(count),
                    }
                }
                Kind::Upload(_) => {}
            }
            if chunk.is_empty() {
                return Ok(Progress::Done);
            }
            self.bytes += chunk.len() as u64;
            if channel.send(&chunk).await.is_err() {
                return Ok(Progress::Lost);
            }
            self.limits.rest(chunk.len()).await;
            chunk.clear();
        }
    }

    async fn receive(&mut self, channel: &mut Channel) -> io::Result<Progress> {
        let mut chunk = vec![0; CHUNK];
        loop {
            if let Some(action) = self.due() {
                self.settle().await?;
                return Ok(Progress::Stopped(action));
            }
            let limit = self.limit();
            let count = match channel.receive(&mut chunk[..limit]).await? {
                Received::Data(count) => count,
                end => {
                    self.settle().await?;
                    return Ok(match end {
                        Received::Data(_) | Received::End => Progress::Done,
                        Received::Truncated => Progress::Truncated,
                        Received::Reset => Progress::Lost,
                    });
                }
            };
            let before = self.bytes;
            self.bytes += count as u64;
            if self.limits.disk.is_some_and(|disk| self.bytes > disk) {
                self.settle().await?;
                return Ok(Progress::DiskFull);
            }
            let kept = self.limits.lose.map_or(count, |lose| {
                usize::try_from(lose.saturating_sub(before)).map_or(count, |kept| kept.min(count))
            });
            if let Kind::Upload(file) = &mut self.kind {
                file.write_all(&chunk[..kept]).await?;
            }
            self.limits.rest(count).await;
        }
    }

    /// Returns the action if its point is reached.
    fn due(&mut self) -> Option<Action> {
        let (_, action) = self.stop.take_if(|(after, _)| *after <= self.bytes)?;
        Some(action)
    }

    /// Returns the number of bytes that may be moved before the next event.
    fn limit(&self) -> usize {
        let to_stop = self.stop.as_ref().map(|(after, _)| after - self.bytes);
        let to_cut = self.limits.cut.map(|cut| cut.saturating_sub(self.bytes));
        let to_rest = self.limits.pace.map(|pace| (pace / 10).max(1));
        let nearest = to_stop.into_iter().chain(to_cut).chain(to_rest).min();
        let nearest = nearest.unwrap_or(u64::MAX);
        usize::try_from(nearest).map_or(CHUNK, |nearest| nearest.min(CHUNK))
    }

    /// Ensures that the received data is on disk.
    async fn settle(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Upload(file) => file.flush().await,
            Kind::Lines(_) | Kind::Download(_) => Ok(()),
        }
    }
}
