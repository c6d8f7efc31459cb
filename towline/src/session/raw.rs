//! Raw commands.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::str::FromStr;

use towline_proto::command::{Argument, Command};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::listing::{ListingBytes, too_large};
use super::surroundings::Surroundings;
use super::{Lease, Session};
use crate::config::ReservedFor;
use crate::control::wanted_facts;
use crate::data::Data;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;

impl Session {
    /// Sends a raw command, such as `SITE CHMOD 640 report.csv`, and returns the final reply
    /// unchanged, of any class. The command is never retried.
    ///
    /// If the server awaits another command after it (a 3yz reply, as to `RNFR`), the next call may
    /// send that. Any other operation first ends the sequence with a `NOOP`. Facts of `MLST` that
    /// are selected in this way (`OPTS MLST`) hold for raw commands and raw listings alone.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// let reply = session.raw("SITE CHMOD 640 out/report.csv").await?;
    /// println!("{} {}", reply.code(), reply.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`], with a [`RawCommandError`] as its source, if the command is
    /// [reserved](ReservedFor), or is not one line that begins with a verb; nothing is sent.
    /// [`ErrorKind::Network`], [`ErrorKind::Timeout`] or [`ErrorKind::Unavailable`] if the
    /// connection fails or no reply arrives.
    pub async fn raw(&mut self, command: impl AsRef<[u8]> + Send) -> Result<Reply, Error> {
        let command = parse(command.as_ref()).map_err(unusable)?;
        self.wanted.sequence = self.goes_on_in(None);
        let usable = self.ensure_usable().await;
        self.wanted.sequence = false;
        usable?;
        self.send_raw(&command).await
    }

    /// Whether the server awaits another command of the caller.
    pub(super) fn awaits_rest_of_sequence(&self) -> bool {
        self.actual.sequence
    }

    /// Whether a command of the caller in `directory` may belong to the sequence that the last one
    /// began.
    fn goes_on_in(&self, directory: Option<&RemotePath>) -> bool {
        self.actual.sequence && self.actual.directory.as_ref() == directory
    }

    /// Sends a command of the caller, and records what it leaves in effect.
    async fn send_raw(&mut self, command: &Command) -> Result<Reply, Error> {
        let reply = self.command(command).await?;
        self.actual.sequence = reply.class() == ReplyClass::Intermediate;
        self.has_other_facts |= selects_facts(command) && reply.class() == ReplyClass::Completion;
        Ok(reply)
    }

    /// Selects the facts that listings rely on, if the caller has selected others. If the server
    /// refuses to go back to them, a new control connection has those that it sends at first.
    pub(super) async fn restore_facts(&mut self) -> Result<(), Error> {
        if !std::mem::take(&mut self.has_other_facts) {
            return Ok(());
        }
        let wanted = wanted_facts(self.config(), self.features(), &self.link.server);
        let reply = match wanted {
            Some(options) => Some(self.command(&options).await?),
            None => None,
        };
        if reply.is_none_or(|reply| reply.class() != ReplyClass::Completion) {
            self.give_up();
            self.ensure_usable().await?;
        }
        Ok(())
    }

    /// As [`Self::raw`], with `directory` as the working directory of the command. Every other
    /// operation refers to the login directory, as before. A sequence of commands continues with
    /// the next call for the same directory.
    ///
    /// # Errors
    ///
    /// As for [`Self::raw`]; [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the directory
    /// cannot be entered.
    pub async fn raw_at(
        &mut self,
        directory: &RemotePath,
        command: impl AsRef<[u8]> + Send,
    ) -> Result<Reply, Error> {
        let command = parse(command.as_ref()).map_err(unusable)?;
        let place = (!directory.is_login_directory()).then_some(directory);
        match self.goes_on_in(place) && self.is_usable() {
            true => {
                self.wanted = self.actual.clone();
                let usable = self.ensure_usable().await;
                self.wanted = Surroundings::default();
                usable?;
            }
            false => self.enter(directory).await?,
        }
        let reply = self.send_raw(&command).await;
        match self.actual.sequence {
            // The next operation goes back, unless it is the next command of the sequence.
            true => self.wanted = Surroundings::default(),
            false => self.go_back().await,
        }
        reply
    }

