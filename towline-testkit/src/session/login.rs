//! Who the client is: `USER`, `PASS` (RFC 959 section 4.1.1).

use super::{Session, Step};
use crate::command::Command;

impl Session {
    pub(super) async fn user(&mut self, command: &Command) -> Step {
        let phrases = &self.traits.phrases;
        if !self.may_log_in() {
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
        if !self.shared.settings.users.iter().any(known) {
            self.user = None;
            return self.say_of(phrases.login_failed, command).await;
        }
        self.logged_in = true;
        self.shared
            .ledger
            .control(self.id, |control| control.user = Some(user));
        self.say_of(phrases.login, command).await
    }
}
