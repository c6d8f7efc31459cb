//! The TLS of a data connection, without I/O.
//!
//! Unlike rustls's buffered interface, the one used here decrypts in a buffer of the caller. With
//! [`in_place`] the contents of a record are used from there: no byte is copied between the socket
//! and the file.

use std::fmt;
use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
    WriteTraffic,
};
use rustls::{ClientConfig, CommonState, Error};
use rustls_pki_types::ServerName;

use super::in_place::{Place, locating};
use super::recv_buffer::RecvBuffer;
use super::replicate::TicketTap;

/// See the module documentation.
pub(super) struct Connection {
    tls: UnbufferedClientConnection,
    tap: Arc<TicketTap>,
    outbox: Outbox,
    /// The server has ended its direction with a `close_notify`.
    is_ended: bool,
    /// The client has ended its direction.
    is_closed: bool,
    failure: Option<Error>,
}

impl Connection {
    pub(super) fn new(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        tap: Arc<TicketTap>,
    ) -> Result<Self, Error> {
        Ok(Self {
            tls: UnbufferedClientConnection::new(config, name)?,
            tap,
            outbox: Outbox::default(),
            is_ended: false,
            is_closed: false,
            failure: None,
        })
    }

    /// Returns the state of the connection.
    pub(super) fn state(&self) -> &CommonState {
        &self.tls
    }

    /// Whether the server has ended its direction with a `close_notify`.
    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Returns the records to send.
    pub(super) fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Decrypts the whole records in `recv_buffer`. Stops early once that has produced `most`
    /// bytes.
    ///
    /// An error is permanent. Bytes decrypted before it remain valid, and [`Self::outbox`] may hold
    /// an alert.
    pub(super) fn receive(
        &mut self,
        recv_buffer: &mut RecvBuffer,
        most: usize,
    ) -> Result<(), Error> {
        self.process(recv_buffer, most, |_, _| ())?;
        Ok(())
    }

    /// Encrypts all of `bytes`, which should be few enough to send at once.
    pub(super) fn send(&mut self, recv_buffer: &mut RecvBuffer, bytes: &[u8]) -> Result<(), Error> {
        let sent = self.process(recv_buffer, usize::MAX, |traffic, outbox| {
            outbox.put(|room| traffic.encrypt(bytes, room))
        })?;
        sent.unwrap_or(Err(Error::HandshakeNotComplete))
    }

    /// Ends the client's direction, unless it has already ended.
    pub(super) fn close(&mut self, recv_buffer: &mut RecvBuffer) -> Result<(), Error> {
        if self.is_closed {
            return Ok(());
        }
        let closed = self.process(recv_buffer, usize::MAX, |traffic, outbox| {
            outbox.put(|room| traffic.queue_close_notify(room))
        })?;
        closed.unwrap_or(Err(Error::HandshakeNotComplete))?;
        self.is_closed = true;
        Ok(())
    }

    /// Lets rustls process as much as it can, then runs `write` if application data may be sent.
    fn process<R>(
        &mut self,
        recv_buffer: &mut RecvBuffer,
        most: usize,
        write: impl FnOnce(&mut WriteTraffic<'_, ClientConnectionData>, &mut Outbox) -> R,
    ) -> Result<Option<R>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let outcome = self.try_process(recv_buffer, most, write);
        if let Err(failure) = &outcome {
            self.failure = Some(failure.clone());
            self.take_alert();
        }
        outcome
    }

    fn try_process<R>(
        &mut self,
        recv_buffer: &mut RecvBuffer,
        most: usize,
        write: impl FnOnce(&mut WriteTraffic<'_, ClientConnectionData>, &mut Outbox) -> R,
    ) -> Result<Option<R>, Error> {
        let Self {
            tls, tap, outbox, ..
        } = self;
        let mut given = 0;
        while given < most {
            let rest = recv_buffer.rest();
            let whole = Place::of(rest);
            let (status, place) = locating(|| tap.enter(|| tls.process_tls_records(rest)));
            let UnbufferedStatus { discard, state, .. } = status;
            let mut contents = None;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(stand_in) = traffic.next_record() {
                        stand_in?;
                    }
                    contents = place.and_then(|place| place.range_in(whole));
                    let Some(contents) = &contents else {
                        let what = "application data are not where they were received";
                        return Err(Error::General(what.to_owned()));
                    };
                    given += contents.len();
                }
                Ok(ConnectionState::EncodeTlsData(mut record)) => {
                    outbox.put(|room| record.encode(room))?;
                }
                // It is sent with everything else in the outbox.
                Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
                Ok(ConnectionState::PeerClosed) => self.is_ended = true,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    let written = write(&mut traffic, outbox);
                    recv_buffer.accept(discard, None);
                    return Ok(Some(written));
                }
                Ok(_) => {
                    recv_buffer.accept(discard, None);
                    return Ok(None);
                }
                Err(error) => {
                    recv_buffer.accept(discard, None);
                    return Err(error);
                }
            }
            recv_buffer.accept(discard, contents);
        }
        Ok(None)
    }

    /// Encodes the alert that rustls wants to send about a failure.
    fn take_alert(&mut self) {
        // Nothing that was received after the failure may be processed.
        let status = self.tls.process_tls_records(&mut []);
        if let Ok(ConnectionState::EncodeTlsData(mut alert)) = status.state {
            // The alert is optional.
            let _ = self.outbox.put(|room| alert.encode(room));
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("is_ended", &self.is_ended)
            .field("is_closed", &self.is_closed)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

/// Encoded records to send.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
    end: usize,
}

impl Outbox {
    /// Returns the bytes that have not been sent yet.
    pub(super) fn unsent(&self) -> &[u8] {
        &self.bytes[self.sent..self.end]
    }

    /// Marks the first `len` bytes of [`Self::unsent`] as sent.
    pub(super) fn advance(&mut self, len: usize) {
        self.sent += len;
        if self.sent == self.end {
            (self.sent, self.end) = (0, 0);
        }
    }

    /// Appends the output of `encode`, with as much room as it needs.
    fn put<E: Insufficient>(
        &mut self,
        mut encode: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), Error> {
        let encoded = match encode(&mut self.bytes[self.end..]) {
            Err(error) => {
                let room = error.required().ok_or(Error::EncryptError)?;
                self.bytes.resize(self.end + room, 0);
                encode(&mut self.bytes[self.end..])
            }
            encoded => encoded,
        };
        self.end += encoded.map_err(|_| Error::EncryptError)?;
        Ok(())
    }
}

/// An error that may say how much room is needed.
trait Insufficient {
    fn required(&self) -> Option<usize>;
}

impl Insufficient for EncryptError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::EncryptExhausted => None,
        }
    }
}

impl Insufficient for EncodeError {
    fn required(&self) -> Option<usize> {
        match self {
            Self::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
            Self::AlreadyEncoded => None,
        }
    }
}

#[cfg(test)]
mod tests;