    /// As [`Self::raw_listing`], with `directory` as the working directory of the command, which a
    /// relative `path` refers to.
    ///
    /// # Errors
    ///
    /// As for [`Self::raw_listing`] and [`Self::raw_at`].
    pub async fn raw_listing_at(
        &mut self,
        directory: &RemotePath,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<Vec<u8>, Error> {
        self.enter(directory).await?;
        let listing = self.raw_listing(command, path).await;
        self.go_back().await;
        listing
    }

    /// Returns the bytes of a listing exactly as the server sends them.
    ///
    /// ```no_run
    /// use towline::{ListingCommand, RemotePath, Session};
    ///
    /// # async fn example(session: &mut Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let sorted_by_time = ListingCommand::List("-lt".parse()?);
    /// let bytes = session.raw_listing(&sorted_by_time, &RemotePath::new("out")?).await?;
    /// print!("{}", String::from_utf8_lossy(&bytes));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server refuses.
    /// [`ErrorKind::Protocol`] if the listing is larger than
    /// [`Config::listing_limit`](crate::Config::listing_limit). [`ErrorKind::Incomplete`] if its
    /// data connection ends without `close_notify`, so it may have been cut short.
    pub async fn raw_listing(
        &mut self,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<Vec<u8>, Error> {
        let data = self.open_raw_listing(command, path).await?;
        let mut listing = RawListing::over(Lease::new(self), data, path);
        let mut all = Vec::new();
        while listing.read(&mut all).await? {}
        Ok(all)
    }

    /// As [`Self::raw_listing_at`], for a listing that is read as it arrives.
    ///
    /// # Errors
    ///
    /// As for [`Self::raw_listing_at`], up to the first byte.
    pub async fn raw_listing_stream_at(
        &mut self,
        directory: &RemotePath,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<RawListing<'_>, Error> {
        self.enter(directory).await?;
        match self.open_raw_listing(command, path).await {
            Ok(data) => Ok(RawListing::over(Lease::new(self), data, path)),
            Err(error) => {
                self.go_back().await;
                Err(error)
            }
        }
    }

    async fn open_raw_listing(
        &mut self,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        let command = command.with(path).map_err(unusable)?;
        self.ensure_usable().await?;
        self.observe(&Event::RetrievingListing { path });
        self.open_retrieval(&command, 0, path).await
    }
}

/// The bytes of a listing as they arrive: see [`Session::raw_listing_stream_at`]. If it is dropped
/// before its end, the session opens a new control connection for the next operation.
#[derive(Debug)]
#[must_use = "a listing has to be read to its end"]
pub struct RawListing<'s> {
    /// `None` after the end.
    listing: Option<ListingBytes<'s>>,
    rest: u64,
}

impl<'s> RawListing<'s> {
    fn over(lease: Lease<'s>, data: Data, path: &RemotePath) -> Self {
        Self {
            rest: lease.session().config().listing_limit,
            listing: Some(ListingBytes::new(lease, data, path.clone())),
        }
    }

    /// Adds the next bytes to `bytes`, exactly as the server sends them. Returns `false` at the
    /// end, once the server has called the listing complete.
    ///
    /// # Errors
    ///
    /// As for [`Session::raw_listing`].
    pub async fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, Error> {
        let Self { listing, rest } = self;
        let Some(reading) = listing else {
            return Ok(false);
        };
        reading.wait_anew();
        let mut take = |piece: &[u8]| {
            let left = rest.checked_sub(piece.len() as u64);
            *rest = left.ok_or_else(too_large)?;
            bytes.extend_from_slice(piece);
            Ok(())
        };
        let error = match poll_fn(|cx| reading.poll(cx, &mut take)).await {
            Ok(true) => return Ok(true),
            Ok(false) if reading.is_cleanly_ended() => None,
            Ok(false) => {
                let what = "the listing may have been cut short";
                let error = Error::new(ErrorKind::Incomplete, what).with_path(reading.path());
                Some(error.with_detail(ErrorDetail::ListingCutShort))
            }
            Err(error) => Some(error),
        };
        if let Some(ended) = listing.take() {
            ended.into_lease().session_mut().go_back().await;
        }
        error.map_or(Ok(false), Err)
    }
}

/// The command of a [raw listing](Session::raw_listing).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListingCommand {
    /// `LIST`: the server's own format (RFC 959 section 4.1.3).
    List(ListFlags),
    /// `NLST`: names only (RFC 959 section 4.1.3).
    Nlst(ListFlags),
    /// `MLSD`: facts (RFC 3659 section 7).
    Mlsd,
}

