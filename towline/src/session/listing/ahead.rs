//! Lists directories one after the other: each listing asks for the data port of the next one.
//!
//! ```text
//! C: MLSD a    together, while the data connection for `a` is being opened
//! C: EPSV
//!    TLS       then at once our close_notify (TLS 1.3, where the server supports it)
//! S: 226, 229  the port for `b`
//! ```
//!
//! Only for servers that are known to queue commands, and after two listings in a row.
//! Anything unexpected ends the session, and the directory is listed again, one command at a time.
//! That also determines the exact error.

use towline_proto::command::Command;
use towline_proto::path::RemotePath;

use super::look::{Manner, Seen};
use super::sample::is_too_large;
use super::stream::{ListingStream, OpenListing};
use super::taker::Taker;
use crate::data::{Channel, OpenError, Purpose};
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::session::surroundings::Surroundings;
use crate::session::{Lease, Session};
use crate::verdict::ProtocolVersion;

/// Why there is no listing.
enum Failure {
    /// One command at a time would fail in the same way.
    Final(Error),
    /// The reason is not known: one command at a time shows it. The session is in step.
    Unclear(Error),
    /// The session is out of step.
    Surprise { error: Error, closed_early: bool },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Surprise {
            error,
            closed_early: false,
        }
    }
}

impl Session {
    /// Returns whether the next data connection may be asked for behind a listing.
    pub(super) fn may_list_ahead(&self, manner: Manner, ascii: bool) -> bool {
        manner == Manner::ByPath
            && !ascii
            && !self.has_other_facts
            && self.actual == Surroundings::default()
            && self.is_usable()
            && self.listings_in_a_row.are_enough()
            && self.reaches_ports()
            && self.may_queue()
    }

    /// Passes the entries of one look at `path` to `taker`. Returns `None` if the directory has to
    /// be listed one command at a time; `taker` is then empty.
    ///
    /// # Errors
    ///
    /// Fails if one command at a time would fail in the same way, or if `taker` has passed entries
    /// on.
    pub(super) async fn look_ahead(
        &mut self,
        path: &RemotePath,
        limit: u64,
        taker: &mut impl Taker,
    ) -> Result<Option<Seen>, Error> {
        let error = match self.list_ahead(path, limit, taker).await {
            Ok(seen) => return Ok(Some(seen)),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Unclear(error)) => error,
            Err(Failure::Surprise {
                error,
                closed_early,
            }) => {
                self.surprised(&error, closed_early);
                error
            }
        };
        match taker.start_over() {
            true => Ok(None),
            false => Err(error.with_path(path)),
        }
    }

    async fn list_ahead(
        &mut self,
        path: &RemotePath,
        limit: u64,
        taker: &mut impl Taker,
    ) -> Result<Seen, Failure> {
        // Kept, because another session may find out meanwhile that a different command is needed.
        let listen = self.passive_command();
        let channel = self.next_channel().await.map_err(Failure::Unclear)?;
        let offer = self.choose_offer(Purpose::Retrieve);
        let offer = offer.map_err(|error| Failure::Unclear(error.into()))?;
        // Whatever was agreed on before is of no use after this.
        self.link.agreements += 1;
        let operand = (!path.is_login_directory()).then(|| path.clone());
        let (command, dialect) = self.listing_command(operand);
        self.observe(&Event::RetrievingListing { path });
        let commands = [command, listen.clone()];
        self.link.control.send_all(&commands).await?;
        let established = self.establish(Purpose::Retrieve, channel, offer, path);
        let data = match established.await {
            Ok(data) => data,
            Err(OpenError::Refused(error)) => {
                self.keep_next_port(&listen).await?;
                return Err(match error.detail() {
                    Some(ErrorDetail::UnknownCommand) => Failure::Unclear(error),
                    _ => Failure::Final(error.with_path(path)),
                });
            }
            Err(error) => return Err(Error::from(error).into()),
        };
        // Directories of one tree are alike.
        let expected = self.shared.lessons().longest_listing();
        let closed_early = data.verdict.protocol == ProtocolVersion::Tls13
            && expected.is_some_and(|expected| self.closes_early(expected));
        let listing = OpenListing {
            data,
            path: path.clone(),
            dialect,
            manner: Manner::ByPath,
        };
        let surprise = |error| Failure::Surprise {
            error,
            closed_early,
        };
        let mut stream = ListingStream::over(Lease::new(self), listing, limit);
        if closed_early {
            stream.close_early().await.map_err(surprise)?;
        }
        let seen = match stream.pass_to(taker).await {
            Ok(seen) => seen,
            Err(error) if is_too_large(&error) => return Err(Failure::Final(error)),
            Err(error) if error.is_negative_answer() => {
                if closed_early {
                    self.shared.learned_to_close_late();
                }
                self.keep_next_port(&listen).await?;
                return Err(Failure::Unclear(error));
            }
            Err(error) => return Err(surprise(error)),
        };
        if closed_early && seen.summary.cut {
            let what = "the listing ended without close_notify after the client's own";
            let error = Error::protocol(ErrorDetail::ListingCutShort, what);
            return Err(surprise(error));
        }
        self.keep_next_port(&listen).await?;
        Ok(seen)
    }

    /// Returns the data connection that the server has offered ahead, or asks for one.
    async fn next_channel(&mut self) -> Result<Channel, Error> {
        match self.listings_in_a_row.take_port() {
            Some(channel) => Ok(channel),
            None => self.ask_to_listen().await,
        }
    }

    /// Keeps the port in the reply to `listen` for the next listing.
    async fn keep_next_port(&mut self, listen: &Command) -> Result<(), Error> {
        let channel = self.offered_ahead(listen).await?;
        self.listings_in_a_row.keep_port(channel);
        Ok(())
    }
}
