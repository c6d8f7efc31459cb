//! TLS on a control connection: how it begins, and how it ends.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::{Control, unusable};
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, on_one_line};
use crate::observer::{ClearTextReason, Event};
use crate::tls::{ControlStream, Tether};

impl Control {
    /// Starts TLS on a clear-text connection, after the 234 reply.
    #[boxed]
    pub(crate) async fn begin_tls(&mut self, tether: &mut Tether) -> Result<(), Error> {
        if !self.decoder.is_empty() {
            self.is_broken = true;
            let smuggled = on_one_line(&self.decoder.take_remainder());
            let what = format!("clear text arrived ahead of the TLS handshake: {smuggled}");
            let error = Error::new(ErrorKind::Tls, what);
            return Err(error.with_detail(ErrorDetail::SmuggledAheadOfTls));
        }
        // Blank lines are no part of what TLS protects.
        self.decoder.take_remainder();
        let Some(ControlStream::Clear(tcp)) = self.stream.take() else {
            return Err(unusable());
        };
        self.observe(&Event::InitializingTls);
        // Part of the handshake: a refused certificate ends it.
        self.observe(&Event::VerifyingCertificate);
        let secured = timeout(self.limit, ControlStream::secure(tcp, tether)).await;
        let secured = secured.map_err(|_| {
            let what = "the TLS handshake took too long";
            Error::timeout(ErrorDetail::HandshakeTimedOut, what)
        })?;
        let stream = secured.map_err(|error| error.explain("the TLS handshake failed"))?;
        if let Some(negotiated) = stream.negotiated() {
            self.observe(&Event::TlsEstablished {
                protocol: negotiated.protocol,
                cipher: &negotiated.cipher,
            });
        }
        self.stream = Some(stream);
        Ok(())
    }

    /// Returns to clear text, after the reply to `CCC` (RFC 4217 section 12.3).
    #[boxed]
    pub(crate) async fn end_tls(&mut self) -> Result<(), Error> {
        let stream = self.stream.take().ok_or_else(unusable)?;
        let cleared = timeout(self.limit, stream.clear()).await;
        let cleared = cleared.map_err(|_| {
            let what = "the server does not end TLS";
            Error::timeout(ErrorDetail::TlsNotEnded, what)
        })?;
        let stream = cleared.map_err(|error| {
            let error = Error::network("TLS could not be ended", error);
            error.with_detail(ErrorDetail::TlsNotEnded)
        })?;
        self.stream = Some(stream);
        let reason = ClearTextReason::EndedAfterLogin;
        self.observe(&Event::ClearText { reason: &reason });
        Ok(())
    }

    /// Closes TLS and TCP in order. Waits at most `limit` for the server.
    #[boxed]
    pub(crate) async fn close(&mut self, limit: Duration) {
        self.is_broken = true;
        if let Some(mut stream) = self.stream.take() {
            // The session is over either way, so an error has no effect.
            let _ = timeout(limit, stream.shutdown()).await;
        }
    }
}
