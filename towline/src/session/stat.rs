//! Information about one path.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use towline_proto::body::parse_size;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone, parse_mlst};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::Session;
use super::attempts::retrying;
use super::listing::ListingSummary;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

impl Session {
    /// Returns what the server knows about one path: from `MLST` if it supports it, otherwise from
    /// the listing of its directory, `SIZE` and `MDTM`. A directory that the server does not show,
    /// but lets be entered (`CWD`), is found as well.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such entry.
    pub async fn stat(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        match (retrying!(self, self.describe(path)), path.file_name()) {
            (Err(missing), Some(name)) if missing.kind() == ErrorKind::NotFound => {
                match retrying!(self, self.is_hidden_directory(path))? {
                    true => Ok(Entry::new(name, EntryKind::Directory)),
                    false => Err(missing),
                }
            }
            (described, _) => described,
        }
    }

    /// Returns whether `path`, which the server does not show, is a directory that can be entered.
    /// False at a server that confirms `CWD` and stays where it is, or confirms it for any path.
    #[boxed]
    async fn is_hidden_directory(&mut self, path: &RemotePath) -> Result<bool, Error> {
        let named = match self.real_path(path).await {
            Err(error) if error.is_negative_answer() => return Ok(false),
            named => named?,
        };
        if named.is_some() && named == self.home().await? {
            return Ok(false);
        }
        let random: u32 = rand::random();
        let absent = format!("absent.{random:08x}");
        let absent = path
            .parent()
            .and_then(|parent| parent.join(absent.as_bytes()).ok());
        match absent {
            Some(absent) => Ok(!self.is_directory(&absent).await?),
            None => Ok(false),
        }
    }

