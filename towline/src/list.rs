//! Listings, and what can be known about one path.

use std::future::poll_fn;
use std::task::Poll;

use jiff::Timestamp;
use jiff::tz::Offset;
use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{
    Dialect, Entry, EntryKind, Line, LineSplitter, ListingParser, Modified, Precision, Zone,
    parse_mlst,
};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use crate::attempt::retrying;
use crate::clock::Samples;
use crate::data::{Data, ReadError};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::session::Session;
use crate::tls::End;

/// Lines that are not understood are all counted; this many are kept.
const KEPT_UNKNOWN_LINES: usize = 100;
/// No file system has names near this long.
const LONGEST_LINE: usize = 64 * 1024;

/// A directory's contents.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The entries, in the server's order.
    pub entries: Vec<Entry>,
    /// What else was found.
    pub summary: ListingSummary,
}

/// What a listing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListingSummary {
    /// How many entries.
    pub entries: u64,
    /// How many lines were not understood. While this is not zero the listing is not known to be
    /// complete, so nothing should be deleted on its strength.
    pub unknown: u64,
    /// The first of those lines, at most a hundred.
    pub unknown_lines: Vec<Vec<u8>>,
    /// The data connection ended without `close_notify`. The server called the listing complete,
    /// but whoever can cut a TCP connection could have shortened it, so nothing should be deleted on
    /// its strength.
    pub cut: bool,
    /// The server's final reply, where that says that not every entry is in the listing, so nothing should
    /// be deleted on its strength. Pure-FTPd 1.0.50 lists no more than 10,000 unless it is told otherwise
    /// (`226 Output truncated to 10000 matches`).
    pub partial: Option<Reply>,
}