impl ListingCommand {
    /// Returns the command for `path`.
    fn with(&self, path: &RemotePath) -> Result<Command, RawCommandError> {
        let operand = (!path.is_login_directory()).then(|| path.clone());
        let (verb, flags) = match self {
            Self::List(ListFlags(flags)) if flags.is_empty() => return Ok(Command::List(operand)),
            Self::Nlst(ListFlags(flags)) if flags.is_empty() => return Ok(Command::Nlst(operand)),
            Self::Mlsd => return Ok(Command::Mlsd(operand)),
            Self::List(ListFlags(flags)) => ("LIST", flags),
            Self::Nlst(ListFlags(flags)) => ("NLST", flags),
        };
        let mut line = format!("{verb} {flags}").into_bytes();
        if let Some(path) = operand {
            line.push(b' ');
            if path.as_bytes().starts_with(b"-") {
                line.extend_from_slice(b"./");
            }
            line.extend_from_slice(path.as_bytes());
        }
        Ok(Command::Raw(one_line(&line)?))
    }
}

/// Flags of `LIST` and `NLST`, which many servers pass to their `ls`: a hyphen, then letters and
/// digits. The default is no flags.
///
/// ```
/// use towline::ListFlags;
///
/// assert!("-la".parse::<ListFlags>().is_ok());
/// assert!("-la /etc".parse::<ListFlags>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListFlags(String);

impl FromStr for ListFlags {
    type Err = RawCommandError;

    fn from_str(flags: &str) -> Result<Self, RawCommandError> {
        match flags.strip_prefix('-') {
            Some(letters) if is_word(letters.as_bytes()) => Ok(Self(flags.to_owned())),
            _ => Err(RawCommandError::NotFlags),
        }
    }
}

/// Why a raw command is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RawCommandError {
    /// Only the library may send this command.
    Reserved {
        /// The command's verb, as given.
        verb: String,
        /// What it would change.
        reason: ReservedFor,
    },
    /// The line does not begin with a verb: letters and digits, then a space or the end.
    NoVerb,
    /// The line contains CR, LF or NUL.
    NotOneLine,
    /// The text is not a valid [`ListFlags`] value.
    NotFlags,
    /// The line is longer than 2,048 bytes with its end, which is more than servers read as one
    /// line.
    TooLong,
}

impl fmt::Display for RawCommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved { verb, reason } => {
                write!(f, "only the library may send {verb}: {reason}")
            }
            Self::NoVerb => f.write_str("the command does not begin with a verb"),
            Self::NotOneLine => f.write_str("the command contains CR, LF or NUL"),
            Self::TooLong => f.write_str("the command is longer than 2,048 bytes"),
            Self::NotFlags => f.write_str("flags are a hyphen, then letters and digits"),
        }
    }
}

impl StdError for RawCommandError {}

/// The longest line with CRLF. pyftpdlib 2.2 takes the rest of a longer one for further commands;
/// vsftpd 3.0.3 and Pure-FTPd 1.0.50 read 4,096 bytes.
const LONGEST_LINE: usize = 2048;

fn one_line(line: &[u8]) -> Result<Argument, RawCommandError> {
    if line.len() + 2 > LONGEST_LINE {
        return Err(RawCommandError::TooLong);
    }
    Argument::new(line).map_err(|_| RawCommandError::NotOneLine)
}

/// Whether `command` selects facts of `MLST` (RFC 3659 section 7.9).
fn selects_facts(command: &Command) -> bool {
    let Command::Raw(line) = command else {
        return false;
    };
    let words = line.as_bytes().split(|byte| *byte == b' ');
    let mut words = words.filter(|word| !word.is_empty());
    let mut next_is = |wanted: &[&[u8]]| {
        let next = words.next().unwrap_or_default();
        wanted.iter().any(|word| next.eq_ignore_ascii_case(word))
    };
    next_is(&[b"OPTS"]) && next_is(&[b"MLST", b"MLSD"])
}

