//! The login and the virtual host: `USER`, `PASS`, `ACCT`, `REIN` (RFC 959
//! section 4.1.1), `HOST` (RFC 7151).

use super::{ControlEnd, Session, Step, Welcome};
use crate::client_command::ClientCommand;
use crate::tree::VirtualPath;

impl Session {
    pub(super) async fn user(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if !self.may_log_in() {
            return self.say_of(phrases.tls_first, command).await;
        }
        if self.logged_in && !phrases.user_again.is_empty() {
            return self.say_of(phrases.user_again, command).await;
        }
        self.logged_in = false;
        self.account_due = false;
        self.user = Some(command.text().into_owned());
        self.say_of(phrases.user, command).await
    }

    pub(super) async fn pass(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let Some(user) = self.user.clone() else {
            return self.say_of(phrases.user_first, command).await;
        };
        if self.welcome == Welcome::Full {
            let reply = self.shared.settings.limit_reply.clone();
            self.say(&reply).await?;
            return Err(self.end(ControlEnd::ServerClosed).await);
        }
        let password = command.text();
        let known = |(name, secret): &(String, String)| *name == user && *secret == password;
        if !self.shared.settings.users.iter().any(known) {
            self.user = None;
            return self.say_of(phrases.login_failed, command).await;
        }
        if self.shared.settings.account.is_some() {
            self.account_due = true;
            return self.say("332 Need account for login.").await;
        }
        self.let_in(user, command).await
    }

    pub(super) async fn acct(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let good = self.shared.settings.account.as_deref() == Some(&*command.text());
        let due = std::mem::take(&mut self.account_due);
        match self.user.take_if(|_| due) {
            None => self.say_of(phrases.user_first, command).await,
            Some(user) if good => self.let_in(user, command).await,
            Some(_) => self.say_of(phrases.login_failed, command).await,
        }
    }

    pub(super) fn knows_hosts(&self) -> bool {
        !self.shared.settings.hosts.is_empty() || !self.traits.phrases.host.is_empty()
    }

    /// Accepts a virtual host (RFC 7151), which has no other effect.
    pub(super) async fn host(&mut self, command: &ClientCommand) -> Step {
        let settings = &self.shared.settings;
        let late = self.logged_in || settings.hosts.is_empty() && self.control.is_tls();
        let phrase = if late {
            "503 Bad sequence of commands"
        } else if settings.hosts.is_empty() {
            self.traits.phrases.host
        } else if settings.hosts.iter().any(|host| *host == command.text()) {
            "220 HOST command successful"
        } else {
            "504 {name}: Unknown hostname provided"
        };
        self.say_of(phrase, command).await
    }

    /// Resets the session, if the personality supports that.
    pub(super) async fn rein(&mut self, command: &ClientCommand) -> Step {
        let phrase = self.traits.phrases.rein;
        if phrase.starts_with('2') {
            self.user = None;
            self.logged_in = false;
            self.directory = VirtualPath::default();
            self.close_data_port();
        }
        self.say_of(phrase, command).await
    }

    async fn let_in(&mut self, user: String, command: &ClientCommand) -> Step {
        self.user = Some(user.clone());
        self.logged_in = true;
        self.shared
            .ledger
            .control(self.id, |control| control.user = Some(user));
        self.say_of(self.traits.phrases.login, command).await
    }
}
