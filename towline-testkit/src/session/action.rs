//! Faults at work on the control connection.

use super::{ControlEnd, Session, Step, Stop};
use crate::fault::Action;
use crate::phrase::raw;

const GOODBYE: &str = "421 Service not available, closing control connection.";

impl Session {
    /// Performs the action of a fault. Returns `true` to continue normally.
    pub(super) async fn perform(&mut self, action: Action) -> Step<bool> {
        match action {
            Action::Hold(gate) => {
                gate.pass().await;
                Ok(true)
            }
            Action::Skip | Action::KeyUpdate => Ok(false),
            Action::Reply(text) => {
                self.control.send(&raw(&text)).await?;
                Ok(false)
            }
            Action::Precede(text) => {
                self.control.send(&raw(&text)).await?;
                Ok(true)
            }
            Action::HugeReply(bytes) => {
                self.control.send(&huge_reply(bytes)).await?;
                Ok(false)
            }
            Action::BinaryReply => {
                let bytes: Vec<u8> = (0..=u8::MAX).chain(*b"\r\n").collect();
                self.control.send(&bytes).await?;
                Ok(false)
            }
            Action::Silence => {
                // A client that waits forever must not block the server.
                let _ =
                    tokio::time::timeout(self.shared.settings.deadline, self.control.gone()).await;
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
            Action::Goodbye => {
                self.say(GOODBYE).await?;
                Err(self.end(ControlEnd::ServerClosed).await)
            }
            Action::Close | Action::EndlessRecords(_) => Err(Stop::Ended(ControlEnd::ServerClosed)),
            Action::Reset => {
                self.control.reset_at_end()?;
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
            Action::Plaintext(text) => {
                self.control.send_below_tls(&raw(&text)).await?;
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
            Action::EndlessTickets => {
                // The client must end this as well.
                while let Some(token) = self.shared.tls.ticket_token() {
                    self.control.send_token(token).await?;
                }
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
            Action::EndlessReply => {
                // The client must end this. A client that stops reading runs
                // into the write timeout.
                loop {
                    self.control.send(ENDLESS_LINES).await?;
                }
            }
        }
    }
}

const ENDLESS_LINES: &[u8] = &{
    const LINE: &[u8; 32] = b"211-and there is more to come..\n";
    let mut lines = [0; 32 * 128];
    let mut at = 0;
    while at < lines.len() {
        lines[at] = LINE[at % LINE.len()];
        at += 1;
    }
    lines
};

/// Returns a multi-line reply of at least this many bytes.
fn huge_reply(bytes: usize) -> Vec<u8> {
    const FIRST: &[u8] = b"211-There is a lot to say\r\n";
    const LINE: &[u8] = b" and this line says nothing at all, as do all the others around it\r\n";
    const LAST: &[u8] = b"211 That was all\r\n";
    let mut reply = Vec::with_capacity(bytes + FIRST.len() + LINE.len() + LAST.len());
    reply.extend_from_slice(FIRST);
    while reply.len() < bytes {
        reply.extend_from_slice(LINE);
    }
    reply.extend_from_slice(LAST);
    reply
}
