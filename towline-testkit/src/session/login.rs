//! Security and log-in: `AUTH`, `USER`, `PASS`, `PBSZ`, `PROT` (RFC 4217),
//! and what a session is set to: `TYPE`, `OPTS`.

use super::{Session, Step};
use crate::command::Command;
use crate::fault::Fault;
use crate::personality::Fact;
use crate::phrase::{Values, fill};

impl Session {
    pub(super) async fn auth(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        if self.control.is_tls() {
            return self.say_of(phrases.auth_again, command).await;
        }
        let known = match command.text().to_ascii_uppercase().as_str() {
            "TLS" | "TLS-C" => true,
            "SSL" => self.traits.auth_ssl,
            _ => false,
        };
        if !known {
            return self.say_of(phrases.auth_unknown, command).await;
        }
        let mut reply = fill(phrases.auth, &Values::none());
        let injected = self.shared.faults.strike(|fault| match fault {
            Fault::PlaintextBehindAuth(bytes) => Some(bytes.clone()),
            _ => None,
        });
        reply.extend(injected.unwrap_or_default());
        self.control.send(&reply).await?;
        self.secure_control().await?;
        self.user = None;
        Ok(())
    }

    pub(super) async fn user(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        if !self.control.is_tls() {
            return self.say_of(phrases.tls_first, command).await;
        }
        self.logged_in = false;
        self.user = Some(command.text());
        self.say_of(phrases.user, command).await
    }

    pub(super) async fn pass(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        let Some(user) = self.user.clone() else {
            return self.say_of(phrases.user_first, command).await;
        };
        let password = command.text();
        let known = |(name, secret): &(String, String)| *name == user && *secret == password;
        if !self.shared.users.iter().any(known) {
            self.user = None;
            return self.say_of(phrases.login_failed, command).await;
        }
        self.logged_in = true;
        self.shared
            .ledger
            .control(self.id, |control| control.user = Some(user));
        self.say_of(phrases.login, command).await
    }

    pub(super) async fn protect(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        if !self.control.is_tls() {
            return self.say_of(phrases.prot_without_tls, command).await;
        }
        if command.verb == "PBSZ" {
            self.pbsz = true;
            return self.say_of(phrases.pbsz, command).await;
        }
        if self.traits.pbsz_first && !self.pbsz {
            return self.say_of(phrases.pbsz_first, command).await;
        }
        match command.text().to_ascii_uppercase().as_str() {
            "P" => {
                self.private = true;
                self.say_of(phrases.prot_private, command).await
            }
            "C" => {
                if phrases.prot_clear.starts_with('2') {
                    self.private = false;
                }
                self.say_of(phrases.prot_clear, command).await
            }
            _ => self.say_of(phrases.prot_other, command).await,
        }
    }

    pub(super) async fn set_type(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        match command.argument.first().map(u8::to_ascii_uppercase) {
            Some(b'I' | b'L') => {
                self.binary = true;
                self.say_of(phrases.type_image, command).await
            }
            Some(b'A') => {
                self.binary = false;
                self.say_of(phrases.type_ascii, command).await
            }
            _ => self.say_of(phrases.type_other, command).await,
        }
    }

    pub(super) async fn opts(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        let argument = command.text();
        let (name, value) = argument.split_once(' ').unwrap_or((argument.as_str(), ""));
        match name.to_ascii_uppercase().as_str() {
            "UTF8" | "UTF-8" => self.say_of(phrases.opts_utf8, command).await,
            "MLST" if phrases.opts_mlst.contains("{facts}") => {
                let wanted: Vec<String> = value.split(';').map(str::to_ascii_lowercase).collect();
                let chosen = self.traits.listing.facts.iter().copied();
                let chosen: Vec<Fact> = chosen.filter(|fact| is_wanted(*fact, &wanted)).collect();
                self.facts.chosen = chosen;
                self.say_with(phrases.opts_mlst, Values::none().with("facts", value))
                    .await
            }
            "MLST" => self.say_of(phrases.opts_mlst, command).await,
            _ => self.say_of(phrases.opts_other, command).await,
        }
    }
}

fn is_wanted(fact: Fact, names: &[String]) -> bool {
    let name = match fact {
        Fact::Type => "type",
        Fact::Size | Fact::SizeOfAll | Fact::SizeOrSizd => "size",
        Fact::Modify => "modify",
        Fact::Perm | Fact::Perms => "perm",
        Fact::Unique => "unique",
        Fact::UnixMode => "unix.mode",
        Fact::UnixOwner => "unix.owner",
        Fact::UnixGroup => "unix.group",
        Fact::UnixUid => "unix.uid",
        Fact::UnixGid => "unix.gid",
    };
    names.iter().any(|wanted| wanted == name)
}