/// Returns the command in `line`, if it may be sent.
fn parse(line: &[u8]) -> Result<Command, RawCommandError> {
    let argument = one_line(line)?;
    // Strict, because servers skip different characters before a verb.
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let verb = match std::str::from_utf8(word) {
        Ok(verb) if is_word(word) => verb,
        _ => return Err(RawCommandError::NoVerb),
    };
    match ReservedFor::verb(verb) {
        None => Ok(Command::Raw(argument)),
        Some(reason) => Err(RawCommandError::Reserved {
            verb: verb.to_owned(),
            reason,
        }),
    }
}

/// Returns whether `bytes` are all letters and digits.
fn is_word(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphanumeric)
}

fn unusable(error: RawCommandError) -> Error {
    Error::new(ErrorKind::Usage, "the command is not sent")
        .with_detail(ErrorDetail::ReservedCommand)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_promise_is_refused() {
        for (line, verb, reason) in [
            ("PROT C", "PROT", ReservedFor::Protection),
            ("ccc", "ccc", ReservedFor::Protection),
            ("USER root", "USER", ReservedFor::Login),
            ("EPSV ALL", "EPSV", ReservedFor::DataConnection),
            ("REST 0", "REST", ReservedFor::Transfer),
            ("TYPE A", "TYPE", ReservedFor::Representation),
            ("xcwd /", "xcwd", ReservedFor::WorkingDirectory),
        ] {
            let verb = verb.to_owned();
            let reserved = RawCommandError::Reserved { verb, reason };
            assert_eq!(parse(line.as_bytes()), Err(reserved), "{line}");
        }
    }

    #[test]
    fn a_verb_cannot_be_hidden() {
        for line in [
            "",
            " PROT C",
            "\tPROT C",
            "PROT\tC",
            "\u{b}PROT C",
            "PR\u{ff}OT C",
        ] {
            assert_eq!(
                parse(line.as_bytes()),
                Err(RawCommandError::NoVerb),
                "{line:?}"
            );
        }
        assert_eq!(parse(b"\xff\xf1PROT C"), Err(RawCommandError::NoVerb));
        for line in ["SITE A\r\nPROT C", "SITE A\nX", "SITE \0"] {
            let refused = Err(RawCommandError::NotOneLine);
            assert_eq!(parse(line.as_bytes()), refused, "{line:?}");
        }
    }

    #[test]
    fn anything_else_goes_out_as_it_is() {
        for line in ["SITE CHMOD 640 a", "STAT", "AVBL /", "XSHA a b"] {
            let command = parse(line.as_bytes()).unwrap();
            assert_eq!(command.encode(), format!("{line}\r\n").into_bytes());
        }
    }

    #[test]
    fn a_choice_of_facts_is_noticed() {
        for (line, selects) in [
            ("OPTS MLST type;", true),
            ("opts  mlst", true),
            ("OPTS MLSD size;", true),
            ("OPTS UTF8 ON", false),
            ("SITE MLST", false),
        ] {
            let command = parse(line.as_bytes()).unwrap();
            assert_eq!(selects_facts(&command), selects, "{line}");
        }
    }

    #[test]
    fn flags_come_ahead_of_a_path_that_is_no_flag() {
        let encoded = |command: ListingCommand, path: &str| {
            let path = RemotePath::new(path).unwrap();
            let line = command.with(&path).unwrap().encode();
            String::from_utf8(line).unwrap()
        };
        let flags = || "-la".parse::<ListFlags>().unwrap();
        let none = ListFlags::default;
        assert_eq!(encoded(ListingCommand::List(none()), "-a"), "LIST ./-a\r\n");
        assert_eq!(
            encoded(ListingCommand::List(flags()), "-a"),
            "LIST -la ./-a\r\n"
        );
        assert_eq!(encoded(ListingCommand::Nlst(flags()), ""), "NLST -la\r\n");
        assert_eq!(encoded(ListingCommand::Mlsd, "a b"), "MLSD a b\r\n");
        for text in ["", "-", "la", "--all", "-l a", "-l\r\n"] {
            let refused = Err(RawCommandError::NotFlags);
            assert_eq!(text.parse::<ListFlags>(), refused, "{text:?}");
        }
    }
}
