//! Listings: entries as they arrive (`stream`), over bytes as they arrive (`bytes`), or all at
//! once.

mod ahead;
mod bytes;
mod completeness;
mod look;
mod reader;
mod sample;
mod second_look;
mod sight;
mod stream;
mod summary;
mod taker;

use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{Dialect, Entry, Modified, server_offset};
use towline_proto::path::RemotePath;
use towline_proto::quirks::Software;

pub(super) use self::bytes::ListingBytes;
pub use self::completeness::Completeness;
use self::look::{Look, Manner, Seen};
pub(crate) use self::reader::too_large;
pub(in crate::session) use self::sample::Sample;
pub(super) use self::second_look::no_directory;
use self::second_look::{Decision, of_another};
pub use self::stream::ListingStream;
use self::stream::OpenListing;
pub use self::summary::{Listing, ListingSummary};
use self::taker::{Holding, Taker};
use super::attempts::retrying;
use super::clock::{Clock, Samples};
use super::surroundings::Surroundings;
use super::{Lease, Session};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::server::{ListingPaths, PathKinds};

/// How many entries [`Session::list_each`] keeps while the listing may be that of another
/// directory, or may have to be repeated.
const KEPT_ENTRIES: usize = 10_000;

impl Session {
    /// Lists a directory with `MLSD`, or with `LIST` if the server does not support `MLSD`.
    ///
    /// The listing is of `path`, or an error. A server that ignores the path of a listing is
    /// noticed by what it lists; from then on, directories are entered (`CWD`) and listed without a
    /// path. A listing without an entry is confirmed in the same way, as is the refusal to list a
    /// directory that may only be empty.
    ///
    /// `LIST` gives times on the server's clock. If `MDTM` also gives the time of one listed file,
    /// in UTC, the session computes the difference once and gives all times in UTC. The server does
    /// not say what its UTC offset was at another time of the year.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let listing = session.list(&path).await?;
    /// let completeness = listing.summary.completeness();
    /// println!("{} entries; {completeness}", listing.entries.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses; with
    /// [`ErrorDetail::NotADirectory`] if it lists a file.
    /// [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) if the listing takes more memory than
    /// [`Config::listing_limit`](crate::Config::listing_limit).
    pub async fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        retrying!(self, self.list_once(path))
    }

    #[boxed]
    pub(super) async fn list_once(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        let manner = self.manner_of_listing(path);
        let mut first = self.look_at(path, manner).await;
        let seen = first.as_ref().map(|look| &look.seen);
        let decision = Box::pin(self.decide(path, manner, seen)).await?;
        if let Decision::Second(second) = decision {
            first = Ok(*second);
        }
        let Look { mut entries, seen } = first?;
        self.set_clock(path, seen.samples).await;
        // The clock may have been determined from this listing.
        entries
            .iter_mut()
            .for_each(|entry| self.clock.read_entry(entry));
        Ok(Listing {
            entries,
            summary: seen.summary,
        })
    }

    pub(in crate::session) fn is_of_unknown_software(&self) -> bool {
        self.link.server.software == Software::Unknown
    }

    pub(in crate::session) fn lists_with_mlsd(&self) -> bool {
        self.link.features.has(Feature::Mlst) && !self.shared.lessons().refuses_mlsd()
    }

    /// Returns the kinds of paths that a listing of `path` is evidence for. Unknown software may
    /// honour only paths with few parts.
    fn kinds_of(&self, path: &RemotePath) -> PathKinds {
        match self.is_of_unknown_software() {
            true => PathKinds::of(path).and(PathKinds::depth_of(path)),
            false => PathKinds::of(path),
        }
    }

    /// Returns how to list `path` at this server. Servers that hand the path of `LIST` to a program
    /// split it at blanks, take a hyphen for an option, and read patterns (GNU inetutils ftpd 2.4:
    /// `LIST one two` lists `one` and `two`).
    fn manner_of_listing(&self, path: &RemotePath) -> Manner {
        let kinds = self.kinds_of(path);
        if self.is_of_unknown_software() && !self.lists_with_mlsd() && kinds.is_special() {
            return Manner::Entered;
        }
        match self.shared.lessons().listing_paths(kinds) {
            ListingPaths::Untested | ListingPaths::Honoured => Manner::ByPath,
            ListingPaths::Ignored => Manner::Entered,
        }
    }

    #[boxed]
    async fn look_at(&mut self, path: &RemotePath, manner: Manner) -> Result<Look, Error> {
        let ascii = self.shared.lessons().lists_in_ascii();
        self.look_in_type(path, manner, ascii).await
    }

    async fn look_in_ascii(&mut self, path: &RemotePath) -> Result<Look, Error> {
        self.look_in_type(path, Manner::Entered, true).await
    }

    async fn look_in_type(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        ascii: bool,
    ) -> Result<Look, Error> {
        let limit = self.config().listing_limit;
        let mut entries = Vec::new();
        let seen = self.look_each(path, manner, ascii, limit, &mut entries);
        let seen = seen.await?;
        Ok(Look { entries, seen })
    }

    /// Passes the entries of one look at `path` to `taker`, in the fastest way that the server
    /// supports.
    async fn look_each(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        ascii: bool,
        limit: u64,
        taker: &mut impl Taker,
    ) -> Result<Seen, Error> {
        if self.may_list_ahead(manner, ascii) {
            // The server may have ended the session meanwhile.
            self.ensure_usable().await?;
        }
        if self.may_list_ahead(manner, ascii) {
            let looking = Box::pin(self.look_ahead(path, limit, taker));
            if let Some(seen) = looking.await? {
                return Ok(seen);
            }
        }
        let listing = self.open_listing(path, manner, ascii).await?;
        let stream = ListingStream::over(Lease::new(self), listing, limit);
        stream.pass_to(taker).await
    }

    /// Lists a directory of any size. Calls `each` with every entry as it arrives; memory use stays
    /// constant. Use [`Self::listing`] to stop early, or to wait between entries.
    ///
    /// With `LIST`, times are on the server's clock until an earlier listing of the session has
    /// determined its UTC offset. Use [`Self::in_utc`] to convert them afterwards.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses. Also fails if the
    /// listing breaks off. The listing is never retried, because `each` may already have received
    /// entries.
    pub async fn list_each(
        &mut self,
        path: &RemotePath,
        mut each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        self.give_each(path, u64::MAX, &mut each).await
    }

    /// As [`Self::list_each`], for a question that the caller did not ask: the listing is no larger than
    /// [`Self::list`] allows.
    pub(in crate::session) async fn look_through(
        &mut self,
        path: &RemotePath,
        mut each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        let limit = self.config().listing_limit;
        self.give_each(path, limit, &mut each).await
    }

    #[boxed]
    async fn give_each(
        &mut self,
        path: &RemotePath,
        limit: u64,
        each: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<ListingSummary, Error> {
        let manner = self.manner_of_listing(path);
        let ascii = self.shared.lessons().lists_in_ascii();
        let may_be_repeated = self.may_list_ahead(manner, ascii);
        let is_doubtful = manner == Manner::ByPath
            && !path.is_login_directory()
            && self.shared.lessons().listing_paths(self.kinds_of(path)) == ListingPaths::Untested;
        let kept = match is_doubtful || may_be_repeated {
            true => KEPT_ENTRIES,
            false => 0,
        };
        let mut holding = Holding::new(kept, each);
        let first = self.look_each(path, manner, ascii, limit, &mut holding);
        let first = first.await;
        let has_given = holding.has_passed_on();
        let (kept, each) = holding.into_parts();
        if has_given && let Err(error) = &first {
            return Err(error.clone());
        }
        let decision = Box::pin(self.decide(path, manner, first.as_ref())).await?;
        let (entries, seen) = match decision {
            Decision::First => (kept, first?),
            Decision::Second(_) if has_given => return Err(of_another(path)),
            Decision::Second(second) => (second.entries, second.seen),
        };
        self.set_clock(path, seen.samples).await;
        for mut entry in entries {
            self.clock.read_entry(&mut entry);
            each(entry);
        }
        Ok(seen.summary)
    }

    /// Starts to list a directory of any size. Entries arrive one by one; memory use stays
    /// constant.
    ///
    /// ```no_run
    /// use towline::{EntryKind, RemotePath, Session};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut listing = session.listing(&RemotePath::new("out")?).await?;
    /// while let Some(entry) = listing.next().await {
    ///     let entry = entry?;
    ///     if entry.kind == EntryKind::Directory {
    ///         println!("{}", entry.name.escape_ascii());
    ///     }
    /// }
    /// let summary = listing.finish().await?;
    /// if !summary.completeness().is_complete() {
    ///     eprintln!("{}", summary.completeness());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses. The call is never
    /// retried.
    pub async fn listing(&mut self, path: &RemotePath) -> Result<ListingStream<'_>, Error> {
        let manner = self.manner_of_listing(path);
        let ascii = self.shared.lessons().lists_in_ascii();
        let listing = match self.open_listing(path, manner, ascii).await {
            Err(error) if error.is_negative_answer() && manner == Manner::ByPath => {
                self.open_entered(path, error).await?
            }
            opened => opened?,
        };
        Ok(ListingStream::over(Lease::new(self), listing, u64::MAX))
    }

    /// Lists `path` after the server has refused that with `refusal`: the directory is entered.
    #[boxed]
    async fn open_entered(
        &mut self,
        path: &RemotePath,
        refusal: Error,
    ) -> Result<OpenListing, Error> {
        if path.is_login_directory() {
            return Err(refusal);
        }
        let ascii = self.shared.lessons().lists_in_ascii();
        match self.open_listing(path, Manner::Entered, ascii).await {
            Err(error) if error.is_negative_answer() => {
                self.go_back().await;
                Err(refusal)
            }
            opened => opened,
        }
    }

    #[boxed]
    async fn open_listing(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        ascii: bool,
    ) -> Result<OpenListing, Error> {
        self.observe(&Event::RetrievingListing { path });
        // Boxed, because the futures of operations would otherwise be nested too deep.
        let opened = Box::pin(self.open_wherever(path, manner, ascii)).await;
        // The open listing stays in this directory. The next command leaves it.
        self.wanted = Surroundings::default();
        opened
    }

    async fn open_wherever(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        ascii: bool,
    ) -> Result<OpenListing, Error> {
        self.wanted.ascii = ascii;
        match manner {
            Manner::ByPath => self.ensure_usable().await?,
            Manner::Entered => self.enter(path).await?,
        }
        let by_path = manner == Manner::ByPath && !path.is_login_directory();
        let operand = by_path.then(|| path.clone());
        let (command, dialect) = self.listing_command(operand.clone());
        if dialect == Dialect::Mlsd {
            self.restore_facts().await?;
            match self.open_retrieval(&command, 0, path).await {
                Err(error) if error.detail() == Some(&ErrorDetail::UnknownCommand) => {
                    self.shared.lessons().learned_that_mlsd_is_refused();
                }
                opened => {
                    return Ok(OpenListing {
                        data: opened?,
                        path: path.clone(),
                        dialect,
                        manner,
                    });
                }
            }
        }
        let (command, dialect) = self.listing_command(operand);
        Ok(OpenListing {
            data: self.open_retrieval(&command, 0, path).await?,
            path: path.clone(),
            dialect,
            manner,
        })
    }

    /// Returns the command that lists `operand` on this server, and the form of its listing.
    fn listing_command(&self, operand: Option<RemotePath>) -> (Command, Dialect) {
        if self.lists_with_mlsd() {
            return (Command::Mlsd(operand), Dialect::Mlsd);
        }
        let command = match self.link.server.hides_dot_files {
            true => Command::ListAll(operand),
            false => Command::List(operand),
        };
        (command, Dialect::List)
    }

    /// Converts a listed time to UTC if the session knows the server's UTC offset; otherwise
    /// returns it unchanged. For entries of [`Self::listing`] and [`Self::list_each`], which may
    /// arrive before the offset is known.
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.clock.read(listed)
    }

    /// Determines the server's clock, unless it is known, from files in `directory`: compares the
    /// times from `LIST` and `MDTM`.
    #[boxed]
    async fn set_clock(&mut self, directory: &RemotePath, samples: Samples) {
        if self.clock != Clock::Unknown || samples.is_empty() || !self.features().has(Feature::Mdtm)
        {
            return;
        }
        for (name, listed) in samples {
            let Ok(path) = directory.join(&name) else {
                continue;
            };
            match self.ask_modified(&path).await {
                Ok(Some(exact)) => {
                    if let Some(offset) = server_offset(listed, exact) {
                        self.clock = Clock::Ahead(offset);
                        return;
                    }
                }
                Ok(None) => {}
                // The listing is complete; a later one can determine the clock.
                Err(_) => return,
            }
        }
        self.clock = Clock::Unknowable;
    }
}
