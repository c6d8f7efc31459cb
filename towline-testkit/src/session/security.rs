//! TLS and its scope: `AUTH`, `PBSZ`, `PROT`, `CCC` (RFC 4217).

use towline_proto::command::Command;

use super::{ControlEnd, Session, Step};
use crate::AuthSupport;
use crate::client_command::ClientCommand;
use crate::fault::Fault;
use crate::phrase::{Values, encode, raw};

impl Session {
    pub(super) async fn auth(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.control.is_tls() {
            return self.say_of(phrases.auth_again, command).await;
        }
        let support = self.shared.settings.auth;
        let asks_for_ssl = matches!(command.meaning, Ok(Command::AuthSsl));
        match support {
            AuthSupport::Refused(code) => return self.refuse_auth(code).await,
            AuthSupport::SslOnly(code) if !asks_for_ssl => return self.refuse_auth(code).await,
            AuthSupport::SslOnly(_) | AuthSupport::Tls => {}
        }
        let known = match &command.meaning {
            Ok(Command::AuthTls) => true,
            Ok(Command::AuthSsl) => self.traits.auth_ssl || support != AuthSupport::Tls,
            _ => false,
        };
        if !known {
            return self.say_of(phrases.auth_unknown, command).await;
        }
        let other = self.faults.strike(|fault| match fault {
            Fault::AuthReply(text) => Some(raw(text)),
            _ => None,
        });
        let mut reply = other.unwrap_or_else(|| encode(phrases.auth, &Values::none()));
        let injected = self.faults.strike(|fault| match fault {
            Fault::PlaintextBehindAuth(bytes) => Some(bytes.clone()),
            _ => None,
        });
        reply.extend(injected.unwrap_or_default());
        self.control.send(&reply).await?;
        self.secure_control().await?;
        self.user = None;
        Ok(())
    }

    async fn refuse_auth(&mut self, code: u16) -> Step {
        let reason = match code {
            421 => "Service not available, closing control connection",
            500 => "AUTH not understood",
            502 => "AUTH not implemented",
            504 => "Unknown AUTH type",
            534 => "Policy denies TLS",
            _ => "AUTH refused",
        };
        self.say(&format!("{code} {reason}")).await?;
        match code {
            421 => Err(self.end(ControlEnd::ServerClosed).await),
            _ => Ok(()),
        }
    }

    pub(super) async fn protect(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if !self.control.is_tls() {
            let phrase = match self.shared.settings.auth {
                AuthSupport::Refused(_) => phrases.unknown,
                AuthSupport::Tls | AuthSupport::SslOnly(_) => phrases.prot_without_tls,
            };
            return self.say_of(phrase, command).await;
        }
        if command.verb == "PBSZ" {
            self.pbsz = true;
            return self.say_of(phrases.pbsz, command).await;
        }
        if self.traits.pbsz_first && !self.pbsz {
            return self.say_of(phrases.pbsz_first, command).await;
        }
        match &command.meaning {
            Ok(Command::ProtP) => {
                self.private = true;
                self.say_of(phrases.prot_private, command).await
            }
            Ok(Command::ProtC) => {
                let phrase = match self.shared.settings.clear {
                    true => phrases.prot_clear_allowed,
                    false => phrases.prot_clear,
                };
                if phrase.starts_with('2') {
                    self.private = false;
                }
                self.say_of(phrase, command).await
            }
            _ => self.say_of(phrases.prot_other, command).await,
        }
    }

    /// Ends TLS on the control connection (RFC 4217 section 12.3). Data
    /// connections are not affected.
    pub(super) async fn ccc(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if phrases.ccc.is_empty() || !self.control.is_tls() {
            return self.say_of(phrases.unknown, command).await;
        }
        self.say_of(phrases.ccc, command).await?;
        Ok(self.control.downgrade().await?)
    }

    /// Returns whether the control connection allows a login.
    pub(super) fn may_log_in(&self) -> bool {
        self.control.is_tls() || self.shared.settings.clear
    }

    /// Returns whether data may be transferred with the current `PROT` setting.
    pub(super) fn may_transfer(&self) -> bool {
        self.private || self.shared.settings.clear || self.traits.phrases.clear_data.is_empty()
    }
}