impl Session {
    /// Lists a directory: `MLSD` where the server has it, else `LIST`.
    ///
    /// `LIST` tells times on the server's clock. Where `MDTM` tells that of one listed file as well, in
    /// UTC, the difference is worked out, once a session, and all times are given in UTC. What the
    /// server's zone was at another time of year it does not tell.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the listing takes more memory than
    /// [`Config::listing_limit`](crate::Config::listing_limit).
    pub async fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        retrying!(self, self.collect_listing(path))
    }

    async fn collect_listing(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        let limit = self.shared.config.listing_limit;
        let mut entries = Vec::new();
        let mut keep = |entry| entries.push(entry);
        let summary = self.retrieve_listing(path, limit, &mut keep).await?;
        // It may have been worked out from this very listing.
        entries
            .iter_mut()
            .for_each(|entry| self.clock.read_entry(entry));
        Ok(Listing { entries, summary })
    }

    /// Lists a directory of any size: `each` gets every entry as it arrives, and memory stays flat.
    ///
    /// With `LIST`, times are on the server's clock until an earlier listing of the session has shown
    /// how that is set; [`Self::in_utc`] puts them right afterwards.
    ///
    /// # Errors
    ///
    /// If the server refuses, or the listing breaks off; `each` may have had entries by then, so it is
    /// never tried again.
    pub async fn list_each(
        &mut self,
        path: &RemotePath,
        mut each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        self.retrieve_listing(path, u64::MAX, &mut each).await
    }

    /// What the server knows about one path: `MLST` where it has it, else what its directory's
    /// listing and `SIZE` and `MDTM` say.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such entry.
    pub async fn stat(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        retrying!(self, self.describe(path))
    }

    /// As [`Self::stat`], once.
    pub(crate) async fn describe(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.ensure_usable().await?;
        if self.link.features.has(Feature::Mlst) {
            let command = Command::Mlst(Some(path.clone()));
            let reply = self.link.control.command(&command).await?;
            match reply.class() {
                ReplyClass::Completion => {
                    let Some(mut entry) = parse_mlst(&reply) else {
                        let what = "the reply to MLST cannot be understood";
                        return Err(Error::protocol(what).with_reply(reply).with_path(path));
                    };
                    // Some servers put a whole path here, others only the name.
                    let name = path.file_name().unwrap_or(path.as_bytes());
                    entry.name = name.to_vec();
                    if matches!(
                        entry.kind,
                        EntryKind::CurrentDirectory | EntryKind::ParentDirectory
                    ) {
                        entry.kind = EntryKind::Directory;
                    }
                    return Ok(entry);
                }
                _ if is_unknown_command(reply.code()) => {}
                _ => return Err(no_such(reply, path)),
            }
        }
        self.stat_by_listing(path).await
    }

    async fn stat_by_listing(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            // The root or the login directory, which no listing shows.
            self.list_each(path, |_| {}).await?;
            return Ok(Entry::new(path.as_bytes(), EntryKind::Directory));
        };
        let mut found = None;
        let mut find = |entry: Entry| {
            if entry.name == name {
                found = Some(entry);
            }
        };
        let summary = match self.list_each(&parent, &mut find).await {
            Ok(summary) => summary,
            // Its directory may be one to pass through and not to read.
            Err(error) if error.kind() == ErrorKind::Refused && error.reply().is_none() => {
                found = None;
                ListingSummary::default()
            }
            Err(error) => return Err(error),
        };
        let Some(mut entry) = found else {
            // A server may leave hidden files out, or take a name for a pattern.
            if let Some(size) = self.ask_size(path).await? {
                let mut entry = Entry::new(name, EntryKind::File);
                entry.size = Some(size);
                entry.modified = self.ask_modified(path).await?.map(exact);
                return Ok(entry);
            }
            let was_asked_for = self.link.features.has(Feature::Size);
            let error = not_listed(&summary, was_asked_for);
            return Err(error.with_path(path));
        };
        if entry.kind == EntryKind::File {
            if let Some(size) = self.ask_size(path).await? {
                entry.size = Some(size);
            }
            if let Some(time) = self.ask_modified(path).await? {
                entry.modified = Some(exact(time));
            }
        }
        Ok(entry)
    }

    async fn retrieve_listing(
        &mut self,
        path: &RemotePath,
        limit: u64,
        each: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<ListingSummary, Error> {
        self.ensure_usable().await?;
        self.link
            .control
            .observe(&Event::RetrievingListing { path });
        let operand = (!path.is_login_directory()).then(|| path.clone());
        let (command, dialect) = if self.link.features.has(Feature::Mlst) {
            (Command::Mlsd(operand), Dialect::Mlsd)
        } else if self.link.server.hides_dot_files {
            (Command::ListAll(operand), Dialect::List)
        } else {
            (Command::List(operand), Dialect::List)
        };
        let mut data = self.open_retrieval(&command, 0, path).await?;
        let clock = self.clock;
        let mut samples = Samples::default();
        let own_name = path.file_name();
        let mut has_itself = false;
        let mut each = |mut entry: Entry| {
            has_itself |= entry.kind == EntryKind::Directory && own_name == Some(&entry.name[..]);
            samples.consider(&entry);
            clock.read_entry(&mut entry);
            each(entry);
        };
        let parser = ListingParser::new(dialect, clock.now());
        let mut reader = ListingReader::new(parser, limit, &mut each);
        let read = self.read_listing(&mut data, &mut reader).await;
        let read = read.map_err(|error| error.with_path(path));
        if let Err(error) = read {
            self.link.control.mark_broken();
            return Err(error);
        }
        // A refusal may leave the data connection open.
        let end = match data.stream.end() {
            Some(_) => data.close(self.shared.config.timeout).await,
            None => None,
        };
        let reply = data.final_reply(&mut self.link.control).await?;
        if reply.class() != ReplyClass::Completion {
            return Err(Error::refused("the listing broke off", reply).with_path(path));
        }
        data.completed(&self.link, &self.shared);
        self.link
            .control
            .observe(&Event::ListingSuccessful { path });
        let has_dots = reader.ignored > 0;
        let mut summary = reader.finish();
        summary.cut = end != Some(End::Clean);
        if matches!(command, Command::ListAll(_))
            && !has_dots
            && has_itself
            && (summary.entries, summary.unknown) == (1, 0)
        {
            let what = "the server lists the directory itself in place of what is in it, as vsftpd does \
                        with one that it may not read";
            return Err(Error::new(ErrorKind::Refused, what).with_path(path));
        }
        summary.partial = is_partial(&reply).then_some(reply);
        self.set_clock(path, samples).await;
        Ok(summary)
    }

    /// Reads to the end of the data, or to a refusal.
    async fn read_listing(
        &mut self,
        data: &mut Data,
        reader: &mut ListingReader<'_>,
    ) -> Result<(), Error> {
        loop {
            let control = &mut self.link.control;
            let chunk = poll_fn(|cx| match data.stream.poll_fill(cx) {
                Poll::Ready(Ok(bytes)) => Poll::Ready(Ok(reader.take(bytes).map(|()| bytes.len()))),
                Poll::Ready(Err(error)) => Poll::Ready(Err(ReadError::Data(error))),
                Poll::Pending => data
                    .poll_refusal(control, cx)
                    .map(|refused| refused.map(|()| Ok(0))),
            });
            let len = timeout(self.shared.config.timeout, chunk)
                .await
                .map_err(|_| Error::timeout("the listing stands still"))???;
            if len == 0 {
                return Ok(());
            }
            data.stream.consume(len);
        }
    }
}

/// Bytes to entries.
struct ListingReader<'a> {
    splitter: LineSplitter,
    parser: ListingParser,
    summary: ListingSummary,
    /// Lines that are about nothing in the directory.
    ignored: u64,
    each: &'a mut (dyn FnMut(Entry) + Send),
    /// Bytes of memory still allowed.
    rest: u64,
}