    /// Returns the size of a file from `MLST` or a listing, for a server without `SIZE`; `None` if
    /// neither shows it.
    #[boxed]
    pub(crate) async fn listed_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        match self.describe(path).await {
            Ok(entry) if matches!(entry.kind, EntryKind::File | EntryKind::Unknown) => {
                Ok(entry.size)
            }
            Err(error) if error.is_lost() => Err(error),
            _ => Ok(None),
        }
    }

    /// Returns the size and time of a file from `MLST` or a listing, as far as they are exact.
    #[boxed]
    pub(crate) async fn listed_version(
        &mut self,
        path: &RemotePath,
    ) -> Result<(Option<u64>, Option<Timestamp>), Error> {
        let entry = match self.describe(path).await {
            Ok(entry) if matches!(entry.kind, EntryKind::File | EntryKind::Unknown) => entry,
            Err(error) if error.is_lost() => return Err(error),
            _ => return Ok((None, None)),
        };
        let is_exact =
            |time: &Modified| time.precision == Precision::Second && time.zone == Zone::Utc;
        let modified = entry.modified.filter(is_exact);
        let modified = modified.and_then(|time| Offset::UTC.to_timestamp(time.time).ok());
        Ok((entry.size, modified))
    }

    /// Returns the latest time at which the file at `path` may have been changed last, from a
    /// listing. `None` if it shows no time.
    pub(crate) async fn latest_change(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<Timestamp>, Error> {
        /// Zones differ by less.
        const ZONES: SignedDuration = SignedDuration::from_hours(26);
        let listed = match self.describe(path).await {
            Ok(entry) => entry.modified,
            Err(error) if error.is_lost() => return Err(error),
            Err(_) => None,
        };
        let time = listed.and_then(|listed| Offset::UTC.to_timestamp(listed.time).ok());
        Ok(time.and_then(|time| time.checked_add(ZONES).ok()))
    }

    /// As [`Self::stat`], but where the server describes a link, or does not say what the entry is,
    /// finds out whether it leads to a directory (`CWD`). The kind is then
    /// [`EntryKind::Directory`], or else [`EntryKind::File`] without a size: the size of a link may
    /// be its own length. Whether the target of a link exists is not checked.
    ///
    /// ```no_run
    /// use towline::{EntryKind, RemotePath, Session};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let current = session.follow(&RemotePath::new("releases/current")?).await?;
    /// if current.kind == EntryKind::Directory {
    ///     println!("{:?}", current.link_target);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such entry.
    pub async fn follow(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        let mut entry = self.stat(path).await?;
        let may_lead_elsewhere = match entry.kind {
            EntryKind::Link | EntryKind::Unknown => true,
            EntryKind::File => retrying!(self, self.is_link_in_disguise(path, &entry))?,
            _ => false,
        };
        if may_lead_elsewhere {
            let is_directory = retrying!(self, self.is_directory(path))?;
            entry.kind = match is_directory {
                true => EntryKind::Directory,
                false => EntryKind::File,
            };
            entry.size = None;
        }
        Ok(entry)
    }

    /// Returns whether the listing of its directory shows `path` as a link. `MLST` may describe
    /// what the link leads to (ProFTPD 1.3.8). False if a complete listing does not show it.
    ///
    /// # Errors
    ///
    /// As for [`Self::list`] if the directory cannot be listed; [`ErrorKind::Incomplete`] if its
    /// listing may omit entries, and does not show `path`.
    pub async fn is_listed_as_link(&mut self, path: &RemotePath) -> Result<bool, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            return Ok(false);
        };
        let mut found = None;
        let listed = self.find(&parent, name, &mut found).await;
        if let Some(mut entry) = found {
            if entry.kind == EntryKind::Link {
                return Ok(true);
            }
            let (kind, alone) = (entry.kind, std::slice::from_mut(&mut entry));
            self.reveal_links(&parent, alone, kind).await?;
            return Ok(entry.kind == EntryKind::Link);
        }
        match listed?.completeness().is_complete() {
            true => Ok(false),
            false => {
                let what = "its directory's listing may omit it";
                Err(Error::new(ErrorKind::Incomplete, what).with_path(path))
            }
        }
    }

    /// Returns whether `path` is a directory that can be entered, also through links.
    #[boxed]
    pub(crate) async fn is_directory(&mut self, path: &RemotePath) -> Result<bool, Error> {
        match self.visit(path).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_negative_answer() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns the size of a file before bytes are appended to it. A server that does not announce
    /// `SIZE`, or refuses it, may still show it otherwise.
    #[boxed]
    pub(crate) async fn size_before_append(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<u64>, Error> {
        let size = self.ask_size(path).await?;
        if size.is_some() {
            return Ok(size);
        }
        self.listed_size(path).await
    }

    /// As [`Self::stat`], without retries.
    #[boxed]
    pub(crate) async fn describe(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.ensure_usable().await?;
        if self.features().has(Feature::Mlst) {
            self.restore_facts().await?;
            let command = Command::Mlst(Some(path.clone()));
            let reply = self.command(&command).await?;
            match reply.class() {
                ReplyClass::Completion => {
                    if let Some(entry) = described(&reply, path) {
                        return Ok(entry);
                    }
                }
                _ if is_unknown_command(reply.code()) => {}
                _ => return Err(no_such(reply, path)),
            }
        }
        self.stat_by_listing(path).await
    }

    /// Returns the answer to `SIZE`, if it is a size.
    async fn readable_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        match self.ask_size(path).await {
            Err(error) if error.detail() == Some(&ErrorDetail::UnreadableReply) => Ok(None),
            answer => answer,
        }
    }

    async fn stat_by_listing(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            // No listing shows the root or the login directory.
            self.look_through(path, |_| {}).await?;
            return Ok(Entry::new(path.as_bytes(), EntryKind::Directory));
        };
        let mut found = None;
        let mut is_listed = true;
        let mut listed = self.find(&parent, name, &mut found).await;
        if let Err(error) = &listed
            && error.detail() == Some(&ErrorDetail::ListingOfAnother)
        {
            // The next listing enters the directory.
            listed = self.find(&parent, name, &mut found).await;
        }
        let summary = match listed {
            Ok(summary) => summary,
            // The directory may allow access to its entries but no listing.
            Err(error) if is_no_listing(&error) => {
                found = None;
                is_listed = false;
                ListingSummary::default()
            }
            Err(error) => return Err(error),
        };
        let Some(mut entry) = found else {
            // A server may omit hidden files, or treat a name as a pattern.
            self.ensure_usable().await?;
            let reply = self.command(&Command::Size(path.clone())).await?;
            if let Ok(size) = parse_size(&reply) {
                let mut entry = Entry::new(name, EntryKind::File);
                entry.size = Some(size);
                entry.modified = self.ask_modified(path).await?.map(exact);
                return Ok(entry);
            }
            if (!is_listed || !summary.completeness().is_complete())
                && self.is_directory(path).await?
            {
                return Ok(Entry::new(name, EntryKind::Directory));
            }
            let was_asked_for =
                self.features().has(Feature::Size) || reply.code() == ReplyCode::FILE_UNAVAILABLE;
            if !is_listed && !was_asked_for {
                let what = "its directory cannot be listed, so it may exist";
                let error = Error::protocol(ErrorDetail::ListingNotUnderstood, what);
                return Err(error.with_path(path));
            }
            let error = not_listed(&summary, was_asked_for);
            return Err(error.with_path(path));
        };
        if entry.kind == EntryKind::File {
            if let Some(size) = self.readable_size(path).await? {
                entry.size = Some(size);
            }
            if let Some(time) = self.ask_modified(path).await? {
                entry.modified = Some(exact(time));
            }
        }
        Ok(entry)
    }
}

