//! What arrives on a control connection: replies, and the end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use towline_proto::codec::DecodeError;
use towline_proto::exchange::MatchKind;
use towline_proto::reply::{Reply, ReplyClass};

use super::{Control, unusable};
use crate::control::tolerance::Repetition;
use crate::error::{Error, ErrorDetail, ErrorKind, on_one_line, protocol_of};
use crate::observer::Event;
use crate::server::is_too_many;
use crate::tls::{ControlStream, TlsError};

impl Control {
    /// Polls for the next reply. Safe to stop polling at any time.
    pub(crate) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        if self.is_broken {
            return Poll::Ready(Err(unusable()));
        }
        self.poll_last_reply(cx)
    }

    /// Polls for the next reply, even on a broken connection.
    pub(super) fn poll_last_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        loop {
            match self.decoder.next_reply() {
                Ok(Some(mut reply)) => {
                    reply.mask(&self.mask);
                    if self.is_repeated(&reply) {
                        continue;
                    }
                    self.ignore_doubtful();
                    if self.is_held(&reply)? {
                        continue;
                    }
                    if self.exchange.may_be_late(&reply) {
                        self.doubtful = Some(reply);
                        if self.exchange.outstanding() > 1 {
                            // Only servers that answer each command as the RFC says get several.
                            self.ignore_doubtful();
                        }
                        continue;
                    }
                    return Poll::Ready(self.book(reply));
                }
                Ok(None) => {}
                Err(error) => {
                    self.mark_broken();
                    let (detail, error) = match error {
                        DecodeError::NotAReply { excerpt } => {
                            let detail = protocol_of(excerpt.as_bytes());
                            let excerpt = self.mask.text(excerpt);
                            (detail, DecodeError::NotAReply { excerpt })
                        }
                        error => (None, error),
                    };
                    let what = match detail {
                        Some(ErrorDetail::HttpAnswered) => "a web server answers on this port",
                        Some(ErrorDetail::SshAnswered) => "an SSH server answers on this port",
                        _ => "the server's reply cannot be understood",
                    };
                    let detail = detail.unwrap_or(ErrorDetail::UnreadableReply);
                    return Poll::Ready(Err(Error::protocol(detail, what).with_source(error)));
                }
            }
            match self.poll_more(cx) {
                Poll::Ready(arrived) => arrived?,
                Poll::Pending => {
                    if self.tolerance.is_holding() {
                        let (held, repetition) = ready!(self.tolerance.poll_held(cx));
                        return Poll::Ready(match repetition {
                            Repetition::Possible => self.book(held),
                            Repetition::Certain => {
                                self.observe(&Event::Reply { reply: &held });
                                Err(self.unsolicited(held))
                            }
                        });
                    }
                    if self.contradicts_login() {
                        ready!(self.tolerance.poll_long_silence(cx));
                        return Poll::Ready(Err(self.contradicted_login()));
                    }
                    if self.doubtful.is_some() {
                        ready!(self.tolerance.poll_long_silence(cx));
                    }
                    if let Some(reply) = self.doubtful.take() {
                        return Poll::Ready(self.book(reply));
                    }
                    let mut ended = ready!(self.poll_other_end(cx));
                    ended.mask(&self.mask);
                    return Poll::Ready(self.book(ended));
                }
            }
        }
    }

    /// Polls for more bytes of replies.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(stream) = self.stream.as_mut() else {
            return Poll::Ready(Err(unusable()));
        };
        let mut chunk = [0; 4096];
        let mut chunk = ReadBuf::new(&mut chunk);
        let read = ready!(Pin::new(stream).poll_read(cx, &mut chunk));
        self.tolerance.received();
        Poll::Ready(match read {
            Ok(()) if chunk.filled().is_empty() => {
                let end = io::Error::from(io::ErrorKind::UnexpectedEof);
                Err(self.lost(end))
            }
            Ok(()) => {
                self.decoder.push(chunk.filled());
                Ok(())
            }
            Err(error) => Err(self.lost(error)),
        })
    }

    /// Ready with a reply that another code has ended, after silence. Only the reply to the last
    /// command may end in this way, so that the next command can [show](Self::confirm_end) that the
    /// reply was whole.
    fn poll_other_end(&mut self, cx: &mut Context<'_>) -> Poll<Reply> {
        let other = self.decoder.other_end();
        let other = other.filter(|(_, code)| code.class() != ReplyClass::Preliminary);
        let Some(end) = other.filter(|_| self.exchange.outstanding() == 1) else {
            return Poll::Pending;
        };
        ready!(self.tolerance.poll_silence(end, cx));
        match self.decoder.end_with_other_code() {
            Some((reply, _)) => {
                self.tolerance.ended_with_other_code(end);
                Poll::Ready(reply)
            }
            None => Poll::Pending,
        }
    }

    /// Whether `reply` is a second one to an early command, which is dropped. With no command
    /// outstanding, no reply can be taken for another.
    fn is_repeated(&mut self, reply: &Reply) -> bool {
        let is_repeated = self.exchange.outstanding() == 0 && self.tolerance.is_repeated(reply);
        if is_repeated {
            self.observe(&Event::Reply { reply });
            self.note_repetition();
        }
        is_repeated
    }

    /// Drops the 226 that may have been the reply to the oldest command, because another reply has
    /// come.
    fn ignore_doubtful(&mut self) {
        if let Some(reply) = self.doubtful.take() {
            let before = self.exchange.awaited().unwrap_or_default();
            self.observe(&Event::Reply { reply: &reply });
            let reply = &reply;
            self.observe(&Event::StrayReply { reply, before });
        }
    }

    /// Whether `reply` is held, because it repeats the reply to an earlier command word for word.
    /// Drops a reply that was held before. With several commands outstanding, nothing shows which
    /// of them `reply` belongs to.
    fn is_held(&mut self, reply: &Reply) -> Result<bool, Error> {
        if self.tolerance.drop_held() {
            self.note_repetition();
        }
        let Some(verb) = self.exchange.awaited() else {
            return Ok(false);
        };
        let Some(repetition) = self.tolerance.late_repetition(verb, reply) else {
            return Ok(false);
        };
        match (repetition, self.exchange.outstanding()) {
            (repetition, 1) => {
                self.tolerance.hold(reply.clone(), repetition);
                Ok(true)
            }
            (Repetition::Certain, _) => {
                self.observe(&Event::Reply { reply });
                Err(self.unsolicited(reply.clone()))
            }
            (Repetition::Possible, _) => Ok(false),
        }
    }

    fn note_repetition(&self) {
        let text = "the server has answered twice; the second reply is ignored";
        self.observe(&Event::Note { text });
    }

    fn book(&mut self, reply: Reply) -> Result<Reply, Error> {
        self.observe(&Event::Reply { reply: &reply });
        match self.exchange.received(&reply) {
            Ok(matched) if matched.kind == MatchKind::Goodbye => {
                self.mark_broken();
                let is_full = is_too_many(&reply);
                let error = Error::refused("the server ends the session", reply);
                Err(match is_full {
                    true => error.with_detail(ErrorDetail::TooManyConnections),
                    false => error,
                })
            }
            Ok(matched) => {
                if let (MatchKind::Final, Some(verb)) = (matched.kind, matched.verb) {
                    self.tolerance.answered(verb, &reply);
                }
                Ok(reply)
            }
            Err(stray) => Err(self.unsolicited(stray.0)),
        }
    }

    pub(super) fn unsolicited(&mut self, reply: Reply) -> Error {
        self.mark_broken();
        let what = "the server sent an unsolicited reply";
        Error::protocol(ErrorDetail::StrayReply, what).with_reply(reply)
    }

    pub(super) fn lost(&mut self, error: io::Error) -> Error {
        self.mark_broken();
        let plaintext = self.stream.as_ref().and_then(ControlStream::plaintext);
        if let Some(plaintext) = plaintext {
            let text = self.mask.text(on_one_line(plaintext));
            let what = format!("the server broke off in plain text: {text}");
            // A dying vsftpd process reports this outside TLS ("500 OOPS: child died").
            let (kind, detail) = match self.is_logged_in {
                true => (ErrorKind::Network, ErrorDetail::ConnectionLost),
                false => (ErrorKind::Tls, ErrorDetail::PlaintextAnswered),
            };
            return Error::new(kind, what).with_detail(detail);
        }
        match TlsError::from(error) {
            TlsError::Ended(_) => {
                let what = "the server closed the control connection";
                Error::new(ErrorKind::Network, what).with_detail(ErrorDetail::ConnectionClosed)
            }
            error => error.explain("the control connection is lost"),
        }
    }
}