impl<'a> ListingReader<'a> {
    fn new(parser: ListingParser, limit: u64, each: &'a mut (dyn FnMut(Entry) + Send)) -> Self {
        Self {
            splitter: LineSplitter::new(LONGEST_LINE),
            parser,
            summary: ListingSummary::default(),
            ignored: 0,
            each,
            rest: limit,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.charge(bytes.len())?;
        self.splitter.push(bytes);
        loop {
            let before = self.summary.entries;
            match self.splitter.next_line() {
                Ok(Some(line)) => {
                    let line = self.parser.line(line);
                    self.ignored += u64::from(matches!(line, Line::Ignored));
                    sort(line, &mut self.summary, self.each);
                    if let Some(half) = self.parser.left_over() {
                        sort(half, &mut self.summary, self.each);
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    let what = "a line of the listing is longer than allowed";
                    return Err(Error::protocol(what).with_source(error));
                }
            }
            if self.summary.entries > before {
                self.charge(size_of::<Entry>())?;
            }
        }
    }

    fn charge(&mut self, len: usize) -> Result<(), Error> {
        if self.rest == u64::MAX {
            return Ok(());
        }
        let rest = self.rest.checked_sub(len as u64);
        self.rest = rest.ok_or_else(|| Error::protocol("the listing is larger than allowed"))?;
        Ok(())
    }

    fn finish(mut self) -> ListingSummary {
        if let Some(line) = self.splitter.finish() {
            sort(self.parser.line(&line), &mut self.summary, self.each);
        }
        while let Some(line) = self.parser.finish() {
            sort(line, &mut self.summary, self.each);
        }
        self.summary
    }
}

fn sort(line: Line, summary: &mut ListingSummary, each: &mut (dyn FnMut(Entry) + Send)) {
    match line {
        Line::Entry(entry) => {
            summary.entries += 1;
            each(entry);
        }
        Line::Ignored | Line::Pending => {}
        Line::Unknown(text) => {
            summary.unknown += 1;
            if summary.unknown_lines.len() < KEPT_UNKNOWN_LINES {
                summary.unknown_lines.push(text);
            }
        }
    }
}

/// Whether the final reply of a listing says that there is more: that of Pure-FTPd 1.0.50, or that of vsftpd
/// 3.0.3 for a directory that is not there or that it may not read.
fn is_partial(reply: &Reply) -> bool {
    let text = reply.text();
    text.contains("Output truncated") || text.contains("failed to open directory")
}

fn exact(time: Timestamp) -> Modified {
    Modified {
        time: Offset::UTC.to_datetime(time),
        precision: Precision::Second,
        zone: Zone::Utc,
    }
}

/// Something is not among the entries of a listing. Unless the server `was_asked_for` it by name as
/// well, the listing alone has to show that it is not there.
fn not_listed(summary: &ListingSummary, was_asked_for: bool) -> Error {
    let ListingSummary { unknown, .. } = summary;
    let cut = summary.cut || summary.partial.is_some();
    let error = if was_asked_for || (*unknown == 0 && !cut) {
        Error::new(ErrorKind::NotFound, "there is no such file or directory")
    } else if cut {
        let what = "it is not in the listing, which may have been cut short";
        Error::new(ErrorKind::Incomplete, what)
    } else {
        Error::protocol("it is not in what was understood of the listing")
    };
    match unknown {
        0 => error,
        _ => error.with_note(format!("{unknown} lines not understood")),
    }
}

fn is_unknown_command(code: ReplyCode) -> bool {
    matches!(
        code,
        ReplyCode::UNRECOGNISED | ReplyCode::NOT_IMPLEMENTED | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
    )
}

/// A refusal of MLST: with 550 there is no such entry, in whatever words.
fn no_such(reply: Reply, path: &RemotePath) -> Error {
    let not_found = reply.code() == ReplyCode::FILE_UNAVAILABLE;
    let error = Error::refused("the server does not describe it", reply).with_path(path);
    if not_found {
        error.with_kind(ErrorKind::NotFound)
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server may send them for ever.
    #[test]
    fn keeps_no_halves() {
        let mut each = |_: Entry| {};
        let parser = ListingParser::new(Dialect::List, jiff::civil::date(2026, 11, 21).into());
        let mut reader = ListingReader::new(parser, u64::MAX, &mut each);
        reader.take(&b"A.TXT;1\r\n".repeat(1000)).expect("lines");
        assert_eq!(reader.summary.unknown, 999);
        assert_eq!(reader.finish().unknown, 1000);
    }

    #[test]
    fn tells_of_entries_on_two_lines_and_of_halves_that_stay_alone() {
        let mut names = Vec::new();
        let mut each = |entry: Entry| names.push(entry.name);
        let parser = ListingParser::new(Dialect::List, jiff::civil::date(2026, 11, 21).into());
        let mut reader = ListingReader::new(parser, u64::MAX, &mut each);
        let listing = b"A.TXT;1\r\n    4  12-MAR-2026 09:10\r\nB.TXT;1\r\n\r\nC.TXT;1";
        reader.take(listing).expect("a short listing");
        let summary = reader.finish();
        assert_eq!((summary.entries, summary.unknown), (1, 2));
        assert_eq!(
            summary.unknown_lines,
            [b"B.TXT;1".to_vec(), b"C.TXT;1".to_vec()]
        );
        assert_eq!(names, [b"A.TXT"]);
    }
}