/// Returns the entry in a reply to `MLST`, with the name of `path`. Returns `None` if the reply
/// describes something else: some servers ignore the path, and describe the working directory, and
/// some resolve links.
pub(super) fn described(reply: &Reply, path: &RemotePath) -> Option<Entry> {
    let mut entry = parse_mlst(reply)?;
    let is_reference = matches!(
        entry.kind,
        EntryKind::CurrentDirectory | EntryKind::ParentDirectory
    );
    if let Some(wanted) = path.file_name() {
        // Some servers return the whole path here, others only the name.
        let name = entry.name.strip_suffix(b"/").unwrap_or(&entry.name);
        let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
        if !name.eq_ignore_ascii_case(wanted) {
            return None;
        }
    }
    entry.name = path.file_name().unwrap_or(path.as_bytes()).to_vec();
    if is_reference {
        entry.kind = EntryKind::Directory;
    }
    Some(entry)
}

/// Returns whether `error` says that there is a directory that cannot be listed.
fn is_no_listing(error: &Error) -> bool {
    matches!(
        error.detail(),
        Some(ErrorDetail::DirectoryListsItself | ErrorDetail::ListingNotUnderstood)
    )
}

impl Session {
    /// Lists `directory`, and sets `found` to its entry `name`.
    async fn find(
        &mut self,
        directory: &RemotePath,
        name: &[u8],
        found: &mut Option<Entry>,
    ) -> Result<ListingSummary, Error> {
        *found = None;
        let find = |entry: Entry| {
            if entry.name == name {
                *found = Some(entry);
            }
        };
        self.look_through(directory, find).await
    }
}

fn exact(time: Timestamp) -> Modified {
    Modified {
        time: Offset::UTC.to_datetime(time),
        precision: Precision::Second,
        zone: Zone::Utc,
    }
}

/// Returns the error for a path that is missing from its listing. Unless the server `was_asked_for`
/// the path by name as well, the listing alone must show that it does not exist.
fn not_listed(summary: &ListingSummary, was_asked_for: bool) -> Error {
    let cut = summary.cut || summary.partial.is_some();
    let error = if was_asked_for || summary.completeness().is_complete() {
        let what = "there is no such file or directory";
        Error::new(ErrorKind::NotFound, what).with_detail(ErrorDetail::NoSuchFile)
    } else if cut {
        let what = "it is not in the listing, which may have been cut short";
        Error::new(ErrorKind::Incomplete, what).with_detail(ErrorDetail::ListingCutShort)
    } else {
        let what = "it is not among the entries that were understood";
        Error::protocol(ErrorDetail::ListingNotUnderstood, what)
    };
    match summary.unknown {
        0 => error,
        _ => error.with_note(format!(
            "the listing has {}",
            summary.lines_not_understood()
        )),
    }
}

/// Returns whether the reply says that the server does not know the command.
pub(super) fn is_unknown_command(code: ReplyCode) -> bool {
    matches!(
        code,
        ReplyCode::UNRECOGNISED | ReplyCode::NOT_IMPLEMENTED | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
    )
}

/// Returns the error for a refused MLST: 550 means that there is no such entry, whatever the text.
fn no_such(reply: Reply, path: &RemotePath) -> Error {
    let not_found = reply.code() == ReplyCode::FILE_UNAVAILABLE;
    let error = Error::refused("the server does not describe it", reply).with_path(path);
    if not_found {
        let error = error.with_kind(ErrorKind::NotFound);
        error.with_detail(ErrorDetail::NoSuchFile)
    } else {
        error
    }
}
