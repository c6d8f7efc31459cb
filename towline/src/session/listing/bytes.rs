//! A listing's bytes as they come, up to the server's last word on them.

use std::task::{Context, Poll, ready};

use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use crate::data::{Data, Limit, ReadError};
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::session::Lease;
use crate::tls::End;
use crate::verdict::DataConnection;

/// The data connection of a listing, which has its session to itself.
#[derive(Debug)]
pub(in crate::session) struct ListingBytes<'s> {
    lease: Lease<'s>,
    data: Data,
    path: RemotePath,
    stage: Stage,
    limit: Limit,
    end: Option<End>,
    reply: Option<Reply>,
}

/// What is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Data,
    /// The end of our direction, and then that of the server's.
    OurEnd,
    TheirEnd,
    Reply,
    Nothing,
}

impl<'s> ListingBytes<'s> {
    /// The listing of `path`, over a data connection that is open.
    pub(in crate::session) fn new(lease: Lease<'s>, data: Data, path: RemotePath) -> Self {
        let limit = Limit::new(lease.session().config().timeout);
        Self {
            lease,
            data,
            path,
            stage: Stage::Data,
            limit,
            end: None,
            reply: None,
        }
    }

    /// Hands what comes next to `take`. `false`: that was all, and the server calls it complete. Nothing
    /// more comes after an error. Safe to stop polling at any time.
    pub(in crate::session) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Poll<Result<bool, Error>> {
        while self.stage != Stage::Nothing {
            let step = match self.poll_step(cx, take) {
                Poll::Ready(step) => step,
                Poll::Pending => {
                    ready!(self.limit.poll_expired(cx));
                    self.gave_up_waiting()
                }
            };
            self.limit.moved();
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

    /// Whether the data connection ended in order.
    pub(in crate::session) fn is_cleanly_ended(&self) -> bool {
        self.end == Some(End::Clean)
    }

    /// The server's final reply, once it has come.
    pub(in crate::session) fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    pub(in crate::session) fn path(&self) -> &RemotePath {
        &self.path
    }

    /// The verdict on the data connection.
    pub(in crate::session) fn verdict(&self) -> &DataConnection {
        &self.data.verdict
    }

    /// The session, once the server's last word has come. Its control connection is given up otherwise.
    pub(in crate::session) fn into_lease(mut self) -> Lease<'s> {
        self.lease.release();
        self.lease
    }

    /// Stops the listing in order, unless it is over.
    pub(in crate::session) async fn stop(self) -> Result<(), Error> {
        let Self {
            lease, data, stage, ..
        } = self;
        match stage {
            // After an error, the lease gives the control connection up.
            Stage::Nothing => Ok(()),
            _ => lease.stop(data).await,
        }
    }

    /// `true`: `take` has had bytes.
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
                    return Poll::Ready(taken.map(|()| true));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(ReadError::Data(error).into())),
                // A refusal may leave the data connection open.
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
            Stage::TheirEnd => {
                self.end = ready!(data.stream.poll_drain(cx)).ok();
                self.stage = Stage::Reply;
            }
            Stage::Reply => {
                let reply = ready!(lease.poll_final_reply(data, cx));
                return Poll::Ready(reply.and_then(|reply| self.ended(reply)).map(|()| false));
            }
            Stage::Nothing => {}
        }
        Poll::Ready(Ok(false))
    }

    /// The server's last word has come.
    fn ended(&mut self, reply: Reply) -> Result<(), Error> {
        self.stage = Stage::Nothing;
        self.lease.settle();
        if reply.class() != ReplyClass::Completion {
            return Err(Error::refused("the listing broke off", reply));
        }
        self.lease.completed(&self.data);
        let path = &self.path;
        let successful = Event::ListingSuccessful { path };
        self.lease.session().observe(&successful);
        self.reply = Some(reply);
        Ok(())
    }

    fn gave_up_waiting(&mut self) -> Result<bool, Error> {
        match self.stage {
            Stage::Data => {
                let what = "the listing stands still";
                Err(Error::timeout(ErrorDetail::DataTimedOut, what))
            }
            // The reply says whether all was sent.
            Stage::OurEnd | Stage::TheirEnd => {
                self.stage = Stage::Reply;
                Ok(false)
            }
            Stage::Reply | Stage::Nothing => {
                let what = "no reply at the end of the listing";
                Err(Error::timeout(ErrorDetail::ReplyTimedOut, what))
            }
        }
    }
}
