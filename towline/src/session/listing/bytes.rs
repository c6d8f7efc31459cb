//! A listing's bytes as they arrive, until the server's final reply.

use std::task::{Context, Poll, ready};

use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use crate::data::{Data, LAST_BYTES, Limit, ReadError, STRAGGLERS};
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::session::Lease;
use crate::tls::End;
use crate::verdict::DataConnection;

/// The data connection of a listing, with exclusive use of its session.
#[derive(Debug)]
pub(in crate::session) struct ListingBytes<'s> {
    lease: Lease<'s>,
    data: Data,
    path: RemotePath,
    stage: Stage,
    limit: Limit,
    /// The wait for bytes after the final reply.
    stragglers: Limit,
    /// The wait for the end of the data after the final reply.
    last: Limit,
    end: Option<End>,
    reply: Option<Reply>,
    received: u64,
}

const LEFT_OPEN: &str = "the server calls the listing complete, and leaves its data connection open; the client closes it";

/// What the listing waits for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Data,
    /// Our close first, then the server's.
    OurEnd,
    TheirEnd,
    Reply,
    Nothing,
}

impl<'s> ListingBytes<'s> {
    /// Creates the listing of `path`, over an open data connection.
    pub(in crate::session) fn new(lease: Lease<'s>, data: Data, path: RemotePath) -> Self {
        let limit = lease.session().config().timeout;
        Self {
            lease,
            data,
            path,
            stage: Stage::Data,
            limit: Limit::new(limit),
            stragglers: Limit::new(limit.min(STRAGGLERS)),
            last: Limit::new(limit.min(LAST_BYTES)),
            end: None,
            reply: None,
            received: 0,
        }
    }

    /// Closes our direction before the data has arrived. The server's direction stays open.
    pub(super) async fn close_early(&mut self) -> Result<(), Error> {
        let limit = self.lease.session().config().timeout;
        self.data.close_early(limit).await
    }

    /// Passes the next bytes to `take`. Returns `false` at the end, once the server has called the
    /// listing complete. Nothing more arrives after an error. Safe to stop polling at any time.
    pub(in crate::session) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Poll<Result<bool, Error>> {
        while self.stage != Stage::Nothing {
            let step = match self.poll_step(cx, take) {
                Poll::Ready(step) => step,
                Poll::Pending => {
                    match self.stage == Stage::Data && self.data.reply.is_some() {
                        true => ready!(self.stragglers.poll_expired(cx)),
                        false => ready!(self.limit.poll_expired(cx)),
                    }
                    self.late()
                }
            };
            self.limit.moved();
            self.stragglers.moved();
            match step {
                Ok(true) => return Poll::Ready(Ok(true)),
                Ok(false) => {}
                Err(error) => {
                    self.stage = Stage::Nothing;
                    return Poll::Ready(Err(error.with_path(&self.path)));
                }
            }
        }
        Poll::Ready(Ok(false))
    }

    /// Gives the server its full time again, after a pause of the caller.
    pub(in crate::session) fn wait_anew(&mut self) {
        self.limit.moved();
        self.stragglers.moved();
    }

    /// Whether the data connection ended in order.
    pub(in crate::session) fn is_cleanly_ended(&self) -> bool {
        self.end == Some(End::Clean)
    }

    /// Returns the server's final reply, if it has arrived.
    pub(in crate::session) fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    pub(in crate::session) fn path(&self) -> &RemotePath {
        &self.path
    }

    /// Returns the verdict on the data connection.
    pub(in crate::session) fn verdict(&self) -> &DataConnection {
        &self.data.verdict
    }

    /// Records what the listing shows about the server although it is not read to its end: bytes have
    /// arrived, so the server has accepted the data connection.
    pub(super) fn has_shown_enough(&self) {
        let session = self.lease.session();
        self.data.completed(&session.link, &session.shared);
    }

    /// Returns the session. Gives up its control connection unless the final reply has arrived.
    pub(in crate::session) fn into_lease(mut self) -> Lease<'s> {
        self.lease.release();
        self.lease
    }

    /// Stops the listing in order, unless it has ended.
    pub(in crate::session) async fn stop(self) -> Result<(), Error> {
        let Self {
            lease, data, stage, ..
        } = self;
        match stage {
            // After an error, the lease gives up the control connection.
            Stage::Nothing => Ok(()),
            _ => lease.stop(data).await,
        }
    }

    /// Returns `true` if `take` has received bytes.
    fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Poll<Result<bool, Error>> {
        let Self { lease, data, .. } = self;
        match self.stage {
            Stage::Data => match data.stream.poll_fill(cx) {
                Poll::Ready(Ok([])) => self.stage = Stage::OurEnd,
                Poll::Ready(Ok(bytes)) => {
                    let (len, taken) = (bytes.len(), take(bytes));
                    data.stream.consume(len);
                    self.received += len as u64;
                    return Poll::Ready(taken.map(|()| true));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(ReadError::Data(error).into())),
                // The server may refuse and leave the data connection open.
                Poll::Pending => match ready!(lease.poll_refusal(data, cx)) {
                    Ok(()) => self.stage = Stage::Reply,
                    Err(error) => return Poll::Ready(Err(error.into())),
                },
            },
            Stage::OurEnd => {
                self.stage = match ready!(data.stream.poll_close(cx)) {
                    Ok(()) => Stage::TheirEnd,
                    Err(_) => Stage::Reply,
                };
            }
            Stage::TheirEnd => match data.stream.poll_drain(cx) {
                Poll::Ready(end) => (self.end, self.stage) = (end.ok(), Stage::Reply),
                Poll::Pending => match lease.poll_refusal(data, cx) {
                    Poll::Ready(Ok(())) => self.stage = Stage::Reply,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                    Poll::Pending if data.reply.is_some() => {
                        ready!(self.last.poll_expired(cx));
                        self.stage = Stage::Reply;
                    }
                    Poll::Pending => return Poll::Pending,
                },
            },
            Stage::Reply => {
                let reply = ready!(lease.poll_final_reply(data, cx));
                return Poll::Ready(reply.and_then(|reply| self.ended(reply)).map(|()| false));
            }
            Stage::Nothing => {}
        }
        Poll::Ready(Ok(false))
    }

    /// Handles the server's final reply.
    fn ended(&mut self, reply: Reply) -> Result<(), Error> {
        self.stage = Stage::Nothing;
        self.lease.mark_answered();
        if reply.class() != ReplyClass::Completion {
            let verdict = self.data.verdict.clone();
            let error = Error::refused("the listing broke off", reply);
            return Err(error.with_data_connection(verdict));
        }
        self.lease.completed(&self.data);
        let path = &self.path;
        let successful = Event::ListingSuccessful { path };
        let session = self.lease.session_mut();
        session.listings_in_a_row.count();
        session.observe(&successful);
        session.shared.lessons().learned_of_listing(self.received);
        self.reply = Some(reply);
        Ok(())
    }

    fn late(&mut self) -> Result<bool, Error> {
        match self.stage {
            // The server has finished, and leaves the end to the client.
            Stage::Data if self.data.reply.is_some() => {
                self.stage = Stage::OurEnd;
                self.lease.session().note(LEFT_OPEN);
                Ok(false)
            }
            Stage::Data => {
                let what = "the listing has stalled";
                Err(Error::timeout(ErrorDetail::DataTimedOut, what))
            }
            Stage::OurEnd | Stage::TheirEnd | Stage::Reply | Stage::Nothing => {
                let what = "no reply at the end of the listing";
                Err(Error::timeout(ErrorDetail::ReplyTimedOut, what))
            }
        }
    }
}
